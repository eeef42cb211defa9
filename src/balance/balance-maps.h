/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the XDP programs and vrkit-balance share: the maps' values. Both sides include their own
 * fixed-width types (__u8 …) first. */
#pragma once

/* Of the hash's table. A share of the flows is exact to one slot in these. */
#define BALANCE_SLOTS 4096
#define BALANCE_SLOTS_LOG2 12
#define BALANCE_BACKENDS_MAX 64
#define BALANCE_PORTS_MAX 32
#define BALANCE_LOCALS_MAX 1024
/* Of the policy "least": how long a back-end's load is counted before all start anew. */
#define BALANCE_INTERVAL_NS 100000000ULL
/* Loads are counted in bytes times this, over the weight. */
#define BALANCE_COST_UNIT (1U << 20)

enum balance_policy {
  BALANCE_HASH,
  BALANCE_ROUND_ROBIN,
  BALANCE_RANDOM,
  BALANCE_LEAST,
  BALANCE_POLICIES,
};

/* Why a packet was dropped, and not handed on. */
enum balance_drop {
  BALANCE_DROP_NO_BACKEND,   /* no back-end has a weight */
  BALANCE_DROP_FOREIGN_VLAN, /* from inside, with the VLAN of a port that is not of this balancer */
  BALANCE_DROP_NO_PACKET, /* from inside, and neither IPv4 nor IPv6, or to a group: what a back-end
                           * asks or tells its neighbours is not the router's; where there is
                           * a control processor all ask as the router, and it goes up */
  BALANCE_DROP_NO_ROOM,   /* the driver leaves no room for a VLAN tag before the frame */
  BALANCE_DROPS,
};

/* An external interface. */
struct balance_port {
  __u32 ifindex; /* 0: none */
  __u16 vlan;
  __u8 mac[6];       /* the router's, as the outside sees it */
  __u32 number;      /* its place among the counters; in `devices` it is one further */
  __u32 has_control; /* whether there is a control processor, whose frames to groups go up */
};

struct balance_backend {
  __u8 mac[6];
  __u16 unused;
  __u32 cost; /* BALANCE_COST_UNIT over the weight; 0: gets nothing */
};

/* One version of the description; a change makes another, and swaps the two at once. */
struct balance_config {
  __u32 policy;
  __u32 turns;  /* how many of `order` count; 0: no back-end has a weight */
  __u32 places; /* how many of `backends` are to be looked at */
  __u32 unused;
  __u8 slots[BALANCE_SLOTS]; /* by hash: a place in `backends` */
  __u8 order[BALANCE_SLOTS]; /* in turn: the same, each as often as its weight says */
  struct balance_backend backends[BALANCE_BACKENDS_MAX];
};

struct balance_sum {
  __u64 packets;
  __u64 bytes; /* without tag and FCS */
};

/* One CPU's counters, and what its policies remember. */
struct balance_cpu {
  struct balance_sum in[BALANCE_PORTS_MAX];  /* from outside, to a back-end */
  struct balance_sum out[BALANCE_PORTS_MAX]; /* from a back-end, to outside */
  struct balance_sum up[BALANCE_PORTS_MAX];  /* from outside, to the balancer's own kernel */
  struct balance_sum inner_up;               /* from inside, to the balancer's own kernel */
  struct balance_sum backend[BALANCE_BACKENDS_MAX];
  __u64 drop[BALANCE_DROPS];
  __u64 taken;    /* turns, of round-robin */
  __u64 interval; /* of least: the number of the interval that `load` is of */
  __u64 load[BALANCE_BACKENDS_MAX];
};

/* For whoever prints the counters: what the numbers stand for. And for the next balancer, where
 * this one is killed: whose flows are whose. The programs do not read it. */
struct balance_names {
  struct {
    char name[16]; /* "": none */
    __u8 mac[6];
    __u16 vlan;
  } port[BALANCE_PORTS_MAX];
  struct {
    __u8 mac[6];
    __u16 weight;
    __u16 home;                /* the last weight that was not 0 */
    __u16 used;                /* 0: nobody */
    struct balance_sum before; /* of those who had the place earlier */
  } backend[BALANCE_BACKENDS_MAX];
  __u8 slots[BALANCE_SLOTS]; /* by the homes */
};
