/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which routers frames pass between two ports of a lab. */
#include "observe/vr-path.h"

#include "profile-fixture.h"

#define PORT(name) "[port " name "]\ndevice = test\n"
#define ROUTER(name, in, out) "[router " name "]\ninterface = " in "\ninterface = " out "\n"

/* "r1,r2" and the ports that they pass, or "none". */
static char *
chain_of (const char *profile, const char *from, const char *to)
{
  g_autoptr (VrLab) lab = fixture_parse (profile);
  VrPath path;
  if (!vr_path_find_chain (lab, vr_lab_port (lab, from), vr_lab_port (lab, to), &path))
    return g_strdup ("none");
  g_autofree char *routers = vr_path_routers (&path);
  GString *text = g_string_new (routers);
  g_assert_true (path.hops[0].in == path.from);
  g_assert_true (path.hops[path.hops_count - 1].out == path.to);
  for (guint i = 0; i < path.hops_count; i++)
    g_string_append_printf (text, "%c%s", i > 0 ? ',' : ' ', path.hops[i].in->name);
  g_string_append_printf (text, ",%s", path.to->name);
  return g_string_free (text, FALSE);
}

static void
assert_chain (const char *profile, const char *from, const char *to, const char *wanted)
{
  g_autofree char *found = chain_of (profile, from, to);
  g_assert_cmpstr (found, ==, wanted);
}

static void
test_chain (void)
{
  static const char profile[] = "[lab]\nname = t\n" PORT ("a") PORT ("b") PORT ("c") PORT ("d")
      PORT ("e") ROUTER ("r3", "d", "c") ROUTER ("r1", "a", "b") ROUTER ("r2", "b", "c");
  assert_chain (profile, "a", "d", "r1,r2,r3 a,b,c,d");
  assert_chain (profile, "d", "a", "r3,r2,r1 d,c,b,a");
  assert_chain (profile, "a", "c", "r1,r2 a,b,c");
  assert_chain (profile, "a", "b", "r1 a,b");
  assert_chain (profile, "a", "a", "r1 a,a");
  assert_chain (profile, "a", "e", "none");
  assert_chain (profile, "e", "a", "none");
}

/* A ring, and two ways of which one is longer. */
static void
test_fewest (void)
{
  static const char ring[]
      = "[lab]\nname = t\n" PORT ("a") PORT ("b") PORT ("c") PORT ("d") ROUTER ("r1", "a", "b")
          ROUTER ("r2", "b", "c") ROUTER ("r3", "c", "d") ROUTER ("r4", "d", "a");
  assert_chain (ring, "a", "c", "r1,r2 a,b,c");
  assert_chain (ring, "b", "d", "r1,r4 b,a,d");
  static const char beside[] = "[lab]\nname = t\n" PORT ("a") PORT ("b") PORT ("c") PORT ("d")
      ROUTER ("long1", "a", "b") ROUTER ("long2", "b", "c") ROUTER ("long3", "c", "d")
          ROUTER ("short1", "a", "c") ROUTER ("short2", "c", "d");
  assert_chain (beside, "a", "d", "short1,long3 a,c,d");
}

/* What other routers stand behind, and are one to the outside, is none to pass. */
static void
test_parts (void)
{
  static const char profile[] = "[lab]\nname = t\n" PORT ("a") PORT ("b")
      PORT ("c") "[pvr p]\nmembers = 2\ninterface = a 198.18.1.1/24\ninterface = b "
                 "198.18.2.1/24\n" ROUTER ("r1", "b", "c");
  assert_chain (profile, "a", "c", "none");
  assert_chain (profile, "b", "c", "r1 b,c");
}

static char *
long_profile (guint routers)
{
  GString *text = g_string_new ("[lab]\nname = t\n");
  for (guint i = 0; i <= routers; i++)
    g_string_append_printf (text, "[port p%u]\ndevice = test\n", i);
  for (guint i = 0; i < routers; i++)
    g_string_append_printf (text, "[router r%u]\ninterface = p%u\ninterface = p%u\n", i, i, i + 1);
  return g_string_free (text, FALSE);
}

static void
test_most (void)
{
  g_autofree char *most = long_profile (VR_PATH_HOPS_MAX);
  g_autofree char *more = long_profile (VR_PATH_HOPS_MAX + 1);
  g_autofree char *last = g_strdup_printf ("p%d", VR_PATH_HOPS_MAX);
  g_autofree char *beyond = g_strdup_printf ("p%d", VR_PATH_HOPS_MAX + 1);
  g_autofree char *found = chain_of (most, "p0", last);
  g_assert_cmpuint (strlen (found), >, strlen ("none"));
  assert_chain (more, "p0", beyond, "none");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/chain", test_chain);
  g_test_add_func ("/path/fewest", test_fewest);
  g_test_add_func ("/path/parts", test_parts);
  g_test_add_func ("/path/most", test_most);
  return g_test_run ();
}
