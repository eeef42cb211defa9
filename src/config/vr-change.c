/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A printed profile is edited as text, line by line, and read anew: so a change obeys the rules of
 * a profile, and no others. */
#include "config/vr-change.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"

void
vr_change_free (VrChange *change)
{
  g_free (change->name);
  g_free (change->word);
  g_free (change->value);
  g_free (change);
}

static gboolean
refuse (const char *text, const char *reason, const char *meant, GError **error)
{
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\": %s%s%s%s", quoted, reason,
               meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
               meant != NULL ? "\"?" : "");
  return FALSE;
}

/* Cuts the first word off a path; the rest is "" where there is no other. */
static char *
next_word (const char **path)
{
  gsize length = strcspn (*path, ".");
  char *word = g_strndup (*path, length);
  *path += length + ((*path)[length] == '.');
  return word;
}

/* Takes group, name and key from PATH; `text` is the whole change, for messages. */
static gboolean
parse_path (const char *path, const char *text, VrChange *change, GError **error)
{
  static const char syntax[] = "a path is GROUP.NAME.KEY, as port.left.queue-length";
  g_autofree char *group = next_word (&path);
  change->group = vr_schema_group (vr_schema_profile (), group);
  if (change->group == NULL)
    return refuse (text, syntax, vr_schema_suggest_group (vr_schema_profile (), group), error);
  if (change->group->noun != NULL) {
    change->name = next_word (&path);
    if (*path == '\0')
      return refuse (text, syntax, NULL, error);
  }
  change->word = g_strdup (path);
  change->key = vr_schema_key (vr_schema_profile (), change->group->name, path);
  return change->key != NULL
         || refuse (text, "the group has no such key",
                    vr_schema_suggest_key (vr_schema_profile (), change->group->name, path), error);
}

VrChange *
vr_change_parse (const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autoptr (VrChange) change = g_new0 (VrChange, 1);
  if (equals == NULL || strchr (text, '\n') != NULL) {
    refuse (text, "a change is PATH=VALUE", NULL, error);
    return NULL;
  }
  g_autofree char *path = g_strstrip (g_strndup (text, (gsize) (equals - text)));
  change->value = g_strstrip (g_strdup (equals + 1));
  if (!parse_path (path, text, change, error))
    return NULL;
  return g_steal_pointer (&change);
}

/* The head of the change's group, as it is printed. */
static char *
head_of (const VrChange *change)
{
  if (change->name == NULL)
    return g_strdup_printf ("[%s]", change->group->name);
  return g_strdup_printf ("[%s %s]", change->group->name, change->name);
}

/* Whether a printed line gives the change's key: "KEY = VALUE". */
static gboolean
gives_key (const char *line, const VrChange *change)
{
  gsize length = strlen (change->word);
  return strncmp (line, change->word, length) == 0 && g_str_has_prefix (line + length, " = ");
}

static void
append_line (GString *text, const char *line)
{
  g_string_append (text, line);
  g_string_append_c (text, '\n');
}

static void
append_change (GString *text, const VrChange *change)
{
  if (*change->value != '\0')
    g_string_append_printf (text, "%s = %s\n", change->word, change->value);
}

/* Whether the printed group that begins here has no line of its own. */
static gboolean
is_empty (char **head)
{
  return head[1] == NULL || *head[1] == '\0' || *head[1] == '[';
}

/* Without the change's group where that has become empty. Only that of a schedule: its router may
 * go with the same change, and a group of a router that is not there is refused. */
static char *
drop_empty (const char *profile, const VrChange *change)
{
  g_autofree char *head = head_of (change);
  g_auto (GStrv) lines = g_strsplit (profile, "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  for (char **line = lines; *line != NULL; line++)
    if (strcmp (*line, head) != 0 || !is_empty (line))
      append_line (text, *line);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The profile with the lines of the key replaced by one of the new value. */
static char *
edit (const char *profile, const VrChange *change)
{
  g_autofree char *head = head_of (change);
  g_auto (GStrv) lines = g_strsplit (profile, "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean inside = FALSE, found = FALSE;
  for (char **line = lines; *line != NULL; line++) {
    if (**line == '[')
      inside = strcmp (*line, head) == 0;
    if (!inside || !gives_key (*line, change))
      append_line (text, *line);
    if (inside && !found) {
      append_change (text, change);
      found = TRUE;
    }
  }
  if (!found && *change->value != '\0') {
    append_line (text, head);
    append_change (text, change);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

VrLab *
vr_change_apply (const char *profile, const char *file_name, const char *const *changes,
                 GError **error)
{
  g_autofree char *text = g_strdup (profile);
  for (; *changes != NULL; changes++) {
    g_autoptr (VrChange) change = vr_change_parse (*changes, error);
    if (change == NULL)
      return NULL;
    char *edited = edit (text, change);
    g_free (text);
    text = edited;
    if (*change->value == '\0' && strcmp (change->group->name, "schedule") == 0) {
      edited = drop_empty (text, change);
      g_free (text);
      text = edited;
    }
  }
  g_autoptr (GError) cause = NULL;
  VrLab *lab = vr_profile_parse (text, strlen (text), file_name, &cause);
  if (lab == NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "with the change made: ");
  return lab;
}
