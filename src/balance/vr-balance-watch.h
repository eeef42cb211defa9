/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which back-ends get packets, by who is heard. Time is told in ticks of whoever calls: as long as
 * a balancer itself has no CPU time, nobody falls silent. */
#pragma once

#include "balance/vr-balance.h"

/* So many ticks without a beat, and a back-end gets nothing. */
#define VR_WATCH_SILENT_TICKS 5
/* So many without such a silence, and one that was lost gets packets again. */
#define VR_WATCH_STEADY_TICKS 30

/* What a back-end said last of its control processor's table. */
typedef enum {
  VR_WATCHED_WHOLE, /* it has it, or needs none */
  VR_WATCHED_WAITS, /* it has not the whole of it yet, or keeps the one before */
  VR_WATCHED_LATE   /* its kernel has fallen behind it */
} VrWatchedTable;

typedef struct {
  uint8_t mac[VR_BALANCE_MAC_SIZE];
  uint32_t weight;       /* as asked */
  uint32_t silent_ticks; /* since the last beat */
  uint32_t steady_ticks; /* since the last silence */
  bool heard;            /* in this tick */
  bool had;              /* was alive since its last silence: its table was whole */
  bool alive;            /* to be given packets */
  bool lost;             /* was alive, and fell silent */
  bool given;            /* as `alive` was when there was last somebody alive */
  bool learned;          /* the description does not name it: it was heard */
  VrWatchedTable table;
} VrWatched;

/* First those of the description, in its order, then the others by their MACs. */
typedef struct {
  VrWatched backends[BALANCE_BACKENDS_MAX];
  size_t count;
} VrWatch;

/* Takes the back-ends of a description. Those that were heard and that it does not name, or that it
 * had, stay as they are; one that is new is not alive until it is heard. Of a `watch` that is all
 * zeros, all are given packets until one is. */
void vr_watch_take (VrWatch *watch, const VrBalance *asked);

/* After a watch that came to an end: `watch` has just taken what is asked, and `in_force` is what
 * the one before had made of it. Who has a weight there is as if heard just now, and who has none
 * is not alive until it is heard. */
void vr_watch_resume (VrWatch *watch, const VrBalance *in_force);

/* A beat of that MAC came. One that is not known becomes a back-end of weight 1, while there is
 * room for another. */
void vr_watch_hear (VrWatch *watch, const uint8_t *mac);

/* The same, from one that waits for the whole table: it is known, and not alive. */
void vr_watch_hear_waiting (VrWatch *watch, const uint8_t *mac);

/* The same, from one that lags behind the table. */
void vr_watch_hear_late (VrWatch *watch, const uint8_t *mac);

/* That MAC said that it leaves: it is silent from now on, and forgotten where the description does
 * not name it. */
void vr_watch_leave (VrWatch *watch, const uint8_t *mac);

/* A tick has passed, and all beats that came in it were heard: one that is heard for the first time
 * is alive at once, and so is the first of all when nobody is; one that was lost when it was heard
 * for VR_WATCH_STEADY_TICKS. */
void vr_watch_tick (VrWatch *watch);

/* Sets the back-ends of `balance`: 0 for those that are not alive. Where nobody with a weight is,
 * those have theirs that had a whole table and are heard, as all wait while a control processor is
 * away, but for those that lag behind it; where there is none, those too; and where there is none
 * either, those keep theirs that last had one. True where `balance` had others. */
bool vr_watch_weigh (VrWatch *watch, VrBalance *balance);
