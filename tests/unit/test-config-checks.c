/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of a lab must be to one another: each case is refused by one check alone. */
#include "unit/profile-fixture.h"

typedef struct {
  const char *what;
  const char *text;
  guint line; /* 0: the profile is good */
  const char *fragments;
} Case;

#define BALANCE "[balance]\npolicy = dynamic\nrouters = r1\n"
#define TENANT "[tenant t]\nrouters = r1\nrate = 5kpps\n"
#define ROUTER_TWO "[router r2]\ninterface = left 198.18.1.7/24\n"
#define PORT "[port left]\ndevice = test\n"
#define TWO PORT "[port right]\ndevice = test\n"
#define INTERNAL "[port left]\ndevice = internal\n"
#define INSIDE "[router r1]\ninterface = left\n"
#define ROUTER "[router r1]\ninterface = left 198.18.1.1/24\n"
#define PVR_RIGHT "[port right]\ndevice = test\n[pvr p]\ninterface = right 198.18.2.1/24\n"
#define PVR "[pvr p]\ninterface = left 198.18.1.1/24\n"
#define MSR "[msr m]\ninterface = left 198.18.1.1/24\n"
#define CONTROL MSR "control = on\n"
#define MAC1 "52:54:00:00:00:01"

static const Case cases[] = {
  { "no router", PORT, 1, "lab \"t\" has no router|add a group [router NAME]" },
  { "no device", "[port left]\n[router r1]\n", 1, "[port left] lacks the key \"device\"" },
  { "unknown port", TWO "[router r1]\ninterface = rihgt\n", 6,
    "interface: there is no port \"rihgt\"; did you mean \"right\"?" },
  { "unknown port, none near", PORT "[router r1]\ninterface = dmz\n", 4, "add a group [port dmz]" },
  { "unknown port in route", PORT ROUTER "route = ::/0 dev lft\n", 5, "route: |mean \"left\"?" },
  { "unknown port in neighbour", PORT ROUTER "neighbour = 198.18.1.2 " MAC1 " lefty\n", 5,
    "neighbour: |mean \"left\"?" },
  { "route by a port without interface", TWO ROUTER "route = ::/0 dev right\n", 7,
    "route: router \"r1\" has no interface on port \"right\"" },
  { "neighbour on a port without interface", TWO ROUTER "neighbour = 1.2.3.4 " MAC1 " right\n", 7,
    "neighbour: router \"r1\" has no interface on port \"right\"" },
  { "two interfaces on a port", PORT ROUTER "interface = left 198.18.2.1/24\n", 5,
    "on port \"left\" already, at t.conf:4|put all its addresses there" },
  { "MAC twice on a port",
    PORT "[router r1]\ninterface = left mac=" MAC1 "\n"
         "[router r2]\ninterface = left mac=" MAC1 "\n",
    6, "MAC address \"" MAC1 "\"|on this port, first at t.conf:4" },
  { "MAC twice in a router",
    TWO "[router r1]\ninterface = left mac=" MAC1 "\n"
        "interface = right mac=" MAC1 "\n",
    7, "in this router, first at t.conf:6" },
  { "MAC twice elsewhere",
    TWO "[router r1]\ninterface = left mac=" MAC1 "\n"
        "[router r2]\ninterface = right mac=" MAC1 "\n",
    0, NULL },
  { "address twice on a port", PORT ROUTER "[router r2]\ninterface = left 198.18.1.1/16\n", 6,
    "\"198.18.1.1\"|on this port, first at t.conf:4" },
  { "address of the test end", PORT "test-address = 198.18.1.1/24\n" ROUTER, 5,
    "on this port, first at t.conf:3" },
  { "test address twice",
    PORT "test-address = 198.18.1.1/24\ntest-address = 198.18.1.1/24\n" ROUTER, 4,
    "test-address: address \"198.18.1.1\"|first at t.conf:3" },
  { "address twice in a router", TWO ROUTER "interface = right 198.18.1.1/24\n", 7,
    "in this router, first at t.conf:6" },
  { "address twice in an interface", PORT "[router r1]\ninterface = left 2::1/64 2::1/64\n", 4,
    "given a second time" },
  { "address twice elsewhere", TWO ROUTER "[router r2]\ninterface = right 198.18.1.1/24\n", 0,
    NULL },
  { "an internal port", INTERNAL "attach = bridge\nmtu = 9000\n" INSIDE, 0, NULL },
  { "two internal ports", INTERNAL "[port right]\ndevice = internal\n" INSIDE, 0, NULL },
  { "a macvtap on an internal port", INTERNAL "attach = macvtap\n" INSIDE, 3,
    "attach: port \"left\" has device = internal, which is a bridge|write bridge, hub, ovs or "
    "vhost-user, or device = test" },
  { "a hub", INTERNAL "attach = hub\n" INSIDE, 0, NULL },
  { "a switch", INTERNAL "attach = ovs\n" INSIDE, 0, NULL },
  { "a switch with DPDK", INTERNAL "attach = vhost-user\nvlan = 7\n" INSIDE, 0, NULL },
  { "VLANs",
    INTERNAL
    "attach = ovs\nvlan = 1\n[port right]\ndevice = internal\nattach = ovs\nvlan = 4094\n" INSIDE,
    0, NULL },
  { "a VLAN twice",
    INTERNAL
    "attach = ovs\nvlan = 7\n[port right]\ndevice = internal\nattach = ovs\nvlan = 7\n" INSIDE,
    4, "vlan: \"7\" is port \"right\" already, at t.conf:5: give each its own" },
  { "a VLAN of a test port", PORT "attach = ovs\nvlan = 7\n" INSIDE, 4,
    "vlan: port \"left\" has device = test|remove the key, or write device = internal" },
  { "a VLAN of a hub", INTERNAL "attach = hub\nvlan = 7\n" INSIDE, 4,
    "vlan: \"7\" of port \"left\" needs a switch|write attach = bridge or ovs; or remove the key" },
  { "VLANs of a bridge",
    INTERNAL "vlan = 1\n[port right]\ndevice = internal\nattach = bridge\nvlan = 2\n" INSIDE, 0,
    NULL },
  { "a VLAN of a bridge twice",
    INTERNAL "vlan = 7\n[port right]\ndevice = internal\nattach = bridge\nvlan = 7\n" INSIDE, 3,
    "vlan: \"7\" is port \"right\" already, at t.conf:4: give each its own" },
  { "a VLAN of each kind of switch",
    INTERNAL "vlan = 7\n[port right]\ndevice = internal\nattach = ovs\nvlan = 7\n" INSIDE, 0,
    NULL },
  { "a VLAN beyond all", INTERNAL "attach = ovs\nvlan = 4095\n" INSIDE, 4, "4094" },
  { "a far end of an internal port", INTERNAL "test-address = 198.18.1.2/24\n" INSIDE, 3,
    "test-address: port \"left\" has device = internal|remove the key" },
  { "a macvtap's mode on an internal port", INTERNAL "mode = vepa\n" INSIDE, 3,
    "mode: port \"left\" has device = internal" },
  { "queues of an internal port", INTERNAL "channels = 2\n" INSIDE, 3, "channels: port \"left\"" },
  { "steering of an internal port", INTERNAL INSIDE "[host]\nrps = left 0\n", 6,
    "rps: port \"left\" has device = internal|remove the line" },
  { "members are guests", PORT PVR "kind = native\n", 5,
    "kind: the members of PVR \"p\" share macvtaps, which only guests can open" },
  { "members on a bridge", PORT "attach = bridge\n" PVR, 5,
    "share a macvtap, and port \"left\" has attach = bridge" },
  { "a member's name is taken", PORT "[pvr p]\n[router p-2]\n", 3,
    "PVR \"p\" has a member \"p-2\"|at t.conf:4: rename either" },
  { "a member's name is too long", PORT "[pvr abcdefghijabcdefghijabcdefghij]\n", 3,
    "whose name is too long" },
  { "no members", PORT PVR "members = 0\n", 5, "members" },
  { "too many members", PORT PVR "members = 257\n", 5, "members" },
  { "more members than queues",
    PORT "[pvr p]\nvcpus = 4\nmembers = 100\ninterface = left queues=3\n", 5,
    "members: 100 with 3 queues each on port \"left\" are more than the 256|85 members fit|2 "
    "queues" },
  { "a gateway that one member finds",
    PORT PVR "route = ::/0 via 2::2\nroute = default via 198.18.1.9\n", 5,
    "route: only one member of PVR \"p\" would hear|add neighbour = 2::2 MAC PORT" },
  { "no worker of a member", PORT PVR "vhost = off\n[schedule p-1]\nvhost.left = other\n", 7,
    "router \"p-1\" has vhost = off (t.conf:5)" },
  { "no worker of any member", PORT PVR "vhost = off\n[schedule p]\nvhost.left = other\n", 7,
    "router \"p\" has vhost = off (t.conf:5)" },
  { "no such vcpu of any member", PORT PVR "[schedule p]\nvcpu.1 = other\n", 6, "vcpu.1" },
  { "a schedule of nobody", PORT "[pvr abc]\n[schedule abd]\n", 4, "did you mean \"abc\"" },
  { "a gateway that is a neighbour",
    PORT PVR "route = default via 198.18.1.9\nneighbour = 198.18.1.9 " MAC1 " left\n", 0, NULL },
  { "a gateway that is a test port's",
    PORT "test-address = 198.18.1.9/24\n" PVR "route = default via 198.18.1.9\n", 0, NULL },
  { "members in passthru", PORT "mode = passthru\n" PVR, 0, NULL },
  { "parts are guests", PORT MSR "kind = native\n", 5,
    "kind: the parts of MSR \"m\" are guests: write kind = guest" },
  { "an MSR without interface", PORT "[msr m]\n", 3, "MSR \"m\" has no interface: add interface" },
  { "more balancers than interfaces", PORT MSR "balancers = 2\n", 5,
    "balancers: 2 are more than MSR \"m\" has interfaces, 1|lower balancers" },
  { "two interfaces of an MSR on a port", PORT MSR "balancers = 2\ninterface = left\n", 6,
    "MSR \"m\" has an interface on port \"left\" already, at t.conf:4" },
  { "a load that nftables does not know",
    PORT "[msr m]\npolicy = least\ninterface = left 198.18.1.1/24\n", 4,
    "policy: MSR \"m\" has balancer = nftables|balancer = xdp" },
  { "a schedule of an MSR",
    PORT MSR "vcpus = 2\n[schedule m]\nvcpu.1 = idle\nmover.left = idle\nmover.m-inner = idle\n", 0,
    NULL },
  { "a schedule of a vcpu that no part has", PORT MSR "[schedule m]\nvcpu.1 = idle\n", 6,
    "vcpu.1: no part of MSR \"m\" has such a thread|raise vcpus, balancer-vcpus" },
  { "a schedule of a port that no part has", TWO MSR "[schedule m]\nmover.right = idle\n", 8,
    "mover.right: no part of MSR \"m\" has such a thread|add an interface" },
  { "a schedule of nearly an MSR",
    PORT "[msr many]\ninterface = left\n[schedule manu]\nvcpu.0 = idle\n", 5,
    "there is no router \"manu\"; did you mean \"many\"?" },
  { "weights of more than there are", PORT MSR "weights = 2, 0, 5\n", 0, NULL },
  { "weights of nobody", PORT MSR "weights = 0, 0, 5\n", 5,
    "weights: all 2 back-ends of MSR \"m\" have 0" },
  { "weights that nftables does not take", PORT MSR "weights = 60, 4, 0\n", 5,
    "weights: 65 together|more than a balancer by nftables takes, 64|balancer = xdp" },
  { "weights that XDP takes", PORT MSR "balancer = xdp\nweights = 1000, 4\n", 0, NULL },
  { "an MSR's unknown port", PORT "[msr m]\ninterface = lefd\n", 4, "mean \"left\"?" },
  { "a balancer's name is taken", PORT MSR "[router m-lb1]\n", 3,
    "MSR \"m\" has a part \"m-lb1\"|at t.conf:5: rename either" },
  { "a back-end's name is taken", PORT MSR "[router m-br2]\n", 3, "has a part \"m-br2\"" },
  { "an MSR's name is too long", PORT "[msr abcdefghijabcdefghijabcdefg]\ninterface = left\n", 3,
    "-inner\", whose name is" },
  { "an MSR and a router of one name", PORT MSR "[router m]\n", 3,
    "MSR \"m\" has the name of another router, at t.conf:5" },
  { "an MSR and a PVR of one name", PORT MSR "[pvr m]\n", 3, "the name of another router" },
  { "an internal port's name is taken", PORT MSR "[port m-inner]\ndevice = test\n", 3,
    "has an internal port \"m-inner\"|at t.conf:5: rename either" },
  { "an MSR with an internal port of the profile",
    PORT MSR "[port m-inner]\ndevice = internal\nqueue-length = 9\n", 0, NULL },
  { "an MSR's internal port that is a VLAN",
    PORT MSR "[port m-inner]\ndevice = internal\nattach = ovs\nvlan = 3\n", 8,
    "vlan: port \"m-inner\" carries the ports of MSR \"m\" as VLANs|remove the key" },
  { "static neighbours inside an MSR",
    PORT MSR "[port m-inner]\ndevice = internal\nneighbours = static\n", 7,
    "neighbours: port \"m-inner\" carries" },
  { "an MSR's gateway that is a router on a port with static neighbours",
    PORT "neighbours = static\n" MSR
         "route = default via 198.18.1.9\n[router r9]\ninterface = left 198.18.1.9/24\n",
    0, NULL },
  { "an internal port too narrow",
    PORT "mtu = 9000\n" MSR "[port m-inner]\ndevice = internal\nmtu = 1500\n", 8,
    "mtu: the packets of MSR \"m\", of up to 9000 bytes, pass port \"m-inner\": raise" },
  { "a gateway that back-ends cannot ask for", PORT MSR "route = default via 198.18.1.9\n", 5,
    "route: no back-end of MSR \"m\" would hear|add neighbour = 198.18.1.9 MAC PORT" },
  { "an MSR's gateway that is a neighbour",
    PORT MSR "route = default via 198.18.1.9\nneighbour = 198.18.1.9 " MAC1 " left\n", 0, NULL },
  { "an MSR's gateway that is on no network of it",
    PORT MSR "neighbour = 198.18.9.9 " MAC1 " left\n", 5, "no host on a network of router \"m\"" },
  { "an MSR on a bridge", PORT "attach = bridge\n" MSR, 0, NULL },
  { "an address twice in an MSR",
    TWO "[msr m]\nbalancers = 2\ninterface = left 198.18.1.1/24\n"
        "interface = right 198.18.1.1/24\n",
    8, "in this router, first at t.conf:7" },
  { "more queues than a balancer has vcpus",
    PORT "[msr m]\nvcpus = 4\nbalancer-vcpus = 2\ninterface = left queues=3\n", 6,
    "router \"m-lb1\" has vcpus, 2 (t.conf:5)|raise balancer-vcpus" },
  { "a schedule of a balancer", PORT MSR "[schedule m-lb1]\nmover.m-inner = other\n", 0, NULL },
  { "a schedule of a vcpu that no balancer has",
    PORT MSR "vcpus = 4\n[schedule m-lb1]\nvcpu.2 = other\n", 7,
    "router \"m-lb1\" has balancer-vcpus = 1|or raise balancer-vcpus" },
  { "a schedule of a port that no back-end is on",
    PORT MSR "[schedule m-br1]\nmover.left = other\n", 6, "no interface on port \"left\"" },
  { "a control processor alone", PORT CONTROL, 0, NULL },
  { "a key of a control processor that is off", PORT MSR "ospf = left\n", 5,
    "ospf: MSR \"m\" has no control processor: write control = on" },
  { "a control processor of an MSR by XDP, with its policy",
    PORT CONTROL "balancer = xdp\npolicy = least\n", 0, NULL },
  { "a control processor's name is taken", PORT CONTROL "[router m-cp]\n", 3,
    "MSR \"m\" has a part \"m-cp\"|at t.conf:6" },
  { "a control processor finds gateways", PORT CONTROL "route = default via 198.18.1.9\n", 0,
    NULL },
  { "a router-id of IPv6", PORT CONTROL "router-id = 2::2\n", 6,
    "router-id: |like an address of IPv4" },
  { "nothing to be known by", PORT "[msr m]\ninterface = left 2::1/64\ncontrol = on\n", 3,
    "no IPv4 address|add router-id = ADDRESS" },
  { "known by another number",
    PORT "[msr m]\ninterface = left 2::1/64\ncontrol = on\nrouter-id = 1.1.1.1\n", 0, NULL },
  { "OSPF by a port without interface", TWO CONTROL "ospf = right\n", 8,
    "ospf: MSR \"m\" has no interface on port \"right\"" },
  { "OSPF by a port without address", TWO CONTROL "interface = right\nospf = right\n", 9,
    "ospf: |has no address (t.conf:8)" },
  { "OSPF twice on a port", PORT CONTROL "ospf = left, left cost=2\n", 6, "first at t.conf:6" },
  { "OSPF with a strange word", PORT CONTROL "ospf = left stub\n", 6,
    "\"stub\" is not a word of PORT" },
  { "OSPF with an area that is none", PORT CONTROL "ospf = left area=backbone\n", 6,
    "area=backbone|a number from 0 to 4294967295" },
  { "OSPF with an area of IPv6", PORT CONTROL "ospf = left area=::1\n", 6, "area=::1" },
  { "OSPF with two areas", PORT CONTROL "ospf = left area=1 area=0.0.0.2\n", 6,
    "is a second area" },
  { "OSPF with two types", PORT CONTROL "ospf = left type=broadcast type=broadcast\n", 6,
    "is a second type" },
  { "OSPF of a type that is none", PORT CONTROL "ospf = left type=nbma\n", 6,
    "is not type=broadcast or type=point-to-point" },
  { "OSPF for nothing", PORT CONTROL "ospf = left cost=0\n", 6, "a number from 1 to 65535" },
  { "OSPF by a port that has no name", PORT CONTROL "ospf = \"left\n", 6, "ospf" },
  { "BGP without a network", PORT CONTROL "bgp = 198.18.1.2 as=65002\n", 6,
    "no network of its own|add as = N" },
  { "BGP of a network that is none", PORT CONTROL "as = 23456\nbgp = 198.18.1.2 as=65002\n", 6,
    "as: |is set aside" },
  { "BGP with a network that is none", PORT CONTROL "as = 1\nbgp = 198.18.1.2 as=65535\n", 7,
    "bgp: |is set aside" },
  { "BGP with nobody's network", PORT CONTROL "as = 1\nbgp = 198.18.1.2\n", 7, "add as=N" },
  { "BGP with oneself", PORT CONTROL "as = 1\nbgp = 198.18.1.1 as=2\n", 7, "own address" },
  { "BGP with somebody far away", PORT CONTROL "as = 1\nbgp = 198.18.9.1 as=2\n", 7,
    "is on no network of MSR \"m\"" },
  { "BGP with a name", PORT CONTROL "as = 1\nbgp = peer as=2\n", 7, "\"peer\" is not an IPv4" },
  { "BGP twice with one", PORT CONTROL "as = 1\nbgp = 198.18.1.2 as=2, 198.18.1.2 as=3\n", 7,
    "first at t.conf:7" },
  { "BGP that holds too short", PORT CONTROL "as = 1\nbgp = 198.18.1.2 as=2 hold=2\n", 7,
    "a number from 3 to 65535" },
  { "BGP with IPv6",
    PORT "[msr m]\ninterface = left 198.18.1.1/24 2::1/64\ncontrol = on\nas = 1\n"
         "bgp = 2::2 as=2\n",
    0, NULL },
  { "a schedule of a vcpu that no control processor has",
    PORT CONTROL "vcpus = 4\n[schedule m-cp]\nvcpu.2 = other\n", 8,
    "router \"m-cp\" has control-vcpus = 1|or raise control-vcpus" },
  { "passthru taken", PORT "mode = passthru\n" ROUTER "[router r2]\ninterface = left\n", 7,
    "mode = passthru|router \"r1\" has it for itself (t.conf:4)" },
  { "passthru alone", PORT "mode = passthru\n" ROUTER, 0, NULL },
  { "gateway not connected", PORT ROUTER "route = default via 198.18.2.1\n", 5,
    "route: gateway \"198.18.2.1\" is no host on a network of router \"r1\"" },
  { "gateway is the broadcast address", PORT ROUTER "route = default via 198.18.1.255\n", 5,
    "route: gateway \"198.18.1.255\" is no host" },
  { "gateway on the longer network",
    PORT "[router r1]\n"
         "interface = left 198.18.1.1/16 198.18.3.1/24\nroute = default via 198.18.3.2\n",
    0, NULL },
  { "gateway on IPv6",
    PORT "[router r1]\ninterface = left 2001:2::1/64\n"
         "route = default via 2001:2::2\n",
    0, NULL },
  { "gateway of the other kind", PORT ROUTER "route = default via 2001:2::2\n", 5,
    "route: gateway \"2001:2::2\"" },
  { "gateway is the router", PORT ROUTER "route = default via 198.18.1.1\n", 5,
    "\"198.18.1.1\" is router \"r1\"'s own address (t.conf:4)" },
  { "route twice", PORT ROUTER "route = ::/0 dev left\nroute = ::/0 dev left\n", 6,
    "route: \"::/0\" has a route already, at t.conf:5" },
  { "route that is connected", PORT ROUTER "route = 198.18.1.0/24 dev left\n", 5,
    "is connected by an interface (t.conf:4)" },
  { "routes of one line", PORT ROUTER "route = 198.19.0.0/16 by /32 dev left\n", 0, NULL },
  { "routes of one line of which one is there",
    PORT ROUTER "route = 198.19.7.0/24 dev left, 198.19.0.0/16 by /24 dev left\n", 5,
    "route: \"198.19.7.0/24\" has a route already, at t.conf:5" },
  { "routes of one line of which one is connected",
    PORT ROUTER "route = 198.18.0.0/16 by /24 dev left\n", 5,
    "route: \"198.18.1.0/24\" is connected by an interface (t.conf:4)" },
  { "too many routes of one line", PORT ROUTER "route = ::/0 by /21 dev left\n", 5,
    "route: \"/21\" would make more than 1048576 routes of one: take /20" },
  { "routes of one line, of no greater length", PORT ROUTER "route = 10.0.0.0/8 by /8 dev left\n",
    5, "\"/8\" is not /LENGTH|from 9 to 32" },
  { "routes of one line, of no length", PORT ROUTER "route = 10.0.0.0/8 by 16 dev left\n", 5,
    "\"16\" is not /LENGTH" },
  { "too many routes of a native router",
    PORT ROUTER "kind = native\nroute = 10.0.0.0/8 by /19 dev left\n", 6,
    "\"by /19\" makes 2048 routes, and a native router takes at most 1024 of one line|guest" },
  { "neighbour off the network", PORT ROUTER "neighbour = 198.18.2.9 " MAC1 " left\n", 5,
    "neighbour: \"198.18.2.9\" is no host on a network of router \"r1\" on port \"left\"" },
  { "neighbour on another port's network",
    TWO ROUTER "interface = right 198.18.2.1/24\n"
               "neighbour = 198.18.1.9 " MAC1 " right\n",
    8, "on port \"right\" (t.conf:7)" },
  { "neighbour is the router", PORT ROUTER "neighbour = 198.18.1.1 " MAC1 " left\n", 5,
    "neighbour: |own address" },
  { "neighbour twice",
    PORT ROUTER "neighbour = 198.18.1.9 " MAC1 " left\n"
                "neighbour = 198.18.1.9 " MAC1 " left\n",
    6, "a second time, first at t.conf:5" },
  { "sysctl twice", PORT "[router r1]\nsysctl = vm.a 1\nsysctl = vm.a 1\n", 5,
    "\"vm.a\" is set a second time, first at t.conf:4" },
  { "host's sysctl by a native router", PORT "[router r1]\nkind = native\nsysctl = vm.a 1\n", 5,
    "\"vm.a\"|would change the whole host" },
  { "own sysctl of a native router", PORT "[router r1]\nkind = native\nsysctl = net.a 1\n", 0,
    NULL },
  { "ring of a test port", PORT "rx-ring = 64\n" ROUTER, 3,
    "rx-ring: port \"left\" has device = test|neither rings nor interrupts" },
  { "coalescing of a test port", PORT "adaptive-coalescing = off\n" ROUTER, 3,
    "adaptive-coalescing: port \"left\" has device = test" },
  { "channels of a test port", PORT "channels = 2\n" ROUTER, 0, NULL },
  { "mode of a bridge", PORT "attach = bridge\nmode = bridge\n" ROUTER, 4,
    "mode: port \"left\" has attach = bridge" },
  { "mode of Open vSwitch", PORT "attach = ovs\nmode = vepa\n" ROUTER, 4,
    "mode: port \"left\" has attach = ovs" },
  { "Open vSwitch that is not promiscuous", PORT "attach = ovs\npromiscuous = off\n" ROUTER, 4,
    "promiscuous: port \"left\" has attach = ovs|write auto" },
  { "DPDK that is not promiscuous", PORT "attach = vhost-user\npromiscuous = off\n" ROUTER, 4,
    "promiscuous: port \"left\" has attach = vhost-user|write auto" },
  { "a queue of vhost-user", PORT "attach = vhost-user\nqueue-length = 50\n" ROUTER, 4,
    "queue-length: port \"left\" has attach = vhost-user|remove the key" },
  { "the largest MTU of DPDK", PORT "attach = vhost-user\nmtu = 9710\n" ROUTER, 0, NULL },
  { "an MTU beyond DPDK's", PORT "attach = vhost-user\nmtu = 9711\n" ROUTER, 4,
    "mtu: \"9711\" of port \"left\" with attach = vhost-user|at most 9710" },
  { "e1000 at vhost-user",
    PORT "attach = vhost-user\n[router r1]\nnic-model = e1000\ninterface = left\n", 6,
    "interface: port \"left\" has attach = vhost-user, which needs virtio|nic-model = e1000 "
    "(t.conf:5): change either" },
  { "a native router beside vhost-user",
    PORT "attach = vhost-user\n[router r1]\nkind = native\ninterface = left\n", 0, NULL },
  { "a mover of vhost-user",
    PORT "attach = vhost-user\n[router r1]\ninterface = left\n[schedule r1]\nmover.left = other\n",
    7, "mover.left: port \"left\" has attach = vhost-user|write pmd.CPU|pmd-cpu-mask" },
  { "a driver of DPDK's", PORT "attach = vhost-user\ndriver = af-xdp\n" ROUTER, 0, NULL },
  { "a driver without DPDK", PORT "attach = ovs\ndriver = af-packet\n" ROUTER, 4,
    "driver: port \"left\" has attach = ovs|attach = vhost-user" },
  { "a driver of no device", INTERNAL "attach = vhost-user\ndriver = af-xdp\n" INSIDE, 4,
    "driver: port \"left\" has device = internal|remove the key" },
  { "an MTU beyond AF_XDP's", PORT "attach = vhost-user\ndriver = af-xdp\nmtu = 1501\n" ROUTER, 5,
    "mtu: \"1501\" of port \"left\"|at most 1500|driver = af-packet" },
  { "part of a huge page", "[router r1]\nmemory = 129M\nhugepages = 2M\n", 3,
    "hugepages: router \"r1\" has memory = 129M|no whole number of pages of 2M|memory = 130M" },
  { "part of a huge page, by default", "[router r1]\nhugepages = 1G\n", 2,
    "hugepages: router \"r1\" has memory = 128M|pages of 1024M|memory = 1024M" },
  { "a thread that polls",
    PORT "attach = vhost-user\n[router r1]\ninterface = left\n[schedule r1]\npmd.3 = fifo 5 @3\n",
    0, NULL },
  { "a thread that polls for others",
    PORT "[router r1]\ninterface = left\n[schedule r1]\npmd.3 = fifo 5\n", 6,
    "pmd.3: router \"r1\" has no interface on a port with attach = vhost-user|remove the line" },
  { "a thread that polls elsewhere",
    PORT "attach = vhost-user\n[router r1]\ninterface = left\n[schedule r1]\npmd.3 = other @2\n", 7,
    "pmd.3: this thread is on CPU 3|pmd-cpu-mask|write @3, or no CPU" },
  { "a thread that polls alone",
    PORT "attach = vhost-user\n[router r1]\ninterface = left\n[schedule r1]\n"
         "pmd.3 = fifo 5 @3 exclusive\n",
    7, "pmd.3: exclusive is for threads of guests|remove the word" },
  { "a thread that polls on an offline CPU",
    "[host]\noffline = 3\n" PORT "attach = vhost-user\n[router r1]\ninterface = left\n"
    "[schedule r1]\npmd.3 = fifo 5\n",
    2, "offline: CPU 3 is named by the schedule of router \"r1\"" },
  { "a worker of vhost-user",
    PORT "attach = vhost-user\n[router r1]\ninterface = left\n[schedule r1]\nvhost.left = other\n",
    7, "vhost.left: port \"left\" has attach = vhost-user|write pmd.CPU" },
  { "members at vhost-user", PORT "attach = vhost-user\n" PVR, 5,
    "share a macvtap, and port \"left\" has attach = vhost-user" },
  { "test address on a device", "[port left]\ndevice = eth0\ntest-address = 198.18.1.2/24\n" ROUTER,
    3, "test-address: |\"eth0\"|write device = test" },
  { "test gateway on a device", "[port left]\ndevice = eth0\ntest-gateway = 198.18.1.2\n" ROUTER, 3,
    "test-gateway: |\"eth0\"|write device = test" },
  { "test gateway off the network",
    PORT "test-address = 198.18.1.2/24\ntest-gateway = 198.18.2.1\n" ROUTER, 4,
    "test-gateway: \"198.18.2.1\" is no host on the network" },
  { "test gateway without address", PORT "test-gateway = 198.18.2.1\n" ROUTER, 3,
    "add a test-address" },
  { "test gateway is broadcast",
    PORT "test-address = 198.18.1.2/24\ntest-gateway = 198.18.1.255\n" ROUTER, 4,
    "test-gateway: \"198.18.1.255\" is no host" },
  { "test gateway is the end",
    PORT "test-address = 198.18.1.2/24\ntest-gateway = 198.18.1.2\n" ROUTER, 4,
    "is the test-address itself" },
  { "two test gateways of a kind",
    PORT "test-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1, 198.18.1.3\n" ROUTER, 4,
    "\"198.18.1.3\" is a second gateway" },
  { "small MTU and an IPv6 interface", PORT "mtu = 1279\n[router r1]\ninterface = left 2::1/64\n",
    5, "interface: |mtu = \"1279\" (t.conf:3)|below IPv6's 1280" },
  { "small MTU and an IPv6 test address", PORT "test-address = 2::2/64\nmtu = 1279\n" ROUTER, 4,
    "mtu: \"1279\"|IPv6's 1280" },
  { "MTU that fits IPv6", PORT "mtu = 1280\n[router r1]\ninterface = left 2::1/64\n", 0, NULL },
  { "small MTU and IPv4", PORT "mtu = 68\n" ROUTER, 0, NULL },
  { "MTU beyond e1000", PORT "mtu = 16111\n" ROUTER "nic-model = e1000\n", 5,
    "e1000|at most 16110|mtu = \"16111\" (t.conf:3)" },
  { "MTU of e1000", PORT "mtu = 16110\n" ROUTER "nic-model = e1000\n", 0, NULL },
  { "queues of a native router",
    PORT "[router r1]\nkind = native\nvcpus = 2\ninterface = left queues=2\n", 6,
    "interface: queues=2 are a guest's, and router \"r1\" is native" },
  { "queues of e1000",
    PORT "[router r1]\nnic-model = e1000\nvcpus = 2\ninterface = left queues=2\n", 6,
    "interface: queues=2 need virtio cards|nic-model = e1000" },
  { "more queues than vcpus", PORT "[router r1]\nvcpus = 2\ninterface = left queues=3\n", 5,
    "queues=3 are more than router \"r1\" has vcpus, 2 (t.conf:4)|raise vcpus, or lower queues" },
  { "more queues than the one vcpu", PORT "[router r1]\ninterface = left queues=2\n", 4,
    "has vcpus, 1 (t.conf:3)" },
  { "as many queues as vcpus", PORT "[router r1]\nvcpus = 2\ninterface = left queues=2\n", 0,
    NULL },
  { "vhost on e1000", PORT ROUTER "nic-model = e1000\nvhost = on\n", 6,
    "vhost: \"on\" needs virtio cards" },
  { "native router named as a test port", "[port r1]\ndevice = test\n[router r1]\nkind = native\n",
    3, "[router r1]: |(t.conf:1)|rename one" },
  { "guest named as a test port", "[port r1]\ndevice = test\n[router r1]\n", 0, NULL },
  { "native router named as a real port", "[port r1]\ndevice = eth0\n[router r1]\nkind = native\n",
    0, NULL },
  { "two ports on a device", "[port a]\ndevice = eth0\n[port b]\ndevice = eth0\n[router r1]\n", 4,
    "device: \"eth0\" carries port \"a\" already, at t.conf:1" },
  { "two test ports", TWO "[router r1]\n", 0, NULL },
  { "a tenant", PORT ROUTER "[tenant t]\nrouters = r1\nrate = 300kpps\n", 0, NULL },
  { "a tenant before its router, with all keys",
    PORT "[tenant t]\nrouters = r1, p\nrate = 20Mbit/s at 512\nguarantee = 1kpps\n"
         "limit = 40Mbit/s at 512\npriority = 7\n" ROUTER PVR_RIGHT,
    0, NULL },
  { "a tenant's rate of bits without a size",
    PORT ROUTER "[tenant t]\nrouters = r1\nrate = 20Mbit/s\n", 7,
    "rate: |write \"20Mbit/s at 512\"" },
  { "a tenant's rate that is none", PORT ROUTER "[tenant t]\nrouters = r1\nrate = fast\n", 7,
    "rate: \"fast\" is not a rate|300kpps" },
  { "a tenant's rate with more words", PORT ROUTER "[tenant t]\nrouters = r1\nrate = 5kpps of 64\n",
    7, "rate: \"5kpps of 64\" is not packets a second, as 300kpps" },
  { "a tenant's rate below a packet",
    PORT ROUTER "[tenant t]\nrouters = r1\nrate = 511bit/s at 64\n", 7, "below 1 packet" },
  { "a tenant's rate of no frames", PORT ROUTER "[tenant t]\nrouters = r1\nrate = 5kpps at 63\n", 7,
    "\"63\" is not a frame's size, 64 to" },
  { "a tenant without rate", PORT ROUTER "[tenant t]\nrouters = r1\nlimit = 5kpps\n", 5,
    "[tenant t] lacks the key \"rate\"" },
  { "a tenant without routers", PORT ROUTER "[tenant t]\nrate = 5kpps\n", 5,
    "[tenant t] lacks the key \"routers\"" },
  { "a guarantee above the rate",
    PORT ROUTER "[tenant t]\nrouters = r1\nguarantee = 5001\nrate = 5kpps\n", 7,
    "guarantee: |guaranteed 5001 packets a second of a rate of 5000" },
  { "a limit below the rate", PORT ROUTER "[tenant t]\nrouters = r1\nrate = 5kpps\nlimit = 4kpps\n",
    8, "limit: |limited to 4000 packets a second, below its rate of 5000" },
  { "rates of two sizes",
    PORT ROUTER "[tenant t]\nrouters = r1\nrate = 5kpps at 64\nlimit = 6kpps at 128\n", 8,
    "limit: |128 bytes, and tenant \"t\" has a rate of frames of 64" },
  { "a tenant's router that is not there", PORT ROUTER "[tenant t]\nrate = 1\nrouters = r2\n", 7,
    "routers: there is no router, PVR or MSR \"r2\"; did you mean \"r1\"?" },
  { "a tenant's router, none near", PORT ROUTER "[tenant t]\nrate = 1\nrouters = edge\n", 7,
    "add a group [router edge]" },
  { "a tenant's router twice", PORT ROUTER "[tenant t]\nrate = 1\nrouters = r1, r1\n", 7,
    "\"r1\" is there a second time" },
  { "a router of two tenants",
    PORT ROUTER "[tenant t]\nrate = 1\nrouters = r1\n[tenant u]\nrate = 1\nrouters = r1\n", 10,
    "\"r1\" is of tenant \"t\" already (t.conf:5)" },
  { "a tenant's native router", PORT ROUTER "kind = native\n[tenant t]\nrate = 1\nrouters = r1\n",
    8, "\"r1\" is native (t.conf:3)" },
  { "a tenant's member of a PVR", PORT PVR "[tenant t]\nrate = 1\nrouters = p-1\n", 7,
    "member of PVR \"p\"|name the PVR" },
  { "a tenant's MSR", PORT MSR "[tenant t]\nrate = 1\nrouters = m\n", 0, NULL },
  { "a tenant's router that is nearly an MSR",
    PORT "[msr many]\ninterface = left\n[tenant t]\nrate = 1\nrouters = manu\n", 7,
    "did you mean \"many\"?" },
  { "a tenant's back-end", PORT MSR "[tenant t]\nrate = 1\nrouters = m-br1\n", 7,
    "\"m-br1\" is a part of MSR \"m\"|name the MSR" },
  { "a tenant's balancer", PORT MSR "[tenant t]\nrate = 1\nrouters = m-lb1\n", 7,
    "\"m-lb1\" is a part of MSR \"m\"|name the MSR" },
  { "balance", PORT ROUTER BALANCE, 0, NULL },
  { "balance before its router, with all keys",
    PORT BALANCE "cpus = 1-3\nperiod = 2s\nweight = 20%\nup = 80%\ndown = 50%\npatience = 5\n"
                 "step = 10%\nleast-cores = 1\nmost-cores = 3\n" ROUTER,
    0, NULL },
  { "balance of a tenant with a limit", PORT ROUTER BALANCE TENANT "limit = 9kpps\n", 0, NULL },
  { "fixed balance of a tenant", PORT ROUTER "[balance]\npolicy = fixed\nrouters = r1\n" TENANT, 0,
    NULL },
  { "balance without policy", PORT ROUTER "[balance]\nrouters = r1\n", 5,
    "[balance] lacks the key \"policy\"" },
  { "balance without routers", PORT ROUTER "[balance]\npolicy = fixed\n", 5,
    "[balance] lacks the key \"routers\"" },
  { "balance with a name", PORT ROUTER "[balance b]\n", 5, "[balance] takes no name" },
  { "thresholds that meet", PORT ROUTER BALANCE "up = 70%\n", 5, "down: 70% is not below up, 70%" },
  { "thresholds that cross", PORT ROUTER BALANCE "down = 95%\n", 8,
    "down: 95% is not below up, 90%|lower down" },
  { "fewer cores at most than at least", PORT ROUTER BALANCE "least-cores = 3\nmost-cores = 2\n", 9,
    "most-cores: 2 are fewer than least-cores, 3" },
  { "more cores than CPUs", PORT ROUTER BALANCE "cpus = 1-2\nmost-cores = 3\n", 8,
    "cpus: 3 cores are wanted of a router (most-cores), and the list has 2" },
  { "balance on a CPU that goes offline",
    "[host]\noffline = 3\n" PORT ROUTER BALANCE "cpus = 1-3\n", 10,
    "cpus: CPU 3 is one of offline of [host] (t.conf:1)" },
  { "nothing to grow by", PORT ROUTER BALANCE "step = 100%\nmost-cores = 1\n", 8,
    "step: at 100% a router that never has more than 1 core has nothing" },
  { "balance of no router", PORT ROUTER "[balance]\npolicy = fixed\nrouters = r2\n", 7,
    "routers: there is no router \"r2\"; did you mean \"r1\"?" },
  { "balance of no router, none near", PORT ROUTER "[balance]\npolicy = fixed\nrouters = edge\n", 7,
    "add a group [router edge]" },
  { "balance of a native router", PORT ROUTER "kind = native\n" BALANCE, 8,
    "\"r1\" is native (t.conf:3)" },
  { "balance of a PVR",
    PORT PVR "[balance]\npolicy = dynamic\nrouters = p\nleast-members = 2\nmost-members = 4\n", 0,
    NULL },
  { "balance of a PVR by members alone",
    PORT PVR "[balance]\npolicy = dynamic\nrouters = p\nmost-members = 2\nstep = 100%\n"
             "most-cores = 1\n",
    0, NULL },
  { "balance of a member", PORT PVR "[balance]\npolicy = fixed\nrouters = p-1\n", 7,
    "\"p-1\" is a member of PVR \"p\"|name that" },
  { "balance of an MSR", PORT MSR "[balance]\npolicy = dynamic\nrouters = m\nmost-members = 3\n", 0,
    NULL },
  { "balance of too many back-ends",
    PORT MSR "[balance]\npolicy = dynamic\nrouters = m\nmost-members = 65\n", 8,
    "most-members: an MSR has at most 64 back-ends" },
  { "balance of a part of an MSR", PORT MSR "[balance]\npolicy = fixed\nrouters = m-br1\n", 7,
    "\"m-br1\" is a part of MSR \"m\", whose back-ends follow together" },
  { "balance of a balancer", PORT MSR "[balance]\npolicy = fixed\nrouters = m-lb1\n", 7,
    "\"m-lb1\" is a part of MSR \"m\"" },
  { "members without a PVR", PORT ROUTER BALANCE "most-members = 2\n", 8,
    "most-members: none of routers is a PVR or an MSR" },
  { "fewer members at most than at least",
    PORT PVR "[balance]\npolicy = dynamic\nrouters = p\nleast-members = 3\nmost-members = 2\n", 9,
    "most-members: 2 are fewer than least-members, 3" },
  { "balance of a member's vcpu with fifo",
    PORT PVR "[schedule p-1]\nvcpu.0 = fifo 50\n[balance]\npolicy = dynamic\nrouters = p\n", 9,
    "vcpu.0 of \"p-1\" is scheduled by fifo" },
  { "balance of a vcpu with fifo", PORT ROUTER "[schedule r1]\nvcpu.0 = fifo 50\n" BALANCE, 9,
    "vcpu.0 of \"r1\" is scheduled by fifo (t.conf:6), which reserves nothing that could grow" },
  { "balance of a vcpu that has its CPU alone",
    PORT ROUTER "[schedule r1]\nvcpu.0 = deadline 5ms/20ms @1 exclusive\n" BALANCE, 9,
    "has its CPU exclusively (t.conf:6)" },
  { "balance of a tenant that cannot grow", PORT ROUTER BALANCE TENANT, 7,
    "of tenant \"t\" (t.conf:8), which is limited to its rate" },
  { "balance of half a tenant",
    PORT ROUTER ROUTER_TWO BALANCE "[tenant t]\nrate = 1\nlimit = 2\nrouters = r1, r2\n", 9,
    "of tenant \"t\" (t.conf:10), as is \"r2\", which is not here" },
  { "schedule before its router", PORT "[schedule r1]\nvcpu.0 = idle\n" ROUTER, 0, NULL },
  { "empty schedule", PORT ROUTER "[schedule r1]\n", 0, NULL },
  { "schedule of no router", PORT ROUTER "[schedule r]\n", 5,
    "[schedule r]: there is no router \"r\"; did you mean \"r1\"?" },
  { "schedule of no router, none near", PORT ROUTER "[schedule edge]\n", 5,
    "add a group [router edge]" },
  { "schedule of a native router", PORT ROUTER "kind = native\n[schedule r1]\nemulator = idle\n", 6,
    "router \"r1\" is native (t.conf:3)|write kind = guest" },
  { "thread twice", PORT ROUTER "[schedule r1]\nvcpu.0 = idle\nemulator = idle\nvcpu.00 = idle\n",
    8, "vcpu.0 is given a second time in this group, first at t.conf:6" },
  { "vcpu beyond the last", PORT ROUTER "vcpus = 2\n[schedule r1]\nvcpu.2 = idle\n", 7,
    "vcpu.2: router \"r1\" has vcpus = 2 (t.conf:5), which are vcpu.0 to vcpu.1" },
  { "vcpu beyond the default", PORT ROUTER "[schedule r1]\nvcpu.1 = idle\n", 6,
    "has vcpus = 1 (t.conf:3)" },
  { "mover of no port", PORT ROUTER "[schedule r1]\nmover.lft = idle\n", 6,
    "mover.lft: there is no port \"lft\"; did you mean \"left\"?" },
  { "mover of another's port", TWO ROUTER "[schedule r1]\nvhost.right.0 = idle\n", 8,
    "vhost.right.0: router \"r1\" has no interface on port \"right\": add interface = right" },
  { "vhost without", PORT ROUTER "vhost = off\n[schedule r1]\nvhost.left = idle\n", 7,
    "vhost.left: router \"r1\" has vhost = off (t.conf:5)|write mover.left" },
  { "vhost of e1000", PORT ROUTER "nic-model = e1000\n[schedule r1]\nvhost.left = idle\n", 7,
    "nic-model = e1000 (t.conf:5)|write mover.left|change nic-model" },
  { "host twice", "[host]\n" PORT ROUTER "[host]\n", 6, "[host] stands a second time|t.conf:1" },
  { "host with a name", "[host big]\n" PORT ROUTER, 1, "[host] takes no name: write [host]" },
  { "housekeeping without CPU 0", "[host]\nhousekeeping = 1-2\n" PORT ROUTER, 2,
    "housekeeping: CPU 0|must be in the list" },
  { "no list of CPUs", "[host]\nhousekeeping = 0-x\n" PORT ROUTER, 2,
    "housekeeping: \"0-x\" is not a list of CPUs" },
  { "CPU 0 offline", "[host]\noffline = 0,3\n" PORT ROUTER, 2, "CPU 0|cannot be taken offline" },
  { "housekeeping offline", "[host]\nhousekeeping = 0-1\noffline = 1\n" PORT ROUTER, 3,
    "CPU 1 is one of housekeeping" },
  { "scheduled CPU offline",
    "[host]\noffline = 3,5-7\n" PORT ROUTER "[schedule r1]\nvcpu.0 = fifo 5 @4-6\n", 2,
    "CPU 5 is named by the schedule of router \"r1\" (t.conf:8)" },
  { "CPUs of no port", "[host]\nrps = lft 1\n" PORT ROUTER, 2, "rps: |mean \"left\"?" },
  { "CPUs of a port twice", "[host]\nxps = left 1\nxps = left 2\n" PORT ROUTER, 3,
    "xps: port \"left\" has CPUs already, at t.conf:2" },
  { "offline CPU of a port", "[host]\nrps = left 1,3\noffline = 3\n" PORT ROUTER, 2,
    "rps: CPU 3 is one of offline" },
  { "interrupts of a test port", "[host]\ninterrupts = left auto\n" PORT ROUTER, 2,
    "device = test, which has no interrupts" },
  { "no CPUs of a port", "[host]\nrps = left\n" PORT ROUTER, 2, "PORT CPUS, or PORT auto" },
  { "bad CPUs of a port", "[host]\nrps = left @1\n" PORT ROUTER, 2, "\"@1\" is not a list" },
  { "another governor", "[host]\ngovernor = powersave\n" PORT ROUTER, 2, "is not performance" },
  { "too short a runtime", "[host]\nrt-runtime = 999us\n" PORT ROUTER, 2,
    "is not 1ms to 1s, or off" },
  { "a runtime not in microseconds", "[host]\nrt-runtime = 1000500ns\n" PORT ROUTER, 2,
    "whole microseconds" },
  { "mover without vhost", PORT ROUTER "vhost = off\n[schedule r1]\nmover.left = idle\n", 0, NULL },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].what);
    if (cases[i].line > 0) {
      fixture_refuse (cases[i].text, cases[i].line, cases[i].fragments);
      continue;
    }
    g_autoptr (VrLab) lab = fixture_parse (cases[i].text);
    g_assert_nonnull (lab);
  }
}

static char *
many (const char *head, const char *format, guint count)
{
  GString *text = g_string_new (head);
  for (guint i = 1; i <= count; i++) {
    g_autofree char *number = g_strdup_printf ("%u", i);
    g_auto (GStrv) parts = g_strsplit (format, "%", -1);
    g_autofree char *line = g_strjoinv (number, parts);
    g_string_append (text, line);
  }
  return g_string_free (text, FALSE);
}

static void
test_limits (void)
{
  g_autofree char *routers = many ("", "[router r%]\n", 100000);
  fixture_refuse (routers, VR_LAB_ROUTERS_MAX + 1, "router number 4097|at most 4096");
  g_autofree char *ports = many ("", "[port p%]\ndevice = test\n", VR_LAB_PORTS_MAX + 1);
  fixture_refuse (ports, 2 * VR_LAB_PORTS_MAX + 1, "port number 4097|at most 4096");
  g_autofree char *interfaces = many ("[router r1]\n", "interface = p%\n", 65);
  fixture_refuse (interfaces, 66, "interface: there are more than 64 of these");
  g_autofree char *schedules = many ("", "[schedule r%]\n", VR_LAB_ROUTERS_MAX + 1);
  fixture_refuse (schedules, VR_LAB_ROUTERS_MAX + 1, "schedule number 4097|at most 4096");
  g_autofree char *threads = many ("[schedule r1]\n", "iothread.% = idle\n", 1025);
  fixture_refuse (threads, 1026, "iothread.1025: there are more than 1024 of these");
}

static guint
count_unique_macs (const VrLab *lab)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    for (guint k = 0; k < router->interfaces->len; k++) {
      char text[VR_MAC_TEXT_SIZE];
      const VrInterface *interface = router->interfaces->pdata[k];
      g_hash_table_add (seen, g_strdup (vr_mac_print (&interface->mac, text)));
    }
  }
  return g_hash_table_size (seen);
}

/* Of 4096 × 4 seeds some pairs fall together in 24 bits; a birthday's worth of them. */
static void
test_derived_macs (void)
{
  static const char *const ports = "[port p1]\ndevice = test\n[port p2]\ndevice = test\n"
                                   "[port p3]\ndevice = test\n[port p4]\ndevice = test\n";
  g_autofree char *text
      = many (ports, "[router r%]\ninterface = p1, p2, p3, p4\n", VR_LAB_ROUTERS_MAX);
  g_autoptr (VrLab) lab = fixture_parse (text);
  g_autoptr (VrLab) again = fixture_parse (text);
  g_assert_cmpuint (count_unique_macs (lab), ==, 4 * VR_LAB_ROUTERS_MAX);
  const VrInterface *first = vr_lab_router (lab, "r1")->interfaces->pdata[0];
  VrMac derived = vr_mac_derive ("t/r1/p1");
  g_assert_cmpmem (&first->mac, sizeof derived, &derived, sizeof derived);
  guint moved = 0;
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i], *twin = again->routers->pdata[i];
    const VrInterface *a = router->interfaces->pdata[3], *b = twin->interfaces->pdata[3];
    g_assert_cmpmem (&a->mac, sizeof a->mac, &b->mac, sizeof b->mac);
    g_autofree char *seed = g_strdup_printf ("t/%s/p4", router->name);
    derived = vr_mac_derive (seed);
    moved += memcmp (&derived, &a->mac, sizeof derived) != 0;
  }
  g_assert_cmpuint (moved, >, 0);
}

/* A derived address gives way to one that is given, wherever that stands. */
static void
test_given_mac_wins (void)
{
  char text[VR_MAC_TEXT_SIZE];
  VrMac derived = vr_mac_derive ("t/r1/left");
  g_autofree char *profile = g_strdup_printf (
      PORT "[router r1]\ninterface = left\n[router r2]\ninterface = left mac=%s\n",
      vr_mac_print (&derived, text));
  g_autoptr (VrLab) lab = fixture_parse (profile);
  const VrInterface *one = vr_lab_router (lab, "r1")->interfaces->pdata[0];
  const VrInterface *two = vr_lab_router (lab, "r2")->interfaces->pdata[0];
  VrMac next = vr_mac_derive ("t/r1/left#2");
  g_assert_cmpmem (&two->mac, sizeof derived, &derived, sizeof derived);
  g_assert_cmpmem (&one->mac, sizeof next, &next, sizeof next);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/checks/cases", test_cases);
  g_test_add_func ("/config/checks/limits", test_limits);
  g_test_add_func ("/config/checks/derived-macs", test_derived_macs);
  g_test_add_func ("/config/checks/given-mac-wins", test_given_mac_wins);
  return g_test_run ();
}
