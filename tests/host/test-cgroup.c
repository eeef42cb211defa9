/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of ours on groups of the running kernel, and the limits of those that a thread is in. */
#include "sys/vr-quota.h"

#include <unistd.h>

#include "apply/vr-exclusive-mark.h"
#include "apply/vr-guest-group.h"
#include "base/vr-error.h"

static char *
path_new (void)
{
  return g_strdup_printf ("/vrkit-test-cgroup-%d", (int) getpid ());
}

static void
mark (const char *path, guint cpu, const char *lab, const char *thread)
{
  g_autoptr (GError) error = NULL;
  VrExclusiveMark mark = { cpu, (char *) lab, (char *) thread, (char *) path };
  vr_exclusive_mark_write (&mark, &error);
  g_assert_no_error (error);
}

static GPtrArray *
marks_of (const char *path)
{
  GPtrArray *marks = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_exclusive_mark_free);
  vr_exclusive_marks_read (path, marks);
  return marks;
}

/* They are the group's own: read by whoever comes later, replaced, and gone with it. */
static void
test_marks (void)
{
  g_autofree char *path = path_new ();
  VrCgroup group = { "cpuset", path };
  g_assert_true (vr_cgroup_make (&group, NULL));
  mark (path, 3, "a", "vrkit-a-r1/vcpu.0");
  mark (path, 3, "b-c", "vrkit-b-c-r1/mover.left");
  g_autoptr (GPtrArray) found = marks_of (path);
  g_assert_cmpuint (found->len, ==, 1);
  const VrExclusiveMark *one = found->pdata[0];
  g_assert_cmpuint (one->cpu, ==, 3);
  g_assert_cmpstr (one->lab, ==, "b-c");
  g_assert_cmpstr (one->thread, ==, "vrkit-b-c-r1/mover.left");
  g_assert_cmpstr (one->group, ==, path);

  g_assert_true (vr_exclusive_mark_remove (path, 3, NULL));
  g_assert_true (vr_exclusive_mark_remove (path, 3, NULL));
  g_autoptr (GPtrArray) none = marks_of (path);
  g_assert_cmpuint (none->len, ==, 0);
  mark (path, 3, "a", "vrkit-a-r1/vcpu.0");
  g_assert_true (vr_cgroup_remove (&group, NULL));
  g_assert_true (vr_cgroup_make (&group, NULL));
  g_autoptr (GPtrArray) anew = marks_of (path);
  g_assert_cmpuint (anew->len, ==, 0);
  g_assert_true (vr_cgroup_remove (&group, NULL));
}

/* What vrkit would not have written is nobody's. */
static void
test_foreign (void)
{
  static const char *const foreign[][2] = {
    { "cpu", "a vrkit-a-r1/vcpu.0" },
    { "cpu1x", "a vrkit-a-r1/vcpu.0" },
    { "other", "a vrkit-a-r1/vcpu.0" },
    { "cpu1", "" },
    { "cpu2", "a" },
    { "cpu3", "../a vrkit-../a-r1/vcpu.0" },
    { "cpu4", "a vrkit-b-r1/vcpu.0" },
    { "cpu5", "a vrkit-a-r1" },
    { "cpu6", "a vrkit-a-r1/vcpu.0 x" },
  };
  g_autofree char *path = path_new ();
  VrCgroup group = { "cpuset", path };
  g_assert_true (vr_cgroup_make (&group, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    g_assert_true (vr_cgroup_mark (&group, foreign[i][0], foreign[i][1], NULL));
  g_autoptr (GPtrArray) found = marks_of (path);
  g_assert_cmpuint (found->len, ==, 0);
  g_assert_true (vr_cgroup_remove (&group, NULL));
}

static void
test_absent (void)
{
  g_autoptr (GError) error = NULL;
  VrExclusiveMark mark
      = { 1, (char *) "a", (char *) "vrkit-a-r/vcpu.0", (char *) "/vrkit-no-such" };
  g_autoptr (GPtrArray) found = marks_of (mark.group);
  g_assert_cmpuint (found->len, ==, 0);
  g_assert_true (vr_exclusive_mark_remove (mark.group, 1, NULL));
  g_assert_false (vr_exclusive_mark_write (&mark, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_KERNEL);
  g_assert_nonnull (strstr (error->message, mark.group));
}

/* --- Quotas -------------------------------------------------------------------------------------
 */

#define MS_NS G_GUINT64_CONSTANT (1000000)

static void
assert_metered (VrQuotaMeter *meter, guint64 wanted_ns, guint64 wanted_period_ns)
{
  guint64 quota_ns = 1, period_ns = 1;
  vr_quota_meter_read (meter, getpid (), &quota_ns, &period_ns);
  g_assert_cmpuint (quota_ns, ==, wanted_ns);
  g_assert_cmpuint (period_ns, ==, wanted_period_ns);
}

static void
assert_written (const VrCgroup *group, const char *file, const char *value)
{
  g_autoptr (GError) error = NULL;
  vr_cgroup_write (group, file, value, &error);
  g_assert_no_error (error);
}

/* The limit is that of the group which the thread is in at the time. A thread of version 2 is moved
 * by tests of whole labs: this process is no part of a threaded tree. */
static void
test_quota (void)
{
  if (vr_cgroup_version ("cpu") != 1) {
    g_test_skip ("the cpu tree is not of version 1");
    return;
  }
  g_autofree char *path = path_new ();
  g_autofree char *home = vr_cgroup_of_thread (getpid (), "cpu", NULL);
  VrCgroup group = { "cpu", path }, back = { "cpu", home };
  VrQuotaMeter meter = { NULL };
  guint64 quota_ns, period_ns;
  g_assert_true (vr_cgroup_make (&group, NULL));
  assert_written (&group, "cpu.cfs_period_us", "100000");
  g_assert_true (vr_quota_read (path, &quota_ns, &period_ns, NULL));
  g_assert_cmpuint (quota_ns, ==, 0);
  assert_metered (&meter, 0, 0);
  assert_written (&group, "cpu.cfs_quota_us", "90000");
  assert_metered (&meter, 0, 0);
  g_assert_true (vr_cgroup_attach (&group, getpid (), NULL));
  assert_metered (&meter, 90 * MS_NS, 100 * MS_NS);
  assert_written (&group, "cpu.cfs_quota_us", "80000");
  assert_metered (&meter, 80 * MS_NS, 100 * MS_NS);
  g_assert_true (vr_quota_read (path, &quota_ns, &period_ns, NULL));
  g_assert_cmpuint (quota_ns, ==, 80 * MS_NS);
  g_assert_cmpuint (period_ns, ==, 100 * MS_NS);
  g_assert_true (vr_cgroup_attach (&back, getpid (), NULL));
  assert_metered (&meter, 0, 0);
  g_assert_true (vr_cgroup_remove (&group, NULL));
  g_assert_false (vr_quota_read (path, &quota_ns, &period_ns, NULL));
  vr_quota_meter_clear (&meter);
}

/* --- Guests that are gone -----------------------------------------------------------------------
 */

static void
test_guest_group_name (void)
{
  static const struct {
    const char *name;
    gboolean is;
  } rows[] = {
    { "qemu-48-vrkit-a-r1.libvirt-qemu", TRUE },
    { "qemu-1-vrkit-a-r1.libvirt-qemu", TRUE },
    { "qemu-48-vrkit-a-r10.libvirt-qemu", FALSE },
    { "qemu-48-other-vrkit-a-r1.libvirt-qemu", FALSE },
    { "qemu-48-vrkit-a-r1.libvirt-lxc", FALSE },
    { "qemu--vrkit-a-r1.libvirt-qemu", FALSE },
    { "qemu-48vrkit-a-r1.libvirt-qemu", FALSE },
    { "qemu-48-.libvirt-qemu", FALSE },
    { "lxc-48-vrkit-a-r1.libvirt-qemu", FALSE },
    { "vrkit-a-r1", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (vr_guest_group_is (rows[i].name, "vrkit-a-r1"), ==, rows[i].is);
}

static void
make (const char *controller, const char *path)
{
  g_autoptr (GError) error = NULL;
  VrCgroup group = { controller, path };
  vr_cgroup_make (&group, &error);
  g_assert_no_error (error);
}

/* In every tree, with what is in it, and no group of another name. */
static void
test_prune (void)
{
  g_autofree char *parent = path_new ();
  g_autofree char *gone = g_strconcat (parent, "/qemu-7-vrkit-a-r1.libvirt-qemu", NULL);
  g_autofree char *inner = g_strconcat (gone, "/vcpu0", NULL);
  g_autofree char *other = g_strconcat (parent, "/qemu-7-vrkit-a-r2.libvirt-qemu", NULL);
  static const char *const controllers[] = { "cpuset", "cpu" };
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_cgroup_prune (parent, vr_guest_group_is, "vrkit-a-r1", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (controllers); i++) {
    const char *const paths[] = { parent, gone, inner, other };
    for (guint j = 0; j < G_N_ELEMENTS (paths); j++)
      make (controllers[i], paths[j]);
  }
  vr_cgroup_prune (parent, vr_guest_group_is, "vrkit-a-r1", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (controllers); i++) {
    VrCgroup groups[]
        = { { controllers[i], gone }, { controllers[i], other }, { controllers[i], parent } };
    g_assert_false (vr_cgroup_exists (&groups[0]));
    for (guint j = 1; j < G_N_ELEMENTS (groups); j++)
      g_assert_true (vr_cgroup_exists (&groups[j]) && vr_cgroup_remove (&groups[j], NULL));
  }
}

/* One in which somebody is stays. */
static void
test_prune_busy (void)
{
  if (vr_cgroup_version ("cpu") != 1) {
    g_test_skip ("the cpu tree is not of version 1");
    return;
  }
  g_autofree char *parent = path_new ();
  g_autofree char *path = g_strconcat (parent, "/qemu-7-vrkit-a-r1.libvirt-qemu", NULL);
  g_autofree char *home = vr_cgroup_of_thread (getpid (), "cpu", NULL);
  VrCgroup group = { "cpu", path }, back = { "cpu", home }, top = { "cpu", parent };
  g_autoptr (GError) error = NULL;
  make ("cpu", path);
  g_assert_true (vr_cgroup_attach (&group, getpid (), NULL));
  g_assert_false (vr_cgroup_prune (parent, vr_guest_group_is, "vrkit-a-r1", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (vr_cgroup_exists (&group));
  g_assert_true (vr_cgroup_attach (&back, getpid (), NULL));
  g_assert_true (vr_cgroup_prune (parent, vr_guest_group_is, "vrkit-a-r1", NULL));
  g_assert_false (vr_cgroup_exists (&group));
  g_assert_true (vr_cgroup_remove (&top, NULL));
}

/* A process in the group, and a thread that it has made there: what is in use is said to be, what
 * is moved elsewhere leaves nothing that keeps it, and what is gone is no error. */
static gpointer
wait_for_end (gpointer ends)
{
  g_async_queue_pop (ends);
  return NULL;
}

static void
test_remove_busy (void)
{
  if (vr_cgroup_version ("cpu") != 1) {
    g_test_skip ("the cpu tree is not of version 1");
    return;
  }
  g_autofree char *path = path_new ();
  g_autofree char *home = vr_cgroup_of_thread (getpid (), "cpu", NULL);
  g_autofree char *inner = g_strconcat (path, "/inner", NULL);
  VrCgroup group = { "cpu", path }, back = { "cpu", home }, child = { "cpu", inner };
  g_autoptr (GAsyncQueue) ends = g_async_queue_new ();
  g_autoptr (GError) error = NULL;
  make ("cpu", path);
  g_assert_true (vr_cgroup_attach (&group, getpid (), NULL));
  GThread *thread = g_thread_new ("made there", wait_for_end, ends);
  g_assert_true (vr_cgroup_attach (&back, getpid (), NULL));
  g_assert_false (vr_cgroup_remove (&group, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (vr_cgroup_exists (&group));
  g_clear_error (&error);

  g_assert_true (vr_cgroup_move_all (&group, &back, &error));
  g_assert_no_error (error);
  make ("cpu", inner);
  g_assert_false (vr_cgroup_remove (&group, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_true (vr_cgroup_remove (&child, NULL) && vr_cgroup_remove (&group, NULL));
  g_assert_false (vr_cgroup_exists (&group));
  g_assert_true (vr_cgroup_remove (&group, NULL));
  g_assert_true (vr_cgroup_move_all (&group, &back, NULL));
  g_async_queue_push (ends, ends);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cgroup/marks", test_marks);
  g_test_add_func ("/cgroup/foreign", test_foreign);
  g_test_add_func ("/cgroup/absent", test_absent);
  g_test_add_func ("/cgroup/quota", test_quota);
  g_test_add_func ("/cgroup/guest-group-name", test_guest_group_name);
  g_test_add_func ("/cgroup/remove-busy", test_remove_busy);
  g_test_add_func ("/cgroup/prune", test_prune);
  g_test_add_func ("/cgroup/prune-busy", test_prune_busy);
  return g_test_run ();
}
