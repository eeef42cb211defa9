/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network namespaces as iproute2 keeps them: a bind mount below /run/netns, seen by `ip netns`. A
 * name is 1 to 200 characters of [A-Za-z0-9._-] and does not begin with a dot; anything else is
 * VR_ERROR_PROFILE (vr_netns_exists() answers FALSE). */
#pragma once

#include <glib.h>

#define VR_NETNS_DIR "/run/netns"

/* Creates the namespace with its lo up. A name that is taken is VR_ERROR_BUSY; a plain file that a
 * killed creation left is taken over. No other thread of the process is disturbed. On failure
 * nothing is left. */
gboolean vr_netns_create (const char *name, GError **error);

/* Gives the calling thread, and those that it starts from now on, a mount namespace of their own
 * with nothing below /run: the namespaces that they create have names there alone, and are gone
 * with the last of these threads, even where SIGKILL ends them. */
gboolean vr_netns_hide (GError **error);

/* Removes the name; absent is success. The kernel frees the namespace, and every interface in it,
 * soon after the last process, descriptor and socket has left it: not before this returns. */
gboolean vr_netns_delete (const char *name, GError **error);

gboolean vr_netns_exists (const char *name);

/* The names, sorted, NULL-terminated; empty where the directory is absent. g_strfreev(). */
char **vr_netns_list (GError **error);

/* A descriptor of the namespace, close-on-exec, owned by the caller; -1 on failure. An absent
 * namespace is VR_ERROR_HOST. */
int vr_netns_open (const char *name, GError **error);

/* What vr_netns_call() runs: returns FALSE and sets `error` on failure. */
typedef gboolean (*VrNetnsFunction) (gpointer data, GError **error);

/* Runs `function` with the calling thread inside the namespace, and returns what it returned; NULL
 * for `name` runs it where the thread is. The thread is back when this returns: where the kernel
 * does not let it back, the process aborts, since it would go on configuring the wrong network.
 * Sockets that `function` opens stay in the namespace. /sys/class/net does not follow,
 * /proc/sys/net does. */
gboolean vr_netns_call (const char *name, VrNetnsFunction function, gpointer data, GError **error);
