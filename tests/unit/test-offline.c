/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs of a machine of small files go offline and come back, and interrupts with them; the test
 * plays the kernel, which changes their CPUs. */
#include "apply/vr-offline.h"

#include <string.h>
#include <unistd.h>

#include "apply/vr-copy.h"
#include "sys/vr-mark.h"
#include "unit/executor-fixture.h"

typedef struct {
  char *root;
  char *record;
} Machine;

static void
put (const Machine *machine, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (machine->root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_text (const Machine *machine, const char *name, const char *wanted)
{
  g_autofree char *path = g_build_filename (machine->root, name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (g_strchomp (text), ==, wanted);
}

#define IRQ(number) "proc/irq/" number "/smp_affinity_list"
#define CPU(number) "sys/devices/system/cpu/cpu" number "/online"
#define ONLINE "sys/devices/system/cpu/online"

static void
set_up (Machine *machine, gconstpointer unused)
{
  (void) unused;
  machine->root = rig_dir_new ();
  machine->record = g_build_filename (machine->root, "offline.json", NULL);
  put (machine, ONLINE, "0-3\n");
  put (machine, CPU ("2"), "1");
  put (machine, CPU ("3"), "1");
  put (machine, IRQ ("1"), "0-3\n");
  put (machine, IRQ ("2"), "2\n");
  put (machine, IRQ ("3"), "3\n");
  put (machine, IRQ ("4"), "0\n");
  put (machine, "proc/irq/default_smp_affinity", "f\n");
}

static void
tear_down (Machine *machine, gconstpointer unused)
{
  (void) unused;
  rig_dir_remove (machine->root);
  g_free (machine->root);
  g_free (machine->record);
}

static void
take (const Machine *machine, guint cpu)
{
  g_autoptr (GError) error = NULL;
  vr_offline_take (machine->root, machine->record, cpu, &error);
  g_assert_no_error (error);
}

static void
give_back (const Machine *machine, guint cpu)
{
  g_autoptr (GError) error = NULL;
  vr_offline_give_back (machine->root, machine->record, cpu, &error);
  g_assert_no_error (error);
}

static void
assert_as_before (const Machine *machine)
{
  assert_text (machine, IRQ ("1"), "0-3");
  assert_text (machine, IRQ ("2"), "2");
  assert_text (machine, IRQ ("3"), "3");
  assert_text (machine, IRQ ("4"), "0");
  assert_text (machine, CPU ("2"), "1");
  assert_text (machine, CPU ("3"), "1");
  g_assert_false (g_file_test (machine->record, G_FILE_TEST_EXISTS));
}

/* The kernel's part: an interrupt without CPU goes to all that are online. After a crash, since the
 * record could not note it. */
static void
test_both_orders (Machine *machine, gconstpointer unused)
{
  (void) unused;
  for (guint first = 2; first <= 3; first++) {
    take (machine, 2);
    assert_text (machine, CPU ("2"), "0");
    put (machine, ONLINE, "0-1,3\n");
    take (machine, 3);
    put (machine, ONLINE, "0-1\n");
    put (machine, ONLINE, first == 2 ? "0-2\n" : "0-1,3\n");
    give_back (machine, first);
    assert_text (machine, first == 2 ? CPU ("3") : CPU ("2"), "0");
    put (machine, ONLINE, "0-3\n");
    give_back (machine, first == 2 ? 3 : 2);
    assert_as_before (machine);
  }
}

/* The record of before the CPU went is what a crash leaves: what the kernel did is not noted. */
static void
test_crash (Machine *machine, gconstpointer unused)
{
  (void) unused;
  put (machine, "offline.json",
       "{\"schema\":\"vrkit.offline/1\",\"cpus\":{\"3\":\"offline\"},"
       "\"original\":{\"irq/1\":\"0-3\",\"irq/3\":\"3\",\"irq/99\":\"3\"},\"left\":{}}");
  put (machine, CPU ("3"), "0");
  put (machine, IRQ ("3"), "0-2");
  give_back (machine, 3);
  assert_as_before (machine);
  give_back (machine, 3);
  assert_as_before (machine);
}

/* What somebody has set since is left alone. */
static void
test_foreign (Machine *machine, gconstpointer unused)
{
  (void) unused;
  take (machine, 3);
  put (machine, ONLINE, "0-2\n");
  put (machine, IRQ ("1"), "1\n");
  put (machine, ONLINE, "0-3\n");
  give_back (machine, 3);
  assert_text (machine, IRQ ("1"), "1");
  put (machine, IRQ ("1"), "0-3\n");
  assert_as_before (machine);
}

/* One that refuses its mask is told, keeps the record, and keeps no other from its own. */
static void
test_refused (Machine *machine, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autofree char *irq = g_build_filename (machine->root, IRQ ("1"), NULL);
  put (machine, "offline.json",
       "{\"schema\":\"vrkit.offline/1\",\"cpus\":{\"3\":\"offline\"},"
       "\"original\":{\"irq/1\":\"0-3\",\"irq/3\":\"3\"},\"left\":{}}");
  put (machine, IRQ ("3"), "0-2");
  g_assert_cmpint (unlink (irq), ==, 0);
  /* A list of CPUs that nobody can write. */
  g_assert_cmpint (symlink ("/sys/devices/system/cpu/possible", irq), ==, 0);
  g_assert_false (vr_offline_give_back (machine->root, machine->record, 3, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, irq));
  assert_text (machine, IRQ ("3"), "3");
  g_assert_cmpint (unlink (irq), ==, 0);
  put (machine, IRQ ("1"), "0-2\n");
  give_back (machine, 3);
  assert_as_before (machine);
}

/* The kernel has a copy of the record, and the CPU comes back by that. */
static void
test_lost (Machine *machine, gconstpointer unused)
{
  (void) unused;
  g_autofree char *copies = vr_copy_object (machine->root);
  if (!vr_mark_write (copies, "trusted.vrkit.try", "1")) {
    g_test_skip ("only root can mark files, where the file system has such marks");
    return;
  }
  g_assert_true (vr_mark_remove (copies, "trusted.vrkit.try"));
  take (machine, 3);
  g_autoptr (GHashTable) kept = vr_marks_read (copies, "trusted.vrkit.");
  g_assert_cmpuint (g_hash_table_size (kept), ==, 1);
  g_assert_cmpint (unlink (machine->record), ==, 0);
  vr_copy_keep (copies, machine->record,
                "{\"schema\":\"vrkit.offline/1\",\"cpus\":{\"3\":\"offline\"},"
                "\"original\":{\"irq/3\":\"3\"},\"left\":{}}");
  put (machine, IRQ ("3"), "0-2");
  give_back (machine, 3);
  assert_as_before (machine);
  g_autoptr (GHashTable) left = vr_marks_read (copies, "trusted.vrkit.");
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);
}

static void
test_errors (Machine *machine, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_offline_take (machine->root, machine->record, 7, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_clear_error (&error);
  put (machine, "offline.json", "{}");
  g_assert_false (vr_offline_take (machine->root, machine->record, 3, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  assert_text (machine, CPU ("3"), "1");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Machine *machine, gconstpointer unused);
  } tests[] = {
    { "/offline/both-orders", test_both_orders },
    { "/offline/crash", test_crash },
    { "/offline/foreign", test_foreign },
    { "/offline/refused", test_refused },
    { "/offline/lost", test_lost },
    { "/offline/errors", test_errors },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Machine, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
