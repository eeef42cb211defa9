/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who gets how much: the hash's table of slots, and the order of turns. A back-end is told by its
 * place, below BALANCE_BACKENDS_MAX; `weights` has one for each place, 0 where there is none. */
#pragma once

#include "balance/vr-balance.h"

#define VR_BALANCE_NOBODY 0xff

/* How many of `total` things each place gets: by weight, rounded by the largest remainder
 * (Hamilton's method; the lower place where they are equal), and at least one where the weight is
 * not 0. `total` is at least BALANCE_BACKENDS_MAX. All are 0 where all weights are. */
void vr_balance_quotas (const uint32_t *weights, uint32_t total, uint32_t *quotas);

/* Gives each slot to a place so that each has its quota, and as many as can be stay where they
 * are: with a weight set to 0, only that back-end's flows move. A slot is VR_BALANCE_NOBODY, or a
 * place; where all weights are 0, all become VR_BALANCE_NOBODY. */
void vr_balance_fill_slots (const uint32_t *weights, uint8_t *slots);

/* The turns of one round, those of one back-end as far apart as its weight lets them (smooth
 * weighted round robin, as nginx has it). Exact where the weights over their greatest common
 * divisor add up to no more than BALANCE_SLOTS; else by quotas. Returns their number. */
uint32_t vr_balance_fill_order (const uint32_t *weights, uint8_t *order);
