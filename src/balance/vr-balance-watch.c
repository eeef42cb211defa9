/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-watch.h"

#include <string.h>

static VrWatched *
watched_of (VrWatch *watch, const uint8_t *mac)
{
  for (size_t i = 0; i < watch->count; i++)
    if (memcmp (watch->backends[i].mac, mac, VR_BALANCE_MAC_SIZE) == 0)
      return &watch->backends[i];
  return NULL;
}

static VrWatched *
insert (VrWatch *watch, size_t at, const VrWatched *backend)
{
  VrWatched *place = &watch->backends[at];
  memmove (place + 1, place, (watch->count - at) * sizeof *place);
  *place = *backend;
  watch->count++;
  return place;
}

/* Behind those of the description, and behind those whose MAC is smaller. */
static VrWatched *
learn (VrWatch *watch, const VrWatched *backend)
{
  size_t at = 0;
  if (watch->count == BALANCE_BACKENDS_MAX)
    return NULL;
  while (at < watch->count
         && (!watch->backends[at].learned
             || memcmp (watch->backends[at].mac, backend->mac, VR_BALANCE_MAC_SIZE) < 0))
    at++;
  return insert (watch, at, backend);
}

static VrWatched
fresh_of (const uint8_t *mac, uint32_t weight)
{
  VrWatched fresh = { .weight = weight, .silent_ticks = VR_WATCH_SILENT_TICKS };
  memcpy (fresh.mac, mac, VR_BALANCE_MAC_SIZE);
  return fresh;
}

void
vr_watch_take (VrWatch *watch, const VrBalance *asked)
{
  VrWatch was = *watch;
  watch->count = 0;
  for (size_t i = 0; i < asked->backends_count; i++) {
    const VrBalanceBackend *backend = &asked->backends[i];
    const VrWatched *known = watched_of (&was, backend->mac);
    VrWatched next = known != NULL ? *known : fresh_of (backend->mac, 0);
    next.given |= was.count == 0;
    next.weight = backend->weight;
    next.learned = false;
    insert (watch, watch->count, &next);
  }
  for (size_t i = 0; i < was.count; i++)
    if (was.backends[i].learned && watched_of (watch, was.backends[i].mac) == NULL)
      (void) learn (watch, &was.backends[i]);
}

void
vr_watch_resume (VrWatch *watch, const VrBalance *in_force)
{
  for (size_t i = 0; i < in_force->backends_count; i++) {
    const VrBalanceBackend *backend = &in_force->backends[i];
    VrWatched *known = watched_of (watch, backend->mac);
    VrWatched next = fresh_of (backend->mac, 1);
    next.learned = true;
    if (known == NULL)
      known = learn (watch, &next);
    if (known == NULL)
      continue;
    known->given = known->alive = known->had = backend->weight > 0;
    known->silent_ticks = backend->weight > 0 ? 0 : VR_WATCH_SILENT_TICKS;
  }
}

static void
hear (VrWatch *watch, const uint8_t *mac, VrWatchedTable table)
{
  VrWatched *backend = watched_of (watch, mac);
  VrWatched next = fresh_of (mac, 1);
  next.learned = true;
  if (backend == NULL)
    backend = learn (watch, &next);
  if (backend == NULL)
    return;
  backend->heard = true;
  backend->table = table;
}

void
vr_watch_hear (VrWatch *watch, const uint8_t *mac)
{
  hear (watch, mac, VR_WATCHED_WHOLE);
}

void
vr_watch_hear_waiting (VrWatch *watch, const uint8_t *mac)
{
  hear (watch, mac, VR_WATCHED_WAITS);
}

void
vr_watch_hear_late (VrWatch *watch, const uint8_t *mac)
{
  hear (watch, mac, VR_WATCHED_LATE);
}

void
vr_watch_leave (VrWatch *watch, const uint8_t *mac)
{
  VrWatched *backend = watched_of (watch, mac);
  if (backend == NULL)
    return;
  if (backend->learned) {
    size_t at = (size_t) (backend - watch->backends);
    watch->count--;
    memmove (backend, backend + 1, (watch->count - at) * sizeof *backend);
    return;
  }
  VrWatched silent = fresh_of (mac, backend->weight);
  silent.given = backend->given;
  *backend = silent;
}

/* The counts as they are after the tick, and who fell silent. */
static void
count_tick (VrWatched *backend)
{
  if (backend->heard)
    backend->silent_ticks = 0;
  else if (backend->silent_ticks < VR_WATCH_SILENT_TICKS)
    backend->silent_ticks++;
  if (backend->silent_ticks == VR_WATCH_SILENT_TICKS) {
    backend->steady_ticks = 0;
    backend->had = false;
  } else if (backend->steady_ticks < VR_WATCH_STEADY_TICKS) {
    backend->steady_ticks++;
  }
  if (backend->heard && backend->table != VR_WATCHED_WHOLE)
    backend->alive = false;
  if (backend->alive && backend->silent_ticks == VR_WATCH_SILENT_TICKS) {
    backend->alive = false;
    backend->lost = true;
  }
}

/* Who may be given packets, the best first. */
typedef enum { ALIVE, HAD_AND_KEEPS, HAD, RANKS } Rank;

static bool
has_rank (const VrWatched *backend, Rank rank)
{
  if (rank == ALIVE)
    return backend->alive;
  return backend->had && (rank == HAD || backend->table != VR_WATCHED_LATE);
}

static bool
somebody_has (const VrWatch *watch, Rank rank)
{
  for (size_t i = 0; i < watch->count; i++)
    if (has_rank (&watch->backends[i], rank) && watch->backends[i].weight > 0)
      return true;
  return false;
}

void
vr_watch_tick (VrWatch *watch)
{
  for (size_t i = 0; i < watch->count; i++)
    count_tick (&watch->backends[i]);
  for (size_t i = 0; i < watch->count; i++) {
    VrWatched *backend = &watch->backends[i];
    if (backend->heard && backend->table == VR_WATCHED_WHOLE
        && (!backend->lost || backend->steady_ticks == VR_WATCH_STEADY_TICKS
            || !somebody_has (watch, ALIVE))) {
      backend->alive = true;
      backend->had = true;
      backend->lost = false;
    }
    backend->heard = false;
  }
}

static bool
somebody_given (const VrWatch *watch)
{
  for (size_t i = 0; i < watch->count; i++)
    if (watch->backends[i].given && watch->backends[i].weight > 0)
      return true;
  return false;
}

static void
give (VrWatch *watch)
{
  Rank rank = ALIVE;
  while (rank < RANKS && !somebody_has (watch, rank))
    rank++;
  for (size_t i = 0; i < watch->count && rank < RANKS; i++)
    watch->backends[i].given = has_rank (&watch->backends[i], rank);
}

bool
vr_watch_weigh (VrWatch *watch, VrBalance *balance)
{
  bool changed = balance->backends_count != watch->count;
  give (watch);
  bool all = !somebody_given (watch);
  for (size_t i = 0; i < watch->count; i++) {
    const VrWatched *backend = &watch->backends[i];
    VrBalanceBackend next = { .weight = all || backend->given ? backend->weight : 0 };
    memcpy (next.mac, backend->mac, VR_BALANCE_MAC_SIZE);
    changed = changed || memcmp (balance->backends[i].mac, next.mac, sizeof next.mac) != 0
              || balance->backends[i].weight != next.weight;
    balance->backends[i] = next;
  }
  balance->backends_count = watch->count;
  return changed;
}
