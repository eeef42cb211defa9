/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-name.h"

#include <string.h>

#include "base/vr-error.h"

#define TEN "aaaaaaaaaa"

static void
test_check (void)
{
  static const char *const good[]
      = { "a", "r1", "one-arm", "a-", "a234567890123456789012345678901", NULL };
  static const char *const bad[] = { "",         "1a",    "-a",  "A",
                                     "a_b",      "a.b",   "a b", "a/b",
                                     "../a",     "a\n",   "ä",   "a\xff",
                                     "<a>",      "a\"",   "a'",  "a2345678901234567890123456789012",
                                     "a;reboot", "$(id)", NULL };
  for (const char *const *name = good; *name != NULL; name++)
    g_assert_true (vr_name_check ("lab", *name, NULL));
  for (const char *const *name = bad; *name != NULL; name++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_name_check ("router", *name, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_nonnull (strstr (error->message, "is not a valid router name: a lower-case letter"));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_null (strchr (error->message, '\n'));
  }
}

static void
test_quote (void)
{
  static const struct {
    const char *text, *quoted;
  } cases[] = {
    { "", "" },
    { "a b", "a b" },
    { "a\nb", "a\\nb" },
    { "a\x1b[31mb\r\t", "a?[31mb??" },
    { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
    { "a\xff", "a\xef\xbf\xbd" },
    { "a\xe2\x80\xae", "a?" },
    { TEN TEN TEN TEN TEN TEN, TEN TEN TEN TEN TEN TEN },
    { TEN TEN TEN TEN TEN TEN "b", TEN TEN TEN TEN TEN TEN "…" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *quoted = vr_name_quote (cases[i].text);
    g_assert_cmpstr (quoted, ==, cases[i].quoted);
  }
}

/* Four bytes a character, cut in no character's middle. */
static void
test_quote_wide (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 300; i++)
    g_string_append_unichar (text, 0x1f600);
  g_autofree char *quoted = vr_name_quote (text->str);
  g_assert_true (g_utf8_validate (quoted, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (quoted, -1), ==, 61);
  g_assert_true (g_str_has_suffix (quoted, "…"));
}

static void
test_ifname (void)
{
  char one[VR_IFNAME_SIZE], again[VR_IFNAME_SIZE], other[VR_IFNAME_SIZE];
  vr_name_ifname ("lab", "tap", "r1", one);
  vr_name_ifname ("lab", "tap", "r1", again);
  vr_name_ifname ("lab", "tap", "r2", other);
  g_assert_cmpstr (one, ==, again);
  g_assert_cmpstr (one, !=, other);
  g_assert_cmpuint (strlen (one), ==, 12);
  g_assert_true (g_str_has_prefix (one, "vr"));
  g_assert_cmpuint (strspn (one + 2, "0123456789abcdef"), ==, 10);
}

static void
test_alias (void)
{
  g_autofree char *alias = vr_name_alias ("one-arm", "tap", "r1");
  g_assert_cmpstr (alias, ==, "vrkit:one-arm:tap:r1");
  g_autofree char *lab = vr_name_lab_of_alias (alias);
  g_assert_cmpstr (lab, ==, "one-arm");
  static const char *const foreign[] = {
    "", "vrkit", "vrkit:", "vrkit:x", "vrkit::tap:r1", "vrkit:../x:tap:r1", "uplink:x:y", NULL
  };
  for (const char *const *text = foreign; *text != NULL; text++)
    g_assert_null (vr_name_lab_of_alias (*text));
  g_assert_null (vr_name_lab_of_alias (NULL));
  g_autofree char *domain = vr_name_domain ("one-arm", "r1");
  g_assert_cmpstr (domain, ==, "vrkit-one-arm-r1");
}

static void
test_suggest (void)
{
  static const char *const words[]
      = { "vcpus", "memory", "queue-length", "interface", "on", "off", NULL };
  static const struct {
    const char *word, *meant;
  } cases[] = {
    { "vcpu", "vcpus" },    { "vcups", "vcpus" },
    { "Vcpus", "vcpus" },   { "vcpus", "vcpus" },
    { "memroy", "memory" }, { "queue_length", "queue-length" },
    { "queue", NULL },      { "intefrace", "interface" },
    { "xyz", NULL },        { "offf", "off" },
    { "", NULL },           { "no", "on" },
    { "queuelen", NULL },   { "queue-lenght", "queue-length" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (vr_name_suggest (cases[i].word, words), ==, cases[i].meant);
  g_autofree char *long_word = g_strnfill (100000, 'v');
  g_assert_null (vr_name_suggest (long_word, words));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name/check", test_check);
  g_test_add_func ("/name/quote", test_quote);
  g_test_add_func ("/name/quote-wide", test_quote_wide);
  g_test_add_func ("/name/ifname", test_ifname);
  g_test_add_func ("/name/alias", test_alias);
  g_test_add_func ("/name/suggest", test_suggest);
  return g_test_run ();
}
