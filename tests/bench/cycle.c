/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings a lab up and down again and again by the library, in one process, and prints a line a
 * cycle: how long each part took, and what the process holds after it. cycle PROFILE COUNT RUN-DIR
 * IMAGES-DIR URI */
#include <glib.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/vr-profile.h"
#include "lab/vr-lifecycle.h"

#define ARGUMENTS 5
#define READY_TIMEOUT_US (60 * G_USEC_PER_SEC)

static gint64
monotonic_ns (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time () * 1000;
}

/* When the parts of an up ended, each by the last operation of it. */
typedef struct {
  gint64 begun_us, planned_us, opened_us, fabric_us, created_us, ready_us, up_us, down_us;
} Times;

static void
note_step (VrStep step, const VrOp *op, gpointer data)
{
  Times *times = data;
  gint64 now_us = g_get_monotonic_time ();
  if (step != VR_STEP_APPLIED)
    return;
  if (times->opened_us == 0)
    times->opened_us = now_us;
  if (op->kind == VR_OP_READY)
    times->ready_us = now_us;
  else if (op->kind == VR_OP_DOMAIN)
    times->created_us = now_us;
  else
    times->fabric_us = now_us;
}

static gboolean
up_and_down (const VrSite *site, const char *path, Times *times, GError **error)
{
  VrLabOptions options
      = { .ready_timeout_us = READY_TIMEOUT_US, .progress = note_step, .progress_data = times };
  VrOutcome outcome;
  times->begun_us = g_get_monotonic_time ();
  g_autoptr (VrLab) lab = vr_profile_load (path, error);
  g_autoptr (VrPlan) plan = lab != NULL ? vr_lab_plan (site, lab, error) : NULL;
  if (plan == NULL)
    return FALSE;
  times->planned_us = g_get_monotonic_time ();
  VrUpRequest request = { .lab = lab, .plan = plan, .profile_path = path };
  if (!vr_lab_up (site, &request, &options, &outcome, error))
    return FALSE;
  times->up_us = g_get_monotonic_time ();
  options.progress = NULL;
  if (!vr_lab_down (site, lab->name, &options, &outcome, error))
    return FALSE;
  times->down_us = g_get_monotonic_time ();
  return TRUE;
}

static guint
count_descriptors (void)
{
  guint count = 0;
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  while (g_dir_read_name (directory) != NULL)
    count++;
  return count;
}

static guint64
resident_kib (void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  const char *resident = strchr (text, ' ');
  return g_ascii_strtoull (resident, NULL, 10) * (guint64) sysconf (_SC_PAGESIZE) / 1024;
}

static double
part_ms (gint64 from_us, gint64 to_us)
{
  return to_us > from_us ? (double) (to_us - from_us) / 1000 : 0;
}

/* A lab of namespaces alone has no creation and no wait. */
static void
print_cycle (const Times *t)
{
  gint64 created_us = MAX (t->created_us, t->fabric_us), ready_us = MAX (t->ready_us, created_us);
  printf ("plan %.1f look %.1f fabric %.1f create %.1f ready %.1f record %.1f down %.1f"
          " descriptors %u resident-kib %" G_GUINT64_FORMAT " used-bytes %zu\n",
          part_ms (t->begun_us, t->planned_us), part_ms (t->planned_us, t->opened_us),
          part_ms (t->opened_us, t->fabric_us), part_ms (t->fabric_us, created_us),
          part_ms (created_us, ready_us), part_ms (ready_us, t->up_us),
          part_ms (t->up_us, t->down_us), count_descriptors (), resident_kib (),
          mallinfo2 ().uordblks);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  if (argc != ARGUMENTS + 1) {
    fputs ("usage: cycle PROFILE COUNT RUN-DIR IMAGES-DIR URI\n", stderr);
    return 2;
  }
  guint64 count = g_ascii_strtoull (argv[2], NULL, 10);
  VrSite site = { .root_dir = "/",
                  .run_dir = argv[3],
                  .images_dir = argv[4],
                  .uri = argv[5],
                  .now_ns = monotonic_ns };
  for (guint64 i = 0; i < count; i++) {
    g_autoptr (GError) error = NULL;
    Times times = { 0 };
    if (!up_and_down (&site, argv[1], &times, &error)) {
      fprintf (stderr, "cycle: cycle %" G_GUINT64_FORMAT ": %s\n", i + 1, error->message);
      return 1;
    }
    print_cycle (&times);
  }
  return 0;
}
