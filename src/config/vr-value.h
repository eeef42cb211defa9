/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One value of a profile, read into its field and printed back, by what its row says. */
#pragma once

#include "config/vr-schema.h"

/* A value's text, or one item of a list: trimmed, not empty, UTF-8 without control characters;
 * where it stands; and the key as it is written there, which of a row with patterns is part of the
 * item.
 */
typedef struct {
  const char *text;
  VrOrigin origin;
  const char *key;
} VrValue;

/* Reads `value` into `field`, which is unset before; a list gets one item more, which is the only
 * way in which it may fail for the lab: too many. VR_ERROR_PROFILE, without the place. */
gboolean vr_value_read (const VrSchemaKey *key, const VrValue *value, gpointer field,
                        GError **error);

/* Appends to `texts` the text of `field`, or of each item of a list; nothing where it is unset. Of
 * a row with patterns it is the whole line. */
void vr_value_print (const VrSchemaKey *key, gconstpointer field, GPtrArray *texts);

/* Whether the field holds nothing: 0 without a default, NULL, no item. */
gboolean vr_value_is_unset (const VrSchemaKey *key, gconstpointer field);

/* Frees what is not a list, and makes it 0 or NULL. */
void vr_value_clear (const VrSchemaKey *key, gpointer field);

/* Whether each item of such a list is a struct with a VrOrigin of its own. */
gboolean vr_value_has_origin (const VrSchemaKey *key);

/* What a value, or an item, of the row is called. Static. */
const char *vr_value_syntax (const VrSchemaKey *key);
/* Its bounds or words, "1 to 255", "auto, on or off", "at most 64"; "" where there are none. */
char *vr_value_range (const VrSchemaKey *key);
