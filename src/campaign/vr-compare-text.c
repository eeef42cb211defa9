/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the texts of two campaigns have otherwise: of manifests the values, of others the lines. */
#include <gio/gio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "campaign/vr-campaign-dir.h"
#include "campaign/vr-compare.h"

/* Where the texts lay says nothing of what was measured. */
static const char *const places[] = { "experiment.path", "experiment.profile", NULL };

static void
difference_clear (gpointer data)
{
  VrTextDifference *difference = data;
  g_strfreev (difference->lines);
}

/* --- Manifests ----------------------------------------------------------------------------------
 */

/* Adds "host.kernel" → its value as text, for all below. */
static void
flatten (JsonNode *node, const char *name, GHashTable *values)
{
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    if (!g_strv_contains (places, name))
      g_hash_table_insert (values, g_strdup (name), json_to_string (node, FALSE));
    return;
  }
  g_autoptr (GList) members = json_object_get_members (json_node_get_object (node));
  for (GList *m = members; m != NULL; m = m->next) {
    g_autofree char *below
        = *name != '\0' ? g_strconcat (name, ".", m->data, NULL) : g_strdup (m->data);
    flatten (json_object_get_member (json_node_get_object (node), m->data), below, values);
  }
}

static GHashTable *
values_of (const char *directory, GError **error)
{
  g_autofree char *path = vr_campaign_dir_file (directory, VR_CAMPAIGN_MANIFEST);
  g_autoptr (JsonNode) manifest = vr_json_read_object (path, "vrkit.manifest/1", error);
  if (manifest == NULL)
    return NULL;
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  flatten (manifest, "", values);
  return values;
}

static void
add_value (GStrvBuilder *lines, const char *sign, const char *name, const char *value)
{
  g_autofree char *line = g_strconcat (sign, name, ": ", value, NULL);
  if (value != NULL)
    g_strv_builder_add (lines, line);
}

static char **
manifest_lines (const char *first, const char *second, GError **error)
{
  g_autoptr (GHashTable) then = values_of (first, error);
  g_autoptr (GHashTable) now = then != NULL ? values_of (second, error) : NULL;
  if (now == NULL)
    return NULL;
  g_autoptr (GHashTable) all = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer name;
  for (guint i = 0; i < 2; i++) {
    g_hash_table_iter_init (&iter, i == 0 ? then : now);
    while (g_hash_table_iter_next (&iter, &name, NULL))
      g_hash_table_add (all, name);
  }
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (all), (GCompareFunc) g_strcmp0);
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  for (GList *n = names; n != NULL; n = n->next) {
    const char *was = g_hash_table_lookup (then, n->data), *is = g_hash_table_lookup (now, n->data);
    if (g_strcmp0 (was, is) == 0)
      continue;
    add_value (lines, "-", n->data, was);
    add_value (lines, "+", n->data, is);
  }
  return g_strv_builder_end (lines);
}

/* --- Other texts --------------------------------------------------------------------------------
 */

/* diff(1)'s lines, without those that say where they are. */
static char **
changed_lines (const char *text)
{
  g_auto (GStrv) all = g_strsplit (text, "\n", -1);
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  for (guint i = 0, header = 2; all[i] != NULL; i++)
    if (header > 0)
      header--;
    else if (*all[i] == '-' || *all[i] == '+')
      g_strv_builder_add (lines, all[i]);
  return g_strv_builder_end (lines);
}

static char **
text_lines (const char *first, const char *second, const char *name, GError **error)
{
  g_autofree char *one = vr_campaign_dir_file (first, name), *text = NULL, *says = NULL;
  g_autofree char *other = vr_campaign_dir_file (second, name);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GSubprocess) diff
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &cause,
                          "diff", "--text", "--unified=0", "--", one, other, NULL);
  if (diff != NULL && g_subprocess_communicate_utf8 (diff, NULL, NULL, &text, &says, &cause)
      && g_subprocess_get_if_exited (diff) && g_subprocess_get_exit_status (diff) <= 1)
    return changed_lines (text);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot compare \"%s\" and \"%s\": %s", one, other,
               cause != NULL ? cause->message : g_strstrip (says));
  return NULL;
}

GArray *
vr_compare_texts (const char *first, const char *second, GError **error)
{
  static const char *const names[]
      = { VR_CAMPAIGN_MANIFEST, VR_CAMPAIGN_EXPERIMENT, VR_CAMPAIGN_PROFILE };
  g_autoptr (GArray) differences = g_array_new (FALSE, FALSE, sizeof (VrTextDifference));
  g_array_set_clear_func (differences, difference_clear);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    VrTextDifference difference
        = { names[i], i == 0 ? manifest_lines (first, second, error)
                             : text_lines (first, second, names[i], error) };
    if (difference.lines == NULL)
      return NULL;
    if (*difference.lines == NULL)
      g_strfreev (difference.lines);
    else
      g_array_append_val (differences, difference);
  }
  return g_steal_pointer (&differences);
}
