/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands share: the table's row, common options, and how things are told to people. Only
 * this layer prints, exits, and reads the environment. */
#pragma once

#include <gio/gio.h>

#include "lab/vr-lifecycle.h"
#include "lab/vr-site.h"

typedef struct VrCli VrCli;

/* A command: one row of the table in main.c, one file cmd-NAME.c. Help, man page and completion are
 * made of it. */
typedef struct {
  const char *name;
  const char *synopsis;        /* the arguments: "PROFILE", "LAB ROUTER -- COMMAND …" */
  const char *summary;         /* one line, lower case, no full stop */
  const char *doc;             /* paragraphs for the man page, in plain text */
  const GOptionEntry *options; /* its own, ending with an empty row; may be NULL */
  gint least, most;            /* number of arguments; most -1: any */
  /* The exit status; with `error` set, that of the error counts. */
  int (*run) (VrCli *cli, char **arguments, GError **error);
} VrCommand;

struct VrCli {
  VrSite site;
  gboolean json;
  gboolean quiet;
  gboolean color;                   /* on standard error */
  gboolean ticker;                  /* standard error is a terminal */
  const VrCommand *const *commands; /* NULL-terminated */
};

/* The commands' rows. */
const VrCommand *vr_cmd_check (void);
const VrCommand *vr_cmd_validate (void);
const VrCommand *vr_cmd_plan (void);
const VrCommand *vr_cmd_up (void);
const VrCommand *vr_cmd_down (void);
const VrCommand *vr_cmd_tune (void);
const VrCommand *vr_cmd_scale (void);
const VrCommand *vr_cmd_status (void);
const VrCommand *vr_cmd_threads (void);
const VrCommand *vr_cmd_top (void);
const VrCommand *vr_cmd_exec (void);
const VrCommand *vr_cmd_console (void);
const VrCommand *vr_cmd_load (void);
const VrCommand *vr_cmd_search (void);
const VrCommand *vr_cmd_histogram (void);
const VrCommand *vr_cmd_calibrate (void);
const VrCommand *vr_cmd_control (void);
const VrCommand *vr_cmd_simulate (void);
const VrCommand *vr_cmd_run (void);
const VrCommand *vr_cmd_export (void);
const VrCommand *vr_cmd_report (void);
const VrCommand *vr_cmd_claims (void);
const VrCommand *vr_cmd_bundle (void);
const VrCommand *vr_cmd_compare (void);
const VrCommand *vr_cmd_image (void);
const VrCommand *vr_cmd_completion (void);
const VrCommand *vr_cmd_man (void);

/* Options that every command has. */
const GOptionEntry *vr_cli_common_options (void);

/* Takes the line of progress away that stands on the terminal, if one does. */
void vr_cli_clear_line (void);

/* A line on standard error, unless --quiet. */
void vr_cli_note (const VrCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Options for a change of a lab: progress on the terminal, interruption by SIGINT and SIGTERM,
 * fault points from VRKIT_FAULT_POINT. Valid until the program ends. */
VrLabOptions vr_cli_lab_options (VrCli *cli);

/* Takes --timeout=DURATION, how long each guest may take until it forwards; NULL leaves what is. */
gboolean vr_cli_set_timeout (const char *duration, VrLabOptions *lab_options, GError **error);

/* For a rehearsal: prints a line on standard output for each operation to do or undo. */
void vr_cli_print_steps (VrLabOptions *lab_options);

/* Cancels when the process that started this one ends, however it does. Not where that has happened
 * already, nor under nohup(1), which has SIGHUP ignored. Once. */
void vr_cli_end_with_parent (GCancellable *cancellable);

/* Without root, VR_ERROR_PERMISSION naming what needs it. */
gboolean vr_cli_need_root (const char *what, GError **error);

/* For going on after an error: keeps the first one in `first` and tells a later one. `error` is
 * then NULL. */
void vr_cli_keep_first (const VrCli *cli, GError **first, GError **error);

/* Prints the text, with a final newline, on standard output. VR_ERROR_HOST when it cannot be. */
gboolean vr_cli_print (const char *text, GError **error);

/* What was printed is written out. VR_ERROR_HOST when it cannot be. */
gboolean vr_cli_flush (GError **error);

/* The value of `option` has caused the error: names it, and makes it VR_ERROR_USAGE. Returns FALSE.
 */
gboolean vr_cli_blame_option (const char *option, GError **error);

/* A name of a lab given as such, or as the path of its profile; the caller owns it.
 * VR_ERROR_USAGE for what can be no name, and vr_profile_load()'s errors. */
char *vr_cli_lab_name (const char *argument, GError **error);
