/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that are no lists: VR_VALUE_NAME to VR_VALUE_CHOICE. vr-value.h is for everybody else. */
#pragma once

#include "config/vr-value.h"

/* Sets `field`, which must be 0 or NULL. VR_ERROR_PROFILE, without the place. */
gboolean vr_scalar_read (const VrSchemaKey *key, const VrValue *value, gpointer field,
                         GError **error);
/* The text that reads back to the same; NULL where the field is unset. The caller owns it. */
char *vr_scalar_print (const VrSchemaKey *key, gconstpointer field);
/* What such a value is called. Static. */
const char *vr_scalar_syntax (VrValueKind kind);
/* Bounds or words; "" where there are none. The caller owns it. */
char *vr_scalar_range (const VrSchemaKey *key);
