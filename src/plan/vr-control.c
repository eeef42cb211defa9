/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-control.h"

#include <string.h>
#include <sys/socket.h>

#include "plan/vr-plan.h"

/* Between the parts alone, where the MSR is of no autonomous system (RFC 6996). */
#define AS_INSIDE 64512
/* Back-ends are told apart by 240.0.0.N: nobody's addresses (RFC 1112, section 4), and so nobody
 * else's router-id, by which BGP would know a route as one's own. */
#define BACKEND_ID "240.0"
/* Between the parts: how long one may be silent, and how long it may take to answer the first
 * message. BIRD waits 240 s for that (`startup hold time`, in its manual's chapter on BGP), and on
 * a host that let a guest wait while the other gave up a connection both then waited for nothing.
 */
#define HOLD_S 30
#define STARTUP_HOLD_S 15
/* Of a back-end: each is a line of its log, by which it knows that its BIRD does not hang
 * (vr-balance-session.h). */
#define KEEPALIVE_S 2
/* What a port is called between the parts: a community of BGP (RFC 8092) of a network that cannot
 * be. */
#define PORT_COMMUNITY "(0, 0, %u)"
/* In the kernel behind the profile's own routes, which Linux gives 0 (IPv4) and 1024 (IPv6). */
#define METRIC 2048

/* Whoever is told routes keeps them while this router is away, until it knows as much again. */
#define GRACEFUL_RESTART "bird   graceful restart;\nbird   graceful restart time 120;\n"

static const int families[] = { AF_INET, AF_INET6 };

static guint
version_of (int family)
{
  return family == AF_INET ? 4 : 6;
}

static guint32
as_of (const VrMsr *msr)
{
  return msr->as_number != 0 ? msr->as_number : AS_INSIDE;
}

/* The link-local address that the kernel makes of a MAC (RFC 4291, appendix A). */
static const char *
print_link_local (const VrMac *mac, char text[VR_PREFIX_TEXT_SIZE])
{
  const guint8 *m = mac->bytes;
  VrPrefix address = { .family = AF_INET6,
                       .bytes = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe,
                                  m[3], m[4], m[5] },
                       .length = 128 };
  return vr_prefix_print_address (&address, text);
}

/* The first of IPv4, where the profile names none. */
static void
print_router_id (const VrMsr *msr, char text[VR_PREFIX_TEXT_SIZE])
{
  const VrPrefix *id
      = msr->router_id->len > 0 ? &g_array_index (msr->router_id, VrPrefix, 0) : NULL;
  for (guint i = 0; i < msr->common.interfaces->len && id == NULL; i++)
    id = vr_interface_address (msr->common.interfaces->pdata[i], AF_INET);
  vr_prefix_print_address (id, text);
}

/* Connected networks, the profile's routes, and what is learned: all that the MSR knows is told on.
 */
static void
add_filters (GString *text, const VrMsr *msr)
{
  g_string_append (text, "bird define LEARNED = [ RTS_BGP, RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, "
                         "RTS_OSPF_EXT2 ];\n"
                         "bird define OWN = [ RTS_DEVICE, RTS_INHERIT ];\n"
                         "bird filter to_ospf {\n");
  for (guint i = 0; i < msr->ospf->len; i++) {
    char name[16];
    g_string_append_printf (text, "bird   if source = RTS_DEVICE && ifname = \"%s\" then reject;\n",
                            vr_plan_inner_name (((VrOspf *) msr->ospf->pdata[i])->port, name));
  }
  g_string_append (text, "bird   if source ~ OWN || source = RTS_BGP then accept;\nbird   reject;\n"
                         "bird }\n"
                         "bird filter to_backends {\n"
                         "bird   if source !~ LEARNED || dest != RTD_UNICAST then reject;\n"
                         "bird   bgp_next_hop = gw;\n"
                         "bird   bgp_large_community = ---empty---;\n");
  for (guint i = 0; i < msr->common.interfaces->len; i++) {
    char name[16];
    g_string_append_printf (
        text, "bird   if ifname = \"%s\" then bgp_large_community.add (" PORT_COMMUNITY ");\n",
        vr_plan_inner_name (((VrInterface *) msr->common.interfaces->pdata[i])->port, name), i);
  }
  g_string_append (text, "bird   accept;\nbird }\n");
}

static void
add_kernel (GString *text, const char *learn, const char *import)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    g_string_append_printf (text,
                            "bird protocol kernel { %smetric %d; ipv%u { import %s; export where "
                            "source ~ [ RTS_BGP, RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, "
                            "RTS_OSPF_EXT2 ]; }; }\n",
                            learn, METRIC, version_of (families[i]), import);
}

static void
add_direct (GString *text, const VrMsr *msr)
{
  g_string_append (text, "bird protocol direct { ipv4; ipv6; interface");
  for (guint i = 0; i < msr->common.interfaces->len; i++) {
    char name[16];
    g_string_append_printf (
        text, "%s \"%s\"", i > 0 ? "," : "",
        vr_plan_inner_name (((VrInterface *) msr->common.interfaces->pdata[i])->port, name));
  }
  g_string_append (text, "; }\n");
}

static const VrInterface *
ospf_interface (const VrMsr *msr, guint index)
{
  return vr_router_interface (&msr->common, ((const VrOspf *) msr->ospf->pdata[index])->port);
}

/* The ports of the area of `first`, where that is the first of its area. */
static void
add_area (GString *text, const VrMsr *msr, guint first, int family)
{
  const VrOspf *head = msr->ospf->pdata[first];
  GString *ports = g_string_new (NULL);
  for (guint i = 0; i < msr->ospf->len; i++) {
    const VrOspf *ospf = msr->ospf->pdata[i];
    char name[16];
    if (ospf->area != head->area || vr_interface_address (ospf_interface (msr, i), family) == NULL)
      continue;
    if (i < first) {
      g_string_free (ports, TRUE);
      return;
    }
    g_string_append_printf (ports,
                            "bird     interface \"%s\" { cost %u; hello %u; dead count 4; type %s; "
                            "};\n",
                            vr_plan_inner_name (ospf->port, name), ospf->cost, ospf->hello_s,
                            ospf->is_point_to_point ? "ptp" : "broadcast");
  }
  if (ports->len > 0)
    g_string_append_printf (text, "bird   area %u {\n%sbird   };\n", head->area, ports->str);
  g_string_free (ports, TRUE);
}

/* One way for each route: what the back-ends are told has one. */
static void
add_ospf (GString *text, const VrMsr *msr)
{
  for (guint f = 0; f < G_N_ELEMENTS (families); f++) {
    gboolean is_spoken = FALSE;
    for (guint i = 0; i < msr->ospf->len; i++)
      is_spoken |= vr_interface_address (ospf_interface (msr, i), families[f]) != NULL;
    if (!is_spoken)
      continue;
    guint version = version_of (families[f]);
    g_string_append_printf (text,
                            "bird protocol ospf v%d ospf%u {\nbird   ecmp no;\n"
                            "bird   ipv%u { import all; export filter to_ospf; };\n",
                            families[f] == AF_INET ? 2 : 3, version, version);
    for (guint i = 0; i < msr->ospf->len; i++)
      add_area (text, msr, i, families[f]);
    g_string_append (text, "bird }\n");
  }
}

static void
add_bgp (GString *text, const VrMsr *msr)
{
  for (guint i = 0; i < msr->bgp->len; i++) {
    const VrBgp *bgp = msr->bgp->pdata[i];
    char address[VR_PREFIX_TEXT_SIZE];
    g_string_append_printf (
        text,
        "bird protocol bgp neighbour%u {\nbird   local as %u;\nbird   neighbor %s as %u;\n"
        "bird   direct;\nbird   hold time %u;\nbird   connect delay time 1;\n" GRACEFUL_RESTART
        "bird   ipv%u { next hop self; import all; export where source ~ OWN || source ~ LEARNED; "
        "};\nbird }\n",
        i + 1, msr->as_number, vr_prefix_print_address (&bgp->address, address), bgp->as_number,
        bgp->hold_s, version_of (bgp->address.family));
  }
}

/* While this router is away the back-ends keep what it told. Whoever asks on the internal network
 * is a back-end, so that it need not be made anew where their number changes. */
static void
add_backends (GString *text, const VrMsr *msr)
{
  char inner[16];
  vr_plan_inner_name (msr->inner, inner);
  g_string_append_printf (
      text,
      "bird protocol bgp backends {\nbird   local as %u;\n"
      "bird   neighbor range fe80::/64 as %u;\n"
      "bird   dynamic name \"backend\";\n"
      "bird   interface \"%s\";\nbird   direct;\nbird   passive;\n"
      "bird   rr client;\nbird   hold time %d;\nbird   startup hold time %d;\n" GRACEFUL_RESTART
      /* Else its silence ends the session at once (BIRD 2.0.12,
       * proto/bgp/bgp.c, bgp_hold_timeout). */
      "bird   long lived graceful restart;\nbird   long lived stale time 60;\n"
      /* What is told this router alone (RFC 1997, no-advertise) is for all its parts. */
      "bird   interpret communities off;\n"
      "bird   ipv4 { import none; export filter to_backends; };\n"
      "bird   ipv6 { import none; export filter to_backends; };\nbird }\n",
      as_of (msr), as_of (msr), inner, HOLD_S, STARTUP_HOLD_S);
}

static void
add_control (GString *text, const VrMsr *msr)
{
  char id[VR_PREFIX_TEXT_SIZE];
  print_router_id (msr, id);
  g_string_append_printf (text,
                          "bird router id %s;\nbird graceful restart wait 60;\n"
                          "bird protocol device {}\n",
                          id);
  add_direct (text, msr);
  add_filters (text, msr);
  add_kernel (text, "learn; ", "all");
  add_ospf (text, msr);
  add_bgp (text, msr);
  add_backends (text, msr);
}

/* Among the back-ends, from 1. */
static guint
number_of (const VrLab *lab, const VrRouter *backend)
{
  guint number = 0;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    number += router->msr == backend->msr && router->part == VR_PART_BACKEND;
    if (router == backend)
      break;
  }
  return number;
}

/* A next hop is looked for on the port by which the control processor has it, as a link-local one
 * must be. BIRD writes no route before it has scanned the kernel's, up to a second after its start
 * (sysdep/unix/krt.c); the table must not be whole sooner, and BIRD makes a delay of 2 s 1.5 s at
 * the least (RFC 4271, section 10). */
static void
add_backend (GString *text, const VrLab *lab, const VrRouter *router)
{
  const VrMsr *msr = router->msr;
  g_autofree char *control_name = vr_msr_part_name (msr, VR_PART_CONTROL, 0);
  const VrRouter *control = vr_lab_router (lab, control_name);
  char address[VR_PREFIX_TEXT_SIZE], inner[16], name[16];
  guint number = number_of (lab, router);
  g_string_append_printf (text,
                          "bird router id " BACKEND_ID ".%u.%u;\nbird protocol device {}\n"
                          "bird filter from_control {\nbird   ip told = gw;\n",
                          number >> 8, number & 255);
  for (guint i = 0; i < msr->common.interfaces->len; i++)
    g_string_append_printf (
        text, "bird   if " PORT_COMMUNITY " ~ bgp_large_community then ifname = \"%s\";\n", i,
        vr_plan_inner_name (((VrInterface *) msr->common.interfaces->pdata[i])->port, name));
  g_string_append (text, "bird   gw = told;\nbird   accept;\nbird }\n");
  add_kernel (text, "", "none");
  g_string_append_printf (
      text,
      "bird protocol bgp control {\nbird   debug { events, packets };\nbird   local as %u;\n"
      "bird   neighbor %s as %u;\nbird   interface \"%s\";\nbird   direct;\n"
      "bird   hold time %d;\nbird   startup hold time %d;\nbird   keepalive time %d;\n"
      "bird   connect delay time 2;\nbird   connect retry time 2;\nbird   error wait time 1, 2;\n"
      "bird   ipv4 { import filter from_control; export none; };\n"
      "bird   ipv6 { import filter from_control; export none; };\nbird }\n",
      as_of (msr), print_link_local (&vr_router_interface (control, msr->inner)->mac, address),
      as_of (msr), vr_plan_inner_name (msr->inner, inner), HOLD_S, STARTUP_HOLD_S, KEEPALIVE_S);
}

void
vr_control_add (GString *text, const VrLab *lab, const VrRouter *router)
{
  g_string_append (text,
                   "bird log \"/run/vrkit/bird.log\" 65536 \"/run/vrkit/bird.log.old\" all;\n");
  if (router->part == VR_PART_CONTROL)
    add_control (text, router->msr);
  else
    add_backend (text, lab, router);
}
