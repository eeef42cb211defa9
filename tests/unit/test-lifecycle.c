/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab taken down when what was written of it is lost or half there. Its guests are domains of
 * libvirt's test driver, which lives in the process. */
#include "lab/vr-lifecycle.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-digest.h"
#include "image/vr-manifest.h"
#include "lab/vr-inspect.h"
#include "lab/vr-store.h"
#include "sys/vr-virt.h"
#include "unit/profile-fixture.h"

#define LAB "unit-lifecycle"
#define DOMAIN "vrkit-" LAB "-r1"
#define URI "test:///default"
#define NO_URI "test:///nonexistent/node.xml"
#define HEADER "{\"schema\":\"vrkit.journal/1\",\"lab\":\"" LAB "\"}\n"

#define PORT "[lab]\nname = " LAB "\n[port p]\ndevice = test\n"
#define NATIVE PORT "[router r1]\nkind = native\ninterface = p 198.18.1.1/24\n"
#define BEGUN_NETNS                                                                                \
  "{\"begin\":1,\"kind\":\"netns\",\"target\":\"" DOMAIN                                           \
  "\",\"want\":{},\"needs\":[]}\n{\"done\":1}\n"

typedef struct {
  char *dir;
  VrSite site;
  VrLabOptions options;
  VrVirt *virt; /* keeps the driver's domains */
  guint warnings;
} Fixture;

static void
count_warning (const VrOp *op, const GError *cause, gpointer data)
{
  Fixture *f = data;
  (void) op;
  g_assert_nonnull (strstr (cause->message, "guests of lab " LAB " are not looked for"));
  f->warnings++;
}

static gint64
stopped_clock (gpointer unused)
{
  (void) unused;
  return 0;
}

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  f->dir = g_dir_make_tmp ("vrkit-lifecycle-XXXXXX", NULL);
  f->site = (VrSite){ .root_dir = "/", .run_dir = f->dir, .uri = URI, .now_ns = stopped_clock };
  f->options = (VrLabOptions){ .warn = count_warning, .warn_data = f };
  f->virt = vr_virt_open (URI, &error);
  g_assert_no_error (error);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);
    remove_tree (inner);
  }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_assert_true (vr_virt_destroy (f->virt, DOMAIN, NULL));
  vr_virt_close (f->virt);
  remove_tree (f->dir);
  g_free (f->dir);
}

static void
start_guest (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  vr_virt_start (f->virt,
                 "<domain type='test'><name>" DOMAIN "</name><memory>8192</memory>"
                 "<metadata><v:router xmlns:v='" VR_VIRT_NAMESPACE "' lab='" LAB
                 "' router='r1' digest='0'/></metadata><os><type>hvm</type></os></domain>",
                 &error);
  g_assert_no_error (error);
}

static gboolean
guest_runs (const Fixture *f)
{
  g_auto (VrGuest) guest = { 0 };
  g_assert_true (vr_virt_find (f->virt, DOMAIN, &guest, NULL));
  return guest.state != VR_GUEST_ABSENT;
}

static char *
path_of (const Fixture *f, const char *file)
{
  return g_build_filename (f->dir, "labs", LAB, file, NULL);
}

static gboolean
has_file (const Fixture *f, const char *file)
{
  g_autofree char *path = path_of (f, file);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The lab's directory with its lock, and what else is given: a journal, a record. */
static void
make_store (const Fixture *f, const char *journal, const VrRecord *record)
{
  VrStore *store = vr_store_open (&f->site, LAB, VR_STORE_MAKE, NULL);
  g_assert_nonnull (store);
  g_autofree char *path = vr_store_journal_path (store);
  if (journal != NULL)
    g_assert_true (g_file_set_contents (path, journal, -1, NULL));
  if (record != NULL)
    g_assert_true (vr_store_write (store, LAB, record, NULL));
  vr_store_close (store);
}

static VrRecord
record_at (const char *uri)
{
  return (VrRecord){ .profile_path = (char *) "/t.conf",
                     .profile = (char *) "[lab]\nname = " LAB "\n",
                     .uri = (char *) uri,
                     .is_up = TRUE };
}

static void
assert_down (const Fixture *f, guint undone)
{
  g_autoptr (GError) error = NULL;
  VrOutcome outcome;
  vr_lab_down (&f->site, LAB, &f->options, &outcome, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (outcome.undone, ==, undone);
  g_assert_false (guest_runs (f));
  g_assert_false (has_file (f, ""));
}

/* Its guests are found by their marks: lost altogether, emptied, and of nothing. */
static void
test_lost_journal (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const journals[] = { NULL, "", HEADER };
  VrRecord record = record_at (URI);
  for (gsize i = 0; i < G_N_ELEMENTS (journals); i++) {
    start_guest (f);
    make_store (f, journals[i], &record);
    assert_down (f, 1);
  }
  g_assert_cmpuint (f->warnings, ==, 0);
}

/* Without libvirt the guests of a lost journal cannot be ended: the lab stays, and so does that the
 * journal is lost. */
static void
test_lost_journal_without_libvirt (Fixture *f, gconstpointer unused)
{
  (void) unused;
  VrRecord record = record_at (NO_URI);
  start_guest (f);
  make_store (f, NULL, &record);
  f->site.uri = NO_URI;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    VrOutcome outcome;
    g_assert_false (vr_lab_down (&f->site, LAB, &f->options, &outcome, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, NO_URI));
    g_assert_true (has_file (f, "state.json"));
    g_assert_false (has_file (f, "journal"));
  }
  record = record_at (URI);
  make_store (f, NULL, &record);
  f->site.uri = URI;
  assert_down (f, 1);
}

/* Killed before anything was done: there is nothing that libvirt would be needed for. */
static void
test_not_begun (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->site.uri = NO_URI;
  make_store (f, NULL, NULL);
  assert_down (f, 0);
  make_store (f, HEADER, NULL);
  assert_down (f, 0);
  g_autofree char *dir = path_of (f, NULL);
  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  assert_down (f, 0);
  g_assert_cmpuint (f->warnings, ==, 3);
}

/* The lab's own libvirt counts, unless people name another. */
static void
test_libvirt_of_record (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  VrRecord record = record_at (URI);
  VrOutcome outcome;
  start_guest (f);
  make_store (f, HEADER, &record);
  f->site.uri = NO_URI;
  f->site.uri_is_given = TRUE;
  g_assert_false (vr_lab_down (&f->site, LAB, &f->options, &outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "lab " LAB " is at the libvirt \"" URI "\""));
  g_assert_true (guest_runs (f));
  g_assert_true (has_file (f, "state.json"));
  f->site.uri_is_given = FALSE;
  assert_down (f, 1);
}

static void
test_entering (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const argv[] = { "true", NULL };
  VrRecord record = record_at (URI);
  record.profile = (char *) "[lab]\nname = " LAB "\n[router r1]\n";
  VrInspectExec exec = { .lab = LAB, .router = "r1", .argv = argv, .timeout_us = 1 };
  VrInspectConsole console = { .lab = LAB, .router = "r1", .in_fd = -1, .out_fd = -1 };
  make_store (f, HEADER, &record);
  f->site.uri = NO_URI;
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    g_auto (VrExecResult) result = { 0 };
    f->site.uri_is_given = i % 2 == 1;
    int wanted = f->site.uri_is_given ? (int) VR_ERROR_BUSY : (int) VR_ERROR_GUEST;
    g_assert_false (i < 2 ? vr_inspect_exec (&f->site, &exec, &result, &error)
                          : vr_inspect_console (&f->site, &console, &error));
    g_assert_error (error, VR_ERROR, wanted);
  }
}

/* A change that fails at once, of a lab that was up and could not be brought up again here: it is
 * kept, in the journal and on record. */
static void
test_nothing_to_go_back_to (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = fixture_parse (NATIVE);
  g_autoptr (VrPlan) plan = vr_lab_plan (&f->site, lab, &error);
  g_assert_no_error (error);
  VrRecord record = record_at (URI);
  record.profile = (char *) NATIVE "[router r2]\nimage = gone\n";
  VrUpRequest request = { .lab = lab, .plan = plan, .profile_path = record.profile_path };
  VrOutcome outcome;
  make_store (f, HEADER BEGUN_NETNS, &record);
  f->options.cancellable = g_cancellable_new ();
  g_cancellable_cancel (f->options.cancellable);
  g_assert_false (vr_lab_up (&f->site, &request, &f->options, &outcome, &error));
  g_clear_object (&f->options.cancellable);
  g_assert_error (error, VR_ERROR, VR_ERROR_UNWANTED);
  g_assert_nonnull (strstr (error->message, "is kept as it is now: "));
  g_assert_nonnull (strstr (error->message, "image = gone"));
  g_assert_nonnull (strstr (error->message, "interrupted"));
  g_auto (VrRecord) after = { 0 };
  g_assert_true (vr_store_read (&f->site, LAB, &after, NULL));
  g_assert_true (after.is_up);
  g_assert_cmpstr (after.profile, ==, record.profile);
  g_autofree char *path = path_of (f, "journal");
  g_autoptr (VrJournal) journal = vr_journal_peek (path, LAB, NULL);
  g_assert_cmpuint (vr_journal_entries (journal)->len, ==, 1);
}

/* A rehearsal refuses what the change would. */
static void
test_rehearsal_of_another_profile (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = fixture_parse (NATIVE);
  g_autoptr (VrPlan) plan = vr_lab_plan (&f->site, lab, &error);
  g_assert_no_error (error);
  VrRecord record = record_at (URI);
  VrUpRequest request = { .lab = lab, .plan = plan, .profile_path = "/other.conf" };
  VrOutcome outcome;
  make_store (f, HEADER, &record);
  g_assert_false (vr_lab_rehearse (&f->site, &request, &f->options, &outcome, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "is up from another profile, \"/t.conf\""));
  g_clear_error (&error);
  request.profile_path = record.profile_path;
  vr_lab_rehearse (&f->site, &request, &f->options, &outcome, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (outcome.applied, ==, plan->ops->len);
}

/* An image of that type and name, of files that are no kernel. */
static void
make_image (const char *directory, const char *name, const char *type)
{
  static const char *const files[] = { "initrd", "vmlinuz", "disk.img" };
  g_autoptr (VrManifest) manifest = vr_manifest_new ();
  char **const members[]
      = { &manifest->name,         &manifest->kernel_version, &manifest->command_line,
          &manifest->lock_sha256,  &manifest->recipe_sha256,  &manifest->wanted_lock_sha256,
          &manifest->inputs_sha256 };
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    *members[i] = g_strdup (name);
  manifest->type = g_strdup (type);
  g_autofree char *home = g_build_filename (directory, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (home, 0755), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *digest = vr_digest_text (files[i]);
    g_autofree char *path = g_build_filename (home, files[i], NULL);
    g_assert_true (g_file_set_contents (path, files[i], -1, NULL));
    vr_manifest_add_file (manifest, files[i], digest, strlen (files[i]));
  }
  g_autofree char *path = g_build_filename (home, VR_MANIFEST_FILE, NULL);
  g_assert_true (vr_manifest_write (manifest, path, NULL));
}

static void
test_image_of_a_host (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const types[] = { "router", "host" };
  g_autofree char *images = g_build_filename (f->dir, "images", NULL);
  f->site.images_dir = images;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *profile = g_strdup_printf (
        PORT "[router r1]\naccel = tcg\ninterface = p 198.18.1.1/24\nimage = %s\n", types[i]);
    g_autoptr (VrLab) lab = fixture_parse (profile);
    make_image (images, types[i], types[i]);
    g_autoptr (VrPlan) plan = vr_lab_plan (&f->site, lab, &error);
    if (i == 0)
      g_assert_no_error (error);
    else
      fixture_assert_error (error, 5,
                            "[router r1] image = host: |image of a host, not of a router");
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *f, gconstpointer unused);
  } tests[] = {
    { "/lifecycle/lost-journal", test_lost_journal },
    { "/lifecycle/lost-journal-without-libvirt", test_lost_journal_without_libvirt },
    { "/lifecycle/not-begun", test_not_begun },
    { "/lifecycle/libvirt-of-record", test_libvirt_of_record },
    { "/lifecycle/entering", test_entering },
    { "/lifecycle/nothing-to-go-back-to", test_nothing_to_go_back_to },
    { "/lifecycle/image-of-a-host", test_image_of_a_host },
    { "/lifecycle/rehearsal-of-another-profile", test_rehearsal_of_another_profile },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
