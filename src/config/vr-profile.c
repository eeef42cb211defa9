/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-check-lab.h"
#include "config/vr-internal.h"
#include "config/vr-mac-plan.h"
#include "config/vr-members.h"
#include "config/vr-parts.h"
#include "config/vr-reader.h"
#include "config/vr-source.h"

#define SUFFIX ".conf"

typedef struct {
  VrReader *reader;  /* of a VrLab */
  GHashTable *files; /* resolved path, owned → VrOrigin, owned: where it was included */
  gsize budget;      /* bytes that may yet be read */
} Files;

/* A file that is being read, and the one that includes it. */
typedef struct Input {
  const struct Input *parent; /* NULL at the top */
  const char *path;           /* as it can be opened */
  const char *resolved;       /* to know it again */
  guint depth;
  VrSource source;
} Input;

static gboolean read_input (Files *files, Input *input, GError **error);

/* Without the working directory where the file does not exist: then its name is all there is. */
static char *
resolve (const char *path)
{
  char *resolved = realpath (path, NULL);
  char *copy = g_strdup (resolved != NULL ? resolved : path);
  free (resolved);
  return copy;
}

/* "a.conf:1 includes b.conf:2 includes a.conf" */
static char *
chain_text (const Input *input, const char *last)
{
  g_autoptr (GString) chain = g_string_new (last);
  for (; input != NULL; input = input->parent) {
    g_autofree char *link
        = g_strdup_printf ("%s:%u includes ", input->source.origin.file, input->source.origin.line);
    g_string_prepend (chain, link);
  }
  return g_string_free (g_steal_pointer (&chain), FALSE);
}

static gboolean
check_chain (const Files *files, const Input *parent, const char *path, const char *resolved,
             GError **error)
{
  const VrOrigin *origin = &parent->source.origin;
  g_autofree char *shown = vr_source_display (path);
  g_autofree char *chain = chain_text (parent, shown);
  const Input *input = parent;
  do {
    if (strcmp (input->resolved, resolved) == 0)
      return vr_places_error (error, origin, "the profile includes itself: %s", chain);
    input = input->parent;
  } while (input != NULL);
  if (parent->depth >= VR_PROFILE_DEPTH_MAX)
    return vr_places_error (error, origin, "files include one another more than %d deep: %s",
                            VR_PROFILE_DEPTH_MAX, chain);
  const VrOrigin *first = g_hash_table_lookup (files->files, resolved);
  if (first != NULL)
    return vr_places_error (error, origin, "\"%s\" is included a second time, first at %s:%u",
                            shown, first->file, first->line);
  return TRUE;
}

static gboolean
read_included (Files *files, const Input *parent, const char *path, GError **error)
{
  const VrOrigin *origin = &parent->source.origin;
  g_autofree char *resolved = resolve (path);
  if (!check_chain (files, parent, path, resolved, error))
    return FALSE;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GBytes) bytes = vr_source_read (path, VR_SOURCE_REGULAR, files->budget, &cause);
  if (bytes == NULL)
    return vr_places_error (error, origin, "include: %s", cause->message);
  files->budget -= g_bytes_get_size (bytes);
  g_hash_table_insert (files->files, g_strdup (resolved), g_memdup2 (origin, sizeof *origin));
  g_autofree Input *input = g_new0 (Input, 1);
  input->parent = parent;
  input->path = path;
  input->resolved = resolved;
  input->depth = parent->depth + 1;
  vr_source_init (&input->source, bytes, path);
  return read_input (files, input, error);
}

static gboolean
read_includes (Files *files, const Input *input, const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  if (*text == '\0')
    return vr_places_error (error, &input->source.origin, "include has no value: name a file");
  for (char **name = names; *name != NULL; name++) {
    g_strstrip (*name);
    g_autofree char *folder = g_path_get_dirname (input->path);
    g_autofree char *path = g_path_is_absolute (*name) || strcmp (folder, ".") == 0
                                ? g_strdup (*name)
                                : g_build_filename (folder, *name, NULL);
    if (**name == '\0')
      return vr_places_error (error, &input->source.origin,
                              "include has an empty item: name a file, or remove the comma");
    if (!read_included (files, input, path, error))
      return FALSE;
  }
  return TRUE;
}

/* What is included, when the line is "include = …"; else NULL. */
static const char *
include_value (const char *line)
{
  if (!g_str_has_prefix (line, "include"))
    return NULL;
  line += strlen ("include");
  line += strspn (line, " ");
  return *line == '=' ? line + 1 + strspn (line + 1, " ") : NULL;
}

static gboolean
read_input (Files *files, Input *input, GError **error)
{
  VrCursor cursor = { .group = NULL };
  for (;;) {
    VrSourceState state = vr_source_next (&input->source, error);
    if (state != VR_SOURCE_LINE)
      return state == VR_SOURCE_END;
    cursor.origin = input->source.origin;
    const char *included = cursor.group == NULL ? include_value (input->source.line) : NULL;
    gboolean read = included != NULL
                        ? read_includes (files, input, included, error)
                        : vr_reader_line (files->reader, &cursor, input->source.line, error);
    if (!read)
      return FALSE;
  }
}

/* The default name, from the file's. */
static gboolean
name_lab (VrLab *lab, const Input *top, GError **error)
{
  if (lab->origin.file == NULL)
    lab->origin = (VrOrigin){ top->source.origin.file, 1 };
  if (lab->name != NULL)
    return TRUE;
  g_autofree char *name = g_path_get_basename (top->path);
  if (g_str_has_suffix (name, SUFFIX))
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  if (!vr_name_check ("lab", name, NULL)) {
    g_autofree char *quoted = vr_name_quote (name);
    return vr_places_error (error, &lab->origin,
                            "the lab has no name, and the file's, \"%s\", cannot be one: write "
                            "name = NAME into [lab]",
                            quoted);
  }
  lab->name = g_steal_pointer (&name);
  return TRUE;
}

static VrLab *
read_top (GBytes *bytes, const char *path, GError **error)
{
  g_autofree char *resolved = resolve (path);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (VrLab) lab = vr_lab_new ();
  g_autoptr (VrReader) reader = vr_reader_new (vr_schema_profile (), lab);
  Files files = { reader, known, VR_PROFILE_SIZE_MAX - g_bytes_get_size (bytes) };
  Input top = { .path = path, .resolved = resolved };
  vr_source_init (&top.source, bytes, path);
  if (!read_input (&files, &top, error) || !vr_reader_check_required (reader, error)
      || !name_lab (lab, &top, error) || !vr_internal_settle (lab, reader->places, error)
      || !vr_members_add (lab, reader->places, error) || !vr_parts_add (lab, reader->places, error)
      || !vr_check_lab (lab, reader->places, error))
    return NULL;
  vr_mac_plan_derive (lab);
  return g_steal_pointer (&lab);
}

VrLab *
vr_profile_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = vr_source_read (path, VR_SOURCE_ANY, VR_PROFILE_SIZE_MAX, error);
  return bytes != NULL ? read_top (bytes, path, error) : NULL;
}

VrLab *
vr_profile_parse (const char *text, gsize size, const char *file_name, GError **error)
{
  g_autofree char *shown = vr_source_display (file_name);
  if (size > VR_PROFILE_SIZE_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s:1: the profile is larger than %u MiB",
                 shown, VR_PROFILE_SIZE_MAX >> 20);
    return NULL;
  }
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, size);
  return read_top (bytes, file_name, error);
}
