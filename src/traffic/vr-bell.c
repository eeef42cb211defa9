/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-bell.h"

#include <errno.h>
#include <liburing.h>
#include <sys/socket.h>

#define ENTRIES 4
#define NS_PER_S 1000000000ull

/* What an entry of the queue, and then its completion, is about. */
enum { SEND = 1, SLEEP = 2, WAKE = 4 };

struct VrBell {
  int lack; /* errno; 0: there is an io_uring, which the kernel, or who started us, may refuse */
  struct io_uring uring;
  int send_result;
};

VrBell *
vr_bell_new (void)
{
  VrBell *bell = g_new0 (VrBell, 1);
  bell->lack = -io_uring_queue_init (ENTRIES, &bell->uring, 0);
  return bell;
}

void
vr_bell_free (VrBell *bell)
{
  if (bell->lack == 0)
    io_uring_queue_exit (&bell->uring);
  g_free (bell);
}

const char *
vr_bell_name (const VrBell *bell)
{
  return bell->lack == 0 ? "io_uring" : "clock_nanosleep";
}

int
vr_bell_lack (const VrBell *bell)
{
  return bell->lack;
}

/* Which have completed. */
static guint64
collect (VrBell *bell)
{
  struct io_uring_cqe *cqes[ENTRIES];
  guint64 done = 0;
  guint count = io_uring_peek_batch_cqe (&bell->uring, cqes, ENTRIES);
  for (guint i = 0; i < count; i++) {
    done |= io_uring_cqe_get_data64 (cqes[i]);
    if (io_uring_cqe_get_data64 (cqes[i]) == SEND)
      bell->send_result = cqes[i]->res;
  }
  io_uring_cq_advance (&bell->uring, count);
  return done;
}

/* A signal came: the sleep is over too. */
static void
end_sleep (VrBell *bell, guint64 done, guint64 *calls)
{
  struct io_uring_sqe *wake = io_uring_get_sqe (&bell->uring);
  io_uring_prep_timeout_remove (wake, SLEEP, 0);
  io_uring_sqe_set_data64 (wake, WAKE);
  while ((done & (SLEEP | WAKE)) != (SLEEP | WAKE)) {
    io_uring_submit_and_wait (&bell->uring, 1);
    done |= collect (bell);
    ++*calls;
  }
}

static int
send_only (int fd, guint64 *calls)
{
  ++*calls;
  return send (fd, NULL, 0, MSG_DONTWAIT) < 0 ? errno : 0;
}

int
vr_bell_ring (VrBell *bell, int fd, guint64 until_ns, guint64 *calls)
{
  if (bell->lack != 0 || until_ns == 0)
    return send_only (fd, calls);
  struct __kernel_timespec until
      = { .tv_sec = (gint64) (until_ns / NS_PER_S), .tv_nsec = (long long) (until_ns % NS_PER_S) };
  struct io_uring_sqe *sqe = io_uring_get_sqe (&bell->uring);
  io_uring_prep_send (sqe, fd, NULL, 0, MSG_DONTWAIT);
  /* Without success, no sleep. */
  io_uring_sqe_set_flags (sqe, IOSQE_IO_LINK);
  io_uring_sqe_set_data64 (sqe, SEND);
  sqe = io_uring_get_sqe (&bell->uring);
  io_uring_prep_timeout (sqe, &until, 0, IORING_TIMEOUT_ABS);
  io_uring_sqe_set_data64 (sqe, SLEEP);
  ++*calls;
  int submitted = io_uring_submit_and_wait (&bell->uring, 2);
  if (submitted != 2) {
    io_uring_queue_exit (&bell->uring);
    bell->lack = submitted < 0 ? -submitted : EIO;
    return send_only (fd, calls);
  }
  guint64 done = collect (bell);
  if ((done & SLEEP) == 0)
    end_sleep (bell, done, calls);
  return bell->send_result < 0 ? -bell->send_result : 0;
}
