/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One tester a port: two would count each other's frames. The lock is a listening socket whose
 * abstract name (unix(7)) belongs to the port's network namespace: it is seen by every process that
 * could test there, and goes with its process, however that ends. */
#pragma once

#include "base/vr-fd.h"

/* Locks interface `ifname` of the namespace `netns` (a name, NULL: the caller's own) until `lock`
 * is closed. One that this process has locked already (both ends of a trial may be one port) is
 * left at that, with `lock` at -1. VR_ERROR_BUSY where another process has it, which the message
 * names; VR_ERROR_TRAFFIC where there is no such interface. */
gboolean vr_port_lock (const char *netns, const char *ifname, VrFd *lock, GError **error);
