/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-places.h"

#include <string.h>

#include "base/vr-error.h"

typedef struct {
  const char *key; /* the schema's */
  VrOrigin origin;
} Place;

struct VrPlaces {
  GHashTable *targets; /* struct → GArray of Place */
};

VrPlaces *
vr_places_new (void)
{
  VrPlaces *places = g_new0 (VrPlaces, 1);
  places->targets = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  return places;
}

void
vr_places_free (VrPlaces *places)
{
  g_hash_table_unref (places->targets);
  g_free (places);
}

void
vr_places_add (VrPlaces *places, gconstpointer target, const VrSchemaKey *key, VrOrigin origin)
{
  GArray *known = g_hash_table_lookup (places->targets, target);
  if (known == NULL) {
    known = g_array_new (FALSE, FALSE, sizeof (Place));
    g_hash_table_insert (places->targets, (gpointer) target, known);
  }
  Place place = { key->key, origin };
  g_array_append_val (known, place);
}

const VrOrigin *
vr_places_get (const VrPlaces *places, gconstpointer target, const char *key, guint index)
{
  GArray *known = g_hash_table_lookup (places->targets, target);
  for (guint i = 0; known != NULL && i < known->len; i++) {
    const Place *place = &g_array_index (known, Place, i);
    if (strcmp (place->key, key) == 0 && index-- == 0)
      return &place->origin;
  }
  return NULL;
}

gboolean
vr_places_error (GError **error, const VrOrigin *origin, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s:%u: %s", origin->file, origin->line, text);
  return FALSE;
}

gboolean
vr_places_refuse_second (GError **error, const VrOrigin *origin, const char *key,
                         const VrOrigin *first)
{
  return vr_places_error (error, origin,
                          "%s is given a second time in this group, first at %s:%u: remove one",
                          key, first->file, first->line);
}

gboolean
vr_places_prefix (GError **error, const VrOrigin *origin, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_prefix_error (error, "%s:%u: %s", origin->file, origin->line, text);
  return FALSE;
}
