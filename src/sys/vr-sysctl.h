/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel parameters below /proc/sys, in any network namespace. */
#pragma once

#include <glib.h>

/* `name` as sysctl(8) writes it: "net.ipv4.ip_forward". Where its first separator is a dot, dots
 * separate and a slash stands for a dot in an interface's name
 * ("net.ipv4.conf.eth0/100.rp_filter"); where it is a slash, slashes separate
 * ("net/ipv4/conf/eth0.100/rp_filter"). Allowed characters are [A-Za-z0-9_./-], at most 255; no
 * empty part, and none of only dots. Anything else, and a name outside net with a `netns`, is
 * VR_ERROR_PROFILE. */
gboolean vr_sysctl_check_name (const char *name, GError **error);

/* `netns` is a name of vr-netns.h, or NULL for the calling thread's own. A parameter that this
 * kernel or namespace lacks is VR_ERROR_HOST. The value has no final newline; the caller owns it.
 */
gboolean vr_sysctl_get (const char *netns, const char *name, char **value, GError **error);

/* `value` is one line. One that the kernel refuses is VR_ERROR_KERNEL, a parameter that is
 * read-only VR_ERROR_PERMISSION. */
gboolean vr_sysctl_set (const char *netns, const char *name, const char *value, GError **error);
