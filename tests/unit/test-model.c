/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-lab.h"

#include "base/vr-error.h"

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
add_interface (VrRouter *router, const char *port, guint queues)
{
  VrInterface *interface = vr_interface_new ();
  interface->port = g_strdup (port);
  interface->queues = queues;
  g_ptr_array_add (router->interfaces, interface);
}

static void
add_port (VrLab *lab, const char *name, VrAttach attach)
{
  VrPort *port = vr_port_new ();
  port->name = g_strdup (name);
  port->attach = attach;
  vr_lab_add_port (lab, port);
}

/* The switch that polls `p` needs no worker. */
static void
test_workers (void)
{
  static const struct {
    const char *port;
    guint queue;
  } wanted[] = { { "a", 0 }, { "b", 0 }, { "b", 1 }, { "b", 2 }, { "c", 0 } };
  g_autoptr (VrRouter) router = router_named ("r");
  g_autoptr (VrLab) lab = vr_lab_new ();
  guint queue;
  add_port (lab, "a", VR_ATTACH_MACVTAP);
  add_port (lab, "p", VR_ATTACH_VHOST_USER);
  add_port (lab, "b", VR_ATTACH_BRIDGE);
  add_port (lab, "c", VR_ATTACH_OVS);
  add_interface (router, "a", 0);
  add_interface (router, "p", 2);
  add_interface (router, "b", 3);
  add_interface (router, "c", 1);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    const VrInterface *interface = vr_router_worker (lab, router, i, &queue);
    g_assert_nonnull (interface);
    g_assert_cmpstr (interface->port, ==, wanted[i].port);
    g_assert_cmpuint (queue, ==, wanted[i].queue);
  }
  g_assert_null (vr_router_worker (lab, router, G_N_ELEMENTS (wanted), &queue));
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

static void
test_selector (void)
{
  static const char *const good[] = { "vcpu.0",       "vcpu.254",   "vhost.left", "vhost.left.0",
                                      "vhost.a-1.12", "mover.left", "emulator",   "iothread.3" };
  static const char *const bad[]
      = { "",          "vcpu",     "vcpu.",      "vcpu.1.2", "vcpu.a",
          "vhost",     "vhost.",   "vhost.a.b",  "mover.A",  "mover.a.0",
          "emulator.", "thread.1", "vcpu.65536", ".vcpu.1",  "iothread" };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    VrThreadSelector selector;
    g_autoptr (GError) error = NULL;
    g_assert_true (vr_thread_selector_parse (good[i], &selector, &error));
    g_assert_no_error (error);
    g_autofree char *port = selector.port;
    g_autofree char *printed = vr_thread_selector_print (&selector);
    g_assert_cmpstr (printed, ==, good[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    VrThreadSelector selector = { .index = 77 };
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_thread_selector_parse (bad[i], &selector, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_cmpuint (selector.index, ==, 77);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/workers", test_workers);
  g_test_add_func ("/model/lookup", test_lookup);
  g_test_add_func ("/model/free", test_free);
  g_test_add_func ("/model/selector", test_selector);
  return g_test_run ();
}
