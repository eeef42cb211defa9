/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeps the kernel from telling its ceiling is named, with the way out that is the right one.
 */
#include "base/vr-cpu-list.h"
#include "lab/vr-no-ceiling.h"

#define REFUSED "cannot schedule thread 7: Operation not permitted"

typedef struct {
  const char *reason, *cpus, *cpuset_cpus, *all; /* lists; NULL: not known */
  gboolean is_root, has_rest;
  const char *says; /* what follows the reason */
} Row;

static const Row rows[] = {
  { REFUSED, "0-3", "0-3", "0-3", FALSE, FALSE, ": run vrkit as root" },
  { REFUSED, "1", "0-1", "0-3", FALSE, FALSE, ": run vrkit as root" },
  { REFUSED, "0-1", "0-1", "0-3", TRUE, FALSE,
    ": vrkit runs in cpuset /x, which has CPU 0-1 of 0-3: start it in one that has all of them" },
  { REFUSED, "1", "0-1", "0-3", TRUE, FALSE,
    ": vrkit runs in cpuset /x, which has CPU 0-1 of 0-3: start it in one that has all of them" },
  { REFUSED, "2", "0-3", "0-3", TRUE, FALSE,
    ": vrkit may run on CPU 2 of 0-3: start it on all of them (taskset, CPUAffinity=)" },
  { REFUSED, "2", NULL, "0-3", TRUE, FALSE,
    ": vrkit may run on CPU 2 of 0-3: start it on all of them (taskset, CPUAffinity=)" },
  { REFUSED, "0-3", "0-3", "0-3", TRUE, FALSE, "" },
  { REFUSED, "0-3", "0-3", "0-1", TRUE, TRUE, "" },
  { REFUSED, NULL, NULL, NULL, TRUE, FALSE, "" },
  { VR_NO_CEILING_DIVIDED, "0-1", "0-1", "0-3", TRUE, TRUE,
    ": labs whose threads are exclusive need that, and it can be asked once they are down" },
  { VR_NO_CEILING_DIVIDED, "0-3", "0-3", "0-3", FALSE, FALSE,
    ", and vrkit has not: write 1 to cpuset.sched_load_balance of the root cpuset if nobody needs "
    "it" },
};

static GArray *
list (const char *text)
{
  return text != NULL ? vr_cpu_list_parse (text) : NULL;
}

static void
test_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row *row = &rows[i];
    g_autoptr (GArray) cpus = list (row->cpus);
    g_autoptr (GArray) cpuset_cpus = list (row->cpuset_cpus);
    g_autoptr (GArray) all = list (row->all);
    VrNoCeiling is = { row->reason, row->is_root, row->has_rest, cpus, "/x", cpuset_cpus, all };
    g_autofree char *text = vr_no_ceiling_print (&is);
    g_autofree char *wanted = g_strconcat (row->reason, row->says, NULL);
    g_assert_cmpstr (text, ==, wanted);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/no-ceiling/rows", test_rows);
  return g_test_run ();
}
