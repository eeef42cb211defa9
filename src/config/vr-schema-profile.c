/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a profile. */
#include "config/vr-schema.h"

#define MS_NS 1000000ull

G_STATIC_ASSERT (sizeof (VrSwitch) == sizeof (guint) && sizeof (VrAttach) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrMacvtapMode) == sizeof (guint) && sizeof (VrNeighbours) == sizeof (guint)
                 && sizeof (VrAccel) == sizeof (guint));
G_STATIC_ASSERT (G_STRUCT_OFFSET (VrPvr, common) == 0 && G_STRUCT_OFFSET (VrMsr, common) == 0);
G_STATIC_ASSERT (sizeof (guint32) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrBalancePolicy) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrGovernor) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrFollowPolicy) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrRouterKind) == sizeof (guint) && sizeof (VrNicModel) == sizeof (guint));

static const char *const switch_words[] = { "auto", "on", "off", NULL };
static const char *const toggle_words[] = { "", "on", "off", NULL };
static const char *const attach_words[] = { "macvtap", "bridge", "ovs", "hub", "vhost-user", NULL };
static const char *const driver_words[] = { "af-packet", "af-xdp", NULL };
static const char *const neighbours_words[] = { "asked", "static", NULL };
static const char *const mode_words[] = { "bridge", "private", "vepa", "passthru", NULL };
static const char *const kind_words[] = { "guest", "native", NULL };
static const char *const accel_words[] = { "auto", "kvm", "tcg", NULL };
static const char *const hugepages_words[] = { "off", "2M", "1G", NULL };
static const char *const nic_words[] = { "virtio", "e1000", NULL };
static const char *const balancer_words[] = { "nftables", "xdp", NULL };
static const char *const policy_words[] = { "hash", "round-robin", "random", "least", NULL };
static const char *const follow_words[] = { "", "fixed", "dynamic", NULL };
static const char *const idle_words[] = { "shutdown", "keep", NULL };
static const char *const governor_words[] = { "", "performance", NULL };
static const char *const selectors[] = { "vcpu.N",   "vhost.PORT", "vhost.PORT.Q", "mover.PORT",
                                         "emulator", "iothread.N", "pmd.CPU",      NULL };

static gpointer
add_lab (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  g_assert (name == NULL);
  lab->origin = origin;
  return lab;
}

static gpointer
add_host (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  g_assert (name == NULL && lab->host == NULL);
  lab->host = vr_host_settings_new ();
  lab->host->origin = origin;
  return lab->host;
}

static gpointer
add_port (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrPort *port = vr_port_new ();
  port->name = name;
  port->origin = origin;
  vr_lab_add_port (lab, port);
  return port;
}

static gpointer
add_router (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrRouter *router = vr_router_new ();
  router->name = name;
  router->origin = origin;
  vr_lab_add_router (lab, router);
  return router;
}

static gpointer
add_pvr (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrPvr *pvr = vr_pvr_new ();
  pvr->common.name = name;
  pvr->common.origin = origin;
  vr_lab_add_pvr (lab, pvr);
  return pvr;
}

static gpointer
add_msr (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrMsr *msr = vr_msr_new ();
  msr->common.name = name;
  msr->common.origin = origin;
  vr_lab_add_msr (lab, msr);
  return msr;
}

static gpointer
add_schedule (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrSchedule *schedule = vr_schedule_new ();
  schedule->router = name;
  schedule->origin = origin;
  vr_lab_add_schedule (lab, schedule);
  return schedule;
}

static gpointer
add_tenant (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  VrTenant *tenant = vr_tenant_new ();
  tenant->name = name;
  tenant->origin = origin;
  vr_lab_add_tenant (lab, tenant);
  return tenant;
}

static gpointer
add_follow (gpointer root, char *name, VrOrigin origin)
{
  VrLab *lab = root;
  g_assert (name == NULL && lab->follow == NULL);
  lab->follow = vr_follow_settings_new ();
  lab->follow->origin = origin;
  return lab->follow;
}

static const VrSchemaGroup groups[] = {
  { "lab", NULL, 1, "The lab as a whole. The group may be left out.", 0, 0, add_lab },
  { "host", NULL, 1,
    "What the lab wants of the whole host while it is up; see HOST. The last of the labs that want "
    "a value gives it back as the first found it.",
    G_STRUCT_OFFSET (VrLab, host), 0, add_host },
  { "port", "port", VR_LAB_PORTS_MAX,
    "A way into the lab: a network card of the host, or a pair of test interfaces. Inside a router "
    "the interface bears the name of its port, where a kernel takes that: at most 15 characters, "
    "and not lo, all, default, eth0 or the like.",
    G_STRUCT_OFFSET (VrLab, ports), G_STRUCT_OFFSET (VrPort, name), add_port },
  { "router", "router", VR_LAB_ROUTERS_MAX,
    "A virtual router: a guest, or a network namespace of the host.",
    G_STRUCT_OFFSET (VrLab, declared), G_STRUCT_OFFSET (VrRouter, name), add_router },
  { "pvr", "PVR", VR_LAB_ROUTERS_MAX,
    "Parallel virtual routers: guests NAME-1, NAME-2 and so on that the outside sees as one "
    "router; "
    "see PARALLEL ROUTERS. It has the keys of a router too, which say what each of them is.",
    G_STRUCT_OFFSET (VrLab, pvrs), G_STRUCT_OFFSET (VrPvr, common.name), add_pvr,
    .like = "router" },
  { "msr", "MSR", VR_LAB_ROUTERS_MAX,
    "A multistage router: balancers NAME-lb1, NAME-lb2 and so on, an internal network, "
    "back-end routers NAME-br1, NAME-br2 and so on, and perhaps a control processor NAME-cp, all "
    "guests, that the outside sees as one router; see MULTISTAGE ROUTERS. It has the keys of a "
    "router too, which say what each back-end is; image, accel, emulator, nic-model and vhost are "
    "the other parts' as well.",
    G_STRUCT_OFFSET (VrLab, msrs), G_STRUCT_OFFSET (VrMsr, common.name), add_msr,
    .like = "router" },
  { "schedule", "router", VR_LAB_ROUTERS_MAX,
    "How the threads of a guest get CPU time; NAME is that of its router, or of a PVR or MSR: then "
    "of each member or part that has the thread, where a group of its own does not say otherwise.",
    G_STRUCT_OFFSET (VrLab, schedules), G_STRUCT_OFFSET (VrSchedule, router), add_schedule },
  { "tenant", "tenant", VR_LAB_TENANTS_MAX,
    "Routers that together are held to a packet rate, whatever is offered to them and to others; "
    "see TENANTS.",
    G_STRUCT_OFFSET (VrLab, tenants), G_STRUCT_OFFSET (VrTenant, name), add_tenant },
  { "balance", NULL, 1,
    "Routers whose cores follow their load: what is reserved for their threads, and the CPUs that "
    "these run on; see CORES THAT FOLLOW THE LOAD.",
    G_STRUCT_OFFSET (VrLab, follow), 0, add_follow },
};

#define LAB(field) .group = "lab", .offset = G_STRUCT_OFFSET (VrLab, field)
#define HOST(field) .group = "host", .offset = G_STRUCT_OFFSET (VrHostSettings, field)
#define PORT(field) .group = "port", .offset = G_STRUCT_OFFSET (VrPort, field)
#define ROUTER(field) .group = "router", .offset = G_STRUCT_OFFSET (VrRouter, field)
#define PVR(field) .group = "pvr", .offset = G_STRUCT_OFFSET (VrPvr, field)
#define MSR(field) .group = "msr", .offset = G_STRUCT_OFFSET (VrMsr, field)
#define TENANT(field) .group = "tenant", .offset = G_STRUCT_OFFSET (VrTenant, field)
#define BALANCE(field) .group = "balance", .offset = G_STRUCT_OFFSET (VrFollowSettings, field)
#define SCHEDULE(field) .group = "schedule", .offset = G_STRUCT_OFFSET (VrSchedule, field)

static const VrSchemaKey keys[] = {
  { LAB (name), .key = "name", .kind = VR_VALUE_NAME,
    .absent = "the profile's file name without .conf",
    .doc = "The lab's name, under which up, down and status know it." },
  { LAB (description), .key = "description", .kind = VR_VALUE_TEXT, .max = 256, .absent = "none",
    .doc = "A line for people." },

  { HOST (housekeeping), .key = "housekeeping", .kind = VR_VALUE_CPUS, .fallback = "0",
    .doc = "CPUs that are kept for the system, CPU 0 among them: @auto in a schedule never takes "
           "them, and auto below means them." },
  { HOST (offline), .key = "offline", .kind = VR_VALUE_CPUS, .absent = "none",
    .doc = "CPUs that are taken offline, before anything else. Neither CPU 0 nor one that the "
           "profile names elsewhere." },
  { HOST (interrupts), .key = "interrupts", .kind = VR_VALUE_PORT_CPUS, .list = VR_LIST_LINES,
    .max = VR_LAB_PORTS_MAX, .absent = "left to the host",
    .doc = "CPUs that serve all interrupts of the port's device." },
  { HOST (rps), .key = "rps", .kind = VR_VALUE_PORT_CPUS, .list = VR_LIST_LINES,
    .max = VR_LAB_PORTS_MAX, .absent = "left to the host",
    .doc = "CPUs to which the kernel spreads the packets that the port's device receives (receive "
           "packet steering), by flow; of a test port, of its near end." },
  { HOST (xps), .key = "xps", .kind = VR_VALUE_PORT_CPUS, .list = VR_LIST_LINES,
    .max = VR_LAB_PORTS_MAX, .absent = "left to the host",
    .doc = "CPUs that may send by the queues of the port's device (transmit packet steering); of a "
           "test port, of its near end." },
  { HOST (governor), .key = "governor", .kind = VR_VALUE_CHOICE, .words = governor_words,
    .absent = "left to the host", .doc = "How the CPUs choose their frequency, where they do." },
  { HOST (rt_runtime_us), .key = "rt-runtime", .kind = VR_VALUE_RUNTIME, .min = 1000,
    .max = 1000000, .absent = "left to the host",
    .doc = "How much of each second all real-time threads of a CPU get together "
           "(kernel.sched_rt_runtime_us); off: all of it, and one that never sleeps then takes the "
           "CPU away from everybody else." },

  { PORT (device), .key = "device", .kind = VR_VALUE_DEVICE, .presence = VR_KEY_REQUIRED,
    .doc
    = "The interface of the host that carries the port; or \"test\", which makes a veth pair "
      "whose far end lies in a network namespace vrkit-LAB-PORT; or \"internal\": a bridge that "
      "joins routers of this lab and nothing else." },
  { PORT (attach), .key = "attach", .kind = VR_VALUE_CHOICE, .words = attach_words,
    .fallback = "macvtap",
    .doc = "How routers are joined to the device: each by a macvtap on it, or each by a tap on a "
           "bridge that the device belongs to: Linux's, one of Open vSwitch (ovs), or one of Linux "
           "that learns no addresses and gives every frame to all (hub); or with nothing of the "
           "kernel between, to a bridge of Open vSwitch with DPDK (vhost-user); see INTERCONNECTS. "
           "With "
           "device = internal the default is bridge, and there is no macvtap." },
  { PORT (vlan), .key = "vlan", .kind = VR_VALUE_NUMBER, .min = 1, .max = 4094,
    .absent = "a bridge of its own",
    .doc = "The port is that VLAN of one switch, which it shares with the lab's other ports that "
           "are VLANs. Only with device = internal; attach says whose switch, Linux's or Open "
           "vSwitch's." },
  { PORT (neighbours), .key = "neighbours", .kind = VR_VALUE_CHOICE, .words = neighbours_words,
    .fallback = "asked",
    .doc = "static: routers on the port, and the far end of a test port, have one another as "
           "permanent neighbours, and none of them asks by ARP or neighbour discovery." },
  { PORT (mode), .key = "mode", .kind = VR_VALUE_CHOICE, .words = mode_words, .fallback = "bridge",
    .doc
    = "The macvtap's mode. With passthru the one router of the port has the device for itself. "
      "Only with attach = macvtap." },
  { PORT (driver), .key = "driver", .kind = VR_VALUE_CHOICE, .words = driver_words,
    .fallback = "af-packet",
    .doc
    = "By what DPDK takes the frames of the port's device: af-packet, a socket of the kernel's; "
      "or af-xdp, a program in the device's driver, for which DPDK must have net_af_xdp. Only "
      "with attach = vhost-user." },
  /* The kernel's own limit: a ring of 2^22 bytes (KMALLOC_MAX_SIZE) of pointers,
   * include/linux/ptr_ring.h. */
  { PORT (queue_length), .key = "queue-length", .kind = VR_VALUE_NUMBER, .max = 524288,
    .fallback = "50",
    .doc = "Packets that the macvtap or tap of a router holds until the router takes them. 0 drops "
           "everything; long queues waste the CPU time of packets that are dropped later." },
  { PORT (mtu), .key = "mtu", .kind = VR_VALUE_NUMBER, .min = 68, .max = 65535,
    .absent = "the device's", .doc = "Bytes of an IP packet on the port." },
  { PORT (promiscuous), .key = "promiscuous", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "auto",
    .doc = "Whether the device takes frames for any MAC address; auto: where the attachment needs "
           "it." },
  { PORT (offloads), .key = "offloads", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "off",
    .doc = "Segmentation and checksum offloads of the device and of what is made on it: off is "
           "right for forwarding, auto leaves them as they are." },
  /* An unsigned number of 32 bits is what ethtool's family carries; devices take far less, and
   * say so. */
  { PORT (queues.channels), .key = "channels", .kind = VR_VALUE_NUMBER, .min = 1, .max = 4096,
    .absent = "the device's",
    .doc = "Pairs of queues on which the device receives and sends, each with an interrupt of its "
           "own; of a test port, the queues of its near end, at most one for each CPU." },
  { PORT (queues.rx_ring), .key = "rx-ring", .kind = VR_VALUE_NUMBER, .min = 1, .max = 1048576,
    .absent = "the device's",
    .doc = "Packets that each receive ring of the device holds until the kernel takes them. Only "
           "of a device of the host, as all below." },
  { PORT (queues.tx_ring), .key = "tx-ring", .kind = VR_VALUE_NUMBER, .min = 1, .max = 1048576,
    .absent = "the device's",
    .doc = "Packets that each send ring of the device holds until they are on the wire." },
  { PORT (queues.rx_usecs), .key = "rx-usecs", .kind = VR_VALUE_COUNT, .max = 1000000,
    .absent = "the device's",
    .doc = "How long the device may wait with an interrupt after it has received a packet, for "
           "more to come (interrupt coalescing); 0: not at all." },
  { PORT (queues.tx_usecs), .key = "tx-usecs", .kind = VR_VALUE_COUNT, .max = 1000000,
    .absent = "the device's", .doc = "Likewise after it has sent one." },
  { PORT (queues.rx_frames), .key = "rx-frames", .kind = VR_VALUE_COUNT, .max = 1048576,
    .absent = "the device's",
    .doc = "With how many received packets the device raises an interrupt, however short it has "
           "waited." },
  { PORT (queues.tx_frames), .key = "tx-frames", .kind = VR_VALUE_COUNT, .max = 1048576,
    .absent = "the device's", .doc = "Likewise with how many sent ones." },
  { PORT (queues.adaptive), .key = "adaptive-coalescing", .kind = VR_VALUE_CHOICE,
    .words = toggle_words, .absent = "the device's",
    .doc = "Whether the device's driver chooses these waiting times by itself, as packets come; "
           "off, where they are to be what they are." },
  { PORT (test_addresses), .key = "test-address", .kind = VR_VALUE_PREFIXES, .list = VR_LIST_COMMAS,
    .max = 256, .absent = "none", .doc = "Addresses of the far end. Only with device = test." },
  { PORT (test_gateways), .key = "test-gateway", .kind = VR_VALUE_ADDRESSES, .list = VR_LIST_COMMAS,
    .max = 2, .absent = "none",
    .doc = "The far end's default routes, at most one for IPv4 and one for IPv6. Each lies in the "
           "network of a test-address. Only with device = test." },

  { ROUTER (kind), .key = "kind", .kind = VR_VALUE_CHOICE, .words = kind_words, .fallback = "guest",
    .doc = "A virtual machine; or native: the same router as a network namespace of the host, "
           "for which vcpus, memory, hugepages, image, accel, emulator, nic-model, vhost and "
           "rt-share mean nothing." },
  { ROUTER (vcpus), .key = "vcpus", .kind = VR_VALUE_NUMBER, .min = 1, .max = VR_ROUTER_VCPUS_MAX,
    .fallback = "1", .doc = "Virtual CPUs of the guest." },
  { ROUTER (memory_mib), .key = "memory", .kind = VR_VALUE_MEMORY, .min = 16, .max = 4 << 20,
    .fallback = "128M", .doc = "Memory of the guest, in whole MiB." },
  { ROUTER (hugepages), .key = "hugepages", .kind = VR_VALUE_CHOICE, .words = hugepages_words,
    .fallback = "off",
    .doc = "Huge pages of that size, out of those that the host has reserved, are the guest's "
           "memory, which is a whole number of them; all of it is taken when the guest starts." },
  { ROUTER (image), .key = "image", .kind = VR_VALUE_NAME, .fallback = "router",
    .doc = "The guest image, one of type router, see vrkit-image(5)." },
  { ROUTER (accel), .key = "accel", .kind = VR_VALUE_CHOICE, .words = accel_words,
    .fallback = "auto",
    .doc = "What runs the guest's instructions; auto: KVM where it works, else TCG. To a guest of "
           "TCG the pace of the host's time-stamp counter is told, where that is constant." },
  { ROUTER (emulator), .key = "emulator", .kind = VR_VALUE_PATH, .max = 1024,
    .absent = "libvirt's choice", .doc = "The QEMU binary." },
  { ROUTER (nic_model), .key = "nic-model", .kind = VR_VALUE_CHOICE, .words = nic_words,
    .fallback = "virtio",
    .doc
    = "The guest's network cards. An e1000 carries an MTU of at most 16110 and has no vhost." },
  { ROUTER (vhost), .key = "vhost", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "auto",
    .doc = "Whether the host's kernel moves the guest's packets, else QEMU does; auto: where the "
           "host can." },
  { ROUTER (rt_percent), .key = "rt-share", .kind = VR_VALUE_PERCENT, .min = 1, .max = 100,
    .absent = "what others leave",
    .doc
    = "Of the time of each CPU, what the guest's threads of fifo and rr get together on a host "
      "whose kernel grants such time by group (CONFIG_RT_GROUP_SCHED); elsewhere nothing "
      "limits them so. Routers that do not say it share what all others leave." },
  { ROUTER (forwarding), .key = "forwarding", .kind = VR_VALUE_CHOICE, .words = toggle_words,
    .fallback = "on", .doc = "Whether the router forwards packets, IPv4 and IPv6." },
  { ROUTER (interfaces), .key = "interface", .kind = VR_VALUE_INTERFACES, .list = VR_LIST_COMMAS,
    .max = VR_ROUTER_INTERFACES_MAX, .absent = "none",
    .doc = "A network card on a port, with its addresses. Its MAC address, where none is given, is "
           "derived from the names of lab, router and port. A guest's card has one pair of queues, "
           "or N, at most one for each of its vcpus, and takes the packets of a flow on one of "
           "them; with vhost each has a worker of its own." },
  { ROUTER (routes), .key = "route", .kind = VR_VALUE_ROUTES, .list = VR_LIST_COMMAS,
    .max = 1000000, .absent = "none",
    .doc
    = "A route by a gateway on a connected network, or straight out of an interface. PREFIX by "
      "/LENGTH stands for many: one for each network of that length in the prefix, at most "
      "1,048,576 of them, and 1,024 in a native router, whose routes are made one by one." },
  { ROUTER (neighbours), .key = "neighbour", .kind = VR_VALUE_NEIGHBOURS, .list = VR_LIST_COMMAS,
    .max = 65536, .absent = "none",
    .doc = "A permanent neighbour, which need not be asked for by ARP or neighbour discovery." },
  { ROUTER (sysctls), .key = "sysctl", .kind = VR_VALUE_SYSCTLS, .list = VR_LIST_LINES, .max = 1024,
    .absent = "none",
    .doc = "A setting of the router's kernel, whose name begins with net., kernel. or vm.; only "
           "with net. in a native router, since the others are the host's. One a line: the value "
           "may hold commas." },

  { PVR (members), .key = "members", .kind = VR_VALUE_NUMBER, .min = 1, .max = VR_PVR_MEMBERS_MAX,
    .fallback = "2", .doc = "How many guests there are." },

  { MSR (balancers), .key = "balancers", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_MSR_BALANCERS_MAX, .fallback = "1",
    .doc = "How many guests take packets in and out. The interfaces go round them in their order: "
           "there are at most as many balancers." },
  { MSR (routers), .key = "routers", .kind = VR_VALUE_NUMBER, .min = 1, .max = VR_MSR_ROUTERS_MAX,
    .fallback = "2", .doc = "How many guests forward them: the back-ends." },
  { MSR (balancer), .key = "balancer", .kind = VR_VALUE_CHOICE, .words = balancer_words,
    .fallback = "nftables",
    .doc
    = "What balances in a balancer's guest: rules of nftables, or programs in the driver of its "
      "network cards (XDP), which take less CPU time for a packet." },
  { MSR (policy), .key = "policy", .kind = VR_VALUE_CHOICE, .words = policy_words,
    .fallback = "hash",
    .doc
    = "How a balancer chooses the back-end of a packet: by a hash of its addresses and, of TCP "
      "and UDP, ports, so that the packets of a flow stay in their order; each in turn; at "
      "random; or least: the one that has had the fewest bytes for some 100 ms, only with "
      "balancer = xdp." },
  { MSR (weights), .key = "weights", .kind = VR_VALUE_WEIGHTS, .list = VR_LIST_COMMAS,
    .max = VR_MSR_ROUTERS_MAX, .absent = "1 for each back-end",
    .doc = "How much each back-end gets beside the others, from the first on, 0 to 1000; 1 where "
           "there are fewer numbers than back-ends, and 0 gets nothing." },
  { MSR (balancer_vcpus), .key = "balancer-vcpus", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_ROUTER_VCPUS_MAX, .fallback = "1", .doc = "Virtual CPUs of each balancer." },
  { MSR (balancer_memory_mib), .key = "balancer-memory", .kind = VR_VALUE_MEMORY, .min = 16,
    .max = 4 << 20, .fallback = "128M", .doc = "Memory of each balancer, in whole MiB." },
  { MSR (control), .key = "control", .kind = VR_VALUE_CHOICE, .words = toggle_words,
    .fallback = "off",
    .doc = "Whether there is a guest NAME-cp that speaks with other routers as the MSR, and gives "
           "the back-ends their routes; see CONTROL PROCESSORS. All keys below are for it." },
  { MSR (control_vcpus), .key = "control-vcpus", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_ROUTER_VCPUS_MAX, .fallback = "1", .doc = "Its virtual CPUs." },
  { MSR (control_memory_mib), .key = "control-memory", .kind = VR_VALUE_MEMORY, .min = 16,
    .max = 4 << 20, .fallback = "128M", .doc = "Its memory, in whole MiB." },
  { MSR (router_id), .key = "router-id", .kind = VR_VALUE_ADDRESSES, .list = VR_LIST_COMMAS,
    .max = 1, .absent = "the MSR's first IPv4 address",
    .doc = "By what other routers tell it from one another: a number that is written like an IPv4 "
           "address." },
  { MSR (as_number), .key = "as", .kind = VR_VALUE_NUMBER, .min = 1, .max = 4294967294,
    .absent = "none",
    .doc = "The number of the network (autonomous system) that it is of, to BGP." },
  { MSR (ospf), .key = "ospf", .kind = VR_VALUE_OSPF, .list = VR_LIST_COMMAS,
    .max = VR_ROUTER_INTERFACES_MAX, .absent = "none",
    .doc = "It speaks OSPF on that port, version 2 where the MSR has an IPv4 address there and "
           "version 3 where it has an IPv6 one. Without more it is area 0, a cost of 10, a hello "
           "every 10 s, and a broadcast network; a neighbour is gone after four hellos." },
  { MSR (bgp), .key = "bgp", .kind = VR_VALUE_BGP, .list = VR_LIST_COMMAS, .max = 1024,
    .absent = "none",
    .doc = "It speaks BGP with the router of that address, which is on one of its networks, and of "
           "the autonomous system N: about IPv4 or IPv6, as the address is. A neighbour that has "
           "said nothing for 90 s, or those of hold, is gone." },

  { SCHEDULE (threads), .key = "selector", .patterns = selectors, .kind = VR_VALUE_THREADS,
    .list = VR_LIST_LINES, .max = 1024, .absent = "the thread is left to the host",
    .doc = "A thread: the vcpu N, from 0; the kernel's vhost worker of the interface on PORT, or "
           "of its queue Q; whichever thread moves the packets of the interface on PORT, its vhost "
           "worker or, without vhost, QEMU's main loop; QEMU's main loop; the I/O thread N; the "
           "thread of Open vSwitch with DPDK that polls on CPU. See SCHEDULES for the value." },

  { TENANT (routers), .key = "routers", .kind = VR_VALUE_NAMES, .list = VR_LIST_COMMAS,
    .presence = VR_KEY_REQUIRED, .max = VR_LAB_ROUTERS_MAX,
    .doc = "Its routers, PVRs and MSRs, each of one tenant at most. The rate is that of all of "
           "them together; each guest that routes gets an equal part, and an MSR's back-ends "
           "theirs by its weights." },
  { TENANT (rate), .key = "rate", .kind = VR_VALUE_RATE, .presence = VR_KEY_REQUIRED,
    .doc = "Packets that its routers forward a second while as many are offered, no fewer and no "
           "more. With \"at SIZE\" they are frames of so many bytes, FCS included, as a rate in "
           "bits must have it; without, of 64." },
  { TENANT (guarantee), .key = "guarantee", .kind = VR_VALUE_RATE, .absent = "rate",
    .doc = "What it keeps of its rate where CPU time does not suffice for all: at most the rate." },
  { TENANT (limit), .key = "limit", .kind = VR_VALUE_RATE, .absent = "rate",
    .doc = "What it may have while CPU time is to spare: at least the rate." },
  { TENANT (priority), .key = "priority", .kind = VR_VALUE_NUMBER, .max = 1000, .fallback = "0",
    .doc = "Who goes first where CPU time does not suffice, and where some is to spare: the "
           "greater. Tenants of one priority get the same part of what they are to get." },

  { BALANCE (policy), .key = "policy", .kind = VR_VALUE_CHOICE, .words = follow_words,
    .presence = VR_KEY_REQUIRED,
    .doc = "dynamic: what is reserved, and cores, follow the load. fixed: each router has what its "
           "tenant's rate takes, or without a tenant all of its cores." },
  { BALANCE (routers), .key = "routers", .kind = VR_VALUE_NAMES, .list = VR_LIST_COMMAS,
    .presence = VR_KEY_REQUIRED, .max = VR_LAB_ROUTERS_MAX,
    .doc
    = "The routers that do: guests that are alone, PVRs, whose members do alike, and MSRs, whose "
      "back-ends do; of a tenant all or none." },
  { BALANCE (cpus), .key = "cpus", .kind = VR_VALUE_CPUS,
    .absent = "all that guests may have but CPU 0 and those of [host] housekeeping",
    .doc = "Where their threads may run." },
  { BALANCE (period_ns), .key = "period", .kind = VR_VALUE_DURATION, .min = 100 * MS_NS,
    .max = 10000 * MS_NS, .fallback = "1s", .doc = "How often it is decided." },
  { BALANCE (weight), .key = "weight", .kind = VR_VALUE_PERCENT, .min = 1, .max = 100,
    .fallback = "40%",
    .doc = "Of the last period's rate of arrivals in its moving average, which is what is decided "
           "by." },
  { BALANCE (up), .key = "up", .kind = VR_VALUE_PERCENT, .min = 10, .max = 100, .fallback = "90%",
    .doc = "Of what a router forwards with what it has: above it, it gets more." },
  { BALANCE (down), .key = "down", .kind = VR_VALUE_PERCENT, .min = 1, .max = 99, .fallback = "70%",
    .doc = "Of what it would forward with less: below it, for as long as patience says, it gets "
           "less." },
  { BALANCE (patience), .key = "patience", .kind = VR_VALUE_NUMBER, .min = 1, .max = 1000,
    .fallback = "3", .doc = "Periods in which the rate must be low before less is reserved." },
  { BALANCE (step), .key = "step", .kind = VR_VALUE_PERCENT, .min = 1, .max = 100,
    .fallback = "25%",
    .doc = "By which a reservation grows: per cent of what the cores that a router has forward." },
  { BALANCE (least_cores), .key = "least-cores", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_FOLLOW_THREADS_MAX, .fallback = "1", .doc = "That each router has at least." },
  { BALANCE (most_cores), .key = "most-cores", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_FOLLOW_THREADS_MAX, .absent = "as many as it has threads that can be reserved for",
    .doc = "That each router, or each member of a PVR or back-end of an MSR, has at most; a thread "
           "has no more than one." },
  { BALANCE (least_members), .key = "least-members", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_PVR_MEMBERS_MAX, .fallback = "1",
    .doc = "That each PVR, or MSR of back-ends, has at least, where most-members lets their number "
           "follow the load." },
  { BALANCE (most_members), .key = "most-members", .kind = VR_VALUE_NUMBER, .min = 1,
    .max = VR_PVR_MEMBERS_MAX, .absent = "their number stays",
    .doc = "That each PVR, or MSR of back-ends, has at most: one whose members have all the cores "
           "that they may have gets one more, as by `vrkit scale`, and the last ones go again "
           "first." },
  { BALANCE (idle), .key = "idle", .kind = VR_VALUE_CHOICE, .words = idle_words,
    .fallback = "shutdown",
    .doc = "What becomes of members or back-ends that most-members let come and the load does not "
           "need any more. shutdown: they are drained and shut down, down to least-members. keep: "
           "they stay, and all have less reserved; what arrives again finds them there." },
};

const VrSchema *
vr_schema_profile (void)
{
  static const VrSchema schema
      = { groups, G_N_ELEMENTS (groups), keys, G_N_ELEMENTS (keys), "a lab", "vrkit-profile(5)" };
  return &schema;
}
