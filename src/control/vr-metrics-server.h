/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serves one text over HTTP, GET /metrics, to this machine alone: on a TCP port of the loopback or
 * a Unix socket, in a thread of its own. Each request is small, answered once, and over within
 * seconds; who is slower, longer or one too many is sent away. */
#pragma once

#include <glib.h>

/* Of a request, bytes; from its first byte to the last of the answer; at one time. */
#define VR_METRICS_REQUEST_MAX 8192
#define VR_METRICS_TIMEOUT_MS 5000
#define VR_METRICS_CONNECTIONS_MAX 16

typedef struct VrMetricsServer VrMetricsServer;

typedef struct {
  const char *address; /* "127.0.0.1:9400", "[::1]:9400" (port 0: the kernel's choice), or
                          "unix:/PATH" */
  guint timeout_ms;    /* 0: VR_METRICS_TIMEOUT_MS */
} VrMetricsOptions;

/* Serves from then on; until something is published the answer is 503. VR_ERROR_USAGE for an
 * address that is none, or not of the loopback; VR_ERROR_BUSY where somebody serves there;
 * VR_ERROR_HOST. A socket's file that a dead process has left is replaced, any other file is not.
 */
VrMetricsServer *vr_metrics_server_start (const VrMetricsOptions *options, GError **error);

/* "127.0.0.1:9400", with the port that it is in fact. */
const char *vr_metrics_server_address (const VrMetricsServer *server);

/* The text that is served from now on; from any thread. */
void vr_metrics_server_publish (VrMetricsServer *server, const char *text);

/* Ends what is under way, and removes a Unix socket's file. */
void vr_metrics_server_stop (VrMetricsServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrMetricsServer, vr_metrics_server_stop)
