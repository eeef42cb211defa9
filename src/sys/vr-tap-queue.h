/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queues of macvtaps that several processes share. The kernel spreads flows over those that are
 * attached, from the moment in which a process opens one (drivers/net/tap.c): one whose guest does
 * not forward yet swallows its share. Here another process's queues are taken out and put in again.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Macvtaps of the host's namespace. */
typedef struct VrTapSet VrTapSet;

/* Of names, NULL-terminated. VR_ERROR_HOST where one is no macvtap. */
VrTapSet *vr_tap_set_new (const char *const *ifnames, GError **error);
void vr_tap_set_free (VrTapSet *set);

/* Takes out the queues of these macvtaps that the process has open: the kernel gives them no more
 * frames. What waits in them unread is put back in front of the macvtap, so that another queue has
 * it, where the macvtap's mode is bridge: in others a frame written to it would leave the host. For
 * processes that do not read yet. Those that are out stay so. `count`, unless NULL, becomes how
 * many queues the process has open. VR_ERROR_KERNEL, VR_ERROR_PERMISSION. */
gboolean vr_tap_set_hold (const VrTapSet *set, pid_t process, guint *count, GError **error);

/* The same, and what waits in them is left to the process: returns when it has read all of it, or
 * after `timeout_us`. `unread`, unless NULL, becomes how many queues still hold frames then. */
gboolean vr_tap_set_leave (const VrTapSet *set, pid_t process, gint64 timeout_us, guint *unread,
                           GError **error);

/* Puts them in, behind those that are in. */
gboolean vr_tap_set_join (const VrTapSet *set, pid_t process, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTapSet, vr_tap_set_free)
