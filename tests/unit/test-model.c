/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-lab.h"

static VrPort *
port_named (const char *name, const char *device)
{
  VrPort *port = vr_port_new ();
  port->name = g_strdup (name);
  port->device = g_strdup (device);
  return port;
}

static VrRouter *
router_named (const char *name)
{
  VrRouter *router = vr_router_new ();
  router->name = g_strdup (name);
  return router;
}

static void
test_lookup (void)
{
  g_autoptr (VrLab) lab = vr_lab_new ();
  VrPort *left = port_named ("left", "test"), *right = port_named ("right", "eth0");
  VrRouter *router = router_named ("left");
  vr_lab_add_port (lab, left);
  vr_lab_add_port (lab, right);
  vr_lab_add_router (lab, router);
  g_assert_true (vr_lab_port (lab, "left") == left);
  g_assert_true (vr_lab_port (lab, "right") == right);
  g_assert_null (vr_lab_port (lab, "middle"));
  g_assert_true (vr_lab_router (lab, "left") == router);
  g_assert_null (vr_lab_router (lab, "right"));
  g_assert_true (lab->ports->pdata[1] == right);
  g_assert_true (vr_port_is_test (left));
  g_assert_false (vr_port_is_test (right));
}

/* Every owned field is set once: the address sanitizer proves that freeing frees all. */
static void
test_free (void)
{
  g_autoptr (VrLab) lab = vr_lab_new ();
  lab->name = g_strdup ("x");
  lab->description = g_strdup ("y");
  VrPort *port = port_named ("left", "test");
  VrPrefix prefix = { .length = 24 };
  g_array_append_val (port->test_addresses, prefix);
  g_array_append_val (port->test_gateways, prefix);
  vr_lab_add_port (lab, port);
  VrRouter *router = router_named ("r1");
  router->image = g_strdup ("router");
  router->emulator = g_strdup ("/usr/bin/qemu");
  VrInterface *interface = vr_interface_new ();
  interface->port = g_strdup ("left");
  g_array_append_val (interface->addresses, prefix);
  g_ptr_array_add (router->interfaces, interface);
  VrRoute *route = g_new0 (VrRoute, 1);
  route->port = g_strdup ("left");
  g_ptr_array_add (router->routes, route);
  VrNeighbour *neighbour = g_new0 (VrNeighbour, 1);
  neighbour->port = g_strdup ("left");
  g_ptr_array_add (router->neighbours, neighbour);
  VrSysctl *setting = g_new0 (VrSysctl, 1);
  setting->name = g_strdup ("net.a");
  setting->value = g_strdup ("1");
  g_ptr_array_add (router->sysctls, setting);
  vr_lab_add_router (lab, router);
  g_assert_cmpuint (lab->routers->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/lookup", test_lookup);
  g_test_add_func ("/model/free", test_free);
  return g_test_run ();
}
