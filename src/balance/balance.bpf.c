/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The balancer's two XDP programs. From outside: a packet that is not for the balancer itself gets
 * a back-end's MAC and its port's VLAN tag, and leaves by the inner interface. From inside: the tag
 * tells the port; it comes off, and the packet leaves there as the router's own. */
#include <stddef.h>
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "balance/balance-maps.h"

#define FRAGMENT_BITS 0x3fff /* "more fragments" and the offset */
#define VLAN_ID_BITS 0x0fff
#define INNER_DEVICE 0

struct vlan_frame {
  struct ethhdr ethernet;
  __be16 tag;
  __be16 protocol;
} __attribute__ ((packed));

/* Sizes, since clang does not describe a type that only a pointer leads to. */
struct config_map {
  __uint (type, BPF_MAP_TYPE_ARRAY);
  __uint (max_entries, 1);
  __uint (key_size, sizeof (__u32));
  __uint (value_size, sizeof (struct balance_config));
};

struct {
  __uint (type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint (max_entries, 1);
  __type (key, __u32);
  __array (values, struct config_map);
} configs SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_HASH);
  __uint (max_entries, BALANCE_PORTS_MAX);
  __type (key, __u32);
  __type (value, struct balance_port);
} ports SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_ARRAY);
  __uint (max_entries, VLAN_ID_BITS + 1);
  __type (key, __u32);
  __type (value, struct balance_port);
} vlans SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_HASH);
  __uint (max_entries, BALANCE_LOCALS_MAX);
  __type (key, __be32);
  __type (value, __u8);
} locals4 SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_HASH);
  __uint (max_entries, BALANCE_LOCALS_MAX);
  __type (key, struct in6_addr);
  __type (value, __u8);
} locals6 SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_DEVMAP);
  __uint (max_entries, BALANCE_PORTS_MAX + 1);
  __type (key, __u32);
  __type (value, __u32);
} devices SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint (max_entries, 1);
  __type (key, __u32);
  __type (value, struct balance_cpu);
} counters SEC (".maps");

struct {
  __uint (type, BPF_MAP_TYPE_ARRAY);
  __uint (max_entries, 1);
  __type (key, __u32);
  __type (value, struct balance_names);
} names SEC (".maps");

static __always_inline void
count (struct balance_sum *sum, __u64 bytes)
{
  sum->packets++;
  sum->bytes += bytes;
}

static __always_inline int
drop (struct balance_cpu *cpu, enum balance_drop reason)
{
  cpu->drop[reason]++;
  return XDP_DROP;
}

/* Multiply and fold; the constant is 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4). */
static __always_inline __u64
mix (__u64 hash, __u64 word)
{
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 32);
}

/* The ports of TCP and UDP lie at the same place; 0 for other protocols and short packets. */
static __always_inline __u32
ports_of (__u8 protocol, const void *transport, const void *end)
{
  if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || transport + 4 > end)
    return 0;
  return *(const __u32 *) transport;
}

/* Multicast, broadcast, and what no router forwards is the kernel's. */
static __always_inline bool
read_ipv4 (const void *start, const void *end, __u64 *flow)
{
  const struct iphdr *ip = start;
  if (start + sizeof *ip > end || ip->version != 4 || ip->ihl < 5)
    return false;
  __u32 to = ip->daddr;
  if ((to & bpf_htonl (0xe0000000)) == bpf_htonl (0xe0000000)
      || bpf_map_lookup_elem (&locals4, &to) != NULL)
    return false;
  __u32 tail = ip->protocol;
  __u64 hash = mix (0, ip->saddr | (__u64) to << 32);
  if ((ip->frag_off & bpf_htons (FRAGMENT_BITS)) == 0)
    hash = mix (hash, ports_of (tail, start + ip->ihl * 4, end));
  *flow = mix (hash, tail);
  return true;
}

static __always_inline bool
read_ipv6 (const void *start, const void *end, __u64 *flow)
{
  const struct ipv6hdr *ip = start;
  if (start + sizeof *ip > end || ip->version != 6)
    return false;
  struct in6_addr to = ip->daddr;
  bool link_local = to.s6_addr[0] == 0xfe && (to.s6_addr[1] & 0xc0) == 0x80;
  if (to.s6_addr[0] == 0xff || link_local || bpf_map_lookup_elem (&locals6, &to) != NULL)
    return false;
  const __u64 *words = (const void *) &ip->saddr;
  __u64 hash = mix (mix (mix (mix (0, words[0]), words[1]), words[2]), words[3]);
  *flow = mix (hash, ports_of (ip->nexthdr, ip + 1, end));
  return true;
}

static __always_inline __u32
slot_of (__u64 hash)
{
  hash *= 0xff51afd7ed558ccdULL; /* of MurmurHash3's finaliser */
  return hash >> (64 - BALANCE_SLOTS_LOG2);
}

struct search {
  const struct balance_config *config;
  const struct balance_cpu *cpu;
  __u64 least;
  __u32 best;
};

static long
compare_load (__u32 place, struct search *search)
{
  place %= BALANCE_BACKENDS_MAX;
  __u64 load = search->cpu->load[place];
  if (search->config->backends[place].cost != 0 && load < search->least) {
    search->least = load;
    search->best = place;
  }
  return 0;
}

/* The back-end that has the least load for its weight in this interval, by what this CPU gave it.
 */
static __always_inline __u32
least_of (const struct balance_config *config, struct balance_cpu *cpu, __u64 bytes)
{
  struct search search = { .config = config, .cpu = cpu, .least = ~0ULL };
  __u64 interval = bpf_ktime_get_ns () / BALANCE_INTERVAL_NS;
  if (cpu->interval != interval) {
    cpu->interval = interval;
    __builtin_memset (cpu->load, 0, sizeof cpu->load);
  }
  /* A loop of its own would be verified for each order that the loads may have. */
  bpf_loop (config->places, compare_load, &search, 0);
  __u32 best = search.best % BALANCE_BACKENDS_MAX;
  cpu->load[best] += bytes * config->backends[best].cost;
  return best;
}

static __always_inline __u32
choose (const struct balance_config *config, struct balance_cpu *cpu, __u64 hash, __u64 bytes)
{
  __u32 turn;
  switch (config->policy) {
  case BALANCE_HASH:
    return config->slots[slot_of (hash)];
  case BALANCE_LEAST:
    return least_of (config, cpu, bytes);
  case BALANCE_RANDOM:
    turn = bpf_get_prandom_u32 () % config->turns;
    break;
  default:
    turn = cpu->taken++ % config->turns;
    break;
  }
  return config->order[turn % BALANCE_SLOTS];
}

static __always_inline bool
same_mac (const __u8 *a, const __u8 *b)
{
  return *(const __u32 *) a == *(const __u32 *) b
         && *(const __u16 *) (a + 4) == *(const __u16 *) (b + 4);
}

/* Makes room for a tag, and writes the new head: to the back-end, from whom it came. */
static __always_inline int
hand_in (struct xdp_md *ctx, struct balance_cpu *cpu, const struct balance_port *port,
         const __u8 *backend)
{
  const struct ethhdr *head = (void *) (long) ctx->data;
  if ((void *) (head + 1) > (void *) (long) ctx->data_end)
    return drop (cpu, BALANCE_DROP_NO_ROOM);
  struct ethhdr was = *head;
  if (bpf_xdp_adjust_head (ctx, -(int) (sizeof (struct vlan_frame) - sizeof was)) != 0)
    return drop (cpu, BALANCE_DROP_NO_ROOM);
  struct vlan_frame *frame = (void *) (long) ctx->data;
  if ((void *) (frame + 1) > (void *) (long) ctx->data_end)
    return drop (cpu, BALANCE_DROP_NO_ROOM);
  __builtin_memcpy (frame->ethernet.h_dest, backend, ETH_ALEN);
  __builtin_memcpy (frame->ethernet.h_source, was.h_source, ETH_ALEN);
  frame->ethernet.h_proto = bpf_htons (ETH_P_8021Q);
  frame->tag = bpf_htons (port->vlan);
  frame->protocol = was.h_proto;
  return bpf_redirect_map (&devices, INNER_DEVICE, 0);
}

static __always_inline bool
read_flow (const struct balance_port *port, const void *data, const void *end, __u64 *flow)
{
  const struct ethhdr *ethernet = data;
  if (!same_mac (ethernet->h_dest, port->mac))
    return false;
  if (ethernet->h_proto == bpf_htons (ETH_P_IP))
    return read_ipv4 (ethernet + 1, end, flow);
  if (ethernet->h_proto == bpf_htons (ETH_P_IPV6))
    return read_ipv6 (ethernet + 1, end, flow);
  return false;
}

SEC ("xdp")
int
balance_outer (struct xdp_md *ctx)
{
  void *data = (void *) (long) ctx->data;
  void *end = (void *) (long) ctx->data_end;
  __u32 zero = 0, ifindex = ctx->ingress_ifindex;
  struct balance_cpu *cpu = bpf_map_lookup_elem (&counters, &zero);
  const struct balance_port *port = bpf_map_lookup_elem (&ports, &ifindex);
  if (cpu == NULL || port == NULL || data + sizeof (struct ethhdr) > end)
    return XDP_PASS;
  __u32 number = port->number % BALANCE_PORTS_MAX;
  __u64 bytes = end - data;
  __u64 flow = 0;
  if (!read_flow (port, data, end, &flow)) {
    count (&cpu->up[number], bytes);
    return XDP_PASS;
  }
  void *current = bpf_map_lookup_elem (&configs, &zero);
  const struct balance_config *config
      = current != NULL ? bpf_map_lookup_elem (current, &zero) : NULL;
  if (config == NULL || config->turns == 0)
    return drop (cpu, BALANCE_DROP_NO_BACKEND);
  __u32 place = choose (config, cpu, flow, bytes) % BALANCE_BACKENDS_MAX;
  int verdict = hand_in (ctx, cpu, port, config->backends[place].mac);
  if (verdict == XDP_REDIRECT) {
    count (&cpu->in[number], bytes);
    count (&cpu->backend[place], bytes);
  }
  return verdict;
}

/* Of IPv4 or IPv6, to one neighbour. */
static __always_inline bool
is_packet (const struct vlan_frame *frame)
{
  bool is_group = (frame->ethernet.h_dest[0] & 1) != 0;
  return !is_group
         && (frame->protocol == bpf_htons (ETH_P_IP) || frame->protocol == bpf_htons (ETH_P_IPV6));
}

SEC ("xdp")
int
balance_inner (struct xdp_md *ctx)
{
  const struct vlan_frame *frame = (void *) (long) ctx->data;
  void *end = (void *) (long) ctx->data_end;
  __u64 bytes = end - (void *) frame;
  __u32 zero = 0;
  struct balance_cpu *cpu = bpf_map_lookup_elem (&counters, &zero);
  if (cpu == NULL)
    return XDP_PASS;
  if ((void *) (frame + 1) > end || frame->ethernet.h_proto != bpf_htons (ETH_P_8021Q)) {
    count (&cpu->inner_up, bytes);
    return XDP_PASS;
  }
  __u32 vlan = bpf_ntohs (frame->tag) & VLAN_ID_BITS;
  const struct balance_port *port = bpf_map_lookup_elem (&vlans, &vlan);
  if (port == NULL || port->ifindex == 0)
    return drop (cpu, BALANCE_DROP_FOREIGN_VLAN);
  struct vlan_frame was = *frame;
  if (!is_packet (&was)) {
    if (!port->has_control)
      return drop (cpu, BALANCE_DROP_NO_PACKET);
    count (&cpu->inner_up, bytes);
    return XDP_PASS;
  }
  int tag = sizeof was - sizeof was.ethernet;
  if (bpf_xdp_adjust_head (ctx, tag) != 0)
    return drop (cpu, BALANCE_DROP_NO_ROOM);
  struct ethhdr *ethernet = (void *) (long) ctx->data;
  if ((void *) (ethernet + 1) > (void *) (long) ctx->data_end)
    return drop (cpu, BALANCE_DROP_NO_ROOM);
  __builtin_memcpy (ethernet->h_dest, was.ethernet.h_dest, ETH_ALEN);
  __builtin_memcpy (ethernet->h_source, port->mac, ETH_ALEN);
  ethernet->h_proto = was.protocol;
  count (&cpu->out[port->number % BALANCE_PORTS_MAX], bytes - tag);
  return bpf_redirect_map (&devices, port->number + 1, 0);
}

char terms[] SEC ("license") = "GPL";
