/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing all of it: by a pipe that takes a part at a time, and where nothing more goes in. */
#include "base/vr-fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* More than any pipe holds at first. */
#define SIZE (1u << 20)

static gpointer
read_all (gpointer data)
{
  g_auto (VrFd) fd = GPOINTER_TO_INT (data);
  GByteArray *all = g_byte_array_new ();
  guint8 block[1000];
  for (gssize got; (got = read (fd, block, sizeof block)) > 0;)
    g_byte_array_append (all, block, (guint) got);
  return all;
}

static void
test_whole (void)
{
  int ends[2];
  g_assert_cmpint (pipe (ends), ==, 0);
  g_autofree guint8 *data = g_malloc (SIZE);
  for (guint i = 0; i < SIZE; i++)
    data[i] = (guint8) (i * 7 / 3);
  GThread *reader = g_thread_new ("reader", read_all, GINT_TO_POINTER (ends[0]));
  g_assert_true (vr_fd_write (ends[1], data, SIZE));
  vr_fd_clear (&ends[1]);
  g_autoptr (GByteArray) got = g_thread_join (reader);
  g_assert_cmpmem (got->data, got->len, data, SIZE);
}

static void
test_full (void)
{
  g_auto (VrFd) fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_assert_true (vr_fd_write (fd, "", 0));
  g_assert_false (vr_fd_write (fd, "x", 1));
  g_assert_cmpint (errno, ==, ENOSPC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fd/whole", test_whole);
  g_test_add_func ("/fd/full", test_full);
  return g_test_run ();
}
