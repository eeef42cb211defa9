/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items of several words: VR_VALUE_INTERFACES to VR_VALUE_BGP. Each is read alone; whether it
 * fits the lab is checked by vr-check-lab.h. vr-value.h is for everybody else. */
#pragma once

#include "config/vr-value.h"

/* The item, a VrInterface, VrRoute, VrNeighbour, VrSysctl, VrThreadSchedule, VrPortCpus,
 * VrOspf or VrBgp that the caller owns; an interface's MAC that is not given is all zero. NULL with
 * VR_ERROR_PROFILE, without the place.
 */
gpointer vr_item_read (VrValueKind kind, const VrValue *value, GError **error);

/* The text that reads back to the same. The caller owns it. */
char *vr_item_print (VrValueKind kind, gconstpointer item);

/* How it is written: "ADDRESS MAC PORT". Static. */
const char *vr_item_syntax (VrValueKind kind);

/* The words between blanks, at least one. */
char **vr_item_words (const char *text);

/* Whether a host can bear the address, with a length above 0. VR_ERROR_PROFILE. */
gboolean vr_item_check_host (const VrPrefix *address, GError **error);
