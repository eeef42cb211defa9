/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, and what is the same for all of them. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "cli/vr-cli.h"

#define DEFAULT_RUN_DIR "/run/vrkit"
#define DEFAULT_IMAGES_DIR "/var/lib/vrkit/images"
#define DEFAULT_URI "qemu:///system"

typedef struct {
  char *connect;
  char *run_dir;
  char *images_dir;
  gboolean json;
  gboolean quiet;
  gboolean help;
} CommonOptions;

static CommonOptions common;

static const GOptionEntry common_options[] = {
  { "connect", 'c', 0, G_OPTION_ARG_STRING, &common.connect,
    "libvirt to use (default: LIBVIRT_DEFAULT_URI, else the lab's own, else " DEFAULT_URI ")",
    "URI" },
  { "run-dir", 0, 0, G_OPTION_ARG_FILENAME, &common.run_dir,
    "where the state of labs is kept (default: " DEFAULT_RUN_DIR ")", "DIR" },
  { "images", 0, 0, G_OPTION_ARG_FILENAME, &common.images_dir,
    "where images are (default: " DEFAULT_IMAGES_DIR ")", "DIR" },
  { "json", 'j', 0, G_OPTION_ARG_NONE, &common.json, "print JSON", NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &common.quiet, "no progress and no notes", NULL },
  { "help", 'h', 0, G_OPTION_ARG_NONE, &common.help, "say what the command does and takes", NULL },
  { 0 },
};

const GOptionEntry *
vr_cli_common_options (void)
{
  return common_options;
}

static const VrCommand *(*const rows[]) (void) = {
  vr_cmd_check,      vr_cmd_validate, vr_cmd_plan,     vr_cmd_up,      vr_cmd_tune,
  vr_cmd_scale,      vr_cmd_down,     vr_cmd_status,   vr_cmd_threads, vr_cmd_top,
  vr_cmd_exec,       vr_cmd_console,  vr_cmd_load,     vr_cmd_search,  vr_cmd_histogram,
  vr_cmd_calibrate,  vr_cmd_control,  vr_cmd_simulate, vr_cmd_run,     vr_cmd_export,
  vr_cmd_report,     vr_cmd_claims,   vr_cmd_bundle,   vr_cmd_compare, vr_cmd_image,
  vr_cmd_completion, vr_cmd_man,
};

static const VrCommand *const *
command_table (void)
{
  static const VrCommand *table[G_N_ELEMENTS (rows) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    table[i] = rows[i]();
  return table;
}

static void
print_help (const VrCommand *const *commands, FILE *to)
{
  fprintf (to, "Usage: vrkit COMMAND [OPTION …] [ARGUMENT …]\n\n"
               "A Linux server as a rack of virtual routers.\n\nCommands:\n");
  for (; *commands != NULL; commands++)
    fprintf (to, "  %-12s %s\n", (*commands)->name, (*commands)->summary);
  fprintf (to, "\n`vrkit COMMAND --help` tells more, and so do vrkit(1) and vrkit-profile(5).\n");
}

static const VrCommand *
find_command (const VrCommand *const *commands, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (; *commands != NULL; commands++) {
    if (strcmp ((*commands)->name, name) == 0)
      return *commands;
    g_ptr_array_add (names, (gpointer) (*commands)->name);
  }
  g_ptr_array_add (names, NULL);
  const char *near_by = vr_name_suggest (name, (const char *const *) names->pdata);
  g_autofree char *quoted = vr_name_quote (name);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "no command \"%s\"%s%s%s; `vrkit --help` lists them", quoted,
               near_by != NULL ? ": did you mean " : "", near_by != NULL ? near_by : "",
               near_by != NULL ? "?" : "");
  return NULL;
}

/* Every option can be given by the environment: --dry-run as VRKIT_DRY_RUN. Put before the command
 * line's own, so that those win. */
static void
add_environment (GStrvBuilder *argv, const GOptionEntry *options)
{
  for (; options != NULL && options->long_name != NULL; options++) {
    g_autofree char *upper = g_ascii_strup (options->long_name, -1);
    g_autofree char *name = g_strconcat ("VRKIT_", upper, NULL);
    g_strdelimit (name, "-", '_');
    const char *value = g_getenv (name);
    if (value == NULL || *value == '\0')
      continue;
    g_autofree char *option = NULL;
    if (options->arg != G_OPTION_ARG_NONE)
      option = g_strdup_printf ("--%s=%s", options->long_name, value);
    else if (strcmp (value, "0") != 0)
      option = g_strdup_printf ("--%s", options->long_name);
    if (option != NULL)
      g_strv_builder_add (argv, option);
  }
}

static GOptionContext *
context_of (const VrCommand *command)
{
  GOptionContext *context = g_option_context_new (command->synopsis);
  g_autofree char *summary
      = g_strdup_printf ("%c%s.", g_ascii_toupper (command->summary[0]), command->summary + 1);
  g_option_context_set_summary (context, summary);
  g_option_context_set_help_enabled (context, FALSE);
  if (command->options != NULL)
    g_option_context_add_main_entries (context, command->options, NULL);
  g_option_context_add_main_entries (context, common_options, NULL);
  return context;
}

/* The arguments that are left when all options are taken. When help is asked for, prints it. */
static gboolean
parse (const VrCommand *command, char **argv, char ***arguments, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *program = g_strdup_printf ("vrkit %s", command->name);
  g_autoptr (GError) cause = NULL;
  g_strv_builder_add (builder, program);
  add_environment (builder, common_options);
  add_environment (builder, command->options);
  g_strv_builder_addv (builder, (const char **) argv);
  g_auto (GStrv) words = g_strv_builder_end (builder);

  g_set_prgname (program);
  g_autoptr (GOptionContext) context = context_of (command);
  if (!g_option_context_parse_strv (context, &words, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s; `vrkit %s --help` lists the options",
                 cause->message, command->name);
    return FALSE;
  }
  if (common.help) {
    g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
    return vr_cli_print (g_strchomp (help), error);
  }
  char **rest = words + 1;
  if (rest[0] != NULL && strcmp (rest[0], "--") == 0)
    rest++;
  gint count = (gint) g_strv_length (rest);
  if (count < command->least || (command->most >= 0 && count > command->most)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "usage: vrkit %s [OPTION …] %s", command->name,
                 command->synopsis);
    return FALSE;
  }
  *arguments = g_strdupv (rest);
  return TRUE;
}

static gint64
monotonic_ns (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time () * 1000;
}

/* libvirt's daemon, which is told of files below, has another working directory. */
static const char *
absolute (char **path, const char *otherwise)
{
  if (*path == NULL)
    return otherwise;
  char *given = *path;
  *path = g_canonicalize_filename (given, NULL);
  g_free (given);
  return *path;
}

static void
fill_cli (VrCli *cli, const VrCommand *const *commands)
{
  const char *uri = g_getenv ("LIBVIRT_DEFAULT_URI");
  cli->commands = commands;
  cli->json = common.json;
  cli->quiet = common.quiet;
  cli->ticker = isatty (STDERR_FILENO) != 0;
  cli->color = cli->ticker && g_getenv ("NO_COLOR") == NULL;
  if (common.connect != NULL)
    uri = common.connect;
  gboolean is_given = uri != NULL && *uri != '\0';
  cli->site = (VrSite){
    .root_dir = "/",
    .run_dir = absolute (&common.run_dir, DEFAULT_RUN_DIR),
    .images_dir = absolute (&common.images_dir, DEFAULT_IMAGES_DIR),
    .uri = is_given ? uri : DEFAULT_URI,
    .now_ns = monotonic_ns,
    .uri_is_given = is_given,
  };
}

static int
run_command (const VrCommand *const *commands, char **argv, GError **error)
{
  const VrCommand *command = find_command (commands, argv[0], error);
  g_auto (GStrv) arguments = NULL;
  VrCli cli = { 0 };
  if (command == NULL || !parse (command, argv + 1, &arguments, error))
    return VR_ERROR_USAGE;
  if (common.help)
    return 0;
  fill_cli (&cli, commands);
  return command->run (&cli, arguments, error);
}

static void
print_error (const GError *error)
{
  gboolean color = isatty (STDERR_FILENO) != 0 && g_getenv ("NO_COLOR") == NULL;
  vr_cli_clear_line ();
  fprintf (stderr, "%svrkit: %s%s\n", color ? "\033[31m" : "", error->message,
           color ? "\033[0m" : "");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const VrCommand *const *commands = command_table ();
  setlocale (LC_ALL, "");
  if (argc < 2) {
    print_help (commands, stderr);
    return VR_ERROR_USAGE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || (strcmp (argv[1], "help") == 0 && argc == 2)) {
    print_help (commands, stdout);
    return 0;
  }
  if (strcmp (argv[1], "--version") == 0) {
    printf ("vrkit %s\n", VRKIT_VERSION);
    return 0;
  }
  char *help[] = { argv[argc > 2 ? 2 : 1], "--help", NULL };
  gboolean wants_help = strcmp (argv[1], "help") == 0;
  int status = run_command (commands, wants_help ? help : argv + 1, &error);
  if (error != NULL) {
    print_error (error);
    return vr_error_exit_status (error);
  }
  return status;
}
