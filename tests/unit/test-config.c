/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row of the schema: good values, bounds, defaults, and what each refuses. */
#include "config/vr-schema-doc.h"
#include "config/vr-value.h"
#include "unit/profile-fixture.h"

#define X4 "xxxx"
#define X32 X4 X4 X4 X4 X4 X4 X4 X4
#define X256 X32 X32 X32 X32 X32 X32 X32 X32

typedef struct {
  const char *group, *key, *value;
  const char *printed; /* what the field reads back as; NULL: the value is refused */
  const char *message; /* of the refusal: fragments between bars */
} Case;

static const Case cases[] = {
  { "lab", "name", "a", "a" },
  { "lab", "name", "a234567890123456789012345678901", "a234567890123456789012345678901" },
  { "lab", "name", "a2345678901234567890123456789012", NULL, "name: |not a valid lab name|30" },
  { "lab", "name", "../etc", NULL, "\"../etc\"|lower-case letter" },
  { "lab", "name", "a'b", NULL, "\"a'b\"" },
  { "lab", "name", "a\"b", NULL, "lower-case letter" },
  { "lab", "name", "<a/>", NULL, "\"<a/>\"" },
  { "lab", "name", X256 X32 X4 X4 X4, NULL, "xxx…\"" },
  { "lab", "name", "", NULL, "name has no value|remove it" },
  { "lab", "description", "Größe, \"x\" <y> & = z", "Größe, \"x\" <y> & = z" },
  { "lab", "description", X256, X256 },
  { "lab", "description", X256 "x", NULL, "more than 256 characters" },
  { "lab", "description",
    "a\xe2\x80\xae"
    "b",
    NULL, "U+202E" },

  { "port", "device", "test", "test" },
  { "port", "device", "internal", "internal" },
  { "port", "device", "enp3s0f1.100", "enp3s0f1.100" },
  { "port", "device", "a23456789012345", "a23456789012345" },
  { "port", "device", "a234567890123456", NULL, "device: |at most 15|write test" },
  { "port", "device", "a/b", NULL, "\"a/b\"" },
  { "port", "device", "a b", NULL, "\"a b\"" },
  { "port", "device", "..", NULL, "\"..\"" },
  { "port", "device", "-a", NULL, "\"-a\"" },
  { "port", "device", "a:1", NULL, "\"a:1\"" },
  { "port", "attach", "bridge", "bridge" },
  { "port", "attach", "macvtap", "macvtap" },
  { "port", "attach", "hub", "hub" },
  { "port", "attach", "vhost-user", "vhost-user" },
  { "port", "attach", "bridg", NULL,
    "attach: \"bridg\" is not macvtap, bridge, ovs, hub or vhost-user|mean \"bridge\"" },
  { "port", "vlan", "1", "1" },
  { "port", "vlan", "4094", "4094" },
  { "port", "vlan", "0", NULL, "vlan: \"0\" is not 1 to 4094" },
  { "port", "vlan", "4095", NULL, "1 to 4094" },
  { "port", "driver", "af-xdp", "af-xdp" },
  { "port", "driver", "af_xdp", NULL, "driver: \"af_xdp\" is not af-packet or af-xdp" },
  { "port", "neighbours", "static", "static" },
  { "port", "neighbours", "none", NULL, "neighbours: \"none\" is not asked or static" },
  { "port", "mode", "bridge", "bridge" },
  { "port", "mode", "private", "private" },
  { "port", "mode", "vepa", "vepa" },
  { "port", "mode", "passthru", "passthru" },
  { "port", "mode", "passthrough", NULL, "mode: |bridge, private, vepa or passthru|\"passthru\"?" },
  { "port", "queue-length", "0", "0" },
  { "port", "queue-length", "524288", "524288" },
  { "port", "queue-length", "524289", NULL, "queue-length: \"524289\" is not 0 to 524288" },
  { "port", "queue-length", "-1", NULL, "0 to 524288" },
  { "port", "queue-length", "0x10", NULL, "0 to 524288" },
  { "port", "queue-length", "50 60", NULL, "\"50 60\"" },
  { "port", "queue-length", "99999999999999999999999", NULL, "0 to 524288" },
  { "port", "mtu", "68", "68" },
  { "port", "mtu", "65535", "65535" },
  { "port", "mtu", "67", NULL, "mtu: \"67\" is not 68 to 65535" },
  { "port", "mtu", "0", NULL, "68 to 65535" },
  { "port", "mtu", "65536", NULL, "68 to 65535" },
  { "port", "channels", "1", "1" },
  { "port", "channels", "4096", "4096" },
  { "port", "channels", "0", NULL, "channels: \"0\" is not 1 to 4096" },
  { "port", "channels", "combined 4", NULL, "1 to 4096" },
  { "port", "rx-ring", "512", "512" },
  { "port", "rx-ring", "0", NULL, "rx-ring: \"0\" is not 1 to 1048576" },
  { "port", "rx-ring", "1048577", NULL, "1 to 1048576" },
  { "port", "tx-ring", "1048576", "1048576" },
  { "port", "tx-ring", "many", NULL, "tx-ring: \"many\"" },
  { "port", "rx-usecs", "0", "0" },
  { "port", "rx-usecs", "1000000", "1000000" },
  { "port", "rx-usecs", "1000001", NULL, "rx-usecs: \"1000001\" is not 0 to 1000000" },
  { "port", "rx-usecs", "50us", NULL, "0 to 1000000" },
  { "port", "tx-usecs", "0", "0" },
  { "port", "tx-usecs", "-1", NULL, "tx-usecs: \"-1\"" },
  { "port", "rx-frames", "0", "0" },
  { "port", "rx-frames", "1048577", NULL, "rx-frames: |0 to 1048576" },
  { "port", "tx-frames", "64", "64" },
  { "port", "tx-frames", "", NULL, "tx-frames" },
  { "port", "adaptive-coalescing", "on", "on" },
  { "port", "adaptive-coalescing", "off", "off" },
  { "port", "adaptive-coalescing", "auto", NULL, "adaptive-coalescing: \"auto\" is not on or off" },
  { "port", "promiscuous", "on", "on" },
  { "port", "promiscuous", "off", "off" },
  { "port", "promiscuous", "auto", "auto" },
  { "port", "promiscuous", "yes", NULL, "promiscuous: \"yes\" is not auto, on or off" },
  { "port", "offloads", "on", "on" },
  { "port", "offloads", "auto", "auto" },
  { "port", "offloads", "off", "off" },
  { "port", "offloads", "Off", NULL, "offloads: |auto, on or off" },
  { "port", "test-address", "198.18.0.1/24, 2001:2::1/64", "198.18.0.1/24|2001:2::1/64" },
  { "port", "test-address", "198.18.0.1/31", "198.18.0.1/31" },
  { "port", "test-address", "198.18.0.1", NULL, "test-address: |198.18.0.1/24" },
  { "port", "test-address", "198.18.0.0/24", NULL, "network's own" },
  { "port", "test-address", "198.18.0.255/24", NULL, "broadcast" },
  { "port", "test-address", "224.0.0.1/24", NULL, "multicast" },
  { "port", "test-address", "ff02::1/64", NULL, "multicast" },
  { "port", "test-address", "198.18.0.1/0", NULL, "a host can bear" },
  { "port", "test-address", "198.18.0.1/33", NULL, "0 to 32" },
  { "port", "test-address", "198.18.0.1/24,", NULL, "an empty item" },
  { "port", "test-address", "left/24", NULL, "\"left\" is not an IPv4 or IPv6 address" },
  { "port", "test-gateway", "198.18.1.1", "198.18.1.1" },
  { "port", "test-gateway", "198.18.1.1/24", NULL, "test-gateway: |not an IPv4 or IPv6" },
  { "port", "test-gateway", "0.0.0.0", NULL, "a host can bear" },
  { "port", "test-gateway", "1.1.1.1, 2::2, 3.3.3.3", NULL, "more than 2 of these" },

  { "router", "kind", "guest", "guest" },
  { "pvr", "members", "1", "1" },
  { "pvr", "members", "256", "256" },
  { "pvr", "members", "0", NULL, "members: \"0\" is not 1 to 256" },
  { "pvr", "members", "257", NULL, "1 to 256" },
  { "msr", "balancers", "1", "1" },
  { "msr", "balancers", "0", NULL, "balancers: \"0\" is not 1 to 64" },
  { "msr", "balancers", "65", NULL, "1 to 64" },
  { "msr", "routers", "64", "64" },
  { "msr", "routers", "0", NULL, "routers: \"0\" is not 1 to 64" },
  { "msr", "policy", "round-robin", "round-robin" },
  { "msr", "policy", "random", "random" },
  { "msr", "weights", "3, 1,0,59", "3|1|0|59" },
  { "msr", "weights", "1001", NULL, "weights: \"1001\" is not 0 to 1000" },
  { "msr", "weights", "-1", NULL, "\"-1\" is not 0 to 1000" },
  { "msr", "policy", "most", NULL, "hash, round-robin, random or least" },
  { "msr", "balancer", "xdp", "xdp" },
  { "msr", "balancer", "ebpf", NULL, "is not nftables or xdp" },
  { "msr", "balancer-vcpus", "4", "4" },
  { "msr", "balancer-vcpus", "256", NULL, "1 to 255" },
  { "msr", "balancer-memory", "256M", "256M" },
  { "msr", "balancer-memory", "1M", NULL, "balancer-memory: \"1M\" is not " },
  { "msr", "control", "off", "off" },
  { "msr", "control", "yes", NULL, "control: \"yes\" is not on or off" },
  { "msr", "control-vcpus", "2", "2" },
  { "msr", "control-vcpus", "0", NULL, "control-vcpus: \"0\" is not 1 to 255" },
  { "msr", "control-memory", "1G", "1G" },
  { "msr", "control-memory", "4G4", NULL, "control-memory" },
  { "msr", "router-id", "198.18.1.3", "198.18.1.3" },
  { "msr", "router-id", "7", NULL, "router-id: |not an IPv4 or IPv6" },
  { "msr", "router-id", "1.1.1.1, 2.2.2.2", NULL, "more than 1 of these" },
  { "msr", "as", "4294967294", "4294967294" },
  { "msr", "as", "0", NULL, "as: \"0\" is not 1 to 4294967294" },
  { "msr", "ospf", "left area=0.0.1.2 type=point-to-point",
    "left area=258 cost=10 hello=10 type=point-to-point" },
  { "msr", "ospf", "left hello=0", NULL, "ospf: \"hello=0\"|1 to 65535" },
  { "msr", "bgp", "198.18.1.9 as=4200000000 hold=3", "198.18.1.9 as=4200000000 hold=3" },
  { "msr", "bgp", "198.18.1.9 as=x", NULL, "bgp: \"as=x\"|1 to 4294967295" },
  { "router", "kind", "native", "native" },
  { "router", "kind", "nativ", NULL, "kind: \"nativ\" is not guest or native|mean \"native\"" },
  { "router", "vcpus", "1", "1" },
  { "router", "vcpus", "255", "255" },
  { "router", "vcpus", "0", NULL, "vcpus: \"0\" is not 1 to 255" },
  { "router", "vcpus", "256", NULL, "1 to 255" },
  { "router", "vcpus", "two", NULL, "\"two\" is not 1 to 255" },
  { "router", "memory", "16M", "16M" },
  { "router", "memory", "4T", "4T" },
  { "router", "memory", "1024K", NULL, "memory: \"1024K\" is not 16M to 4T" },
  { "router", "memory", "15M", NULL, "16M to 4T" },
  { "router", "memory", "5T", NULL, "16M to 4T" },
  { "router", "memory", "16777217", NULL, "whole number of MiB: write 17M" },
  { "router", "memory", "lots", NULL, "not a size, as 256M" },
  { "router", "memory", "18446744073709551615T", NULL, "memory: " },
  { "router", "image", "router", "router" },
  { "router", "image", "../../etc", NULL, "image: |not a valid image" },
  { "router", "hugepages", "2M", "2M" },
  { "router", "hugepages", "4M", NULL, "hugepages: \"4M\" is not off, 2M or 1G" },
  { "router", "accel", "auto", "auto" },
  { "router", "accel", "kvm", "kvm" },
  { "router", "accel", "tcg", "tcg" },
  { "router", "accel", "xen", NULL, "accel: \"xen\" is not auto, kvm or tcg" },
  { "router", "emulator", "/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-system-x86_64" },
  { "router", "emulator", "qemu", NULL, "emulator: |begins with /" },
  { "router", "emulator", "/usr/../qemu", NULL, "without //, /. and /.." },
  { "router", "emulator", "/usr/bin/", NULL, "without //" },
  { "router", "emulator", "/a;rm", NULL, "letters, digits and /._+@-" },
  { "router", "emulator", "/a<b", NULL, "letters, digits and /._+@-" },
  { "router", "nic-model", "virtio", "virtio" },
  { "router", "nic-model", "e1000", "e1000" },
  { "router", "nic-model", "e1000e", NULL, "nic-model: |virtio or e1000|mean \"e1000\"" },
  { "router", "vhost", "auto", "auto" },
  { "router", "vhost", "on", "on" },
  { "router", "vhost", "off", "off" },
  { "router", "vhost", "maybe", NULL, "vhost: |auto, on or off" },
  { "router", "forwarding", "on", "on" },
  { "router", "forwarding", "off", "off" },
  { "router", "forwarding", "auto", NULL, "forwarding: \"auto\" is not on or off" },
  { "router", "interface", "left mac=52:54:00:AA:00:01", "left mac=52:54:00:aa:00:01" },
  { "router", "interface", "left 198.18.1.1/24 2001:2::1/64 mac=52:54:00:00:00:01",
    "left 198.18.1.1/24 2001:2::1/64 mac=52:54:00:00:00:01" },
  { "router", "interface", "Left", NULL, "interface: |not a valid port" },
  { "router", "interface", "left 198.18.1.1", NULL, "as 198.18.1.1/24" },
  { "router", "interface", "left 2001:2::1", NULL, "as 2001:2::1/64" },
  { "router", "interface", "left up", NULL, "\"up\" is not ADDRESS/LENGTH" },
  { "router", "interface", "left mac=01:00:5e:00:00:01", NULL, "not the address of one card" },
  { "router", "interface", "left mac=00:00:00:00:00:00", NULL, "not the address of one card" },
  { "router", "interface", "left mac=52:54:00", NULL, "not a MAC address" },
  { "router", "interface", "left mac=52:54:00:00:00:01 mac=52:54:00:00:00:01", NULL,
    "a second MAC" },
  { "router", "interface", "left 127.0.0.1/8", NULL, "loopback" },
  { "router", "interface", "left queues=1 2001:2::1/64 mac=52:54:00:00:00:01",
    "left 2001:2::1/64 mac=52:54:00:00:00:01 queues=1" },
  { "router", "interface", "left queues=0", NULL, "is not queues=N, with a number from 1 to 256" },
  { "router", "interface", "left queues=257", NULL, "\"queues=257\" is not queues=N" },
  { "router", "interface", "left queues=", NULL, "is not queues=N" },
  { "router", "interface", "left queues=1 queues=1", NULL, "second number of queues" },
  { "router", "route", "198.19.0.0/16 via 198.18.1.2", "198.19.0.0/16 via 198.18.1.2" },
  { "router", "route", "default via 198.18.1.2", "0.0.0.0/0 via 198.18.1.2" },
  { "router", "route", "198.19.0.0/16 dev left, ::/0 dev left",
    "198.19.0.0/16 dev left|::/0 dev left" },
  { "router", "route", "default dev left", NULL, "route: \"default\" is not ADDRESS/LENGTH" },
  { "router", "route", "198.19.0.1/16 via 198.18.1.2", NULL, "did you mean \"198.19.0.0/16\"?" },
  { "router", "route", "198.19.0.0/16", NULL, "is not PREFIX via ADDRESS" },
  { "router", "route", "198.19.0.0/16 over left", NULL, "is not PREFIX via ADDRESS" },
  { "router", "route", "2001:2::/48 via 198.18.1.2", NULL, "mixes IPv4 and IPv6" },
  { "router", "route", "198.19.0.0/16 dev ../x", NULL, "not a valid port" },
  { "router", "route", "198.19.0.0/16 via 255.255.255.255", NULL, "a host can bear" },
  { "router", "neighbour", "198.18.1.9 52:54:00:00:00:09 left",
    "198.18.1.9 52:54:00:00:00:09 left" },
  { "router", "neighbour", "198.18.1.9 left", NULL, "neighbour: |is not ADDRESS MAC PORT" },
  { "router", "neighbour", "198.18.1.9 ff:ff:ff:ff:ff:ff left", NULL, "address of one card" },
  { "router", "neighbour", "host 52:54:00:00:00:09 left", NULL, "not an IPv4 or IPv6" },
  { "router", "neighbour", "198.18.1.9 52:54:00:00:00:09 A", NULL, "not a valid port" },
  { "router", "sysctl", "net.ipv4.tcp_rmem 4096  131072\t6291456",
    "net.ipv4.tcp_rmem 4096 131072 6291456" },
  { "router", "sysctl", "net.ipv4.ip_local_reserved_ports 80,443",
    "net.ipv4.ip_local_reserved_ports 80,443" },
  { "router", "sysctl", "vm.swappiness 0", "vm.swappiness 0" },
  { "router", "sysctl", "kernel.panic 1", "kernel.panic 1" },
  { "router", "sysctl", "net.ipv4.ip_forward", NULL, "sysctl: |is not NAME VALUE" },
  { "router", "sysctl", "fs.file-max 1", NULL, "begins with net., kernel. or vm." },
  { "router", "sysctl", "net.../../kernel/x 1", NULL, "between them . and /" },
  { "router", "sysctl", "net./etc/passwd 1", NULL, "between them . and /" },
  { "router", "sysctl", "net.ipv4. 1", NULL, "between them . and /" },
  { "router", "sysctl", "net.IPV4 1", NULL, "characters of a-z" },
  { "router", "sysctl", "net.a$(x) 1", NULL, "characters of a-z" },
  { "router", "sysctl", "net.x " X256 "x", NULL, "at most 256 printable" },
  { "router", "sysctl", "net.x ä", NULL, "printable ASCII" },

  { "host", "housekeeping", "0", "0" },
  { "host", "housekeeping", "3,0-1", "0-1,3" },
  { "host", "housekeeping", "1", NULL, "CPU 0" },
  { "host", "housekeeping", "0-", NULL, "\"0-\" is not a list of CPUs" },
  { "host", "offline", "3,5-7", "3,5-7" },
  { "host", "offline", "8192", NULL, "is not a list of CPUs" },
  { "host", "interrupts", "left auto", "left auto" },
  { "host", "interrupts", "left 2,1", "left 1-2" },
  { "host", "interrupts", "auto", NULL, "is not PORT CPUS, or PORT auto" },
  { "host", "rps", "left 1,3", "left 1,3" },
  { "host", "rps", "left 1, 3", NULL, "is not PORT CPUS, or PORT auto" },
  { "host", "xps", "left  0", "left 0" },
  { "host", "xps", "lEft 0", NULL, "not a valid port name" },
  { "host", "governor", "performance", "performance" },
  { "host", "governor", "", NULL, "governor has no value" },
  { "host", "governor", "perfomance", NULL, "is not performance; did you mean \"performance\"?" },
  { "host", "rt-runtime", "off", "off" },
  { "router", "rt-share", "30%", "30%" },
  { "router", "rt-share", "0%", NULL, "is not 1% to 100%" },
  { "host", "rt-runtime", "0.95s", "950ms" },
  { "host", "rt-runtime", "1001ms", NULL, "is not 1ms to 1s, or off" },
  { "host", "rt-runtime", "-1", NULL, "\"-1\" is not a duration" },
  { "schedule", "vcpu.0", "other", "vcpu.0 = other" },
  { "schedule", "vcpu.00", "other 0 @1-2,1", "vcpu.0 = other @1-2" },
  { "schedule", "vcpu.0", "other -20", "vcpu.0 = other -20" },
  { "schedule", "vcpu.0", "other 19 @auto", "vcpu.0 = other 19 @auto" },
  { "schedule", "emulator", "idle @0,8191", "emulator = idle @0,8191" },
  { "schedule", "mover.left", "fifo 1", "mover.left = fifo 1" },
  { "schedule", "vhost.left", "rr 99 @1 exclusive", "vhost.left = rr 99 @1 exclusive" },
  { "schedule", "vhost.left.3", "fifo  99   @auto  exclusive",
    "vhost.left.3 = fifo 99 @auto exclusive" },
  { "schedule", "iothread.65535", "idle", "iothread.65535 = idle" },
  { "schedule", "vcpu.0", "deadline 50ms/200ms @1", "vcpu.0 = deadline 50ms/200ms @1" },
  { "schedule", "vcpu.0", "deadline 0.05s/200000us/0.2s", "vcpu.0 = deadline 50ms/200ms" },
  { "schedule", "vcpu.0", "deadline 1024ns/1025ns/1026ns",
    "vcpu.0 = deadline 1024ns/1025ns/1026ns" },
  { "schedule", "vcpu.0", "deadline 1024ns/9223372036854775807ns",
    "vcpu.0 = deadline 1024ns/9223372036854775807ns" },
  { "schedule", "vcpu.0", "quota 1ms/1ms", "vcpu.0 = quota 1ms/1ms" },
  { "schedule", "vcpu.0", "quota 20.5ms/1s @1", "vcpu.0 = quota 20500us/1s @1" },
  { "schedule", "vcpu.0", "", NULL, "vcpu.0 has no value: give it POLICY" },
  { "schedule", "vcpu.x", "idle", NULL, "\"vcpu.x\" is not vcpu.N, with a number from 0 to 65535" },
  { "schedule", "vcpu.65536", "idle", NULL, "0 to 65535" },
  { "schedule", "vcpu.-1", "idle", NULL, "is not vcpu.N" },
  { "schedule", "vcpu.0.1", "idle", NULL, "is not vcpu.N" },
  { "schedule", "vhost.left.x", "idle", NULL, "is not vhost.PORT or vhost.PORT.Q" },
  { "schedule", "vhost.", "idle", NULL, "\"\" is not a valid port name" },
  { "schedule", "mover.Left", "idle", NULL, "mover.Left: \"Left\" is not a valid port name" },
  { "schedule", "mover.left.0", "idle", NULL, "is not mover.PORT" },
  { "schedule", "mover." X256, "idle", NULL, "not a valid port" },
  { "schedule", "vcpu.0", "batch", NULL,
    "\"batch\" is no policy, one of other, idle, fifo, rr, deadline, quota" },
  { "schedule", "vcpu.0", "dedline 1ms/2ms", NULL, "did you mean \"deadline\"?" },
  { "schedule", "vcpu.0", "@1", NULL, "\"@1\" is no policy" },
  { "schedule", "vcpu.0", "other 20", NULL, "\"20\" is not a nice value, -20 to 19" },
  { "schedule", "vcpu.0", "other -21", NULL, "-20 to 19" },
  { "schedule", "vcpu.0", "other 1 2", NULL, "\"other 1 2\" is not other [NICE] [@CPUS]" },
  { "schedule", "vcpu.0", "idle 1", NULL, "is not idle [@CPUS]" },
  { "schedule", "vcpu.0", "fifo", NULL, "\"fifo\" is not fifo PRIORITY [@CPUS]" },
  { "schedule", "vcpu.0", "fifo 0", NULL, "\"0\" is not a priority, 1 to 99" },
  { "schedule", "vcpu.0", "rr 100", NULL, "\"100\" is not a priority, 1 to 99" },
  { "schedule", "vcpu.0", "deadline 50ms", NULL,
    "is not RUNTIME/PERIOD or RUNTIME/DEADLINE/PERIOD" },
  { "schedule", "vcpu.0", "deadline 1ms/2ms/3ms/4ms", NULL, "is not RUNTIME/PERIOD" },
  { "schedule", "vcpu.0", "deadline 50ms/", NULL, "\"\" is not a duration" },
  { "schedule", "vcpu.0", "deadline 50/200", NULL, "\"50\" is not a duration" },
  { "schedule", "vcpu.0", "deadline 1023ns/1ms", NULL,
    "a runtime of 1023ns|takes 1024ns and more" },
  { "schedule", "vcpu.0", "deadline 3ms/2ms", NULL, "runtime is at most the deadline" },
  { "schedule", "vcpu.0", "deadline 1ms/3ms/2ms", NULL, "deadline at most the period" },
  { "schedule", "vcpu.0", "deadline 1ms/9223372036854775808ns", NULL, "above 2^63 ns" },
  { "schedule", "vcpu.0", "quota 1ms/2ms/3ms", NULL, "is not RUNTIME/PERIOD, as 20ms/100ms" },
  { "schedule", "vcpu.0", "quota 1ms/1001ms", NULL, "1ms to 1s" },
  { "schedule", "vcpu.0", "quota 900us/999us", NULL, "1ms to 1s" },
  { "schedule", "vcpu.0", "quota 999us/10ms", NULL, "a runtime below 1ms" },
  { "schedule", "vcpu.0", "quota 3ms/2ms", NULL, "more than one CPU" },
  { "schedule", "vcpu.0", "quota 1000001ns/2ms", NULL, "whole microseconds" },
  { "schedule", "vcpu.0", "idle @", NULL, "\"@\" names no CPU" },
  { "schedule", "vcpu.0", "idle @3-1", NULL, "\"@3-1\" is not a list of CPUs" },
  { "schedule", "vcpu.0", "idle @1, 3", NULL, "\"@1,\" is not a list of CPUs" },
  { "schedule", "vcpu.0", "idle @8192", NULL, "is not a list of CPUs" },
  { "schedule", "vcpu.0", "idle @1 @2", NULL, "\"@2\" is one word too many" },
  { "schedule", "vcpu.0", "fifo 1 exclusive @1", NULL, "\"@1\" is one word too many" },
  { "schedule", "vcpu.0", "fifo 1 exclusive", NULL, "needs CPUs: write @1 exclusive" },
  { "schedule", "vcpu.0", "quota 1ms/2ms @1 exclusive", NULL,
    "goes with deadline, fifo and rr, and the policy is quota" },
  { "tenant", "routers", "r1", "r1" },
  { "tenant", "routers", "r1, r1", NULL, "routers: \"r1\" is there a second time" },
  { "tenant", "routers", "R1", NULL, "routers: \"R1\" is not a valid routers name" },
  { "tenant", "rate", "300kpps", "300kpps" },
  { "tenant", "rate", "5000", "5kpps" },
  { "tenant", "rate", "5kpps at 512", "5kpps at 512" },
  { "tenant", "rate", "0.2Gbit/s  at  512", "200Mbit/s at 512" },
  { "tenant", "rate", "200Mbit/s", NULL, "write \"200Mbit/s at 512\"" },
  { "tenant", "rate", "0", NULL, "below 1 packet a second" },
  { "tenant", "rate", "511bit/s at 64", NULL, "below 1 packet a second" },
  { "tenant", "rate", "5kpps at", NULL, "is not packets a second, as 300kpps, or bits" },
  { "tenant", "rate", "5kpps of 64", NULL, "is not packets a second, as 300kpps, or bits" },
  { "tenant", "rate", "fast at 64", NULL, "\"fast\" is not a rate of packets or bits" },
  { "tenant", "rate", "5kpps at 63", NULL, "\"63\" is not a frame's size, 64 to 65535" },
  { "tenant", "rate", "5kpps at 65536", NULL, "64 to 65535" },
  { "tenant", "guarantee", "1", "1pps" },
  { "tenant", "guarantee", "half", NULL, "\"half\" is not a rate" },
  { "tenant", "limit", "1Gbit/s at 64", "1Gbit/s at 64" },
  { "tenant", "limit", "-1", NULL, "\"-1\" is not a rate" },
  { "tenant", "priority", "1000", "1000" },
  { "tenant", "priority", "1001", NULL, "priority: \"1001\" is not 0 to 1000" },
  { "balance", "policy", "dynamic", "dynamic" },
  { "balance", "policy", "fixed", "fixed" },
  { "balance", "policy", "dynamik", NULL, "not fixed or dynamic; did you mean \"dynamic\"?" },
  { "balance", "routers", "r1", "r1" },
  { "balance", "routers", "r1, r1", NULL, "routers: \"r1\" is there a second time" },
  { "balance", "cpus", "3,0-1", "0-1,3" },
  { "balance", "cpus", "0-", NULL, "\"0-\" is not a list of CPUs" },
  { "balance", "period", "500ms", "500ms" },
  { "balance", "period", "99ms", NULL, "\"99ms\" is not 100ms to 10s" },
  { "balance", "weight", "100%", "100%" },
  { "balance", "weight", "0%", NULL, "weight: \"0%\" is not 1% to 100%" },
  { "balance", "weight", "40", NULL, "weight: \"40\" is not 1% to 100%" },
  { "balance", "up", "80%", "80%" },
  { "balance", "up", "101%", NULL, "up: \"101%\" is not 10% to 100%" },
  { "balance", "down", "1%", "1%" },
  { "balance", "down", "%", NULL, "down: \"%\" is not 1% to 99%" },
  { "balance", "patience", "1", "1" },
  { "balance", "patience", "0", NULL, "patience: \"0\" is not 1 to 1000" },
  { "balance", "step", "5%", "5%" },
  { "balance", "step", "-5%", NULL, "step: \"-5%\" is not 1% to 100%" },
  { "balance", "least-cores", "1", "1" },
  { "balance", "least-cores", "9", NULL, "least-cores: \"9\" is not 1 to 8" },
  { "balance", "most-cores", "8", "8" },
  { "balance", "most-cores", "0", NULL, "most-cores: \"0\" is not 1 to 8" },
  { "balance", "least-members", "2", "2" },
  { "balance", "least-members", "0", NULL, "least-members: \"0\" is not 1 to " },
  { "balance", "most-members", "3", "3" },
  { "balance", "idle", "keep", "keep" },
  { "balance", "idle", "pause", NULL, "idle: \"pause\"" },
  { "balance", "most-members", "999", NULL, "most-members: \"999\" is not 1 to " },
};

/* A lab in which the key of a case stands in line 2, 5, 9 or 12, as the group has it. */
static char *
lab_with (const char *group, const char *key, const char *value)
{
  g_autofree char *line = g_strdup_printf ("%s = %s", key, value);
  gboolean device = strcmp (key, "device") == 0, interface = strcmp (key, "interface") == 0;
  gboolean gateway = strcmp (key, "test-gateway") == 0, schedule = strcmp (group, "schedule") == 0;
  gboolean pvr = strcmp (group, "pvr") == 0, msr = strcmp (group, "msr") == 0;
  gboolean host = strcmp (group, "host") == 0, interrupts = strcmp (key, "interrupts") == 0;
  gboolean nic = interrupts || g_str_has_prefix (key, "rx-") || g_str_has_prefix (key, "tx-")
                 || g_str_has_prefix (key, "adaptive-");
  gboolean control
      = msr
        && (g_str_has_prefix (key, "control-") || strcmp (key, "router-id") == 0
            || strcmp (key, "ospf") == 0 || strcmp (key, "bgp") == 0 || strcmp (key, "as") == 0);
  gboolean vlan = strcmp (key, "vlan") == 0, driver = strcmp (key, "driver") == 0;
  gboolean tenant = strcmp (group, "tenant") == 0;
  gboolean balance = strcmp (group, "balance") == 0, policy = strcmp (key, "policy") == 0;
  gboolean members = strcmp (key, "most-members") == 0;
  gboolean routers = strcmp (key, "routers") == 0, rate = strcmp (key, "rate") == 0;
  return g_strdup_printf (
      "[lab]\n%s\n\n[port left]\n%s\n%s\n%s\n[router r1]\n%s\n%s\n%s\n%s\n%s%s%s%s%s%s%s",
      strcmp (group, "lab") == 0 ? line : "", strcmp (group, "port") == 0 ? line : "",
      device ? ""
      : nic  ? "device = eth0"
      : vlan ? "device = internal"
             : "device = test",
      gateway  ? "test-address = 198.18.1.2/24"
      : vlan   ? "attach = ovs"
      : driver ? "attach = vhost-user"
               : "",
      strcmp (group, "router") == 0 ? line : "", interface ? "" : "interface = left 198.18.1.1/24",
      schedule  ? "[schedule r1]"
      : host    ? "[host]"
      : pvr     ? "[pvr p]"
      : msr     ? "[msr m]"
      : tenant  ? "[tenant t]"
      : balance ? "[balance]"
                : "",
      schedule || host || pvr || msr || tenant || balance ? line : "",
      msr ? "interface = left 198.18.1.3/24\n" : "", control ? "control = on\n" : "",
      control && strcmp (key, "as") != 0 ? "as = 65001\n" : "",
      members                           ? "routers = p\n"
      : (tenant || balance) && !routers ? "routers = r1\n"
                                        : "",
      balance && !policy ? "policy = dynamic\n" : "", tenant && !rate ? "rate = 5kpps\n" : "",
      members ? "[pvr p]\ninterface = left 198.18.1.3/24\n" : "");
}

static guint
line_of (const char *group)
{
  if (strcmp (group, "lab") == 0)
    return 2;
  return strcmp (group, "port") == 0 ? 5 : strcmp (group, "router") == 0 ? 9 : 12;
}

static char *
printed (const VrLab *lab, const VrSchemaKey *key)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  gpointer target = vr_schema_instance (lab, vr_schema_group (vr_schema_profile (), key->group), 0);
  vr_value_print (key, G_STRUCT_MEMBER_P (target, key->offset), texts);
  g_ptr_array_add (texts, NULL);
  return g_strjoinv ("|", (char **) texts->pdata);
}

static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    const VrSchemaKey *key = vr_schema_key (vr_schema_profile (), c->group, c->key);
    g_assert_nonnull (key);
    g_autofree char *text = lab_with (c->group, c->key, c->value);
    if (c->printed == NULL) {
      fixture_refuse (text, line_of (c->group), c->message);
      continue;
    }
    g_autoptr (VrLab) lab = fixture_parse (text);
    g_autofree char *got = printed (lab, key);
    g_assert_cmpstr (got, ==, c->printed);
  }
}

/* A new row must come with cases of its own. */
static void
test_all_rows_have_cases (void)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++) {
    guint good = 0, bad = 0;
    for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
      if (vr_schema_key (vr_schema_profile (), cases[k].group, cases[k].key) == &keys[i])
        *(cases[k].printed != NULL ? &good : &bad) += 1;
    if (good == 0 || bad == 0)
      g_error ("%s.%s has %u good and %u bad values", keys[i].group, keys[i].key, good, bad);
  }
}

static void
test_defaults (void)
{
  g_autoptr (VrLab) lab = fixture_parse ("[port left]\ndevice = test\n[router r1]\n");
  const VrPort *port = vr_lab_port (lab, "left");
  const VrRouter *router = vr_lab_router (lab, "r1");
  g_assert_cmpstr (lab->name, ==, "t");
  g_assert_null (lab->description);
  g_assert_cmpint (port->attach, ==, VR_ATTACH_MACVTAP);
  g_assert_cmpint (port->mode, ==, VR_MACVTAP_BRIDGE);
  g_assert_cmpuint (port->queue_length, ==, 50);
  g_assert_cmpuint (port->mtu, ==, 0);
  g_assert_cmpint (port->promiscuous, ==, VR_SWITCH_AUTO);
  g_assert_cmpint (port->offloads, ==, VR_SWITCH_OFF);
  g_assert_cmpint (router->kind, ==, VR_KIND_GUEST);
  g_assert_cmpuint (router->vcpus, ==, 1);
  g_assert_cmpuint (router->memory_mib, ==, 128);
  g_assert_cmpstr (router->image, ==, "router");
  g_assert_cmpint (router->accel, ==, VR_ACCEL_AUTO);
  g_assert_null (router->emulator);
  g_assert_cmpint (router->nic_model, ==, VR_NIC_VIRTIO);
  g_assert_cmpint (router->vhost, ==, VR_SWITCH_AUTO);
  g_assert_cmpint (router->forwarding, ==, VR_SWITCH_ON);
  g_assert_null (lab->host);
  g_autoptr (GArray) housekeeping = vr_host_settings_housekeeping (lab->host);
  g_assert_cmpuint (housekeeping->len, ==, 1);
  g_assert_cmpuint (g_array_index (housekeeping, guint, 0), ==, 0);
}

/* A default that its own row refuses would be dropped in silence. */
static void
test_defaults_are_good_values (void)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++) {
    g_assert_nonnull (vr_schema_group (vr_schema_profile (), keys[i].group));
    g_assert_true (keys[i].fallback != NULL || keys[i].absent != NULL
                   || keys[i].presence == VR_KEY_REQUIRED);
    if (keys[i].fallback == NULL)
      continue;
    union {
      char *string;
      guint64 wide;
    } field = { .wide = 0 };
    VrValue value = { .text = keys[i].fallback };
    g_autoptr (GError) error = NULL;
    g_assert_true (vr_value_read (&keys[i], &value, &field, &error));
    g_assert_no_error (error);
    vr_value_clear (&keys[i], &field);
    g_assert_cmpuint (field.wide, ==, 0);
  }
}

static void
test_fields (void)
{
  g_autoptr (VrLab) lab = fixture_parse ("[port left]\ndevice = eth0\nmode = vepa\n"
                                         "[router r1]\ninterface = left 198.18.1.1/24\n"
                                         "route = 198.19.0.0/16 via 198.18.1.2\n"
                                         "neighbour = 198.18.1.2 52:54:00:00:00:02 left\n"
                                         "sysctl = vm.swappiness 1\nmemory = 1G\n");
  const VrRouter *router = vr_lab_router (lab, "r1");
  const VrInterface *interface = router->interfaces->pdata[0];
  const VrRoute *route = router->routes->pdata[0];
  const VrNeighbour *neighbour = router->neighbours->pdata[0];
  const VrSysctl *setting = router->sysctls->pdata[0];
  g_assert_cmpuint (router->memory_mib, ==, 1024);
  g_assert_cmpstr (interface->port, ==, "left");
  g_assert_cmpstr (interface->origin.file, ==, FIXTURE_FILE);
  g_assert_cmpuint (interface->origin.line, ==, 5);
  g_assert_true (route->has_via);
  g_assert_null (route->port);
  g_assert_cmpuint (route->origin.line, ==, 6);
  g_assert_cmpstr (neighbour->port, ==, "left");
  g_assert_cmpuint (neighbour->mac.bytes[5], ==, 2);
  g_assert_cmpstr (setting->name, ==, "vm.swappiness");
  g_assert_cmpstr (setting->value, ==, "1");
  g_assert_cmpuint (router->origin.line, ==, 4);
  g_assert_cmpuint (vr_lab_port (lab, "left")->origin.line, ==, 1);
}

static void
test_schedule_fields (void)
{
  g_autoptr (VrLab) lab = fixture_parse ("[port left]\ndevice = test\n[router r1]\nvcpus = 2\n"
                                         "interface = left\n[schedule r1]\n"
                                         "vhost.left = deadline 1ms/2ms/3ms @1,3 exclusive\n"
                                         "vcpu.1 = quota 2ms/4ms @auto\n");
  const VrSchedule *schedule = vr_lab_schedule (lab, "r1");
  const VrThreadSchedule *vhost = schedule->threads->pdata[0], *vcpu = schedule->threads->pdata[1];
  g_assert_cmpuint (schedule->origin.line, ==, 6);
  g_assert_cmpuint (vhost->origin.line, ==, 7);
  g_assert_cmpint (vhost->selector.role, ==, VR_THREAD_VHOST);
  g_assert_cmpuint (vhost->selector.index, ==, VR_THREAD_ALL_QUEUES);
  g_assert_cmpstr (vhost->selector.port, ==, "left");
  g_assert_cmpint (vhost->policy, ==, VR_POLICY_DEADLINE);
  g_assert_cmpuint (vhost->runtime_ns, ==, 1000000);
  g_assert_cmpuint (vhost->deadline_ns, ==, 2000000);
  g_assert_cmpuint (vhost->period_ns, ==, 3000000);
  g_assert_cmpint (vhost->cpus_choice, ==, VR_CPUS_LIST);
  g_assert_cmpint (vhost->sharing, ==, VR_CPUS_EXCLUSIVE);
  g_assert_cmpuint (vhost->cpus->len, ==, 2);
  g_assert_cmpuint (g_array_index (vhost->cpus, guint, 1), ==, 3);
  g_assert_cmpuint (vcpu->selector.index, ==, 1);
  g_assert_cmpint (vcpu->policy, ==, VR_POLICY_QUOTA);
  g_assert_cmpuint (vcpu->runtime_ns, ==, 2000000);
  g_assert_cmpuint (vcpu->period_ns, ==, 4000000);
  g_assert_cmpint (vcpu->cpus_choice, ==, VR_CPUS_AUTO);
  g_assert_cmpint (vcpu->sharing, ==, VR_CPUS_SHARED);
}

static void
assert_documented (const VrSchemaKey *key, const char *spelling, const char *man, const char *words)
{
  g_autofree char *word = g_strdup_printf ("%s.%s\n", key->group, spelling);
  g_assert_nonnull (strstr (words, word));
  g_auto (GStrv) parts = g_strsplit (spelling, "-", -1);
  g_autofree char *escaped = g_strjoinv ("\\-", parts);
  g_autofree char *tag = g_strdup_printf ("\n.BR %s ", escaped);
  g_autofree char *further = g_strdup_printf (" \", \" %s ", escaped);
  g_assert_true (strstr (man, tag) != NULL || strstr (man, further) != NULL);
}

static void
test_docs (void)
{
  g_autofree char *man = vr_schema_man (vr_schema_profile ());
  g_autofree char *words = vr_schema_completion ();
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++) {
    for (guint k = 0; k < vr_schema_spellings (&keys[i]); k++)
      assert_documented (&keys[i], vr_schema_spelling (&keys[i], k), man, words);
    g_assert_nonnull (vr_schema_default_text (&keys[i]));
  }
  g_assert_nonnull (strstr (words, "router.accel=kvm\n"));
  g_assert_nonnull (strstr (words, "[router]\n"));
  g_assert_null (strstr (words, "=\n"));
  g_assert_nonnull (strstr (man, "Range: 1 to 255.\nDefault: 1.\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/all-rows-have-cases", test_all_rows_have_cases);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/defaults-are-good-values", test_defaults_are_good_values);
  g_test_add_func ("/config/fields", test_fields);
  g_test_add_func ("/config/schedule-fields", test_schedule_fields);
  g_test_add_func ("/config/docs", test_docs);
  return g_test_run ();
}
