/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab as its profile describes it: plain structs, filled by config, read by plan. */
#pragma once

#include <glib.h>

#include "base/vr-address.h"
#include "base/vr-name.h"
#include "model/vr-follow-settings.h"
#include "model/vr-host-settings.h"
#include "model/vr-origin.h"
#include "model/vr-schedule.h"
#include "model/vr-tenant.h"

/* Limits of a lab; a profile beyond them is refused. */
#define VR_LAB_ROUTERS_MAX 4096
#define VR_LAB_PORTS_MAX 4096
#define VR_ROUTER_INTERFACES_MAX 64
#define VR_ROUTER_VCPUS_MAX 255
/* MAX_TAP_QUEUES, include/linux/if_tap.h. */
#define VR_INTERFACE_QUEUES_MAX 256
/* Each member of a PVR opens a queue of its own, or more. */
#define VR_PVR_MEMBERS_MAX VR_INTERFACE_QUEUES_MAX
/* Of an MSR. A balancer knows so many back-ends (BALANCE_BACKENDS_MAX, balance/balance-maps.h); the
 * internal Linux bridge has 1023 ports (BR_MAX_PORTS, net/bridge/br_private.h). */
#define VR_MSR_BALANCERS_MAX VR_ROUTER_INTERFACES_MAX
#define VR_MSR_ROUTERS_MAX 64
/* BALANCE_WEIGHT_MAX, balance/balance-maps.h. */
#define VR_MSR_WEIGHT_MAX 1000
/* Of a balancer by nftables all weights together: its rules hold each back-end so often, in 12
 * rounds (guest-image/router/usr/lib/vrkit/balance-nftables). */
#define VR_MSR_NFTABLES_WEIGHTS_MAX 64
#define VR_LAB_TENANTS_MAX VR_LAB_ROUTERS_MAX

typedef enum { VR_SWITCH_AUTO, VR_SWITCH_ON, VR_SWITCH_OFF } VrSwitch;
typedef enum {
  VR_ATTACH_MACVTAP,
  VR_ATTACH_BRIDGE,
  VR_ATTACH_OVS,
  VR_ATTACH_HUB,
  VR_ATTACH_VHOST_USER,
} VrAttach;
typedef enum { VR_NEIGHBOURS_ASKED, VR_NEIGHBOURS_STATIC } VrNeighbours;
typedef enum {
  VR_MACVTAP_BRIDGE,
  VR_MACVTAP_PRIVATE,
  VR_MACVTAP_VEPA,
  VR_MACVTAP_PASSTHRU
} VrMacvtapMode;
typedef enum { VR_ACCEL_AUTO, VR_ACCEL_KVM, VR_ACCEL_TCG } VrAccel;
/* The pages of which a guest's memory is. */
typedef enum { VR_HUGEPAGES_OFF, VR_HUGEPAGES_2M, VR_HUGEPAGES_1G, VR_HUGEPAGES } VrHugepages;
typedef enum { VR_KIND_GUEST, VR_KIND_NATIVE } VrRouterKind;
typedef enum { VR_NIC_VIRTIO, VR_NIC_E1000 } VrNicModel;
typedef enum { VR_BALANCER_NFTABLES, VR_BALANCER_XDP } VrBalancer;
typedef enum {
  VR_BALANCE_HASH,
  VR_BALANCE_ROUND_ROBIN,
  VR_BALANCE_RANDOM,
  VR_BALANCE_LEAST
} VrBalancePolicy;

/* A number that a profile may leave out, though 0 is one. */
typedef struct {
  gboolean is_given;
  guint value;
} VrCount;

/* Of a port's device: what is unset stays as the host has it. */
typedef struct {
  guint channels;         /* pairs of queues; 0: unset */
  guint rx_ring, tx_ring; /* packets; 0: unset */
  VrCount rx_usecs, tx_usecs;
  VrCount rx_frames, tx_frames;
  VrSwitch adaptive; /* auto: unset */
} VrPortQueues;

/* [port NAME]: a way into the lab: a NIC of the host, or a veth pair with a namespace behind it; or
 * a bridge that only joins routers. */
/* How DPDK takes the frames of a port's device. */
typedef enum { VR_DRIVER_AF_PACKET, VR_DRIVER_AF_XDP } VrDriver;

typedef struct {
  VrOrigin origin;
  char *name;
  char *device; /* a host interface, "test" or "internal" */
  VrAttach attach;
  VrMacvtapMode mode;
  VrDriver driver; /* with vhost-user */
  guint vlan;      /* of the switch that internal ports share; 0: a bridge of its own */
  VrNeighbours neighbours;
  guint queue_length; /* packets: a macvtap's or tap's txqueuelen */
  guint mtu;          /* bytes; 0: what the device has */
  VrSwitch promiscuous;
  VrSwitch offloads; /* of the lower device and what is made on it */
  VrPortQueues queues;
  GArray *test_addresses; /* VrPrefix: of the far end; device = test only */
  GArray *test_gateways;  /* VrPrefix without length: default routes of the far end */
} VrPort;

/* `interface = PORT [ADDRESS/LENGTH …] [mac=MAC] [queues=N]` */
typedef struct {
  VrOrigin origin;
  char *port;
  GArray *addresses; /* VrPrefix */
  guint queues;      /* pairs of a guest's card; 0: unset, one */
  VrMac mac;         /* given, or derived by config from lab, router and port */
} VrInterface;

/* `route = PREFIX [by /LENGTH] via ADDRESS` or `PREFIX [by /LENGTH] dev PORT` */
typedef struct {
  VrOrigin origin;
  VrPrefix destination; /* with `count` of more than 1, the first */
  guint count;          /* networks of that length, one behind the other, a route each */
  guint whole_length;   /* bits of the prefix that they make up */
  gboolean has_via;
  VrPrefix via; /* length ignored */
  char *port;   /* NULL with via */
} VrRoute;

/* `neighbour = ADDRESS MAC PORT`: permanent */
typedef struct {
  VrOrigin origin;
  VrPrefix address;
  VrMac mac;
  char *port;
} VrNeighbour;

/* `sysctl = NAME VALUE` */
typedef struct {
  VrOrigin origin;
  char *name;
  char *value;
} VrSysctl;

/* `ospf = PORT [area=AREA] [cost=N] [hello=SECONDS] [type=broadcast|point-to-point]` */
typedef struct {
  VrOrigin origin;
  char *port;
  guint32 area;
  guint cost;
  guint hello_s;
  gboolean is_point_to_point;
} VrOspf;

/* `bgp = ADDRESS as=N [hold=SECONDS]` */
typedef struct {
  VrOrigin origin;
  VrPrefix address;
  guint32 as_number;
  guint hold_s;
} VrBgp;

struct VrPvr;
struct VrMsr;

/* What a part of an MSR does. */
typedef enum { VR_PART_NONE, VR_PART_BALANCER, VR_PART_BACKEND, VR_PART_CONTROL } VrPart;

/* [router NAME], or a member of a [pvr NAME], or a part of an [msr NAME] */
typedef struct {
  VrOrigin origin;
  char *name;
  const struct VrPvr *pvr; /* whose member it is; NULL: nobody's */
  guint member;            /* its number there, from 1; else 0 */
  const struct VrMsr *msr; /* whose part it is; NULL: nobody's */
  VrPart part;
  VrRouterKind kind;
  guint vcpus;
  guint64 memory_mib;
  VrHugepages hugepages;
  char *image;
  VrAccel accel;
  char *emulator; /* absolute path of a QEMU binary; NULL: libvirt's default */
  VrNicModel nic_model;
  VrSwitch vhost;
  VrSwitch forwarding;
  guint rt_percent;      /* of a CPU, for its fifo and rr threads; 0: what others leave */
  GPtrArray *interfaces; /* VrInterface, owned */
  GPtrArray *routes;     /* VrRoute, owned */
  GPtrArray *neighbours; /* VrNeighbour, owned */
  GPtrArray *sysctls;    /* VrSysctl, owned */
} VrRouter;

/* Of one page; 0 without huge pages. */
guint64 vr_hugepages_mib (VrHugepages hugepages);

/* [pvr NAME]: parallel virtual routers: guests NAME-1, NAME-2, … that the outside sees as one. They
 * share a macvtap a port, with its MAC address, and the kernel spreads the flows over them. */
typedef struct VrPvr {
  VrRouter common; /* what each member is, under the PVR's own name */
  guint members;
} VrPvr;

/* [msr NAME]: a multistage router: balancers NAME-lb1, NAME-lb2, … that have its ports, back-ends
 * NAME-br1, NAME-br2, … that forward, a bridge between them, and, where it is on, the control
 * processor NAME-cp. */
typedef struct VrMsr {
  VrRouter common; /* what each back-end is, under the MSR's own name; the interfaces are those that
                      the outside sees */
  guint balancers;
  guint routers;
  VrBalancer balancer;
  VrBalancePolicy policy;
  GArray *weights;     /* guint, of the back-ends from the first on; those beyond have 1 */
  GArray *weight_macs; /* VrMac, as many: of these back-ends inside, be they there or not */
  guint balancer_vcpus;
  guint64 balancer_memory_mib;
  VrSwitch control; /* a control processor */
  guint control_vcpus;
  guint64 control_memory_mib;
  GArray *router_id; /* VrPrefix: at most one, of IPv4 */
  guint as_number;   /* 0: none */
  GPtrArray *ospf;   /* VrOspf, owned */
  GPtrArray *bgp;    /* VrBgp, owned */
  char *inner;       /* the internal port, NAME-inner; NULL until its parts are added */
} VrMsr;

typedef struct {
  VrOrigin origin;
  char *name;
  char *description;           /* may be NULL */
  GPtrArray *ports;            /* VrPort, owned, in the profile's order */
  GPtrArray *declared;         /* VrRouter, borrowed: those of the profile, in its order */
  GPtrArray *pvrs;             /* VrPvr, owned, likewise */
  GPtrArray *msrs;             /* VrMsr, owned, likewise */
  GPtrArray *routers;          /* VrRouter, owned: those of the profile, then members of PVRs, then
                                * parts of MSRs */
  GPtrArray *schedules;        /* VrSchedule, owned, in the profile's order */
  GPtrArray *tenants;          /* VrTenant, owned, in the profile's order */
  VrFollowSettings *follow;    /* owned; NULL: cores follow nothing */
  VrHostSettings *host;        /* owned; NULL: nothing is wanted of the host as a whole */
  GHashTable *ports_by_name;   /* name → VrPort, both borrowed from the array */
  GHashTable *routers_by_name; /* name → VrRouter */
} VrLab;

VrLab *vr_lab_new (void);
void vr_lab_free (VrLab *lab);
/* Appends and indexes; the lab owns it. The name must be new. */
void vr_lab_add_port (VrLab *lab, VrPort *port);
void vr_lab_add_router (VrLab *lab, VrRouter *router);
void vr_lab_add_pvr (VrLab *lab, VrPvr *pvr);
/* The member `number` of a PVR of the lab, a router like any other, whose interfaces, routes,
 * neighbours and sysctls are the PVR's own. The name must be new. */
VrRouter *vr_lab_add_member (VrLab *lab, const VrPvr *pvr, guint number);
void vr_lab_add_msr (VrLab *lab, VrMsr *msr);
/* The balancer or back-end `number`, from 1, of an MSR of the lab whose internal port is there. The
 * name must be new. */
VrRouter *vr_lab_add_balancer (VrLab *lab, const VrMsr *msr, guint number);
VrRouter *vr_lab_add_backend (VrLab *lab, const VrMsr *msr, guint number);
/* Likewise its control processor. */
VrRouter *vr_lab_add_control (VrLab *lab, const VrMsr *msr);
/* "r-2": a member of the PVR, from 1. The caller owns it. */
char *vr_pvr_member_name (const VrPvr *pvr, guint number);

/* The name of such a part, `number` being that of a balancer or back-end; the caller owns it. */
char *vr_msr_part_name (const VrMsr *msr, VrPart part, guint number);
void vr_lab_add_schedule (VrLab *lab, VrSchedule *schedule);
void vr_lab_add_tenant (VrLab *lab, VrTenant *tenant);
/* The port or router of that name, or NULL. */
VrPort *vr_lab_port (const VrLab *lab, const char *name);
VrRouter *vr_lab_router (const VrLab *lab, const char *name);
/* The PVR of that name, or NULL. */
VrPvr *vr_lab_pvr (const VrLab *lab, const char *name);
/* The MSR of that name, or NULL. */
VrMsr *vr_lab_msr (const VrLab *lab, const char *name);
/* The schedule of that router, or of the PVR of that name, or NULL. */
VrSchedule *vr_lab_schedule (const VrLab *lab, const char *router);
/* That which has the router, PVR or MSR of that name, or NULL. */
VrTenant *vr_lab_tenant_of (const VrLab *lab, const char *router);
gboolean vr_port_is_test (const VrPort *port);
gboolean vr_port_is_internal (const VrPort *port);
/* Whether its device is a NIC that the host has without us. */
gboolean vr_port_is_of_host (const VrPort *port);
/* Whether its bridge, of whichever kind, is one of Linux. */
gboolean vr_port_is_on_linux_bridge (const VrPort *port);
/* Whether its bridge, of whichever kind, is one of Open vSwitch. */
gboolean vr_port_is_on_ovs (const VrPort *port);
/* The host's name for the bridge of a port that has one, and the alias that marks it: its own, or
 * the switch of which it is a VLAN. The caller owns the alias. */
const char *vr_port_bridge_name (const VrPort *port, const char *lab, char ifname[VR_IFNAME_SIZE]);
char *vr_port_bridge_alias (const VrPort *port, const char *lab);
/* "macvtap", "bridge", "ovs", "hub", "vhost-user": as profiles have it. */
const char *vr_attach_name (VrAttach attach);
/* What the profile says of it: its PVR's or MSR's, or itself. */
const VrRouter *vr_router_declared (const VrRouter *router);
/* The name under which the outside knows it: its PVR's or MSR's, or its own. */
const char *vr_router_outward (const VrRouter *router);
/* Whether it is a member of the PVR or a part of the MSR of that name. */
gboolean vr_router_is_of (const VrRouter *router, const char *whole);
/* Whether it is one of those whose number a PVR or MSR can change: a member, a back-end. */
gboolean vr_router_is_member (const VrRouter *router);
/* Whether it is the router of that name, or such a member of the PVR or MSR of that name. */
gboolean vr_router_is_one_of (const VrRouter *router, const char *name);
/* "r-2", "r-br2": the member of that number, from 1, of the PVR or MSR that `router` is one of. The
 * caller owns it. */
char *vr_router_member_name (const VrRouter *router, guint number);
/* Whether a guest of it has such a thread, as far as the profile tells. */
gboolean vr_router_has_thread (const VrRouter *router, const VrThreadSelector *selector);
/* The name under which its interface on the port of that name is known: its own inside an MSR. */
const char *vr_router_interface_owner (const VrRouter *router, const char *port);
/* The interfaces between which it routes, VrInterface: of an MSR's back-end the MSR's; of its other
 * parts none. */
const GPtrArray *vr_router_routed (const VrRouter *router);
/* That of them on the port of that name, or NULL. */
const VrInterface *vr_router_routes_port (const VrRouter *router, const char *port);
/* Whether the MSR has a control processor. */
gboolean vr_msr_is_controlled (const VrMsr *msr);
/* The weight of the back-end `number`, from 1. */
guint vr_msr_weight (const VrMsr *msr, guint number);
/* The VLAN in which an MSR's internal network carries its interface `index`. */
guint vr_msr_vlan (guint index);
/* The router's interface on the port of that name, or NULL. */
VrInterface *vr_router_interface (const VrRouter *router, const char *port);
/* Its first address of the family, AF_INET or AF_INET6, or NULL. */
const VrPrefix *vr_interface_address (const VrInterface *interface, int family);

/* How many pairs of queues, each with a vhost worker of its own, the interface has. */
guint vr_interface_queues (const VrInterface *interface);
/* How many vhost workers of the kernel it has where its guest has any: one a queue, or none on a
 * port with attach = vhost-user. */
guint vr_interface_workers (const VrLab *lab, const VrInterface *interface);
/* The interface that has the worker `number` of all the router's, in the order of its interfaces,
 * and which of its own that is; NULL where the router has fewer. */
VrInterface *vr_router_worker (const VrLab *lab, const VrRouter *router, guint number,
                               guint *queue);

/* With empty lists and zeroes; config's table fills in the defaults. */
VrPort *vr_port_new (void);
VrRouter *vr_router_new (void);
VrInterface *vr_interface_new (void);
void vr_port_free (VrPort *port);
VrPvr *vr_pvr_new (void);
void vr_pvr_free (VrPvr *pvr);
VrMsr *vr_msr_new (void);
void vr_msr_free (VrMsr *msr);
void vr_router_free (VrRouter *router);
void vr_interface_free (VrInterface *interface);
void vr_route_free (VrRoute *route);
void vr_neighbour_free (VrNeighbour *neighbour);
void vr_sysctl_free (VrSysctl *setting);
void vr_ospf_free (VrOspf *ospf);
void vr_bgp_free (VrBgp *bgp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrLab, vr_lab_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPort, vr_port_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRouter, vr_router_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrInterface, vr_interface_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRoute, vr_route_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrNeighbour, vr_neighbour_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSysctl, vr_sysctl_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOspf, vr_ospf_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrBgp, vr_bgp_free)
