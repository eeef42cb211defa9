/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-address.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"

static VrPrefix
prefix_of (const char *text)
{
  VrPrefix prefix;
  g_autoptr (GError) error = NULL;
  gboolean parsed = strchr (text, '/') != NULL ? vr_prefix_parse (text, &prefix, &error)
                                               : vr_prefix_parse_address (text, &prefix, &error);
  g_assert_no_error (error);
  g_assert_true (parsed);
  return prefix;
}

static void
test_parse (void)
{
  static const char *const good[][2] = {
    { "198.18.0.1/24", "198.18.0.1/24" },   { "0.0.0.0/0", "0.0.0.0/0" },
    { "198.18.0.1/32", "198.18.0.1/32" },   { "2001:2:0:0::1/64", "2001:2::1/64" },
    { "2001:DB8::/128", "2001:db8::/128" }, { "::/0", "::/0" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    VrPrefix prefix = prefix_of (good[i][0]);
    char text[VR_PREFIX_TEXT_SIZE];
    g_assert_cmpstr (vr_prefix_print (&prefix, text), ==, good[i][1]);
  }
  VrPrefix address = prefix_of ("2001:2::1");
  g_assert_cmpint (address.family, ==, AF_INET6);
  g_assert_cmpuint (address.length, ==, 128);
}

static void
test_parse_bad (void)
{
  static const char *const bad[] = { "",
                                     "/",
                                     "/24",
                                     "198.18.0.1",
                                     "198.18.0.1/",
                                     "198.18.0.1/33",
                                     "198.18.0.1/-1",
                                     "198.18.0.1/+1",
                                     "198.18.0.1/ 1",
                                     "198.18.0/24",
                                     "198.18.0.256/24",
                                     "0198.18.0.1/24",
                                     "198.18.0.1.2/24",
                                     "198.18.0.1/24/24",
                                     "2001:2::1/129",
                                     "2001:2::1::/64",
                                     "fe80::1%lo/64",
                                     " 198.18.0.1/24",
                                     "a\nb/24",
                                     NULL };
  for (const char *const *text = bad; *text != NULL; text++) {
    VrPrefix prefix = { .length = 77 };
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_prefix_parse (*text, &prefix, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_null (strchr (error->message, '\n'));
    g_assert_cmpuint (prefix.length, ==, 77);
  }
}

static void
test_is_host (void)
{
  static const struct {
    const char *text;
    gboolean host;
  } cases[] = {
    { "198.18.0.1/24", TRUE },
    { "198.18.0.0/24", FALSE },
    { "198.18.0.255/24", FALSE },
    { "198.18.0.255/23", TRUE },
    { "198.18.0.0/31", TRUE },
    { "198.18.0.1/31", TRUE },
    { "198.18.0.0/32", TRUE },
    { "0.0.0.1/8", FALSE },
    { "127.0.0.1/8", FALSE },
    { "224.0.0.1/4", FALSE },
    { "255.255.255.255/32", FALSE },
    { "2001:2::1/64", TRUE },
    { "2001:2::/64", FALSE },
    { "2001:2::/127", TRUE },
    { "2001:2::ffff/112", TRUE },
    { "ff02::1/64", FALSE },
    { "::/64", FALSE },
    { "::1/128", FALSE },
    { "fe80::1/64", TRUE },
    { "198.18.0.1/0", TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VrPrefix prefix = prefix_of (cases[i].text);
    g_test_message ("%s", cases[i].text);
    g_assert_cmpint (vr_prefix_is_host (&prefix), ==, cases[i].host);
  }
}

static void
test_networks (void)
{
  static const struct {
    const char *outer, *inner;
    gboolean contains;
  } cases[] = {
    { "198.18.0.1/24", "198.18.0.200", TRUE },  { "198.18.0.1/24", "198.18.1.1", FALSE },
    { "198.18.0.1/23", "198.18.1.1", TRUE },    { "198.18.0.1/32", "198.18.0.1", TRUE },
    { "0.0.0.0/0", "255.1.1.1", TRUE },         { "2001:2::/33", "2001:2:7fff::1", TRUE },
    { "2001:2::/33", "2001:2:8000::1", FALSE }, { "::/0", "198.18.0.1", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VrPrefix outer = prefix_of (cases[i].outer), inner = prefix_of (cases[i].inner);
    g_assert_cmpint (vr_prefix_contains (&outer, &inner), ==, cases[i].contains);
  }
  static const char *const networks[][2] = {
    { "198.18.37.9/20", "198.18.32.0/20" },
    { "198.18.37.9/32", "198.18.37.9/32" },
    { "198.18.37.9/0", "0.0.0.0/0" },
    { "2001:2:3:4:5::6/61", "2001:2:3::/61" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++) {
    VrPrefix prefix = prefix_of (networks[i][0]), network = vr_prefix_network (&prefix);
    char text[VR_PREFIX_TEXT_SIZE];
    g_assert_cmpstr (vr_prefix_print (&network, text), ==, networks[i][1]);
    g_assert_true (vr_prefix_is_network (&network));
    g_assert_cmpint (vr_prefix_is_network (&prefix), ==, strcmp (networks[i][0], text) == 0);
  }
}

static void
test_next (void)
{
  static const char *const cases[][2] = {
    { "198.18.0.255/32", "198.18.1.0/32" },      { "198.18.254.0/23", "198.19.0.0/23" },
    { "255.255.255.0/24", "0.0.0.0/24" },        { "0.0.0.0/0", "0.0.0.0/0" },
    { "2001:2:0:ff::/64", "2001:2:0:100::/64" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VrPrefix prefix = prefix_of (cases[i][0]), next = vr_prefix_next (&prefix);
    char text[VR_PREFIX_TEXT_SIZE];
    g_assert_cmpstr (vr_prefix_print (&next, text), ==, cases[i][1]);
  }
}

static void
test_same_address (void)
{
  VrPrefix a = prefix_of ("198.18.0.1/24"), b = prefix_of ("198.18.0.1/8");
  VrPrefix c = prefix_of ("198.18.0.2/24"), d = prefix_of ("c612:1::/24");
  g_assert_true (vr_prefix_same_address (&a, &b));
  g_assert_false (vr_prefix_same_address (&a, &c));
  g_assert_false (vr_prefix_same_address (&a, &d));
}

static void
test_mac (void)
{
  VrMac mac;
  char text[VR_MAC_TEXT_SIZE];
  g_assert_true (vr_mac_parse ("52:54:00:aB:Cd:0f", &mac, NULL));
  g_assert_cmpstr (vr_mac_print (&mac, text), ==, "52:54:00:ab:cd:0f");
  g_assert_true (vr_mac_is_unicast (&mac));
  static const char *const bad[] = { "",
                                     "52:54:00:ab:cd",
                                     "52:54:00:ab:cd:0g",
                                     "52:54:00:ab:cd:#1",
                                     "52-54-00-ab-cd-0f",
                                     "52:54:00:ab:cd:0f ",
                                     "52:54:00:ab:cd:0f:01",
                                     "525400abcd0f",
                                     "5:54:00:ab:cd:0f1",
                                     NULL };
  for (const char *const *t = bad; *t != NULL; t++) {
    g_autoptr (GError) error = NULL;
    VrMac kept = mac;
    g_assert_false (vr_mac_parse (*t, &kept, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_cmpmem (&kept, sizeof kept, &mac, sizeof mac);
  }
  g_assert_true (vr_mac_parse ("01:00:5e:00:00:01", &mac, NULL));
  g_assert_false (vr_mac_is_unicast (&mac));
  g_assert_true (vr_mac_parse ("00:00:00:00:00:00", &mac, NULL));
  g_assert_false (vr_mac_is_unicast (&mac));
}

/* Locked: labs recorded by older versions must keep their addresses. */
static void
test_derive (void)
{
  char text[VR_MAC_TEXT_SIZE];
  VrMac mac = vr_mac_derive ("monolithic/r1/left");
  g_assert_cmpstr (vr_mac_print (&mac, text), ==, "52:54:00:bb:92:06");
  g_assert_true (vr_mac_is_unicast (&mac));
  VrMac other = vr_mac_derive ("monolithic/r1/right");
  g_assert_cmpint (memcmp (&mac, &other, sizeof mac), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/parse", test_parse);
  g_test_add_func ("/address/parse-bad", test_parse_bad);
  g_test_add_func ("/address/is-host", test_is_host);
  g_test_add_func ("/address/networks", test_networks);
  g_test_add_func ("/address/next", test_next);
  g_test_add_func ("/address/same-address", test_same_address);
  g_test_add_func ("/address/mac", test_mac);
  g_test_add_func ("/address/derive", test_derive);
  return g_test_run ();
}
