/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a control processor speaks, as items of a profile; vr-item.h is for everybody else. */
#pragma once

#include "config/vr-value.h"

/* A VrOspf or VrBgp; what is not given has the protocol's usual value. VR_ERROR_PROFILE, without
 * the place. */
gpointer vr_item_read_ospf (const VrValue *value, GError **error);
gpointer vr_item_read_bgp (const VrValue *value, GError **error);

char *vr_item_print_ospf (gconstpointer item);
char *vr_item_print_bgp (gconstpointer item);

/* Whether a network may have that number: none of those that are set aside. VR_ERROR_PROFILE,
 * without the place. */
gboolean vr_item_check_as (guint32 number, GError **error);
