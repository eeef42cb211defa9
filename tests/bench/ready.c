/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for a guest that was started by hand: reads /run/vrkit/status from its agent, as vrkit does
 * by libvirt (open, read, close), and prints it on one line. QEMU holds the first request back
 * until the guest opens the port. ready SOCKET SECONDS */
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/vr-fd.h"

#define STATUS_PATH "/run/vrkit/status"
#define RETRY_US 1000

typedef struct {
  VrFd fd;
  gint64 deadline_us;
} Agent;

static gboolean
agent_connect (Agent *agent, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  agent->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  while (connect (agent->fd, (struct sockaddr *) &address, sizeof address) != 0) {
    if (g_get_monotonic_time () > agent->deadline_us)
      return FALSE;
    g_usleep (RETRY_US);
  }
  return TRUE;
}

/* One line of JSON, or NULL. */
static char *
agent_answer (Agent *agent)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (;;) {
    struct pollfd poller = { .fd = agent->fd, .events = POLLIN };
    gint64 left_us = agent->deadline_us - g_get_monotonic_time ();
    char byte;
    if (left_us <= 0 || poll (&poller, 1, (int) (left_us / 1000)) < 1
        || read (agent->fd, &byte, 1) != 1)
      return NULL;
    if (byte == '\n')
      return g_strdup (line->str);
    g_string_append_c (line, byte);
  }
}

static char *
agent_ask (Agent *agent, const char *request)
{
  gssize length = (gssize) strlen (request);
  return write (agent->fd, request, (gsize) length) == length ? agent_answer (agent) : NULL;
}

/* What follows `key` in the answer, NULL where it is not there. */
static const char *
after (const char *answer, const char *key)
{
  const char *found = answer != NULL ? strstr (answer, key) : NULL;
  return found != NULL ? found + strlen (key) : NULL;
}

static char *
read_status (Agent *agent)
{
  g_autofree char *opened
      = agent_ask (agent, "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"" STATUS_PATH
                          "\",\"mode\":\"r\"}}\n");
  const char *handle = after (opened, "\"return\": ");
  if (handle == NULL)
    return NULL;
  gint64 number = g_ascii_strtoll (handle, NULL, 10);
  g_autofree char *read_request = g_strdup_printf (
      "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%" G_GINT64_FORMAT "}}\n",
      number);
  g_autofree char *close_request = g_strdup_printf (
      "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%" G_GINT64_FORMAT "}}\n",
      number);
  g_autofree char *content = agent_ask (agent, read_request);
  g_autofree char *closed = agent_ask (agent, close_request);
  const char *encoded = after (content, "\"buf-b64\": \"");
  if (encoded == NULL || closed == NULL)
    return NULL;
  gsize size;
  g_autofree char *base64 = g_strndup (encoded, strcspn (encoded, "\""));
  g_autofree guchar *data = g_base64_decode (base64, &size);
  return g_strndup ((const char *) data, size);
}

int
main (int argc, char **argv)
{
  if (argc != 3) {
    fputs ("usage: ready SOCKET SECONDS\n", stderr);
    return 2;
  }
  gint64 timeout_us = g_ascii_strtoll (argv[2], NULL, 10) * G_USEC_PER_SEC;
  Agent agent = { .fd = -1, .deadline_us = g_get_monotonic_time () + timeout_us };
  g_autofree char *status = agent_connect (&agent, argv[1]) ? read_status (&agent) : NULL;
  vr_fd_clear (&agent.fd);
  if (status == NULL) {
    fprintf (stderr, "ready: no status from the agent at %s\n", argv[1]);
    return 1;
  }
  g_strchomp (status);
  g_strdelimit (status, "\n", ' ');
  puts (status);
  return g_str_has_prefix (status, "ready ") ? 0 : 1;
}
