/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The little of HTTP/1.1 (RFC 9112) that GET /metrics takes: pure functions. */
#pragma once

#include <glib.h>

typedef enum {
  VR_HTTP_INCOMPLETE, /* more is to come */
  VR_HTTP_GET,        /* GET /metrics */
  VR_HTTP_HEAD,
  VR_HTTP_BAD,        /* no request */
  VR_HTTP_NOT_FOUND,  /* of another path */
  VR_HTTP_NOT_METHOD, /* another method */
  VR_HTTP_TOO_LONG,
} VrHttpRequest;

/* `length` bytes, which may hold NUL. A body is not waited for. */
VrHttpRequest vr_metrics_http_parse (const char *request, gsize length);

/* The whole answer, after which the connection is to be closed; `text` may be NULL: not yet. */
GBytes *vr_metrics_http_answer (VrHttpRequest request, GBytes *text);
