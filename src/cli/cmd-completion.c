/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion scripts, made of the table of commands. */
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "cli/vr-cli.h"

/* Calls `append` for each option of a command, its own first. */
static void
each_option (const VrCommand *command, GString *text,
             void (*append) (GString *text, const VrCommand *command, const GOptionEntry *option))
{
  for (const GOptionEntry *o = command->options; o != NULL && o->long_name != NULL; o++)
    append (text, command, o);
  for (const GOptionEntry *o = vr_cli_common_options (); o->long_name != NULL; o++)
    append (text, command, o);
}

/* Inside single quotes, with a backslash before each of `special`. */
static void
append_quoted (GString *text, const char *words, const char *special)
{
  for (; *words != '\0'; words++) {
    if (strchr (special, *words) != NULL)
      g_string_append_c (text, '\\');
    g_string_append (text, *words == '\'' ? "'\\''" : (char[]){ *words, '\0' });
  }
}

/* For bash. */

static void
append_bash_option (GString *text, const VrCommand *command, const GOptionEntry *option)
{
  (void) command;
  g_string_append_printf (text, " --%s", option->long_name);
}

static void
append_bash (GString *text, const VrCli *cli)
{
  g_string_append (text, "_vrkit ()\n{\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
                         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words='--help --version");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++)
    g_string_append_printf (text, " %s", (*c)->name);
  g_string_append (text, "'\n  else\n    case ${COMP_WORDS[1]} in\n");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++) {
    g_string_append_printf (text, "      %s) words='", (*c)->name);
    each_option (*c, text, append_bash_option);
    g_string_append (text, "' ;;\n");
  }
  g_string_append (text, "    esac\n  fi\n"
                         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                         "  if [ \"$COMP_CWORD\" -gt 1 ] && [ \"${cur#-}\" = \"$cur\" ]; then\n"
                         "    compopt -o filenames 2>/dev/null || true\n"
                         "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                         "  fi\n}\ncomplete -F _vrkit vrkit\n");
}

/* For zsh. */

static void
append_zsh_option (GString *text, const VrCommand *command, const GOptionEntry *option)
{
  (void) command;
  g_string_append_printf (text, " \\\n      '--%s%s[", option->long_name,
                          option->arg_description != NULL ? "=" : "");
  append_quoted (text, option->description, "[]:\\");
  g_string_append_printf (text, "]%s%s'", option->arg_description != NULL ? ":" : "",
                          option->arg_description != NULL ? option->arg_description : "");
}

static void
append_zsh (GString *text, const VrCli *cli)
{
  g_string_append (text, "#compdef vrkit\nlocal -a commands=(\n");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++) {
    g_string_append_printf (text, "  '%s:", (*c)->name);
    append_quoted (text, (*c)->summary, ":\\");
    g_string_append (text, "'\n");
  }
  g_string_append (text, ")\nif (( CURRENT == 2 )); then\n  _describe command commands\n  return\n"
                         "fi\n(( CURRENT-- ))\nshift words\ncase $words[1] in\n");
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++) {
    g_string_append_printf (text, "  %s)\n    _arguments", (*c)->name);
    each_option (*c, text, append_zsh_option);
    g_string_append (text, " \\\n      '*:file:_files' ;;\n");
  }
  g_string_append (text, "esac\n");
}

/* For fish. */

static void
append_fish_option (GString *text, const VrCommand *command, const GOptionEntry *option)
{
  g_string_append_printf (text, "complete -c vrkit -n '__fish_seen_subcommand_from %s' -l %s",
                          command->name, option->long_name);
  if (option->short_name != 0)
    g_string_append_printf (text, " -s %c", option->short_name);
  g_string_append_printf (text, "%s -d '", option->arg != G_OPTION_ARG_NONE ? " -r" : "");
  append_quoted (text, option->description, "\\");
  g_string_append (text, "'\n");
}

static void
append_fish (GString *text, const VrCli *cli)
{
  for (const VrCommand *const *c = cli->commands; *c != NULL; c++) {
    g_string_append_printf (text, "complete -c vrkit -n __fish_use_subcommand -f -a %s -d '",
                            (*c)->name);
    append_quoted (text, (*c)->summary, "\\");
    g_string_append (text, "'\n");
    each_option (*c, text, append_fish_option);
  }
}

static const struct {
  const char *name;
  void (*append) (GString *text, const VrCli *cli);
} shells[] = { { "bash", append_bash }, { "zsh", append_zsh }, { "fish", append_fish } };

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (shells); i++)
    if (strcmp (shells[i].name, arguments[0]) == 0)
      shells[i].append (text, cli);
  if (text->len > 0)
    return vr_cli_print (text->str, error) ? 0 : 1;
  g_autofree char *quoted = vr_name_quote (arguments[0]);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "completion is there for bash, zsh and fish, not for \"%s\"", quoted);
  return 1;
}

const VrCommand *
vr_cmd_completion (void)
{
  static const VrCommand command = {
    .name = "completion",
    .synopsis = "bash|zsh|fish",
    .summary = "print a completion script for the shell",
    .doc
    = "To be sourced: source <(vrkit completion bash). An installed vrkit has put it where the "
      "shell finds it.",
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
