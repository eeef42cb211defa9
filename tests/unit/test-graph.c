/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab's graph, in both languages. */
#include "plan/vr-graph.h"

#include <string.h>

#include "config/vr-profile.h"

static VrLab *
lab_new (void)
{
  static const char text[]
      = "[lab]\nname = two-labs\n[port to-left]\ndevice = eth7\n[port right]\ndevice = test\n"
        "[router r-1]\ninterface = to-left 198.18.1.1/24 2001:2::1/64, right\n"
        "[router n]\nkind = native\ninterface = right 198.18.2.2/24\n";
  g_autoptr (GError) error = NULL;
  VrLab *lab = vr_profile_parse (text, strlen (text), "t.conf", &error);
  g_assert_no_error (error);
  return lab;
}

static void
test_formats (void)
{
  VrGraphFormat format = VR_GRAPH_DOT;
  g_assert_true (vr_graph_format_parse ("mermaid", &format));
  g_assert_cmpint (format, ==, VR_GRAPH_MERMAID);
  g_assert_true (vr_graph_format_parse ("dot", &format));
  g_assert_cmpint (format, ==, VR_GRAPH_DOT);
  g_assert_false (vr_graph_format_parse ("svg", &format));
  g_assert_false (vr_graph_format_parse ("", &format));
  g_assert_cmpint (format, ==, VR_GRAPH_DOT);
}

static void
test_dot (void)
{
  g_autoptr (VrLab) lab = lab_new ();
  g_autofree char *text = vr_graph_print (lab, VR_GRAPH_DOT);
  g_assert_cmpstr (text, ==,
                   "graph \"two-labs\" {\n"
                   "  port_to_left [shape=ellipse, label=\"to-left\\neth7\"];\n"
                   "  port_right [shape=ellipse, label=\"right\\ntest\"];\n"
                   "  router_r_1 [shape=box, label=\"r-1\\nguest\"];\n"
                   "  router_r_1 -- port_to_left [label=\"198.18.1.1/24\"];\n"
                   "  router_r_1 -- port_right [label=\"no address\"];\n"
                   "  router_n [shape=box, label=\"n\\nnative\"];\n"
                   "  router_n -- port_right [label=\"198.18.2.2/24\"];\n"
                   "}\n");
}

static void
test_mermaid (void)
{
  g_autoptr (VrLab) lab = lab_new ();
  g_autofree char *text = vr_graph_print (lab, VR_GRAPH_MERMAID);
  g_assert_cmpstr (text, ==,
                   "---\ntitle: two-labs\n---\ngraph LR\n"
                   "  port_to_left([\"to-left<br>eth7\"])\n"
                   "  port_right([\"right<br>test\"])\n"
                   "  router_r_1[\"r-1<br>guest\"]\n"
                   "  router_r_1 ---|\"198.18.1.1/24\"| port_to_left\n"
                   "  router_r_1 ---|\"no address\"| port_right\n"
                   "  router_n[\"n<br>native\"]\n"
                   "  router_n ---|\"198.18.2.2/24\"| port_right\n");
}

static void
test_interconnects (void)
{
  static const char text[] = "[lab]\nname = g\n[port a]\ndevice = internal\nattach = hub\n"
                             "[port b]\ndevice = internal\nattach = ovs\nvlan = 12\n"
                             "[port c]\ndevice = test\nattach = bridge\n"
                             "[router r]\ninterface = a\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_parse (text, strlen (text), "t.conf", &error);
  g_assert_no_error (error);
  g_autofree char *graph = vr_graph_print (lab, VR_GRAPH_MERMAID);
  g_assert_nonnull (strstr (graph, "port_a([\"a<br>internal, hub\"])\n"));
  g_assert_nonnull (strstr (graph, "port_b([\"b<br>internal, ovs, VLAN 12\"])\n"));
  g_assert_nonnull (strstr (graph, "port_c([\"c<br>test, bridge\"])\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/formats", test_formats);
  g_test_add_func ("/graph/dot", test_dot);
  g_test_add_func ("/graph/mermaid", test_mermaid);
  g_test_add_func ("/graph/interconnects", test_interconnects);
  return g_test_run ();
}
