/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the man pages that come from the tables. */
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-experiment.h"
#include "cli/vr-cli.h"
#include "config/vr-schema-doc.h"
#include "image/vr-recipe-doc.h"

/* Text for man(7): backslashes and hyphens escaped, and no line that begins like a request. */
static void
append_escaped (GString *page, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\\')
      g_string_append (page, "\\e");
    else if (*p == '-')
      g_string_append (page, "\\-");
    else if ((*p == '.' || *p == '\'') && (p == text || p[-1] == '\n'))
      g_string_append_printf (page, "\\&%c", *p);
    else
      g_string_append_c (page, *p);
  }
}

static void
append_options (GString *page, const GOptionEntry *options)
{
  for (; options != NULL && options->long_name != NULL; options++) {
    g_string_append (page, ".TP\n");
    if (options->short_name != 0)
      g_string_append_printf (page, "\\fB\\-%c\\fR, ", options->short_name);
    g_string_append (page, "\\fB\\-\\-");
    append_escaped (page, options->long_name);
    g_string_append (page, "\\fR");
    if (options->arg_description != NULL)
      g_string_append_printf (page, "=\\fI%s\\fR", options->arg_description);
    g_string_append_c (page, '\n');
    append_escaped (page, options->description);
    g_string_append (page, ".\n");
  }
}

static char *
commands_part (const VrCli *cli)
{
  GString *page = g_string_new (".SH COMMANDS\n");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++) {
    const VrCommand *command = *c;
    g_string_append_printf (page, ".SS \"%s ", command->name);
    append_escaped (page, command->synopsis);
    g_string_append (page, "\"\n");
    g_string_append_c (page, g_ascii_toupper (command->summary[0]));
    append_escaped (page, command->summary + 1);
    g_string_append (page, ".\n.PP\n");
    append_escaped (page, command->doc);
    g_string_append_c (page, '\n');
    append_options (page, command->options);
  }
  g_string_append (page, ".SH OPTIONS\nEvery command takes these too. Each option can be given by "
                         "the environment as well: \\fB\\-\\-dry\\-run\\fR as "
                         "\\fBVRKIT_DRY_RUN\\fR=1; the command line wins.\n");
  append_options (page, vr_cli_common_options ());
  return g_string_free (page, FALSE);
}

/* A page of its own for one command. */
static char *
options_part (const VrCli *cli, const char *name)
{
  GString *page = g_string_new (".SH OPTIONS\n");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++)
    if (strcmp ((*c)->name, name) == 0)
      append_options (page, (*c)->options);
  g_string_append (page, ".PP\nEvery command takes the common options of \\fBvrkit\\fR(1) too.\n");
  return g_string_free (page, FALSE);
}

static const struct {
  VrErrorCode code;
  const char *meaning;
} statuses[] = {
  { 0, "Done." },
  { VR_ERROR_UNWANTED, "Not as wanted: a lab that is not as it should be, frames lost." },
  { VR_ERROR_USAGE, "The command line is wrong." },
  { VR_ERROR_PROFILE, "The profile or recipe is wrong." },
  { VR_ERROR_HOST, "The host lacks something." },
  { VR_ERROR_INFEASIBLE, "What is asked for does not fit this host." },
  { VR_ERROR_BUSY, "Somebody else has it." },
  { VR_ERROR_PERMISSION, "It needs root, or another right." },
  { VR_ERROR_KERNEL, "The kernel or libvirt refused." },
  { VR_ERROR_VERIFY, "What was read back is not what was set." },
  { VR_ERROR_GUEST, "A guest failed." },
  { VR_ERROR_TRAFFIC, "The tester failed." },
  { VR_ERROR_INTERNAL, "A bug in vrkit." },
};

static char *
statuses_part (void)
{
  GString *page = g_string_new (".SH EXIT STATUS\n");
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    g_string_append_printf (page, ".TP\n\\fB%d\\fR\n%s\n", statuses[i].code, statuses[i].meaning);
  return g_string_free (page, FALSE);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autofree char *text = NULL;
  if (strcmp (arguments[0], "commands") == 0)
    text = commands_part (cli);
  else if (strcmp (arguments[0], "statuses") == 0)
    text = statuses_part ();
  else if (strcmp (arguments[0], "load-options") == 0)
    text = options_part (cli, "load");
  else if (strcmp (arguments[0], "search-options") == 0)
    text = options_part (cli, "search");
  else if (strcmp (arguments[0], "calibrate-options") == 0)
    text = options_part (cli, "calibrate");
  else if (strcmp (arguments[0], "control-options") == 0)
    text = options_part (cli, "control");
  else if (strcmp (arguments[0], "simulate-options") == 0)
    text = options_part (cli, "simulate");
  else if (strcmp (arguments[0], "profile-keys") == 0)
    text = vr_schema_man (vr_schema_profile ());
  else if (strcmp (arguments[0], "experiment-keys") == 0)
    text = vr_schema_man (vr_schema_experiment ());
  else if (strcmp (arguments[0], "recipe-keys") == 0)
    text = vr_recipe_man ();
  if (text == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "the parts are commands, statuses, load-options, search-options, "
                 "calibrate-options, control-options, simulate-options, profile-keys, "
                 "experiment-keys and recipe-keys, "
                 "not \"%s\"",
                 arguments[0]);
    return 1;
  }
  return vr_cli_print (text, error) ? 0 : 1;
}

const VrCommand *
vr_cmd_man (void)
{
  static const VrCommand command = {
    .name = "man",
    .synopsis = "commands|statuses|load-options|search-options|calibrate-options|control-options|"
                "simulate-options|profile-keys|experiment-keys|recipe-keys",
    .summary = "print the parts of the man pages that come from the tables",
    .doc = "In man(7) markup; used when vrkit is built.",
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
