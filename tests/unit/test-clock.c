/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset of two clocks, read by somebody who is held up. */
#include "traffic/vr-clock.h"

#define OFFSET 1000000000000ull

/* Each look at a clock takes as long as the script says. */
typedef struct {
  guint64 time_ns;
  const guint64 *looks_ns;
  guint next;
} Script;

static guint64
now_ns (gpointer data)
{
  Script *script = data;
  return script->time_ns += script->looks_ns[script->next++];
}

static guint64
wall_ns (gpointer data)
{
  return now_ns (data) + OFFSET;
}

static const struct {
  guint64 looks_ns[9];
  guint64 error_ns; /* at most: half of what the quickest reading took */
} scripts[] = {
  { { 10, 10, 10, 10, 10, 10, 10, 10, 10 }, 0 },
  { { 10, 900000, 10, 10, 10, 10, 10, 10, 900000 }, 0 },
  { { 10, 10, 900000, 10, 900000, 10, 10, 30, 10 }, 10 },
  { { 900000, 40, 0, 900000, 900000, 900000, 0, 900000, 0 }, 20 },
};

static void
test_offset (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++) {
    Script script = { .time_ns = 77, .looks_ns = scripts[i].looks_ns };
    VrClock clock = { .now_ns = now_ns, .wall_ns = wall_ns, .data = &script };
    gint64 error_ns = (gint64) (vr_clock_offset_ns (&clock) + OFFSET);
    g_assert_cmpint (ABS (error_ns), <=, (gint64) scripts[i].error_ns);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/offset", test_offset);
  return g_test_run ();
}
