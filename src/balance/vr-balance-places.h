/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which back-end has which place in the maps. A place is a MAC's for as long as the description
 * names it, so that its counters and its slots stay its own through changes. */
#pragma once

#include "balance/vr-balance.h"

typedef struct {
  uint8_t mac[VR_BALANCE_MAC_SIZE];
  uint32_t weight; /* 0 where nobody has the place */
  uint32_t home;   /* the last weight that was not 0 */
  bool used;
  bool fresh; /* the last change gave the place to this MAC */
} VrPlace;

typedef struct {
  VrPlace places[BALANCE_BACKENDS_MAX];
  uint8_t slots[BALANCE_SLOTS]; /* by the homes; VR_BALANCE_NOBODY at first */
} VrPlaces;

void vr_places_init (VrPlaces *places);

/* After a balancer that was killed: the places and slots that it had, by what it wrote beside its
 * counters. `places` was initialised. */
void vr_places_resume (VrPlaces *places, const struct balance_names *earlier);

/* What the next balancer goes by. */
void vr_places_write (const VrPlaces *places, struct balance_names *names);

/* As the description has it; who stays, stays in its place. */
void vr_places_take (VrPlaces *places, const VrBalance *balance);

/* The maps' value for these places. A back-end whose weight has become 0 lends its slots to the
 * others, by their weights: the slots that it has when it gets a weight again are its own. */
void vr_places_configure (VrPlaces *places, enum balance_policy policy,
                          struct balance_config *config);
