/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a profile each key of each group stood, for the messages of the checks. The structs of
 * the model keep the place of their group and of items like routes; this keeps the rest. */
#pragma once

#include "config/vr-schema.h"

typedef struct VrPlaces VrPlaces;

VrPlaces *vr_places_new (void);
void vr_places_free (VrPlaces *places);

/* `target` is the group's struct. A list's items are counted in the order in which they are added.
 */
void vr_places_add (VrPlaces *places, gconstpointer target, const VrSchemaKey *key,
                    VrOrigin origin);

/* The place of the key, or of its item `index`; NULL where the profile does not give it. Valid
 * until the next vr_places_add(). */
const VrOrigin *vr_places_get (const VrPlaces *places, gconstpointer target, const char *key,
                               guint index);

/* Sets a VR_ERROR_PROFILE whose message begins with "FILE:LINE: ". Returns FALSE. */
gboolean vr_places_error (GError **error, const VrOrigin *origin, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Sets the error of a key that stands a second time in its group. Returns FALSE. */
gboolean vr_places_refuse_second (GError **error, const VrOrigin *origin, const char *key,
                                  const VrOrigin *first);

/* Puts "FILE:LINE: " and the formatted text before the message of `*error`. Returns FALSE. */
gboolean vr_places_prefix (GError **error, const VrOrigin *origin, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPlaces, vr_places_free)
