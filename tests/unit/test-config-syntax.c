/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, groups, comments, encodings, includes, and how files are opened. */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/profile-fixture.h"

#define GOOD "[port left]\ndevice = test\n[router r1]\n"
#define REFUSE_BYTES(text, line, fragments)                                                        \
  fixture_refuse_sized (text, sizeof (text) - 1, line, fragments)

typedef struct {
  const char *text;
  guint line; /* 0: it is good */
  const char *fragments;
} Case;

static const Case cases[] = {
  { "\n\n  # c\n\t; c\n" GOOD, 0, NULL },
  { "\xef\xbb\xbf[lab]\r\nname = x\r\n" GOOD, 0, NULL },
  { "[lab] # c\nname=x# ; c\n" GOOD, 2, "\"x#\" is not a valid lab name" },
  { "[lab] ; c\nname = x ; c\n" GOOD, 0, NULL },
  { "[ lab ]\n\tname\t=\tx\t\n[port   left]\ndevice=test\n[router r1]", 0, NULL },
  { GOOD "vcpus = # c\n", 4, "vcpus has no value: give it number" },
  { GOOD "vcpus\n", 4, "\"vcpus\" is neither [GROUP] nor KEY = VALUE" },
  { GOOD "= 3\n", 4, "is neither [GROUP] nor KEY = VALUE" },
  { GOOD "vcpu = 1\n", 4, "[router] has no key \"vcpu\"; did you mean \"vcpus\"?" },
  { GOOD "mtu = 1500\n", 4, "[router] has no key \"mtu\", but [port NAME] has: move it" },
  { GOOD "description = x\n", 4, "but [lab] has" },
  { GOOD "vcpu.0 = idle\n", 4, "[router] has no key \"vcpu.0\", but [schedule NAME] has" },
  { GOOD "[schedule r1]\nvcpu = idle\n", 5,
    "[schedule] has no key \"vcpu\"; did you mean \"vcpu.N\"?" },
  { GOOD "[schedule r1]\nvhots.left = idle\n", 5, "did you mean \"vhost.PORT\"?" },
  { GOOD "[schedule r1]\nemulator.1 = idle\n", 5, "did you mean \"emulator\"?" },
  { GOOD "[schedule r1]\nselector = idle\n", 5, "[schedule] has no key \"selector\"" },
  { GOOD "[schedule r1]\n[schedule r1]\n", 5,
    "[schedule r1] stands a second time, first at t.conf:4" },
  { GOOD "colour = red\n", 4, "[router] has no key \"colour\": see vrkit-profile(5)" },
  { GOOD "include = x\n", 4, "\"include\" stands inside [router]: put it before" },
  { "vcpus = 1\n" GOOD, 1, "\"vcpus\" stands before the first group" },
  { GOOD "vcpus = 1\nmemory = 1G\nvcpus = 1\n", 6, "vcpus is given a second time|at t.conf:4" },
  { GOOD "interface = left\n\ninterface = left 198.18.0.1/24", 6, "at t.conf:4" },
  { GOOD "[router r1]\n", 4, "[router r1] stands a second time, first at t.conf:3" },
  { "[lab]\n[lab]\n" GOOD, 2, "[lab] stands a second time, first at t.conf:1" },
  { "[port r1]\ndevice = eth0\n[router r1]\n", 0, NULL },
  { "[lab x]\n", 1, "[lab] takes no name" },
  { "[router]\n", 1, "[router] lacks a name: write [router NAME]" },
  { "[router a b]\n", 1, "\"a b\" is not a valid router name" },
  { "[router ../x]\n", 1, "[router NAME]: \"../x\" is not a valid router name" },
  { "[routr r1]\n", 1, "there is no group [routr]; did you mean [router]?" },
  { "[weather w]\n", 1, "there is no group [weather]: see" },
  { "[]\n", 1, "there is no group []" },
  { "[router r1\n", 1, "a group ends with ]" },
  { "[router r1] x = y\n", 1, "a group ends with ]" },
  { "[", 1, "a group ends with ]" },
  { "", 1, "has no router" },
  { "include =\n" GOOD, 1, "include has no value" },
  { "include = a.conf,\n" GOOD, 1, "include: cannot open \"a.conf\"" },
  { "include = ,\n" GOOD, 1, "include has an empty item" },
  { "includes = a\n" GOOD, 1, "\"includes\" stands before the first group" },
  { GOOD "description = \x01\n", 4, "byte 15 of the line is a control character (U+0001)" },
  { GOOD "# \x7f\n", 4, "U+007F" },
  { GOOD "# \xc2\x85\n", 4, "U+0085" },
  { GOOD "vcpus = 1\rvcpus = 2\n", 4, "U+000D" },
  { GOOD "# \xff\n", 4, "byte 3 of the line is not UTF-8" },
  { GOOD "# \xed\xa0\x80\n", 4, "not UTF-8" },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("case %u", i);
    if (cases[i].line > 0) {
      fixture_refuse (cases[i].text, cases[i].line, cases[i].fragments);
      continue;
    }
    g_autoptr (VrLab) lab = fixture_parse (cases[i].text);
    g_assert_cmpuint (lab->routers->len, ==, 1);
  }
}

static void
test_bytes (void)
{
  REFUSE_BYTES ("[router r1]\nim\0age = x\n", 2, "NUL byte");
  REFUSE_BYTES ("\0", 1, "NUL byte");
  REFUSE_BYTES ("[lab]\nname = x\xc3", 2, "not UTF-8");
}

static void
test_line_length (void)
{
  g_autofree char *filling = g_strnfill (VR_PROFILE_LINE_MAX - 1, 'x');
  g_autofree char *good = g_strdup_printf ("#%s\r\n" GOOD, filling);
  g_autofree char *bad = g_strdup_printf ("#%sx\n" GOOD, filling);
  g_autoptr (VrLab) lab = fixture_parse (good);
  g_assert_cmpuint (lab->routers->len, ==, 1);
  fixture_refuse (bad, 1, "the line has 4097 bytes, and at most 4096");
  g_autofree char *key = g_strdup_printf ("[lab]\n%s = 1\n", filling + 10);
  fixture_refuse (key, 2, "xxx…\"");
}

static void
test_size (void)
{
  gsize size = VR_PROFILE_SIZE_MAX + 1;
  g_autofree char *text = g_malloc (size);
  memset (text, '\n', size);
  fixture_refuse_sized (text, size, 1, "larger than 64 MiB");
}

static void
test_default_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_parse (GOOD, strlen (GOOD), "/a/b/one-arm.conf", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lab->name, ==, "one-arm");
  g_assert_null (vr_profile_parse (GOOD, strlen (GOOD), "/a/My Lab.conf", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
  g_assert_cmpstr (error->message, ==,
                   "/a/My Lab.conf:1: the lab has no name, and the file's, \"My Lab\", cannot be "
                   "one: write name = NAME into [lab]");
  g_clear_error (&error);
  g_assert_null (vr_profile_parse ("", 0, "a\nb\xff.conf", &error));
  g_assert_true (g_str_has_prefix (error->message, "a\\u000ab\xef\xbf\xbd.conf:1: "));
}

typedef struct {
  char *folder;
  GPtrArray *paths;
} Folder;

static void
set_up (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  folder->folder = g_dir_make_tmp ("vrkit-test-XXXXXX", NULL);
  folder->paths = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = folder->paths->len; i > 0; i--)
    g_assert_cmpint (g_remove (folder->paths->pdata[i - 1]), ==, 0);
  g_assert_cmpint (g_rmdir (folder->folder), ==, 0);
  g_ptr_array_unref (folder->paths);
  g_free (folder->folder);
}

static const char *
add_path (Folder *folder, const char *name)
{
  char *path = g_build_filename (folder->folder, name, NULL);
  g_ptr_array_add (folder->paths, path);
  return path;
}

static const char *
add_file (Folder *folder, const char *name, const char *text)
{
  const char *path = add_path (folder, name);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
refuse_load (const char *path, VrErrorCode code, const char *fragments)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vr_profile_load (path, &error));
  g_assert_error (error, VR_ERROR, (int) code);
  g_auto (GStrv) parts = g_strsplit (fragments, "|", -1);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (error->message, *part) == NULL)
      g_error ("no \"%s\" in: %s", *part, error->message);
}

static void
test_include (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  const char *sub = add_path (folder, "sub");
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  add_file (folder, "sub/ports.conf", "include = more.conf\n[port left]\ndevice = test\n");
  add_file (folder, "sub/more.conf", "[port right]\ndevice = test\n[lab]\nname = shared\n");
  const char *top = add_file (folder, "top.conf",
                              "include = sub/ports.conf\n[router r1]\n"
                              "interface = left, right\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_load (top, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lab->name, ==, "shared");
  g_assert_true (g_str_has_suffix (vr_lab_port (lab, "right")->origin.file, "/sub/more.conf"));
  g_assert_cmpuint (vr_lab_port (lab, "right")->origin.line, ==, 1);
  g_assert_cmpstr (vr_lab_router (lab, "r1")->origin.file, ==, top);
}

static void
test_include_clash (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  add_file (folder, "a.conf", "[port left]\ndevice = test\n");
  const char *clash = add_file (folder, "clash.conf", "include = a.conf\n[port left]\n");
  const char *twice = add_file (folder, "twice.conf", "include = a.conf\ninclude = ./a.conf\n");
  const char *missing = add_file (folder, "missing.conf", "\ninclude = none.conf\n");
  refuse_load (clash, VR_ERROR_PROFILE, "/clash.conf:2: |first at |/a.conf:1");
  refuse_load (twice, VR_ERROR_PROFILE, "/twice.conf:2: |a second time, first at |/twice.conf:1");
  refuse_load (missing, VR_ERROR_PROFILE, "/missing.conf:2: include: |none.conf");
}

static void
test_include_cycle (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  const char *self = add_file (folder, "self.conf", "include = self.conf\n");
  const char *one = add_file (folder, "one.conf", "include = two.conf\n");
  add_file (folder, "two.conf", "# c\ninclude = ../link/one.conf\n");
  refuse_load (self, VR_ERROR_PROFILE,
               "/self.conf:1: the profile includes itself: |/self.conf:1 includes ");
  refuse_load (one, VR_ERROR_PROFILE, "/two.conf:2: include: cannot open");
  add_file (folder, "two.conf", "# c\ninclude = ./one.conf\n");
  g_ptr_array_remove_index (folder->paths, folder->paths->len - 1);
  refuse_load (one, VR_ERROR_PROFILE,
               "/two.conf:2: the profile includes itself: |/one.conf:1 includes |/two.conf:2");
  const char *link = add_path (folder, "link.conf");
  g_assert_cmpint (symlink ("self.conf", link), ==, 0);
  const char *by_link = add_file (folder, "by-link.conf", "include = link.conf\n");
  refuse_load (by_link, VR_ERROR_PROFILE, "the profile includes itself");
}

static void
test_include_depth (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i <= VR_PROFILE_DEPTH_MAX; i++) {
    g_autofree char *name = g_strdup_printf ("%u.conf", i);
    g_autofree char *text = g_strdup_printf ("include = %u.conf\n", i + 1);
    add_file (folder, name, text);
  }
  add_file (folder, "17.conf", "[port left]\ndevice = test\n[lab]\nname = x\n[router r1]\n");
  g_autofree char *top = g_build_filename (folder->folder, "0.conf", NULL);
  g_autofree char *next = g_build_filename (folder->folder, "1.conf", NULL);
  refuse_load (top, VR_ERROR_PROFILE, "/16.conf:1: |more than 16 deep: |0.conf:1 includes ");
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_load (next, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lab->name, ==, "x");
}

static void
test_not_a_file (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = g_build_filename (folder->folder, "none.conf", NULL);
  refuse_load (none, VR_ERROR_USAGE, "cannot open \"|/none.conf\"|No such file");
  refuse_load (folder->folder, VR_ERROR_USAGE, "is no file");
  const char *fifo = add_path (folder, "fifo");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  const char *top = add_file (folder, "top.conf", "include = fifo\n");
  refuse_load (top, VR_ERROR_PROFILE, "/top.conf:1: include: |is no file");
  const char *up = add_file (folder, "up.conf", "include = .\n");
  refuse_load (up, VR_ERROR_PROFILE, "/up.conf:1: include: |is no file");
}

/* Root reads every file, so it is nobody here for a moment. */
static void
test_not_readable (Folder *folder, gconstpointer data G_GNUC_UNUSED)
{
  const char *secret = add_file (folder, "secret.conf", GOOD);
  g_assert_cmpint (g_chmod (secret, 0), ==, 0);
  uid_t self = geteuid ();
  g_assert_cmpint (self != 0 ? 0 : seteuid (65534), ==, 0);
  refuse_load (secret, VR_ERROR_PERMISSION, "secret.conf\": ");
  g_assert_cmpint (seteuid (self), ==, 0);
}

static void
test_shipped (void)
{
  static const char *const profiles = VRKIT_SOURCE_DIR "/profiles";
  g_autoptr (GDir) dir = g_dir_open (profiles, 0, NULL);
  g_assert_nonnull (dir);
  guint count = 0;
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    if (!g_str_has_suffix (name, ".conf"))
      continue;
    g_autofree char *path = g_build_filename (profiles, name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (VrLab) lab = vr_profile_load (path, &error);
    g_assert_no_error (error);
    g_autofree char *named = g_strconcat (lab->name, ".conf", NULL);
    g_assert_cmpstr (named, ==, name);
    for (guint i = 0; i < lab->ports->len; i++)
      g_assert_false (vr_port_is_of_host (lab->ports->pdata[i]));
    count++;
  }
  g_assert_cmpuint (count, >=, 3);
}

#define ADD(path, function) g_test_add (path, Folder, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/syntax/cases", test_cases);
  g_test_add_func ("/config/syntax/bytes", test_bytes);
  g_test_add_func ("/config/syntax/line-length", test_line_length);
  g_test_add_func ("/config/syntax/size", test_size);
  g_test_add_func ("/config/syntax/default-name", test_default_name);
  ADD ("/config/syntax/include", test_include);
  ADD ("/config/syntax/include-clash", test_include_clash);
  ADD ("/config/syntax/include-cycle", test_include_cycle);
  ADD ("/config/syntax/include-depth", test_include_depth);
  ADD ("/config/syntax/not-a-file", test_not_a_file);
  ADD ("/config/syntax/not-readable", test_not_readable);
  g_test_add_func ("/config/syntax/shipped", test_shipped);
  return g_test_run ();
}
