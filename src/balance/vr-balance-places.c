/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-places.h"

#include <string.h>

#include "balance/vr-balance-table.h"

void
vr_places_init (VrPlaces *places)
{
  memset (places, 0, sizeof *places);
  memset (places->slots, VR_BALANCE_NOBODY, sizeof places->slots);
}

void
vr_places_resume (VrPlaces *places, const struct balance_names *earlier)
{
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    VrPlace *place = &places->places[i];
    if (earlier->backend[i].used == 0)
      continue;
    *place = (VrPlace){ .weight = earlier->backend[i].weight,
                        .home = earlier->backend[i].home,
                        .used = true };
    memcpy (place->mac, earlier->backend[i].mac, sizeof place->mac);
  }
  memcpy (places->slots, earlier->slots, sizeof places->slots);
}

void
vr_places_write (const VrPlaces *places, struct balance_names *names)
{
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    const VrPlace *place = &places->places[i];
    memcpy (names->backend[i].mac, place->mac, sizeof place->mac);
    names->backend[i].weight = (uint16_t) place->weight;
    names->backend[i].home = (uint16_t) place->home;
    names->backend[i].used = place->used;
  }
  memcpy (names->slots, places->slots, sizeof names->slots);
}

/* The place with that MAC, or NULL. */
static VrPlace *
place_of (VrPlaces *places, const uint8_t *mac)
{
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    if (places->places[i].used && memcmp (places->places[i].mac, mac, VR_BALANCE_MAC_SIZE) == 0)
      return &places->places[i];
  return NULL;
}

static const VrBalanceBackend *
backend_of (const VrBalance *balance, const uint8_t *mac)
{
  for (size_t i = 0; i < balance->backends_count; i++)
    if (memcmp (balance->backends[i].mac, mac, VR_BALANCE_MAC_SIZE) == 0)
      return &balance->backends[i];
  return NULL;
}

/* One that nobody has; else one of those that go, whose last packets then count as the new one's.
 */
static VrPlace *
free_place (VrPlaces *places, const VrBalance *balance)
{
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    if (!places->places[i].used)
      return &places->places[i];
  VrPlace *place = places->places;
  while (backend_of (balance, place->mac) != NULL)
    place++;
  return place;
}

void
vr_places_take (VrPlaces *places, const VrBalance *balance)
{
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    places->places[i].fresh = false;
  for (size_t i = 0; i < balance->backends_count; i++) {
    const VrBalanceBackend *backend = &balance->backends[i];
    VrPlace *place = place_of (places, backend->mac);
    if (place == NULL) {
      place = free_place (places, balance);
      *place = (VrPlace){ .used = true, .fresh = true };
      memcpy (place->mac, backend->mac, sizeof place->mac);
    }
    place->weight = backend->weight;
    place->home = backend->weight > 0 ? backend->weight : place->home;
  }
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    if (places->places[i].used && backend_of (balance, places->places[i].mac) == NULL)
      places->places[i] = (VrPlace){ 0 };
}

static void
fill_slots (VrPlaces *places, struct balance_config *config)
{
  uint32_t homes[BALANCE_BACKENDS_MAX], lent = 0;
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    homes[i] = places->places[i].home;
  vr_balance_fill_slots (homes, places->slots);
  memcpy (config->slots, places->slots, sizeof config->slots);
  for (size_t i = 0; i < BALANCE_SLOTS && config->turns > 0; i++)
    if (places->places[config->slots[i]].weight == 0)
      config->slots[i] = config->order[lent++ % config->turns];
}

void
vr_places_configure (VrPlaces *places, enum balance_policy policy, struct balance_config *config)
{
  uint32_t weights[BALANCE_BACKENDS_MAX];
  memset (config, 0, sizeof *config);
  config->policy = policy;
  for (uint32_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    const VrPlace *place = &places->places[i];
    weights[i] = place->weight;
    memcpy (config->backends[i].mac, place->mac, sizeof place->mac);
    config->backends[i].cost = place->weight > 0 ? BALANCE_COST_UNIT / place->weight : 0;
    config->places = place->weight > 0 ? i + 1 : config->places;
  }
  config->turns = vr_balance_fill_order (weights, config->order);
  fill_slots (places, config);
}
