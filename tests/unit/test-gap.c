/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gaps of reservations, and the periods and queues that are chosen for contracts. */
#include "plan/vr-gap.h"

#include <string.h>

#include "base/vr-error.h"

#define MS 1000000ull
#define US 1000ull

static guint64
gap_of (guint64 runtime_ns, guint64 period_ns, guint64 tick_ns, VrGapCpu cpu)
{
  VrGapReservation reservation = { runtime_ns, period_ns, tick_ns, cpu };
  return vr_gap_longest_ns (&reservation);
}

static void
test_longest (void)
{
  g_assert_cmpuint (gap_of (30 * MS, 100 * MS, 0, VR_GAP_ALONE), ==, 70 * MS);
  g_assert_cmpuint (gap_of (30 * MS, 100 * MS, 0, VR_GAP_SHARED), ==, 140 * MS);
  /* 4 ms too much are paid back at 40 %: in 10 ms. */
  g_assert_cmpuint (gap_of (40 * MS, 100 * MS, 4 * MS, VR_GAP_ALONE), ==, 70 * MS);
  /* A tick longer than the budget: 4 ms of every 40 ms, whatever the period. */
  g_assert_cmpuint (gap_of (1 * MS, 10 * MS, 4 * MS, VR_GAP_ALONE), ==, 49 * MS);
  g_assert_cmpuint (gap_of (100 * US, 1 * MS, 4 * MS, VR_GAP_ALONE), ==, 40 * MS + 900 * US);
  /* The whole CPU is never taken away. */
  g_assert_cmpuint (gap_of (100 * MS, 100 * MS, 4 * MS, VR_GAP_SHARED), ==, 0);
  /* Rounded up, and no overflow at the kernel's greatest period. */
  g_assert_cmpuint (gap_of (3, 10, 1, VR_GAP_ALONE), ==, 7 + 4);
  g_assert_cmpuint (gap_of (1ull << 61, 1ull << 62, 10 * MS, VR_GAP_ALONE), ==,
                    (1ull << 61) + 20 * MS);
}

static void
test_frames (void)
{
  g_assert_cmpuint (vr_gap_frames (70 * MS, 10000), ==, 700);
  g_assert_cmpuint (vr_gap_frames (70 * MS + 1, 10000), ==, 701);
  g_assert_cmpuint (vr_gap_frames (0, 10000), ==, 0);
  g_assert_cmpuint (vr_gap_frames (1000 * MS, 20000000), ==, 20000000);
}

static VrGapContract
contract_new (void)
{
  return (VrGapContract){ .rate_pps = 5000,
                          .share_ppm = 300000,
                          .ring_frames = 256,
                          .queue_min = 35,
                          .queue_max = 50,
                          .runtime_min_ns = 1024,
                          .period_min_ns = 100 * US,
                          .period_max_ns = 4194304 * US };
}

static VrGapChoice
choose (const VrGapContract *contract)
{
  VrGapChoice choice;
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_gap_choose (contract, &choice, &error));
  g_assert_no_error (error);
  return choice;
}

static void
test_choice (void)
{
  VrGapContract contract = contract_new ();
  /* 306 frames are 61.2 ms of 5,000 a second; 0.7 T of 87 ms is 60.9 ms, of 88 ms too long. */
  VrGapChoice choice = choose (&contract);
  g_assert_cmpuint (choice.reservation.period_ns, ==, 87 * MS);
  g_assert_cmpuint (choice.reservation.runtime_ns, ==, 26100 * US);
  g_assert_cmpuint (choice.gap_ns, ==, 60900 * US);
  g_assert_cmpuint (choice.queue_frames, ==, 305 - 256);
  /* A mover has no ring before it. */
  contract.ring_frames = 0;
  choice = choose (&contract);
  g_assert_cmpuint (choice.reservation.period_ns, ==, 14 * MS);
  g_assert_cmpuint (choice.queue_frames, ==, 49);
  /* Latency is asked for: the queue is then shorter than it may be, down to its least. */
  contract.latency_max_ns = 5 * MS;
  choice = choose (&contract);
  g_assert_cmpuint (choice.reservation.period_ns, ==, 7100 * US);
  g_assert_cmpuint (choice.gap_ns, ==, 4970 * US);
  g_assert_cmpuint (choice.queue_frames, ==, 35);
  /* No gap at all: the kernel's longest period. */
  contract.share_ppm = 1000000;
  choice = choose (&contract);
  g_assert_cmpuint (choice.reservation.period_ns, ==, 4194 * MS);
  g_assert_cmpuint (choice.reservation.runtime_ns, ==, 4194 * MS);
  g_assert_cmpuint (choice.gap_ns, ==, 0);
}

static void
refuse (const VrGapContract *contract, const char *words)
{
  VrGapChoice choice;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = g_strsplit (words, "|", -1);
  g_assert_false (vr_gap_choose (contract, &choice, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_INFEASIBLE);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (error->message, *part) == NULL)
      g_error ("\"%s\" is not in: %s", *part, error->message);
}

/* What a refusal says would fit does, and a little less does not. */
static void
test_refusals (void)
{
  VrGapContract contract = contract_new ();
  contract.rate_pps = 30000;
  contract.tick_ns = 4 * MS;
  /* 4 ms / 0.3 and 70 us of a least period: 13.404 ms, 402.1 frames. */
  refuse (&contract, "30kpps|13403us|30us/100us|a queue of 50 with a ring of 256|10200us|"
                     "a queue of 147 would fit|or 22830pps with");
  contract.queue_max = 147;
  g_assert_cmpuint (choose (&contract).queue_frames, <=, 147);
  contract.queue_max = 146;
  refuse (&contract, "a queue of 147 would fit");
  contract.queue_max = 50;
  contract.rate_pps = 22830;
  g_assert_cmpuint (choose (&contract).reservation.period_ns, ==, 100 * US);
  contract.rate_pps = 22840;
  refuse (&contract, "would fit");
  contract = contract_new ();
  contract.tick_ns = 4 * MS;
  contract.latency_max_ns = 13 * MS;
  refuse (&contract, "5kpps|a latency of 13403us would fit|30us/100us");
  contract.latency_max_ns = 13404 * US;
  g_assert_cmpuint (choose (&contract).gap_ns, <=, 13404 * US);
}

static void
check_choice (const VrGapContract *contract)
{
  VrGapChoice choice;
  if (!vr_gap_choose (contract, &choice, NULL))
    return;
  const VrGapReservation *chosen = &choice.reservation;
  g_assert_cmpuint (chosen->period_ns, >=, contract->period_min_ns);
  g_assert_cmpuint (chosen->period_ns, <=, contract->period_max_ns);
  g_assert_cmpuint (chosen->runtime_ns, <=, chosen->period_ns);
  g_assert_cmpuint (chosen->runtime_ns, >=, contract->runtime_min_ns);
  g_assert_cmpfloat ((double) chosen->runtime_ns / (double) chosen->period_ns, >=,
                     (double) contract->share_ppm / 1e6 - 1e-12);
  g_assert_cmpuint (choice.gap_ns, ==, vr_gap_longest_ns (chosen));
  g_assert_cmpuint (choice.queue_frames, >=, contract->queue_min);
  g_assert_cmpuint (choice.queue_frames, <=, contract->queue_max);
  g_assert_cmpuint (vr_gap_frames (choice.gap_ns, contract->rate_pps), <=,
                    choice.queue_frames + contract->ring_frames);
  if (contract->latency_max_ns != 0)
    g_assert_cmpuint (choice.gap_ns, <=, contract->latency_max_ns);
  /* A fifth more is too long, unless the kernel's limit has ended it. */
  guint64 longer_ns = chosen->period_ns / 5 * 6 + US;
  if (longer_ns > contract->period_max_ns || contract->share_ppm > 990000)
    return;
  guint64 longer_gap_ns = gap_of (longer_ns / 1000000 * contract->share_ppm + US, longer_ns,
                                  contract->tick_ns, contract->cpu);
  g_assert_true (vr_gap_frames (longer_gap_ns, contract->rate_pps)
                     > contract->queue_max + contract->ring_frames
                 || (contract->latency_max_ns != 0 && longer_gap_ns > contract->latency_max_ns));
}

static void
test_all_hold (void)
{
  static const guint64 rates[] = { 1, 100, 5000, 30000, 1000000, 14880952 };
  static const guint64 queues[] = { 35, 50, 500, 4096 }, ticks[] = { 0, 1 * MS, 4 * MS, 10 * MS };
  for (guint64 share_ppm = 1000; share_ppm <= 1000000; share_ppm += 37000)
    for (guint i = 0; i < G_N_ELEMENTS (rates) * G_N_ELEMENTS (queues) * G_N_ELEMENTS (ticks) * 4;
         i++) {
      VrGapContract contract = contract_new ();
      contract.share_ppm = share_ppm;
      contract.rate_pps = rates[i % 6];
      contract.queue_max = queues[i / 6 % 4];
      contract.tick_ns = ticks[i / 24 % 4];
      contract.cpu = i / 96 % 2 == 0 ? VR_GAP_ALONE : VR_GAP_SHARED;
      contract.latency_max_ns = i / 192 % 2 == 0 ? 0 : 20 * MS;
      check_choice (&contract);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gap/longest", test_longest);
  g_test_add_func ("/gap/frames", test_frames);
  g_test_add_func ("/gap/choice", test_choice);
  g_test_add_func ("/gap/refusals", test_refusals);
  g_test_add_func ("/gap/all-hold", test_all_hold);
  return g_test_run ();
}
