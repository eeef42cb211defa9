/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One controller a lab, and what it leaves to the next. */
#include "control/vr-control-lock.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"

typedef struct {
  char *dir;
  VrSite site;
} Place;

static void
place_set_up (Place *place)
{
  place->dir = g_dir_make_tmp ("vrkit-control-XXXXXX", NULL);
  g_assert_nonnull (place->dir);
  g_autofree char *lab = g_build_filename (place->dir, "labs", "x", NULL);
  g_assert_cmpint (g_mkdir_with_parents (lab, 0755), ==, 0);
  place->site = (VrSite){ .run_dir = place->dir };
}

static void
place_clear (Place *place)
{
  static const char *const paths[]
      = { "labs/x/control.lock", "labs/x/control.state", "labs/x", "labs", "" };
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree char *path = g_build_filename (place->dir, paths[i], NULL);
    g_remove (path);
  }
  g_assert_false (g_file_test (place->dir, G_FILE_TEST_EXISTS));
  g_free (place->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static void
test_lock (void)
{
  g_auto (Place) place;
  g_autoptr (GError) error = NULL, none = NULL;
  place_set_up (&place);
  g_auto (VrFd) first = -1;
  g_auto (VrFd) second = -1;
  g_assert_true (vr_control_lock (&place.site, "x", VR_CONTROL_CONTROLLED, &first, &none));
  g_assert_no_error (none);
  g_assert_false (vr_control_lock (&place.site, "x", VR_CONTROL_CONTROLLED, &second, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_cmpint (second, ==, -1);
  g_autofree char *who = g_strdup_printf ("lab x is controlled by process %d:", (int) getpid ());
  g_assert_true (g_str_has_prefix (error->message, who));
  vr_fd_clear (&first);
  g_assert_true (vr_control_lock (&place.site, "x", VR_CONTROL_CONTROLLED, &second, &none));
  g_assert_no_error (none);
  vr_fd_clear (&second);
  /* A calibration excludes it, and says what it is. */
  g_assert_true (vr_control_lock (&place.site, "x", VR_CONTROL_CALIBRATED, &first, &none));
  g_clear_error (&error);
  g_assert_false (vr_control_lock (&place.site, "x", VR_CONTROL_CONTROLLED, &second, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_autofree char *other = g_strdup_printf ("lab x is calibrated by process %d:", (int) getpid ());
  g_assert_true (g_str_has_prefix (error->message, other));
}

static void
test_memory (void)
{
  g_auto (Place) place;
  g_autoptr (GError) error = NULL;
  static const char support[] = "schedule.r1.emulator=deadline 6800us/20ms @auto";
  static const VrControlLearnt learnt[] = { { -1500.1, 47000.7, 1.25 }, { 0, 30000, 0.7 } };
  place_set_up (&place);
  g_autoptr (VrControlMemory) nothing = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (nothing->learnt), ==, 0);
  g_autoptr (VrControlMemory) memory = vr_control_forget ();
  vr_control_learn (memory, "r1/vcpu.0", &learnt[0]);
  vr_control_learn (memory, "r2/vcpu.1", &learnt[1]);
  g_hash_table_add (memory->support, g_strdup (support));
  g_assert_true (vr_control_remember (&place.site, "x", memory, &error));
  g_assert_no_error (error);
  g_autoptr (VrControlMemory) again = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (again->learnt), ==, 2);
  g_assert_cmpuint (g_hash_table_size (again->support), ==, 1);
  g_assert_true (g_hash_table_contains (again->support, support));
  g_assert_cmpfloat (vr_control_correction (again, "r1/vcpu.0", -1500.1, 47000.7), ==, 1.25);
  g_assert_cmpfloat (vr_control_correction (again, "r2/vcpu.1", 0, 30000), ==, 0.7);
}

/* What a guess was off by says nothing of the calibration that comes after it. */
static void
test_other_line (void)
{
  g_autoptr (VrControlMemory) memory = vr_control_forget ();
  static const VrControlLearnt guess = { 0, 30000, 1.6 }, measured = { -1500, 47000, 1.02 };
  vr_control_learn (memory, "r1/vcpu.0", &guess);
  g_assert_cmpfloat (vr_control_correction (memory, "r1/vcpu.0", -1500, 47000), ==, 0);
  g_assert_cmpfloat (vr_control_correction (memory, "r2/vcpu.0", 0, 30000), ==, 0);
  g_assert_cmpfloat (vr_control_correction (memory, "r1/vcpu.0", 0, 30000), ==, 1.6);
  vr_control_learn (memory, "r1/vcpu.0", &measured);
  g_assert_cmpfloat (vr_control_correction (memory, "r1/vcpu.0", 0, 30000), ==, 0);
  g_assert_cmpfloat (vr_control_correction (memory, "r1/vcpu.0", -1500, 47000), ==, 1.02);
}

/* Whoever wrote it, and however far it came. */
static void
test_damaged (void)
{
  g_auto (Place) place;
  place_set_up (&place);
  g_autofree char *path = g_build_filename (place.dir, "labs", "x", "control.state", NULL);
  static const char text[]
      = "r1/vcpu.0 0 30000 1.5\nr2/vcpu.0\nr3/vcpu.0 0 1 nan\nr4/vcpu.0 0 1 -2\n"
        "r5/vcpu.0 0 1 inf\nr7/vcpu.0 0 1 1e9\nr8/vcpu.0 1.5\nschedule.r1\nr6";
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autoptr (VrControlMemory) memory = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (memory->learnt), ==, 1);
  g_assert_cmpuint (g_hash_table_size (memory->support), ==, 0);
  g_assert_cmpfloat (vr_control_correction (memory, "r1/vcpu.0", 0, 30000), ==, 1.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-lock/lock", test_lock);
  g_test_add_func ("/control-lock/memory", test_memory);
  g_test_add_func ("/control-lock/other-line", test_other_line);
  g_test_add_func ("/control-lock/damaged", test_damaged);
  return g_test_run ();
}
