/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-host.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct FakeHost {
  char *dir;
  GHashTable *things; /* name → (key → value) */
  GHashTable *dirty;  /* names of what is not written yet */
};

static char *
fake_path (const char *dir, const char *part, const char *thing)
{
  g_autofree char *name = thing != NULL ? g_uri_escape_string (thing, NULL, FALSE) : g_strdup ("");
  return g_build_filename (dir, part, name, NULL);
}

static gint
fake_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char **
fake_sorted (GPtrArray *names)
{
  g_ptr_array_sort (names, fake_compare);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* The text of a thing: "key=value" lines, sorted. */
static char *
fake_text (GHashTable *keys)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_ptr_array_add (lines, g_strdup_printf ("%s=%s\n", (char *) key, (char *) value));
  g_auto (GStrv) sorted = fake_sorted (g_steal_pointer (&lines));
  return g_strjoinv ("", sorted);
}

/* Renamed into place, so that a killed process leaves no half of a file. */
static void
fake_save (FakeHost *host, const char *thing)
{
  g_autofree char *text = fake_text (g_hash_table_lookup (host->things, thing));
  g_autofree char *path = fake_path (host->dir, "host", thing);
  g_autofree char *scratch = fake_path (host->dir, "scratch", thing);
  int fd = open (scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (ssize_t) strlen (text));
  close (fd);
  g_assert_cmpint (rename (scratch, path), ==, 0);
}

static GHashTable *
fake_thing (FakeHost *host, const char *thing)
{
  GHashTable *keys = g_hash_table_lookup (host->things, thing);
  if (keys == NULL) {
    keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert (host->things, g_strdup (thing), keys);
  }
  return keys;
}

static void
fake_load (FakeHost *host, const char *file)
{
  g_autofree char *name = g_uri_unescape_string (file, NULL);
  g_autofree char *path = fake_path (host->dir, "host", name);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GHashTable *keys = fake_thing (host, name);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    char *value = strchr (*line, '=');
    g_hash_table_insert (keys, g_strndup (*line, (gsize) (value - *line)), g_strdup (value + 1));
  }
}

FakeHost *
fake_host_open (const char *dir)
{
  FakeHost *host = g_new0 (FakeHost, 1);
  host->dir = g_strdup (dir);
  host->things = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) g_hash_table_unref);
  host->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *files = fake_path (dir, "host", NULL);
  g_autofree char *scratch = fake_path (dir, "scratch", NULL);
  g_assert_cmpint (g_mkdir_with_parents (files, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (scratch, 0700), ==, 0);
  g_autoptr (GDir) directory = g_dir_open (files, 0, NULL);
  const char *file;
  while ((file = g_dir_read_name (directory)) != NULL)
    fake_load (host, file);
  return host;
}

void
fake_host_close (FakeHost *host)
{
  fake_host_flush (host);
  g_hash_table_unref (host->things);
  g_hash_table_unref (host->dirty);
  g_free (host->dir);
  g_free (host);
}

gboolean
fake_host_has (const FakeHost *host, const char *thing)
{
  return g_hash_table_contains (host->things, thing);
}

const char *
fake_host_get (const FakeHost *host, const char *thing, const char *key)
{
  GHashTable *keys = g_hash_table_lookup (host->things, thing);
  return keys != NULL ? g_hash_table_lookup (keys, key) : NULL;
}

GVariant *
fake_host_strings (const FakeHost *host, const char *thing)
{
  GHashTable *keys = g_hash_table_lookup (host->things, thing);
  if (keys == NULL)
    return NULL;
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer key, value;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_variant_builder_add (&builder, "{ss}", key, value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

void
fake_host_set (FakeHost *host, const char *thing, const char *key, const char *value)
{
  GHashTable *keys = fake_thing (host, thing);
  if (value != NULL)
    g_hash_table_replace (keys, g_strdup (key), g_strdup (value));
  else
    g_hash_table_remove (keys, key);
  g_hash_table_add (host->dirty, g_strdup (thing));
}

void
fake_host_flush (FakeHost *host)
{
  GHashTableIter iter;
  gpointer thing;
  g_hash_table_iter_init (&iter, host->dirty);
  while (g_hash_table_iter_next (&iter, &thing, NULL))
    fake_save (host, thing);
  g_hash_table_remove_all (host->dirty);
}

/* Whether the blank-separated list of the thing's key holds `word`. */
static gboolean
fake_lists (const FakeHost *host, const char *thing, const char *key, const char *word)
{
  const char *list = fake_host_get (host, thing, key);
  gsize length = strlen (word);
  for (const char *at = list; at != NULL; at = strchr (at, ' ')) {
    at += *at == ' ';
    if (strncmp (at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
      return TRUE;
  }
  return FALSE;
}

const char *
fake_host_user (const FakeHost *host, const char *thing)
{
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, host->things);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_str_has_prefix (name, "domain/") && fake_lists (host, name, "uses", thing))
      return name;
  return NULL;
}

static void
fake_note_use (FakeHost *host, const char *thing)
{
  const char *user = fake_host_user (host, thing);
  if (user == NULL)
    return;
  g_autofree char *wrong = g_strdup_printf ("%s was removed while %s used it", thing, user);
  fake_host_note_wrong (host, wrong);
}

/* What hangs on a thing that is gone; links of a bridge only lose it. */
static GPtrArray *
fake_orphans (FakeHost *host, const char *gone)
{
  GPtrArray *orphans = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name;
  const char *ifname = strchr (gone, '/') + 1;
  g_hash_table_iter_init (&iter, host->things);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (fake_lists (host, name, "parents", gone))
      g_ptr_array_add (orphans, g_strdup (name));
    else if (g_strcmp0 (fake_host_get (host, name, "master"), ifname) == 0)
      fake_host_set (host, name, "master", NULL);
  return orphans;
}

/* Its file goes last: who is killed meanwhile leaves nothing that hangs on what is gone. */
void
fake_host_remove (FakeHost *host, const char *thing)
{
  if (!fake_host_has (host, thing))
    return;
  fake_host_flush (host);
  fake_note_use (host, thing);
  g_autofree char *path = fake_path (host->dir, "host", thing);
  g_hash_table_remove (host->things, thing);
  g_autoptr (GPtrArray) orphans = fake_orphans (host, thing);
  for (guint i = 0; i < orphans->len; i++)
    fake_host_remove (host, orphans->pdata[i]);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

char **
fake_host_names (const FakeHost *host, const char *prefix)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, host->things);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_str_has_prefix (name, prefix))
      g_ptr_array_add (names, g_strdup (name));
  return fake_sorted (names);
}

void
fake_host_note_wrong (FakeHost *host, const char *text)
{
  g_autofree char *path = g_build_filename (host->dir, "wrong", NULL);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  g_assert_cmpint (write (fd, line, strlen (line)), ==, (ssize_t) strlen (line));
  close (fd);
}

char *
fake_host_print (const char *dir)
{
  g_autoptr (FakeHost) host = fake_host_open (dir);
  g_auto (GStrv) names = fake_host_names (host, "");
  g_autoptr (GString) text = g_string_new (NULL);
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *path = fake_path (dir, "host", *name);
    g_autofree char *bytes = NULL;
    g_assert_true (g_file_get_contents (path, &bytes, NULL, NULL));
    g_string_append_printf (text, "[%s]\n%s", *name, bytes);
  }
  return g_strdup (text->str);
}

char *
fake_host_wrongs (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "wrong", NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}
