/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, masks and values of knobs, below a root of the test's own. */
#include <glib/gstdio.h>
#include <string.h>

#include "apply/vr-knob.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "unit/executor-fixture.h"

static const struct {
  const char *mask, *list;
  const char *printed; /* the mask that is written for the list */
} masks[] = {
  { "0", "", "0" },
  { "3", "0-1", "3" },
  { "00000003", "0-1", "3" },
  { "f0", "4-7", "f0" },
  { "00000001,80000000", "31-32", "1,80000000" },
  { "1,00000000,00000005", "0,2,64", "1,00000000,00000005" },
};

static void
test_masks (void)
{
  static const char *const wrong[] = { "", "g", "123456789", "1,,2", "-1" };
  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++) {
    g_autoptr (GArray) cpus = vr_knob_parse_mask (masks[i].mask);
    g_assert_nonnull (cpus);
    g_autofree char *list = vr_cpu_list_print (cpus);
    g_autofree char *printed = vr_knob_print_mask (cpus);
    g_assert_cmpstr (list, ==, masks[i].list);
    g_assert_cmpstr (printed, ==, masks[i].printed);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_null (vr_knob_parse_mask (wrong[i]));
}

static const struct {
  const char *name, *path;
  const char *text; /* of the kernel */
  const char *value;
  const char *set, *written;
} knobs[] = {
  { "online/3", "sys/devices/system/cpu/cpu3/online", "1\n", "1", "0", "0" },
  { "irq/24", "proc/irq/24/smp_affinity_list", "0,1-3\n", "0-3", "1", "1" },
  { "rps/eth0.5/rx-0", "sys/class/net/eth0.5/queues/rx-0/rps_cpus", "00000003\n", "0-1", "1-2",
    "6" },
  { "xps/vr0/tx-12", "sys/class/net/vr0/queues/tx-12/xps_cpus", "0\n", "", "32", "1,00000000" },
  { "governor/0", "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n",
    "powersave", "performance", "performance" },
  { "rt-runtime", "proc/sys/kernel/sched_rt_runtime_us", "950000\n", "950000", "-1", "-1" },
};

static void
test_values (void)
{
  g_autofree char *root = rig_dir_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (knobs); i++) {
    g_autofree char *path = g_build_filename (root, knobs[i].path, NULL);
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *value = NULL, *written = NULL;
    g_autoptr (GError) error = NULL;
    g_assert_true (vr_knob_read (root, knobs[i].name, &value, &error));
    g_assert_null (value);
    g_assert_false (vr_knob_write (root, knobs[i].name, knobs[i].set, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_clear_error (&error);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, knobs[i].text, -1, &error));
    g_assert_true (vr_knob_read (root, knobs[i].name, &value, &error));
    g_assert_cmpstr (value, ==, knobs[i].value);
    g_assert_true (g_file_set_contents (path, "", -1, &error));
    g_assert_true (vr_knob_write (root, knobs[i].name, knobs[i].set, &error));
    g_assert_no_error (error);
    g_assert_true (g_file_get_contents (path, &written, NULL, NULL));
    g_assert_cmpstr (written, ==, knobs[i].written);
  }
  rig_dir_remove (root);
}

static void
test_names (void)
{
  static const char *const wrong[] = { "",
                                       "onlin/3",
                                       "online",
                                       "online/",
                                       "online/3/4",
                                       "online/../",
                                       "irq/x",
                                       "rps/eth0",
                                       "rps/../rx-0",
                                       "rps/eth0/tx-0",
                                       "rps/a/b/rx-0",
                                       "rt-runtime/1",
                                       "irq/1\n",
                                       "xps/eth0/tx-0/..",
                                       "rps/0123456789abcdef/rx-0" };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    char *value = NULL;
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_knob_read ("/nonexistent", wrong[i], &value, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_INTERNAL);
    g_clear_error (&error);
    g_assert_false (vr_knob_write ("/nonexistent", wrong[i], "1", &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_INTERNAL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/knob/masks", test_masks);
  g_test_add_func ("/knob/values", test_values);
  g_test_add_func ("/knob/names", test_names);
  return g_test_run ();
}
