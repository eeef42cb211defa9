/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is printed parses back to the same lab, for labs made at random of all keys. */
#include "config/vr-schema.h"
#include "unit/profile-fixture.h"

#define LABS 300

static const char *
pick (GRand *rand, const char *const *words)
{
  return words[g_rand_int_range (rand, 0, (gint32) g_strv_length ((char **) words))];
}

static void
maybe (GRand *rand, GString *text, const char *key, const char *const *words)
{
  if (g_rand_boolean (rand))
    g_string_append_printf (text, "%s = %s\n", key, pick (rand, words));
}

static const char *const switches[] = { "auto", "on", "off", NULL };

static const char *const sizes_of_rings[] = { "1", "512", "4096", NULL };

static void
add_device (GRand *rand, GString *text, guint i)
{
  static const char *const waits[] = { "0", "50", "1000000", NULL };
  static const char *const numbers[] = { "rx-usecs", "tx-usecs", "rx-frames", "tx-frames", NULL };
  static const char *const toggles[] = { "on", "off", NULL };
  g_string_append_printf (text, "device = eth%u\n", i);
  maybe (rand, text, "rx-ring", sizes_of_rings);
  maybe (rand, text, "tx-ring", sizes_of_rings);
  for (const char *const *key = numbers; *key != NULL; key++)
    maybe (rand, text, *key, waits);
  maybe (rand, text, "adaptive-coalescing", toggles);
}

static void
add_port (GRand *rand, GString *text, guint i)
{
  static const char *const modes[] = { "bridge", "private", "vepa", NULL };
  static const char *const neighbours[] = { "asked", "static", NULL };
  static const char *const bridges[] = { "bridge", "hub" };
  static const char *const lengths[] = { "0", "35", "50", "524288", NULL };
  static const char *const mtus[] = { "1280", "1500", "9000", NULL };
  g_string_append_printf (text, "[port p%u]\n", i);
  if (g_rand_boolean (rand))
    add_device (rand, text, i);
  else
    g_string_append_printf (text,
                            "device = test\ntest-address = 198.18.%u.2/24, 2001:2:0:%x::2/64\n"
                            "test-gateway = 198.18.%u.1\n",
                            i, i, i);
  maybe (rand, text, "channels", sizes_of_rings);
  if (g_rand_boolean (rand))
    maybe (rand, text, "mode", modes);
  else
    g_string_append_printf (text, "attach = %s\n", bridges[g_rand_boolean (rand) ? 1 : 0]);
  maybe (rand, text, "neighbours", neighbours);
  maybe (rand, text, "queue-length", lengths);
  maybe (rand, text, "mtu", mtus);
  maybe (rand, text, "promiscuous", switches);
  maybe (rand, text, "offloads", switches);
}

static void
add_interface (GRand *rand, GString *text, guint router, guint port)
{
  g_string_append_printf (text, "interface = p%u 198.18.%u.%u/24", port, port, 10 + router);
  if (g_rand_boolean (rand))
    g_string_append_printf (text, " 2001:2:0:%x::%x/64", port, 0x10 + router);
  if (g_rand_boolean (rand))
    g_string_append_printf (text, " mac=52:54:00:00:%02x:%02x", router, port);
  if (g_rand_boolean (rand))
    g_string_append (text, " queues=1");
  g_string_append_c (text, '\n');
  if (g_rand_boolean (rand))
    g_string_append_printf (text, "route = 198.19.%u.0/24 via 198.18.%u.200\n", port, port);
  if (g_rand_boolean (rand))
    g_string_append_printf (text, "route = 2001:2:1:%x::/64 dev p%u, 10.%u.0.0/16 by /18 dev p%u\n",
                            port, port, port, port);
  if (g_rand_boolean (rand))
    g_string_append_printf (text, "neighbour = 198.18.%u.200 52:54:00:ff:00:%02x p%u\n", port, port,
                            port);
}

static void
add_router (GRand *rand, GString *text, guint i, guint ports)
{
  static const char *const kinds[] = { "guest", "native", NULL };
  static const char *const numbers[] = { "1", "2", "255", NULL };
  static const char *const sizes[] = { "16M", "1G", "131072K", "4T", NULL };
  static const char *const pages[] = { "off", "2M", NULL };
  static const char *const images[] = { "router", "debian-12", NULL };
  static const char *const accels[] = { "auto", "kvm", "tcg", NULL };
  static const char *const emulators[] = { "/usr/bin/qemu-system-x86_64", "/opt/q/qemu+1", NULL };
  static const char *const toggles[] = { "on", "off", NULL };
  static const char *const settings[] = { "net.ipv4.tcp_rmem 4096 131072 6291456",
                                          "net.ipv4.ip_local_reserved_ports 80,443-450", NULL };
  g_string_append_printf (text, "[router r%u]\n", i);
  maybe (rand, text, "kind", kinds);
  maybe (rand, text, "vcpus", numbers);
  maybe (rand, text, "memory", sizes);
  maybe (rand, text, "hugepages", pages);
  maybe (rand, text, "image", images);
  maybe (rand, text, "accel", accels);
  maybe (rand, text, "emulator", emulators);
  if (g_rand_boolean (rand))
    g_string_append (text, "nic-model = e1000\n");
  else
    maybe (rand, text, "vhost", switches);
  maybe (rand, text, "forwarding", toggles);
  maybe (rand, text, "sysctl", settings);
  for (guint port = 0; port < ports; port++)
    if (g_rand_boolean (rand))
      add_interface (rand, text, i, port);
}

static void
add_msr (GRand *rand, GString *text, guint ports)
{
  static const char *const policies[] = { "hash", "round-robin", "random", NULL };
  static const char *const numbers[] = { "1", "3", NULL };
  static const char *const sizes[] = { "128M", "1G", NULL };
  g_string_append (text, "[msr m]\n");
  maybe (rand, text, "routers", numbers);
  maybe (rand, text, "policy", policies);
  maybe (rand, text, "balancer-vcpus", numbers);
  maybe (rand, text, "balancer-memory", sizes);
  if (g_rand_boolean (rand))
    g_string_append (text, "control = on\nrouter-id = 198.18.9.9\nas = 65001\n"
                           "control-memory = 256M\nospf = p0 area=0.0.0.7 cost=3 hello=2\n"
                           "bgp = 198.18.100.2 as=4200000000, 198.18.100.3 as=65001 hold=9\n");
  g_string_append_printf (text, "balancers = %d\n", g_rand_int_range (rand, 1, (gint32) ports + 1));
  for (guint port = 0; port < ports; port++)
    g_string_append_printf (text, "interface = p%u 198.18.%u.1/24\n", port, 100 + port);
}

/* The port that the schedule may name is the router's own. */
static void
add_schedule (GRand *rand, GString *text, const VrRouter *router)
{
  static const char *const policies[] = { "other",
                                          "other -7",
                                          "idle",
                                          "fifo 1",
                                          "rr 99",
                                          "deadline 1500us/10ms",
                                          "deadline 1500us/9ms/10ms",
                                          "quota 12ms/100ms",
                                          NULL };
  static const char *const cpus[] = { "", " @0", " @1-3,8", " @auto", NULL };
  static const char *const fixed[] = { "emulator", "iothread.1", "vcpu.0", NULL };
  g_string_append_printf (text, "[schedule %s]\n", router->name);
  for (guint i = 0; fixed[i] != NULL; i++)
    if (g_rand_boolean (rand))
      g_string_append_printf (text, "%s = %s%s\n", fixed[i], pick (rand, policies),
                              pick (rand, cpus));
  for (guint i = 0; i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    gboolean vhost = router->vhost != VR_SWITCH_OFF && router->nic_model != VR_NIC_E1000;
    g_string_append_printf (text, "mover.%s = rr 5 @auto exclusive\n", interface->port);
    if (vhost)
      g_string_append_printf (text, "vhost.%s = fifo 5 @2\nvhost.%s.1 = %s\n", interface->port,
                              interface->port, pick (rand, policies));
  }
}

/* The lab of `text`, and schedules for those of its routers that can have one. */
static void
add_schedules (GRand *rand, GString *text)
{
  g_autoptr (VrLab) lab = fixture_parse (text->str);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST && g_rand_boolean (rand))
      add_schedule (rand, text, router);
  }
}

/* A tenant for each of some of the routers that can be of one. */
static void
add_tenants (GRand *rand, GString *text)
{
  static const char *const rates[] = { "300kpps", "1pps at 1518", "20Mbit/s at 1518", NULL };
  static const char *const limits[] = { "1Mpps", "400kpps at 1518", "10Gbit/s at 1518", NULL };
  static const char *const priorities[] = { "0", "7", "1000", NULL };
  g_autoptr (VrLab) lab = fixture_parse (text->str);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind != VR_KIND_GUEST || router->msr != NULL || g_rand_boolean (rand))
      continue;
    g_string_append_printf (text, "[tenant t-%s]\nrouters = %s\nrate = %s\nguarantee = 1\n",
                            router->name, router->name, pick (rand, rates));
    maybe (rand, text, "limit", limits);
    maybe (rand, text, "priority", priorities);
  }
}

/* CPUs that no schedule here names. */
static void
add_host (GRand *rand, GString *text, guint ports)
{
  static const char *const keys[] = { "rps", "xps", NULL };
  static const char *const housekeeping[] = { "0", "0,4-5", NULL };
  static const char *const offline[] = { "9", "10-12,14", NULL };
  static const char *const governors[] = { "performance", NULL };
  static const char *const runtimes[] = { "off", "950ms", "1s", "1001us", NULL };
  static const char *const cpus[] = { "auto", "0", "1-3,8", NULL };
  g_string_append (text, "[host]\n");
  maybe (rand, text, "housekeeping", housekeeping);
  maybe (rand, text, "offline", offline);
  maybe (rand, text, "governor", governors);
  maybe (rand, text, "rt-runtime", runtimes);
  for (guint i = 0; i < ports; i++)
    if (g_rand_boolean (rand))
      g_string_append_printf (text, "%s = p%u %s\n", pick (rand, keys), i, pick (rand, cpus));
}

static char *
make_profile (GRand *rand)
{
  GString *text = g_string_new ("[lab]\nname = some\n");
  static const char *const descriptions[] = { "a", "x = [y] #z;, \"ä\" <&>", "=", NULL };
  maybe (rand, text, "description", descriptions);
  guint ports = (guint) g_rand_int_range (rand, 0, 6);
  guint routers = (guint) g_rand_int_range (rand, 1, 6);
  for (guint i = 0; i < ports; i++)
    add_port (rand, text, i);
  for (guint i = 0; i < routers; i++)
    add_router (rand, text, i, ports);
  if (ports > 0 && g_rand_boolean (rand))
    add_msr (rand, text, ports);
  add_schedules (rand, text);
  add_tenants (rand, text);
  if (g_rand_boolean (rand))
    add_host (rand, text, ports);
  return g_string_free (text, FALSE);
}

static void
assert_same_control (const VrMsr *a, const VrMsr *b)
{
  g_assert_cmpuint (a->as_number, ==, b->as_number);
  g_assert_cmpmem (a->router_id->data, a->router_id->len * sizeof (VrPrefix), b->router_id->data,
                   b->router_id->len * sizeof (VrPrefix));
  g_assert_cmpuint (a->ospf->len, ==, b->ospf->len);
  g_assert_cmpuint (a->bgp->len, ==, b->bgp->len);
  for (guint i = 0; i < a->ospf->len; i++) {
    const VrOspf *x = a->ospf->pdata[i], *y = b->ospf->pdata[i];
    g_assert_cmpstr (x->port, ==, y->port);
    g_assert_cmpuint (x->area, ==, y->area);
    g_assert_cmpuint (x->cost, ==, y->cost);
    g_assert_cmpuint (x->hello_s, ==, y->hello_s);
    g_assert_cmpint (x->is_point_to_point, ==, y->is_point_to_point);
  }
  for (guint i = 0; i < a->bgp->len; i++) {
    const VrBgp *x = a->bgp->pdata[i], *y = b->bgp->pdata[i];
    g_assert_cmpmem (&x->address, sizeof x->address, &y->address, sizeof y->address);
    g_assert_cmpuint (x->as_number, ==, y->as_number);
    g_assert_cmpuint (x->hold_s, ==, y->hold_s);
  }
}

/* By the fields, not by the printer. */
static void
assert_same_router (const VrRouter *a, const VrRouter *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpint (a->kind, ==, b->kind);
  g_assert_cmpuint (a->vcpus, ==, b->vcpus);
  g_assert_cmpuint (a->memory_mib, ==, b->memory_mib);
  g_assert_cmpint (a->hugepages, ==, b->hugepages);
  g_assert_cmpstr (a->image, ==, b->image);
  g_assert_cmpint (a->accel, ==, b->accel);
  g_assert_cmpstr (a->emulator, ==, b->emulator);
  g_assert_cmpint (a->nic_model, ==, b->nic_model);
  g_assert_cmpint (a->vhost, ==, b->vhost);
  g_assert_cmpint (a->forwarding, ==, b->forwarding);
  g_assert_cmpint (a->part, ==, b->part);
  g_assert_cmpint (a->msr != NULL ? a->msr->policy : 0, ==, b->msr != NULL ? b->msr->policy : 0);
  if (a->part == VR_PART_CONTROL)
    assert_same_control (a->msr, b->msr);
  g_assert_cmpuint (a->routes->len, ==, b->routes->len);
  g_assert_cmpuint (a->neighbours->len, ==, b->neighbours->len);
  g_assert_cmpuint (a->sysctls->len, ==, b->sysctls->len);
  g_assert_cmpuint (a->interfaces->len, ==, b->interfaces->len);
  for (guint i = 0; i < a->interfaces->len; i++) {
    const VrInterface *x = a->interfaces->pdata[i], *y = b->interfaces->pdata[i];
    g_assert_cmpstr (x->port, ==, y->port);
    g_assert_cmpmem (&x->mac, sizeof x->mac, &y->mac, sizeof y->mac);
    g_assert_cmpmem (x->addresses->data, x->addresses->len * sizeof (VrPrefix), y->addresses->data,
                     y->addresses->len * sizeof (VrPrefix));
  }
  for (guint i = 0; i < a->routes->len; i++) {
    const VrRoute *x = a->routes->pdata[i], *y = b->routes->pdata[i];
    g_assert_cmpmem (&x->destination, sizeof x->destination, &y->destination,
                     sizeof y->destination);
    g_assert_cmpmem (&x->via, sizeof x->via, &y->via, sizeof y->via);
    g_assert_cmpint (x->has_via, ==, y->has_via);
    g_assert_cmpstr (x->port, ==, y->port);
  }
}

static void
assert_same_port (const VrPort *a, const VrPort *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->device, ==, b->device);
  g_assert_cmpint (a->attach, ==, b->attach);
  g_assert_cmpint (a->mode, ==, b->mode);
  g_assert_cmpuint (a->queue_length, ==, b->queue_length);
  g_assert_cmpuint (a->mtu, ==, b->mtu);
  g_assert_cmpint (a->promiscuous, ==, b->promiscuous);
  g_assert_cmpint (a->neighbours, ==, b->neighbours);
  g_assert_cmpint (a->offloads, ==, b->offloads);
  g_assert_cmpmem (&a->queues, sizeof a->queues, &b->queues, sizeof b->queues);
  g_assert_cmpuint (a->test_addresses->len, ==, b->test_addresses->len);
  g_assert_cmpuint (a->test_gateways->len, ==, b->test_gateways->len);
}

static void
assert_same_schedule (const VrSchedule *a, const VrSchedule *b)
{
  g_assert_cmpstr (a->router, ==, b->router);
  g_assert_cmpuint (a->threads->len, ==, b->threads->len);
  for (guint i = 0; i < a->threads->len; i++) {
    const VrThreadSchedule *x = a->threads->pdata[i], *y = b->threads->pdata[i];
    g_assert_cmpint (x->selector.role, ==, y->selector.role);
    g_assert_cmpuint (x->selector.index, ==, y->selector.index);
    g_assert_cmpstr (x->selector.port, ==, y->selector.port);
    g_assert_true (vr_thread_schedule_same (x, y));
  }
}

static void
assert_same_tenant (const VrTenant *a, const VrTenant *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->routers->len, ==, b->routers->len);
  for (guint i = 0; i < a->routers->len; i++)
    g_assert_cmpstr (a->routers->pdata[i], ==, b->routers->pdata[i]);
  g_assert_cmpuint (vr_rate_pps (&a->rate), ==, vr_rate_pps (&b->rate));
  g_assert_cmpuint (vr_tenant_size (a), ==, vr_tenant_size (b));
  g_assert_cmpuint (vr_tenant_guarantee_pps (a), ==, vr_tenant_guarantee_pps (b));
  g_assert_cmpuint (vr_tenant_limit_pps (a), ==, vr_tenant_limit_pps (b));
  g_assert_cmpuint (a->priority, ==, b->priority);
}

static void
assert_same_cpus (const GArray *a, const GArray *b)
{
  g_assert_cmpint (a == NULL, ==, b == NULL);
  if (a != NULL)
    g_assert_cmpmem (a->data, a->len * sizeof (guint), b->data, b->len * sizeof (guint));
}

static void
assert_same_list (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++) {
    const VrPortCpus *x = a->pdata[i], *y = b->pdata[i];
    g_assert_cmpstr (x->port, ==, y->port);
    assert_same_cpus (x->cpus, y->cpus);
  }
}

static void
assert_same_host (const VrHostSettings *a, const VrHostSettings *b)
{
  g_assert_cmpint (a == NULL, ==, b == NULL);
  if (a == NULL)
    return;
  assert_same_cpus (a->housekeeping, b->housekeeping);
  assert_same_cpus (a->offline, b->offline);
  assert_same_list (a->interrupts, b->interrupts);
  assert_same_list (a->rps, b->rps);
  assert_same_list (a->xps, b->xps);
  g_assert_cmpint (a->governor, ==, b->governor);
  g_assert_cmpint (a->rt_runtime_us, ==, b->rt_runtime_us);
}

static void
assert_round_trip (const char *text)
{
  g_autoptr (VrLab) lab = fixture_parse (text);
  g_autofree char *printed = vr_profile_print (lab);
  g_autoptr (VrLab) again = fixture_parse (printed);
  g_autofree char *twice = vr_profile_print (again);
  g_assert_cmpstr (printed, ==, twice);
  g_assert_cmpstr (lab->name, ==, again->name);
  g_assert_cmpstr (lab->description, ==, again->description);
  g_assert_cmpuint (lab->ports->len, ==, again->ports->len);
  g_assert_cmpuint (lab->routers->len, ==, again->routers->len);
  for (guint i = 0; i < lab->ports->len; i++)
    assert_same_port (lab->ports->pdata[i], again->ports->pdata[i]);
  for (guint i = 0; i < lab->routers->len; i++)
    assert_same_router (lab->routers->pdata[i], again->routers->pdata[i]);
  g_assert_cmpuint (lab->schedules->len, ==, again->schedules->len);
  for (guint i = 0; i < lab->schedules->len; i++)
    assert_same_schedule (lab->schedules->pdata[i], again->schedules->pdata[i]);
  g_assert_cmpuint (lab->tenants->len, ==, again->tenants->len);
  for (guint i = 0; i < lab->tenants->len; i++)
    assert_same_tenant (lab->tenants->pdata[i], again->tenants->pdata[i]);
  assert_same_host (lab->host, again->host);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20161);
  for (guint i = 0; i < LABS; i++) {
    g_autofree char *text = make_profile (rand);
    assert_round_trip (text);
  }
}

static void
test_text (void)
{
  g_autoptr (VrLab) lab = fixture_parse (
      "[lab]\nname = x\n[port left]\ndevice=test\nmtu=1500\nqueue-length = 50\n"
      "[router r1]\nmemory = 1024M\nforwarding = off\nvcpus = 1\n"
      "interface=left 198.18.0.1/24 mac=52:54:00:00:00:0A\n"
      "route = default via 198.18.0.2\n"
      "[schedule r1]\nmover.left=fifo  50 @2,1\nvcpu.0 = deadline 50ms/0.2s @auto\n");
  g_autofree char *text = vr_profile_print (lab);
  g_assert_cmpstr (text, ==,
                   "[lab]\nname = x\n\n[port left]\ndevice = test\nmtu = 1500\n\n"
                   "[router r1]\nmemory = 1G\nforwarding = off\n"
                   "interface = left 198.18.0.1/24 mac=52:54:00:00:00:0a\n"
                   "route = 0.0.0.0/0 via 198.18.0.2\n\n"
                   "[schedule r1]\nmover.left = fifo 50 @1-2\n"
                   "vcpu.0 = deadline 50ms/200ms @auto\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/print/round-trip", test_round_trip);
  g_test_add_func ("/config/print/text", test_text);
  return g_test_run ();
}
