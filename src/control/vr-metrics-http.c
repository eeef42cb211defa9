/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-metrics-http.h"

#include <string.h>

#include "control/vr-metrics.h"

#define PATH "/metrics"

/* A path with or without a query. */
static gboolean
is_path (const char *target, gsize length)
{
  const char *query = memchr (target, '?', length);
  gsize path = query != NULL ? (gsize) (query - target) : length;
  return path == strlen (PATH) && memcmp (target, PATH, path) == 0;
}

static gboolean
is_method (const char *line, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isupper (line[i]))
      return FALSE;
  return length > 0;
}

/* METHOD SP TARGET SP HTTP/1.x */
static VrHttpRequest
parse_line (const char *line, gsize length)
{
  const char *target = memchr (line, ' ', length);
  if (target == NULL || !is_method (line, (gsize) (target - line)))
    return VR_HTTP_BAD;
  target++;
  gsize left = length - (gsize) (target - line);
  const char *version = memchr (target, ' ', left);
  gsize target_length = version != NULL ? (gsize) (version - target) : 0;
  if (version == NULL || target_length == 0 || left - target_length != strlen (" HTTP/1.1")
      || memcmp (version, " HTTP/1.", strlen (" HTTP/1.")) != 0
      || !g_ascii_isdigit (version[strlen (" HTTP/1.")]))
    return VR_HTTP_BAD;
  gsize method_length = (gsize) (target - line) - 1;
  gboolean is_get = method_length == 3 && memcmp (line, "GET", 3) == 0;
  gboolean is_head = method_length == 4 && memcmp (line, "HEAD", 4) == 0;
  if (!is_get && !is_head)
    return VR_HTTP_NOT_METHOD;
  if (!is_path (target, target_length))
    return VR_HTTP_NOT_FOUND;
  return is_get ? VR_HTTP_GET : VR_HTTP_HEAD;
}

VrHttpRequest
vr_metrics_http_parse (const char *request, gsize length)
{
  const char *end = memchr (request, '\n', length);
  if (memchr (request, '\0', length) != NULL)
    return VR_HTTP_BAD;
  if (end == NULL)
    return VR_HTTP_INCOMPLETE;
  gsize line = (gsize) (end - request);
  if (line > 0 && request[line - 1] == '\r')
    line--;
  VrHttpRequest parsed = parse_line (request, line);
  gboolean is_whole = memmem (request, length, "\r\n\r\n", 4) != NULL
                      || memmem (request, length, "\n\n", 2) != NULL;
  return parsed == VR_HTTP_BAD || is_whole ? parsed : VR_HTTP_INCOMPLETE;
}

static const struct {
  const char *status;
  const char *header; /* one more, with its end of line */
  const char *body;
} rows[] = {
  [VR_HTTP_GET] = { "200 OK", "", NULL },
  [VR_HTTP_HEAD] = { "200 OK", "", NULL },
  [VR_HTTP_BAD] = { "400 Bad Request", "", "this is no request\n" },
  [VR_HTTP_NOT_FOUND] = { "404 Not Found", "", "there is only " PATH "\n" },
  [VR_HTTP_NOT_METHOD] = { "405 Method Not Allowed", "Allow: GET, HEAD\r\n", "GET it\n" },
  [VR_HTTP_TOO_LONG] = { "431 Request Header Fields Too Large", "", "that is too long\n" },
};

GBytes *
vr_metrics_http_answer (VrHttpRequest request, GBytes *text)
{
  static const char not_yet[] = "nothing was read yet\n";
  const char *status = rows[request].status, *body = rows[request].body;
  gsize size = body != NULL ? strlen (body) : 0;
  if (body == NULL && text == NULL) {
    status = "503 Service Unavailable";
    body = not_yet;
    size = strlen (not_yet);
  } else if (body == NULL) {
    body = g_bytes_get_data (text, &size);
  }
  GString *answer = g_string_new (NULL);
  g_string_append_printf (answer,
                          "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT
                          "\r\n%sConnection: close\r\n\r\n",
                          status, VR_METRICS_TYPE, size, rows[request].header);
  if (request != VR_HTTP_HEAD)
    g_string_append_len (answer, body, (gssize) size);
  return g_string_free_to_bytes (answer);
}
