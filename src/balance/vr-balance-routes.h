/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The routes that BIRD has made in this kernel, as a digest that is the same on another machine
 * with the same ones: of each its prefix, metric, gateway and the name of the interface. Those
 * without a gateway, of other tables than the main one, and of several ways, are left out. */
#pragma once

#include "balance/vr-balance-digest.h"
#include "balance/vr-balance.h"

#define VR_ROUTES_BUFFER_SIZE 32768
/* Interfaces whose names are remembered; of others the kernel is asked each time. */
#define VR_ROUTES_NAMES 64

typedef enum {
  VR_ROUTES_WANTED, /* to be read anew, once no change comes */
  VR_ROUTES_READ,   /* is being read */
  VR_ROUTES_KNOWN
} VrRoutesState;

typedef struct {
  VrDigest digest; /* counts while the state is VR_ROUTES_KNOWN */
  VrRoutesState state;
  int changes; /* sockets, -1: none */
  int reading;
  int family;                      /* that is being read */
  uint64_t names[VR_ROUTES_NAMES]; /* hashes, by index; 0: not known */
  _Alignas(8) char buffer[VR_ROUTES_BUFFER_SIZE];
} VrRoutes;

/* Hears the kernel's changes from now on. On failure nothing is left open. */
bool vr_routes_open (VrRoutes *routes, VrProblem *problem);

/* Takes what has changed since, or a part of all routes. It does not block, and does so much at
 * most that another of 100 ms is not missed. True where the digest is that of the kernel now. */
bool vr_routes_follow (VrRoutes *routes);

/* Takes messages of the kernel, changes or routes that are there (rtnetlink(7)). An interface that
 * changes may take routes with it that nobody tells of (net/ipv4/fib_trie.c, fib_table_flush): then
 * all are wanted anew, and so where there is no memory. False at the end of those there are. */
bool vr_routes_take (VrRoutes *routes, const void *messages, size_t length);

void vr_routes_close (VrRoutes *routes);
