/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Namespaces and the kernel parameters in them, against iproute2 and procps-like reading. */
#include "sys/vr-netns.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "host/netns-fixture.h"
#include "sys/vr-sysctl.h"

static ino_t
own_namespace (void)
{
  struct stat status;
  g_assert_cmpint (stat ("/proc/thread-self/ns/net", &status), ==, 0);
  return status.st_ino;
}

static void
test_create_delete (void)
{
  g_autofree char *name = netns_test_name ("a");
  g_autofree char *path = g_build_filename (VR_NETNS_DIR, name, NULL);
  ino_t home = own_namespace ();
  g_assert_false (vr_netns_exists (name));
  assert_ok (vr_netns_create (name, &error));
  g_assert_true (vr_netns_exists (name));
  g_assert_cmpuint (own_namespace (), ==, home);
  assert_ip (name, "netns list", name);
  assert_ip (name, "-o link show lo", "LOOPBACK,UP");
  assert_fails (vr_netns_create (name, &error), VR_ERROR_BUSY, name);

  g_autoptr (GError) failure = NULL;
  g_auto (GStrv) names = vr_netns_list (&failure);
  g_assert_no_error (failure);
  g_assert_true (g_strv_contains ((const char *const *) names, name));

  assert_ok (vr_netns_delete (name, &error));
  g_assert_false (vr_netns_exists (name));
  g_assert_cmpint (access (path, F_OK), ==, -1);
  assert_ok (vr_netns_delete (name, &error));
}

static void
test_leftover_file (void)
{
  g_autofree char *name = netns_test_name ("stale");
  g_autofree char *path = g_build_filename (VR_NETNS_DIR, name, NULL);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_false (vr_netns_exists (name));
  g_assert_cmpint (vr_netns_open (name, NULL), ==, -1);
  assert_ok (vr_netns_create (name, &error));
  g_assert_true (vr_netns_exists (name));
  assert_ok (vr_netns_delete (name, &error));
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_ok (vr_netns_delete (name, &error));
  g_assert_cmpint (access (path, F_OK), ==, -1);
}

static gboolean
record_namespace (gpointer data, GError **error)
{
  *(ino_t *) data = own_namespace ();
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "as said");
  return FALSE;
}

static void
test_call (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  ino_t home = own_namespace ();
  ino_t inside = 0;
  struct stat status;
  g_autofree char *path = g_build_filename (VR_NETNS_DIR, fixture->name, NULL);
  g_assert_cmpint (stat (path, &status), ==, 0);
  assert_fails (vr_netns_call (fixture->name, record_namespace, &inside, &error), VR_ERROR_GUEST,
                "as said");
  g_assert_cmpuint (inside, ==, status.st_ino);
  g_assert_cmpuint (own_namespace (), ==, home);
  g_assert_false (vr_netns_call (NULL, record_namespace, &inside, NULL));
  g_assert_cmpuint (inside, ==, home);
  inside = 1;
  assert_fails (vr_netns_call ("vrkit-test-absent", record_namespace, &inside, &error),
                VR_ERROR_HOST, "vrkit-test-absent");
  g_assert_cmpuint (inside, ==, 1);
}

static void
test_bad_names (void)
{
  g_autofree char *endless = g_strnfill (300, 'a');
  const char *const bad[] = { "", ".", "..", "../etc", "a/b", "a b", "a\nb", ".hidden", endless };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    assert_fails (vr_netns_create (bad[i], &error), VR_ERROR_PROFILE, "namespace");
    assert_fails (vr_netns_delete (bad[i], &error), VR_ERROR_PROFILE, "namespace");
    g_assert_false (vr_netns_exists (bad[i]));
  }
}

static void
test_no_descriptor_left (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  ino_t inside = 0;
  int before = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  close (before);
  g_autofree char *name = netns_test_name ("fd");
  assert_ok (vr_netns_create (name, &error));
  vr_netns_call (fixture->name, record_namespace, &inside, NULL);
  assert_ok (vr_netns_delete (name, &error));
  int after = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  close (after);
  g_assert_cmpint (before, ==, after);
}

static void
test_sysctl (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *home_before = NULL;
  g_autofree char *home_after = NULL;
  g_autofree char *value = NULL;
  assert_ok (vr_sysctl_get (NULL, "net.ipv4.ip_forward", &home_before, &error));
  const char *const values[] = { "1", "0" };
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
    assert_ok (vr_sysctl_set (fixture->name, "net.ipv4.ip_forward", values[i], &error));
    g_clear_pointer (&value, g_free);
    assert_ok (vr_sysctl_get (fixture->name, "net.ipv4.ip_forward", &value, &error));
    g_assert_cmpstr (value, ==, values[i]);
    g_autofree char *seen = netns_output (fixture->name, "cat /proc/sys/net/ipv4/ip_forward");
    g_assert_cmpstr (seen, ==, values[i]);
  }
  assert_ok (vr_sysctl_get (NULL, "net.ipv4.ip_forward", &home_after, &error));
  g_assert_cmpstr (home_before, ==, home_after);
}

static void
test_sysctl_dotted_interface (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrLinkSpec spec = plain_spec ("vrtest.100");
  assert_ok (vr_netlink_add_veth (fixture->netlink, &spec, fixture->right, NULL, &error));
  const char *const names[]
      = { "net.ipv4.conf.vrtest/100.forwarding", "net/ipv4/conf/vrtest.100/forwarding" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *wanted = g_strdup_printf ("%d", i == 0);
    assert_ok (vr_sysctl_set (fixture->name, names[i], wanted, &error));
    g_autofree char *seen
        = netns_output (fixture->name, "cat /proc/sys/net/ipv4/conf/vrtest.100/forwarding");
    g_assert_cmpstr (seen, ==, wanted);
  }
}

static void
test_sysctl_errors (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *value = NULL;
  const char *netns = fixture->name;
  const char *const bad[] = { "",
                              ".",
                              "net..ipv4",
                              "net.ipv4/../../kernel",
                              "/net/ipv4",
                              "net/",
                              "net/../kernel/hostname",
                              "net.ipv4.$x",
                              "net ipv4" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_fails (vr_sysctl_get (netns, bad[i], &value, &error), VR_ERROR_PROFILE, "parameter");
  assert_fails (vr_sysctl_set (netns, "kernel.hostname", "x", &error), VR_ERROR_PROFILE,
                "whole host");
  assert_fails (vr_sysctl_get (netns, "net.ipv4.no_such", &value, &error), VR_ERROR_HOST,
                "net.ipv4.no_such");
  assert_fails (vr_sysctl_set (netns, "net.ipv4.ip_forward", "two", &error), VR_ERROR_KERNEL,
                "two");
  assert_fails (vr_sysctl_set (netns, "net.ipv4.ip_forward", "1\n1", &error), VR_ERROR_PROFILE,
                "one line");
  g_assert_null (value);
}

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/netns/create-delete", test_create_delete);
  g_test_add_func ("/netns/leftover-file", test_leftover_file);
  g_test_add_func ("/netns/bad-names", test_bad_names);
  g_test_add ("/netns/call", Fixture, NULL, fixture_set_up, test_call, fixture_tear_down);
  g_test_add ("/netns/no-descriptor-left", Fixture, NULL, fixture_set_up, test_no_descriptor_left,
              fixture_tear_down);
  g_test_add ("/sysctl/get-set", Fixture, NULL, fixture_set_up, test_sysctl, fixture_tear_down);
  g_test_add ("/sysctl/dotted-interface", Fixture, NULL, fixture_set_up,
              test_sysctl_dotted_interface, fixture_tear_down);
  g_test_add ("/sysctl/errors", Fixture, NULL, fixture_set_up, test_sysctl_errors,
              fixture_tear_down);
  return g_test_run ();
}
