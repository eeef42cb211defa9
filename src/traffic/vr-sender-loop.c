/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-sender-loop.h"

#include <errno.h>

#include "base/vr-error.h"

#define STALL_NS 1000000000ull
/* A sleep comes back that much too late, and the rest is spun away. */
#define WAKE_EARLY_NS 60000ull
#define IDLE_WAIT_NS 100000000ull
#define RETRY_NS 50000ull

/* The lane whose frame is due first; NULL when all are done. */
static VrLane *
next_lane (VrSender *sender)
{
  VrLane *next = NULL;
  for (guint i = 0; i < sender->lanes_count; i++) {
    VrLane *lane = &sender->lanes[i];
    if (!vr_lane_is_done (lane)
        && (next == NULL || lane->departures.next_ns < next->departures.next_ns))
      next = lane;
  }
  return next;
}

/* Queues what is due; returns when the next frame is, G_MAXUINT64 for none. */
static guint64
fill (VrSender *sender, VrSenderRun *run, guint64 now_ns)
{
  VrGenerator *generator = sender->generator;
  VrLane *lane = next_lane (sender);
  run->head = run->filled = 0;
  run->is_full = FALSE;
  if (lane == NULL || lane->departures.next_ns > now_ns)
    return lane != NULL ? lane->departures.next_ns : G_MAXUINT64;
  guint room = generator->kind->room (generator, sender->batch, sender->queue);
  run->is_full = room == 0;
  while (lane != NULL && run->filled < room && lane->departures.next_ns <= now_ns) {
    vr_departures_slip (&lane->departures, now_ns);
    VrLaneSlot *slot = &sender->slots[sender->queue[run->filled]];
    vr_lane_take (lane, slot);
    sender->lengths[run->filled++] = (guint) slot->form->frame.length;
    lane = next_lane (sender);
  }
  for (guint i = 0; i < run->filled; i++)
    vr_lane_stamp (&sender->slots[sender->queue[i]], now_ns);
  generator->kind->put (generator, sender->lengths, run->filled);
  return lane != NULL ? lane->departures.next_ns : G_MAXUINT64;
}

static gboolean
is_congestion (int errnum)
{
  return errnum == EAGAIN || errnum == ENOBUFS || errnum == EBUSY || errnum == EINTR;
}

/* What was due when the batch before left is sent at once behind it. */
static void
count_burst (const VrSender *sender, VrSenderRun *run, guint sent, VrLateness *lateness)
{
  const guint *queue = &sender->queue[run->head];
  guint64 before = 0;
  if (sender->slots[queue[0]].due_ns <= run->left_ns)
    before = run->burst;
  else
    run->burst_due_ns = sender->slots[queue[0]].due_ns;
  run->burst = before;
  for (guint i = 0; i < sent; i++)
    run->burst += sender->slots[queue[i]].due_ns != run->burst_due_ns;
  lateness->burst = MAX (lateness->burst, run->burst);
  if (run->burst > VR_SENDER_BURST_LEAST)
    lateness->caught_up += run->burst - (before > VR_SENDER_BURST_LEAST ? before : 0);
}

/* A call a batch, which may be a single frame. Frames that are due together are as late as the
 * first of them: what follows takes the time that frames take. */
static void
count_late (const VrSender *sender, VrSenderRun *run, guint sent, guint64 now_ns,
            VrLateness *lateness)
{
  if (sender->is_flat_out || sent == 0)
    return;
  guint64 due_ns = sender->slots[sender->queue[run->head]].due_ns;
  if (run->left_ns == 0 || due_ns != run->left_due_ns)
    run->left_late_ns = now_ns - due_ns;
  vr_histogram_add_times (&lateness->late_ns, run->left_late_ns, sent);
  lateness->late += run->left_late_ns > VR_SENDER_SPIN_NS ? sent : 0;
  count_burst (sender, run, sent, lateness);
  run->left_ns = now_ns;
  run->left_due_ns = due_ns;
}

static void
count_taken (VrSender *sender, VrSenderRun *run, const VrGeneratorFlush *flush, guint64 now_ns,
             VrSenderResult *result)
{
  guint sent = flush->taken - flush->refused;
  count_late (sender, run, sent, now_ns, &result->lateness);
  for (guint i = 0; i < sent; i++)
    sender->slots[sender->queue[run->head + i]].lane->sent++;
  run->head += flush->taken;
  result->sent += sent;
  result->refused += flush->refused;
  atomic_store_explicit (&sender->count, result->sent, memory_order_relaxed);
}

static void
rest (VrSender *sender, VrSenderRun *run, guint64 until_ns)
{
  run->waits++;
  sender->clock->wait_until (sender->clock->data, until_ns);
}

/* Nothing was taken: it is tried again soon. What then goes does so as fast as there is room, and
 * not behind what went before. */
static void
hold (VrSender *sender, VrSenderRun *run, guint64 now_ns, VrSenderResult *result)
{
  run->left_ns = 0;
  if (run->stalled_ns == 0)
    run->stalled_ns = now_ns;
  result->eagain++;
  rest (sender, run, now_ns + RETRY_NS);
}

/* Until when there is nothing to do, where it is worth sleeping; else 0. */
static guint64
wake_ns (const VrSenderRun *run, guint64 now_ns)
{
  guint64 next_ns = MIN (run->next_ns, run->deadline_ns);
  return run->next_ns != G_MAXUINT64 && next_ns >= now_ns + VR_SENDER_SPIN_NS
             ? next_ns - WAKE_EARLY_NS
             : 0;
}

/* Sends what waits, as far as the kernel takes it; FALSE when the interface is gone. */
static gboolean
send_batch (VrSender *sender, VrSenderRun *run, guint64 now_ns, VrSenderResult *result,
            GError **error)
{
  /* A clock of a test's own is asked to wait, below. */
  gboolean is_real = sender->clock->wait_until == vr_clock_system ()->wait_until;
  guint64 until_ns = is_real ? wake_ns (run, now_ns) : 0;
  VrGeneratorFlush flush = sender->generator->kind->flush (sender->generator, until_ns);
  if (flush.errnum != 0 && !is_congestion (flush.errnum)) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, flush.errnum,
                        "interface \"%s\" takes no frames after %" G_GUINT64_FORMAT
                        " of %" G_GUINT64_FORMAT,
                        sender->ifname, result->sent, sender->asked);
    return FALSE;
  }
  run->last_ns = now_ns;
  count_taken (sender, run, &flush, now_ns, result);
  if (flush.taken == 0 && flush.errnum != 0)
    hold (sender, run, now_ns, result);
  else if (flush.taken > 0) {
    run->stalled_ns = 0;
    if (flush.errnum != 0) {
      result->eagain++;
      run->left_ns = 0;
    }
  }
  return TRUE;
}

/* What waited gets a new stamp, where nobody reads it meanwhile. */
static void
stamp_again (const VrSender *sender, const VrSenderRun *run, guint64 now_ns)
{
  if (sender->generator->reads_late)
    return;
  for (guint i = run->head; i < run->filled; i++)
    vr_lane_stamp (&sender->slots[sender->queue[i]], now_ns);
}

static gboolean
is_over (VrSender *sender, const VrSenderRun *run, guint64 now_ns)
{
  return now_ns >= run->deadline_ns || (run->stalled_ns != 0 && now_ns - run->stalled_ns > STALL_NS)
         || atomic_load_explicit (&sender->stopped, memory_order_relaxed) != 0;
}

gboolean
vr_sender_loop (VrSender *sender, VrSenderRun *run, VrSenderResult *result, GError **error)
{
  for (;;) {
    guint64 now_ns = sender->clock->now_ns (sender->clock->data);
    if (run->head < run->filled)
      stamp_again (sender, run, now_ns);
    else
      run->next_ns = fill (sender, run, now_ns);
    if (is_over (sender, run, now_ns) || (run->filled == run->head && run->next_ns == G_MAXUINT64))
      return TRUE;
    if (run->is_full)
      hold (sender, run, now_ns, result);
    else if (run->filled > run->head) {
      if (!send_batch (sender, run, now_ns, result, error))
        return FALSE;
    } else if (wake_ns (run, now_ns) != 0) {
      rest (sender, run, wake_ns (run, now_ns));
    }
  }
}

/* What did not leave is taken back; a device that reads late is given the time to, before its
 * frames go. */
void
vr_sender_let_finish (VrSender *sender, VrSenderRun *run)
{
  VrGenerator *generator = sender->generator;
  generator->kind->withdraw (generator);
  guint64 end_ns = sender->clock->now_ns (sender->clock->data) + IDLE_WAIT_NS;
  while (!generator->kind->is_idle (generator)) {
    guint64 now_ns = sender->clock->now_ns (sender->clock->data);
    if (now_ns >= end_ns)
      return;
    rest (sender, run, now_ns + RETRY_NS);
  }
}
