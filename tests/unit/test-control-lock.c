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
  g_assert_true (vr_control_lock (&place.site, "x", &first, &none));
  g_assert_no_error (none);
  g_assert_false (vr_control_lock (&place.site, "x", &second, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_cmpint (second, ==, -1);
  g_autofree char *who = g_strdup_printf ("lab x is controlled by process %d:", (int) getpid ());
  g_assert_true (g_str_has_prefix (error->message, who));
  vr_fd_clear (&first);
  g_assert_true (vr_control_lock (&place.site, "x", &second, &none));
  g_assert_no_error (none);
}

static void
test_memory (void)
{
  g_auto (Place) place;
  g_autoptr (GError) error = NULL;
  static const double corrections[] = { 1.25, 0.7 };
  place_set_up (&place);
  g_autoptr (VrControlMemory) nothing = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (nothing), ==, 0);
  g_autoptr (VrControlMemory) memory = vr_control_forget ();
  g_hash_table_insert (memory, g_strdup ("r1/vcpu.0"),
                       g_memdup2 (&corrections[0], sizeof (double)));
  g_hash_table_insert (memory, g_strdup ("r2/vcpu.1"),
                       g_memdup2 (&corrections[1], sizeof (double)));
  g_assert_true (vr_control_remember (&place.site, "x", memory, &error));
  g_assert_no_error (error);
  g_autoptr (VrControlMemory) again = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (again), ==, 2);
  g_assert_cmpfloat (*(double *) g_hash_table_lookup (again, "r1/vcpu.0"), ==, 1.25);
  g_assert_cmpfloat (*(double *) g_hash_table_lookup (again, "r2/vcpu.1"), ==, 0.7);
}

/* Whoever wrote it, and however far it came. */
static void
test_damaged (void)
{
  g_auto (Place) place;
  place_set_up (&place);
  g_autofree char *path = g_build_filename (place.dir, "labs", "x", "control.state", NULL);
  static const char text[]
      = "r1/vcpu.0 1.5\nr2/vcpu.0\nr3/vcpu.0 nan\nr4/vcpu.0 -2\nr5/vcpu.0 inf\nr7/vcpu.0 1e9\nr6";
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autoptr (VrControlMemory) memory = vr_control_recall (&place.site, "x");
  g_assert_cmpuint (g_hash_table_size (memory), ==, 1);
  g_assert_cmpfloat (*(double *) g_hash_table_lookup (memory, "r1/vcpu.0"), ==, 1.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-lock/lock", test_lock);
  g_test_add_func ("/control-lock/memory", test_memory);
  g_test_add_func ("/control-lock/damaged", test_damaged);
  return g_test_run ();
}
