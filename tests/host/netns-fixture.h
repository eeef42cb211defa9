/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For host tests: a namespace per test, and what iproute2 and sysfs say of it, the second path by
 * which a test reads what vrkit has set. */
#pragma once

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"

typedef struct {
  char *name; /* of the namespace */
  VrNetlink *netlink;
  char left[VR_IFNAME_SIZE], right[VR_IFNAME_SIZE], upper[VR_IFNAME_SIZE], second[VR_IFNAME_SIZE];
} Fixture;

static inline char *
netns_test_name (const char *role)
{
  return g_strdup_printf ("vrkit-test-%s-%d", role, (int) getpid ());
}

static inline void
fixture_set_up (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pid = g_strdup_printf ("p%d", (int) getpid ());
  fixture->name = netns_test_name ("main");
  vr_netns_create (fixture->name, &error);
  g_assert_no_error (error);
  fixture->netlink = vr_netlink_new (fixture->name, &error);
  g_assert_no_error (error);
  vr_name_ifname ("test", "left", pid, fixture->left);
  vr_name_ifname ("test", "right", pid, fixture->right);
  vr_name_ifname ("test", "upper", pid, fixture->upper);
  vr_name_ifname ("test", "second", pid, fixture->second);
}

static inline void
fixture_tear_down (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  vr_netlink_free (fixture->netlink);
  vr_netns_delete (fixture->name, &error);
  g_assert_no_error (error);
  g_assert_false (vr_netns_exists (fixture->name));
  g_free (fixture->name);
}

/* Output of a command run in the namespace, without blanks around it; "" where it fails. */
static inline char *
netns_output (const char *netns, const char *command)
{
  g_autofree char *line = g_strdup_printf ("ip netns exec %s %s", netns, command);
  g_auto (GStrv) arguments = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  g_spawn_sync (NULL, arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                &output, NULL, NULL, &error);
  g_assert_no_error (error);
  return g_strstrip (output);
}

/* The file of sysfs below /sys/class/net/IFNAME is `wanted`. */
static inline void
assert_sysfs (const char *netns, const char *ifname, const char *file, const char *wanted)
{
  g_autofree char *command = g_strdup_printf ("cat /sys/class/net/%s/%s", ifname, file);
  g_autofree char *value = netns_output (netns, command);
  g_assert_cmpstr (value, ==, wanted);
}

/* What `ip` prints for the command holds `wanted`. */
static inline void
assert_ip (const char *netns, const char *command, const char *wanted)
{
  g_autofree char *line = g_strconcat ("ip ", command, NULL);
  g_autofree char *output = netns_output (netns, line);
  if (strstr (output, wanted) == NULL)
    g_error ("`ip %s` does not hold \"%s\":\n%s", command, wanted, output);
}

static inline void
assert_absent (VrNetlink *netlink, const char *ifname)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &error);
  g_assert_no_error (error);
  g_assert_null (link);
}

static inline VrLink *
get_link (VrNetlink *netlink, const char *ifname)
{
  g_autoptr (GError) error = NULL;
  VrLink *link = vr_netlink_link (netlink, ifname, &error);
  g_assert_no_error (error);
  g_assert_nonnull (link);
  return link;
}

/* The spec that only names. */
static inline VrLinkSpec
plain_spec (const char *name)
{
  return (VrLinkSpec){ .name = name, .queue_length = -1 };
}

/* A veth pair left and right in the fixture's namespace, both up. */
static inline void
make_pair (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  VrLinkSpec spec = plain_spec (fixture->left);
  gboolean good = vr_netlink_add_veth (fixture->netlink, &spec, fixture->right, NULL, &error)
                  && vr_netlink_set_up (fixture->netlink, fixture->left, TRUE, &error)
                  && vr_netlink_set_up (fixture->netlink, fixture->right, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (good);
}

static inline VrPrefix
prefix (const char *text)
{
  g_autoptr (GError) error = NULL;
  VrPrefix parsed;
  if (strchr (text, '/') != NULL)
    vr_prefix_parse (text, &parsed, &error);
  else
    vr_prefix_parse_address (text, &parsed, &error);
  g_assert_no_error (error);
  return parsed;
}

/* Exit status of a test that cannot run, 77, or -1 where it can. */
static inline int
skip_without_root (void)
{
  if (geteuid () == 0)
    return -1;
  g_print ("1..0 # SKIP needs root\n");
  return 77;
}

#define assert_ok(call)                                                                            \
  do {                                                                                             \
    g_autoptr (GError) error = NULL;                                                               \
    gboolean good_ = (call);                                                                       \
    g_assert_no_error (error);                                                                     \
    g_assert_true (good_);                                                                         \
  } while (0)

/* The call fails with `code`, and its message holds `text`. */
#define assert_fails(call, code, text)                                                             \
  do {                                                                                             \
    g_autoptr (GError) error = NULL;                                                               \
    g_assert_false (call);                                                                         \
    g_assert_error (error, VR_ERROR, code);                                                        \
    if (strstr (error->message, text) == NULL)                                                     \
      g_error ("\"%s\" does not hold \"%s\"", error->message, text);                               \
  } while (0)
