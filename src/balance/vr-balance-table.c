/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-table.h"

#include <string.h>

static uint64_t
sum_of (const uint32_t *values)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    sum += values[i];
  return sum;
}

/* The place that has more than one and most above what its weight is due. */
static size_t
fattest_of (const uint32_t *weights, const uint32_t *quotas, uint32_t total)
{
  uint64_t sum = sum_of (weights);
  int64_t most = INT64_MIN;
  size_t fattest = 0;
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    int64_t above = (int64_t) (quotas[i] * sum) - (int64_t) ((uint64_t) weights[i] * total);
    if (quotas[i] <= 1 || above <= most)
      continue;
    most = above;
    fattest = i;
  }
  return fattest;
}

void
vr_balance_quotas (const uint32_t *weights, uint32_t total, uint32_t *quotas)
{
  uint64_t sum = sum_of (weights), remainders[BALANCE_BACKENDS_MAX];
  memset (quotas, 0, BALANCE_BACKENDS_MAX * sizeof *quotas);
  if (sum == 0)
    return;
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    uint64_t share = (uint64_t) weights[i] * total;
    quotas[i] = (uint32_t) (share / sum);
    remainders[i] = share % sum;
    if (quotas[i] == 0 && weights[i] > 0) {
      quotas[i] = 1;
      remainders[i] = 0;
    }
  }
  for (uint64_t given = sum_of (quotas); given < total; given++) {
    size_t next = 0;
    for (size_t i = 1; i < BALANCE_BACKENDS_MAX; i++)
      next = remainders[i] > remainders[next] ? i : next;
    quotas[next]++;
    remainders[next] = 0;
  }
  for (uint64_t given = sum_of (quotas); given > total; given--)
    quotas[fattest_of (weights, quotas, total)]--;
}

void
vr_balance_fill_slots (const uint32_t *weights, uint8_t *slots)
{
  uint32_t left[BALANCE_BACKENDS_MAX];
  vr_balance_quotas (weights, BALANCE_SLOTS, left);
  for (size_t i = 0; i < BALANCE_SLOTS; i++) {
    if (slots[i] >= BALANCE_BACKENDS_MAX || left[slots[i]] == 0)
      slots[i] = VR_BALANCE_NOBODY;
    else
      left[slots[i]]--;
  }
  uint8_t next = 0;
  for (size_t i = 0; i < BALANCE_SLOTS; i++) {
    if (slots[i] != VR_BALANCE_NOBODY)
      continue;
    while (next < BALANCE_BACKENDS_MAX && left[next] == 0)
      next++;
    if (next == BALANCE_BACKENDS_MAX)
      return;
    slots[i] = next;
    left[next]--;
  }
}

static uint32_t
divisor_of (uint32_t a, uint32_t b)
{
  while (b != 0) {
    uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* The turns that each place has in a round; returns their sum. */
static uint32_t
turns_of (const uint32_t *weights, uint32_t *turns)
{
  uint32_t divisor = 0;
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    divisor = divisor_of (weights[i], divisor);
  if (divisor > 0 && sum_of (weights) / divisor > BALANCE_SLOTS) {
    vr_balance_quotas (weights, BALANCE_SLOTS, turns);
    return BALANCE_SLOTS;
  }
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    turns[i] = divisor > 0 ? weights[i] / divisor : 0;
  return (uint32_t) sum_of (turns);
}

uint32_t
vr_balance_fill_order (const uint32_t *weights, uint8_t *order)
{
  uint32_t turns[BALANCE_BACKENDS_MAX];
  int64_t due[BALANCE_BACKENDS_MAX] = { 0 };
  uint32_t count = turns_of (weights, turns);
  memset (order, 0, BALANCE_SLOTS);
  for (uint32_t turn = 0; turn < count; turn++) {
    size_t best = 0;
    for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
      due[i] += turns[i];
      best = due[i] > due[best] ? i : best;
    }
    due[best] -= count;
    order[turn] = (uint8_t) best;
  }
  return count;
}
