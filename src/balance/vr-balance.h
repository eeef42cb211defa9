/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a balancer is asked to do: the description file, read and checked. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/types.h>

#include "balance/balance-maps.h"

#define VR_BALANCE_MAC_SIZE 6
#define VR_BALANCE_WEIGHT_MAX 1000

/* An error as a sentence for the user; "" while there is none. */
typedef struct {
  char text[512];
} VrProblem;

/* Writes the sentence, as much of it as there is room for; false, to be returned. */
#define vr_problem_set(problem, ...)                                                               \
  vr_problem_written (snprintf ((problem)->text, sizeof (problem)->text, __VA_ARGS__))

static inline bool
vr_problem_written (int length)
{
  (void) length;
  return false;
}

typedef struct {
  char name[IFNAMSIZ];
  uint8_t mac[VR_BALANCE_MAC_SIZE]; /* the router's, at this port */
  uint16_t vlan;                    /* inside, 1 to 4094 */
} VrBalanceOuter;

typedef struct {
  uint8_t bytes[16]; /* IPv4: the first four */
  bool is_ipv6;
} VrBalanceLocal;

typedef struct {
  uint8_t mac[VR_BALANCE_MAC_SIZE];
  uint32_t weight; /* 0 to VR_BALANCE_WEIGHT_MAX; 0: gets nothing */
} VrBalanceBackend;

typedef struct {
  enum balance_policy policy;
  char inner[IFNAMSIZ];
  VrBalanceOuter outers[BALANCE_PORTS_MAX]; /* at least one; names and VLANs differ */
  size_t outers_count;
  VrBalanceLocal locals[BALANCE_LOCALS_MAX]; /* differ */
  size_t locals_count;
  bool has_control;                     /* who gets what would go to the balancer's own kernel */
  uint8_t control[VR_BALANCE_MAC_SIZE]; /* its MAC inside */
  VrBalanceBackend backends[BALANCE_BACKENDS_MAX]; /* MACs differ; may be none */
  size_t backends_count;
} VrBalance;

/* "hash", …; in the order of enum balance_policy. */
const char *vr_balance_policy_name (enum balance_policy policy);

/* Reads `path`. On failure `balance` is undefined, and the problem is "FILE:LINE: what and what
 * not", or names the file where it cannot be read. */
bool vr_balance_read (const char *path, VrBalance *balance, VrProblem *problem);

/* The same of a text of `length` bytes; `path` is only named. */
bool vr_balance_parse (const char *path, const char *text, size_t length, VrBalance *balance,
                       VrProblem *problem);
