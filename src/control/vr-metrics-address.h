/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where metrics are served: a port of the loopback, or a Unix socket. */
#pragma once

#include <gio/gio.h>

/* Has `listener` listen at "127.0.0.1:PORT", "[::1]:PORT" or "unix:/PATH", and returns the address
 * as it is in fact, owned by the caller; `*path` becomes a Unix socket's path, owned likewise.
 * VR_ERROR_USAGE, VR_ERROR_BUSY, VR_ERROR_PERMISSION, VR_ERROR_HOST. */
char *vr_metrics_address_listen (const char *address, GSocketListener *listener, char **path,
                                 GError **error);
