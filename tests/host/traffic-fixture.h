/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For host tests of traffic: a veth pair between two namespaces of their own, and what a test needs
 * to send and count on it. */
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "base/vr-fd.h"
#include "traffic/vr-frame.h"
#include "traffic/vr-receiver.h"

#define FRAMES 10000
#define SETTLE_NS 100000000ull

typedef struct {
  char *left, *right; /* namespaces; the interface in each is "port" */
  VrFd left_fd, right_fd;
} Fixture;

static inline gboolean G_GNUC_PRINTF (1, 2) run (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  /* Not GSubprocess: it starts a thread of GLib's own, which ThreadSanitizer cannot see through. */
  int status;
  return g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                       NULL, NULL, NULL, &status, NULL)
         && g_spawn_check_wait_status (status, NULL);
}

static inline int
open_namespace (const char *name)
{
  g_autofree char *path = g_build_filename ("/run/netns", name, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static inline void
fixture_set_up (Fixture *f, gconstpointer data)
{
  (void) data;
  f->left = g_strdup_printf ("vrkit-test-l%d", (int) getpid ());
  f->right = g_strdup_printf ("vrkit-test-r%d", (int) getpid ());
  g_assert_true (run ("ip netns add %s", f->left));
  g_assert_true (run ("ip netns add %s", f->right));
  g_assert_true (run ("ip -n %s link add port address 52:54:00:00:00:01 type veth peer name port "
                      "address 52:54:00:00:00:02 netns %s",
                      f->left, f->right));
  g_assert_true (run ("ip -n %s link set port up", f->left));
  g_assert_true (run ("ip -n %s link set port up", f->right));
  f->left_fd = open_namespace (f->left);
  f->right_fd = open_namespace (f->right);
}

static inline void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  vr_fd_clear (&f->left_fd);
  vr_fd_clear (&f->right_fd);
  g_assert_true (run ("ip netns del %s", f->left));
  g_assert_true (run ("ip netns del %s", f->right));
  g_free (f->left);
  g_free (f->right);
}

static inline VrFrameSpec
frame_spec (const char *source, const char *destination, guint size)
{
  VrFrameSpec spec = { .source_mac = { { 0x52, 0x54, 0, 0, 0, 1 } },
                       .destination_mac = { { 0x52, 0x54, 0, 0, 0, 2 } },
                       .source_port = 1024,
                       .destination_port = 9,
                       .size = size,
                       .ttl = 64 };
  g_assert_true (vr_prefix_parse_address (source, &spec.source, NULL));
  g_assert_true (vr_prefix_parse_address (destination, &spec.destination, NULL));
  return spec;
}

static inline VrReceiver *
start_receiver (int netns_fd, guint streams, guint64 frames)
{
  VrReceiverStream expected[16] = { { 0 } };
  for (guint i = 0; i < streams; i++)
    expected[i] = (VrReceiverStream){ .id = (guint16) (100 + i), .frames = frames };
  VrReceiverOptions options = { .netns_fd = netns_fd,
                                .ifname = "port",
                                .streams = expected,
                                .streams_count = streams,
                                .clock = vr_clock_system () };
  g_autoptr (GError) error = NULL;
  VrReceiver *receiver = vr_receiver_start (&options, &error);
  g_assert_no_error (error);
  return receiver;
}

static inline VrReceiverResult *
stop_receiver (VrReceiver *receiver)
{
  g_autoptr (GError) error = NULL;
  VrReceiverResult *result = vr_receiver_stop (receiver, SETTLE_NS, &error);
  g_assert_no_error (error);
  return result;
}

static inline void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

/* Whether this machine lets the tests run; says why not. */
static inline gboolean
traffic_can_run (void)
{
  g_autofree char *ip = g_find_program_in_path ("ip");
  if (geteuid () == 0 && ip != NULL)
    return TRUE;
  g_print ("# needs root and iproute2\n");
  return FALSE;
}
