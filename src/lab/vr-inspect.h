/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking into a lab that is up, and into its routers. */
#pragma once

#include "lab/vr-site.h"
#include "observe/vr-status.h"
#include "sys/vr-virt.h"

typedef struct {
  const char *lab;
  const char *router;
  const char *const *argv; /* NULL-terminated */
  gint64 timeout_us;
} VrInspectExec;

typedef struct {
  const char *lab;
  const char *router;
  int in_fd;
  int out_fd;
} VrInspectConsole;

/* The status of a lab; VR_ERROR_UNWANTED where there is no trace of it. The caller owns it. */
VrStatus *vr_inspect_status (const VrSite *site, const char *name, GError **error);

typedef enum {
  VR_INSPECT_QUIETLY,
  VR_INSPECT_CONFIRM, /* vr_confirm_workers() */
} VrInspectManner;

/* The VrThreadStatus of all guests of a lab, with `fit` by what is on record of it. VR_ERROR_USAGE
 * for a lab that is not up. */
GPtrArray *vr_inspect_threads (const VrSite *site, const char *name, VrInspectManner manner,
                               GError **error);

/* Runs a command in a router, a guest's or a native one. VR_ERROR_USAGE for a lab that is not up or
 * has no such router. */
gboolean vr_inspect_exec (const VrSite *site, const VrInspectExec *request, VrExecResult *result,
                          GError **error);
gboolean vr_inspect_console (const VrSite *site, const VrInspectConsole *request, GError **error);

/* A connection to the libvirt that the lab is at, see vr_store_uri(). */
VrVirt *vr_inspect_virt (const VrSite *site, const char *name, GError **error);

/* The lab on record, as it was last brought up. VR_ERROR_USAGE where there is none. */
VrLab *vr_inspect_lab (const VrSite *site, const char *name, GError **error);
