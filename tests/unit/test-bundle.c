/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bundles that somebody else has made: what is as it should be is unpacked, and all else gets one
 * error and leaves nothing. */
#include "campaign/vr-bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"

#define EXPERIMENT "[experiment]\nprofile = elsewhere.conf\nseed = 7\n"
#define PROFILE                                                                                    \
  "[lab]\nname = lab\n[port left]\ndevice = test\ntest-address = 198.18.1.2/24\n"                  \
  "[router r1]\nkind = native\ninterface = left 198.18.1.1/24\n"

/* An entry as it is packed. */
typedef struct {
  const char *name;
  const char *content;
  unsigned type;    /* 0: a plain file */
  const char *link; /* for a symbolic or a hard link */
} Entry;

static char *
path_in (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
add_entry (struct archive *archive, const Entry *one)
{
  struct archive_entry *entry = archive_entry_new ();
  gsize size = one->type == 0 ? strlen (one->content) : 0;
  archive_entry_set_pathname (entry, one->name);
  archive_entry_set_filetype (entry, one->type != 0 && one->type != 1 ? one->type : AE_IFREG);
  if (one->type == AE_IFLNK)
    archive_entry_set_symlink (entry, one->link);
  if (one->type == 1)
    archive_entry_set_hardlink (entry, one->link);
  archive_entry_set_size (entry, (gint64) size);
  archive_entry_set_perm (entry, 0644);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  if (size > 0)
    g_assert_cmpint (archive_write_data (archive, one->content, size), ==, (la_ssize_t) size);
  archive_entry_free (entry);
}

static void
pack (const char *path, const Entry *entries, guint count)
{
  struct archive *archive = archive_write_new ();
  g_assert_cmpint (archive_write_set_format_pax_restricted (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_add_filter_zstd (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  for (guint i = 0; i < count; i++)
    add_entry (archive, &entries[i]);
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
}

/* The index of a good bundle, with these sizes and digests. */
static char *
index_of (const Entry *entries, guint count)
{
  g_autoptr (GString) files = g_string_new (NULL);
  for (guint i = 1; i < count; i++) {
    g_autofree char *digest
        = g_compute_checksum_for_string (G_CHECKSUM_SHA256, entries[i].content, -1);
    g_string_append_printf (files, "%s{\"name\":\"%s\",\"size_bytes\":%zu,\"sha256\":\"%s\"}",
                            i > 1 ? "," : "", entries[i].name, strlen (entries[i].content), digest);
  }
  return g_strdup_printf (
      "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"exp\","
      "\"repetitions\":2,\"quick\":true,\"only\":[\"rate=1kpps\"],\"files\":[%s]}",
      files->str);
}

#define FILES 5
static const Entry good[FILES] = { { "bundle.json", "" },
                                   { "experiment.conf", EXPERIMENT },
                                   { "profile.conf", PROFILE },
                                   { "manifest.json", "{}" },
                                   { "results.sqlite", "made up" } };

static guint
count_left (void)
{
  guint count = 0;
  const char *entry;
  g_autoptr (GDir) entries = g_dir_open (g_get_tmp_dir (), 0, NULL);
  while ((entry = g_dir_read_name (entries)) != NULL)
    count += g_str_has_prefix (entry, "vrkit-bundle-") ? 1 : 0;
  return count;
}

static void
assert_opens (const char *path, VrBundlePart part)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrUnpacked) unpacked = { 0 };
  g_assert_true (vr_bundle_open (path, part, &unpacked, &error));
  g_assert_no_error (error);
  g_autofree char *text = NULL, *file = path_in (unpacked.directory, "experiment.conf");
  g_autofree char *results = path_in (unpacked.directory, "results.sqlite");
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, EXPERIMENT);
  g_assert_cmpint (g_file_test (results, G_FILE_TEST_EXISTS), ==, part == VR_BUNDLE_RESULTS);
  g_assert_cmpstr (unpacked.index->experiment, ==, "exp");
  g_assert_cmpuint (unpacked.index->repetitions, ==, 2);
  g_assert_cmpstr (unpacked.index->only[0], ==, "rate=1kpps");
  g_assert_true (unpacked.index->quick);
}

static void
assert_refused (const char *path, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrUnpacked) unpacked = { 0 };
  g_assert_false (vr_bundle_open (path, VR_BUNDLE_RESULTS, &unpacked, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_VERIFY);
  if (strstr (error->message, says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, says);
  g_assert_null (unpacked.directory);
}

/* The good bundle, with one entry replaced, under an index that may tell the truth of it. */
static void
refuse_entry (const char *path, guint which, Entry entry, gboolean is_told, const char *says)
{
  Entry entries[FILES];
  memcpy (entries, good, sizeof good);
  if (is_told)
    entries[which] = entry;
  g_autofree char *index = index_of (entries, FILES);
  entries[which] = entry;
  entries[0].content = index;
  pack (path, entries, FILES);
  assert_refused (path, says);
}

static void
test_open (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
  g_autofree char *path = path_in (folder, "b.tar.zst"), *index = index_of (good, FILES);
  Entry entries[FILES];
  guint before = count_left ();
  memcpy (entries, good, sizeof good);
  entries[0].content = index;
  pack (path, entries, FILES);
  g_assert_true (vr_bundle_is (path));
  g_assert_false (vr_bundle_is (folder));
  assert_opens (path, VR_BUNDLE_TEXTS);
  assert_opens (path, VR_BUNDLE_RESULTS);
  g_assert_cmpuint (count_left (), ==, before);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_hostile (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
  g_autofree char *path = path_in (folder, "b.tar.zst"), *deep = g_strnfill (3000, '[');
  guint before = count_left ();
  refuse_entry (path, 1, (Entry){ "../experiment.conf", EXPERIMENT }, TRUE, "no bundle does");
  refuse_entry (path, 1, (Entry){ "/etc/experiment.conf", EXPERIMENT }, TRUE, "no bundle does");
  refuse_entry (path, 1, (Entry){ "figures/../../x.svg", "" }, TRUE, "no bundle does");
  refuse_entry (path, 1, (Entry){ "../x", EXPERIMENT }, FALSE, "its index has another file");
  refuse_entry (path, 2, (Entry){ "profile.conf", PROFILE, AE_IFLNK, "/etc/passwd" }, FALSE,
                "no plain file");
  refuse_entry (path, 2, (Entry){ "profile.conf", PROFILE, 1, "experiment.conf" }, FALSE,
                "no plain file");
  refuse_entry (path, 2, (Entry){ "profile.conf", PROFILE, AE_IFDIR }, FALSE,
                "its index has another file");
  refuse_entry (path, 2, (Entry){ "experiment.conf", EXPERIMENT }, TRUE, "twice");
  refuse_entry (path, 4, (Entry){ "plan.txt", "" }, TRUE, "lacks results.sqlite");
  refuse_entry (path, 4, (Entry){ "results.sqlite", "more than that" }, FALSE, "not as long");
  refuse_entry (path, 4, (Entry){ "results.sqlite", "altered" }, FALSE, "damaged");
  refuse_entry (path, 3, (Entry){ "manifest.json", deep }, TRUE, "no manifest");
  g_autofree char *closed = g_strnfill (3000, '}');
  g_autofree char *hidden = g_strdup_printf ("[\"\\\"%s\", %s", closed, deep);
  g_autofree char *noted = g_strdup_printf ("[/* \" */ %s", deep);
  refuse_entry (path, 3, (Entry){ "manifest.json", hidden }, TRUE, "no manifest");
  refuse_entry (path, 3, (Entry){ "manifest.json", noted }, TRUE, "no manifest");
  pack (path, good, 1);
  assert_refused (path, "no index");
  pack (path, good + 1, 1);
  assert_refused (path, "its index has another file");
  g_assert_true (g_file_set_contents (path, "\x28\xb5\x2f\xfd and no more", -1, NULL));
  assert_refused (path, "a damaged one");
  g_assert_true (g_file_set_contents (path, "no bundle", -1, NULL));
  assert_refused (path, "this is no bundle");
  g_assert_cmpuint (count_left (), ==, before);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_index (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{}",
    "{\"schema\":\"vrkit.bundle/1\"}",
    "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"../x\",\"repetitions\":1,\"quick\":false}",
    "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"x\",\"repetitions\":0,\"quick\":false}",
    "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"x\",\"repetitions\":\"1\",\"quick\":false}",
    "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"x\",\"repetitions\":1}",
    "{\"schema\":\"vrkit.bundle/1\",\"experiment\":\"x\",\"repetitions\":1,\"quick\":1}",
    "{\"schema\":\"vrkit.bundle/"
    "1\",\"experiment\":\"x\",\"repetitions\":1,\"quick\":false,\"only\":[1]}",
    "{\"schema\":\"vrkit.bundle/"
    "1\",\"experiment\":\"x\",\"repetitions\":1,\"quick\":false,\"only\":[\"a\\nb\"]}",
    "{\"schema\":\"vrkit.bundle/"
    "1\",\"experiment\":\"x\",\"repetitions\":1,\"quick\":false,\"only\":[],"
    "\"files\":[{\"name\":\"plan.txt\",\"size_bytes\":-1,\"sha256\":"
    "\"0123456789012345678901234567890123456789012345678901234567890123\"}]}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (vr_bundle_index_parse (bad[i], strlen (bad[i]), &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_VERIFY);
    g_assert_true (g_str_has_prefix (error->message, "bundle.json: "));
  }
  g_autofree char *text = index_of (good, FILES);
  g_autoptr (VrBundleIndex) index = vr_bundle_index_parse (text, strlen (text), NULL);
  g_autofree char *printed = vr_bundle_index_json (index);
  g_autoptr (VrBundleIndex) again = vr_bundle_index_parse (printed, strlen (printed), NULL);
  g_autofree char *second = vr_bundle_index_json (again);
  g_assert_cmpstr (printed, ==, second);
  g_assert_cmpuint (vr_bundle_size_max ("figures/received_pps.svg"), >, 0);
  g_assert_cmpuint (vr_bundle_size_max ("figures/.hidden"), ==, 0);
  g_assert_cmpuint (vr_bundle_size_max ("figures/"), ==, 0);
}

/* A profile that includes could read any file, and one that is not as it was stored is another. */
static void
test_experiment (void)
{
  static const char *const bad[][2] = {
    { "include = /etc/passwd\n" PROFILE, "it includes others" },
    { "  include = x\n", "it includes others" },
    { PROFILE "# a remark\n", "not as vrkit stores" },
    { "[lab]\nname = ../x\n", "profile.conf:2: " },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    Entry entries[FILES];
    g_auto (VrUnpacked) unpacked = { 0 };
    g_autofree char *folder = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
    g_autofree char *path = path_in (folder, "b.tar.zst");
    memcpy (entries, good, sizeof good);
    entries[2].content = bad[i][0];
    g_autofree char *index = index_of (entries, FILES);
    entries[0].content = index;
    pack (path, entries, FILES);
    g_assert_true (vr_bundle_open (path, VR_BUNDLE_TEXTS, &unpacked, NULL));
    g_assert_null (vr_bundle_experiment (path, &unpacked, &error));
    if (strstr (error->message, bad[i][1]) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, bad[i][1]);
    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
  }
}

/* All that is unpacked goes into a directory of this test's own, which is empty in the end. */
int
main (int argc, char **argv)
{
  char temporary[] = "/tmp/vrkit-test-XXXXXX";
  g_assert_nonnull (g_mkdtemp (temporary));
  g_setenv ("TMPDIR", temporary, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle/open", test_open);
  g_test_add_func ("/bundle/hostile", test_hostile);
  g_test_add_func ("/bundle/index", test_index);
  g_test_add_func ("/bundle/experiment", test_experiment);
  int status = g_test_run ();
  g_assert_cmpint (g_rmdir (temporary), ==, 0);
  return status;
}
