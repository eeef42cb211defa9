/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets belong to the network namespace that they are made in. */
#pragma once

#include <glib.h>

typedef int (*VrWithinFunc) (gpointer data); /* 0, or an errno */

/* Calls `func` in the namespace that `netns_fd` is open on (-1: the caller's own); the caller's
 * thread stays in its namespace. Returns in `errnum` what func did, or the errno of entering.
 * VR_ERROR_TRAFFIC without a thread. */
gboolean vr_within_call (int netns_fd, VrWithinFunc func, gpointer data, int *errnum,
                         GError **error);
