/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beats: a frame that a back-end sends to all on the internal network, every 100 ms, to say that it
 * forwards, that it waits for the whole table of its control processor, that it does so and keeps
 * the one that it had, that its kernel is late with that table, or that it leaves. It goes one way,
 * so that a back-end of which more is asked than it can forward is heard like any other, and the
 * sender's MAC says whose it is. A control processor tells the digest of its own kernel's routes in
 * the same way. */
#pragma once

#include "balance/vr-balance.h"

typedef enum {
  VR_BEAT_FORWARDS,
  VR_BEAT_WAITS,
  VR_BEAT_KEEPS,
  VR_BEAT_LATE,
  VR_BEAT_LEAVES,
  VR_BEAT_TELLS, /* a control processor's */
  VR_BEAT_KINDS
} VrBeatKind;

typedef struct {
  uint8_t mac[VR_BALANCE_MAC_SIZE]; /* whose it is */
  VrBeatKind kind;
  uint64_t digest; /* of VR_BEAT_TELLS; else 0 */
} VrHeard;

/* A timer's and a socket's descriptors, -1 where they could not be made. */
typedef struct {
  int timer;
  int socket;
} VrBeat;

/* For sending by that interface, or for hearing what comes in there and sending; -1 in both with
 * the problem. The process gets a real-time priority, where it may, lest a guest that is busy
 * forwarding be silent. */
bool vr_beat_open_sender (VrBeat *beat, const char *interface, VrProblem *problem);
bool vr_beat_open_hearer (VrBeat *beat, const char *interface, VrProblem *problem);

/* Until the next 100 ms are over. Those that were missed are skipped. False where a signal came. */
bool vr_beat_wait (const VrBeat *beat);

/* A back-end's. An interface that is down, or full, loses it. */
void vr_beat_send (const VrBeat *beat, VrBeatKind kind);

/* A control processor's, in the same way. */
void vr_beat_tell (const VrBeat *beat, uint64_t digest);

/* The next beat that has come; false when there is none. */
bool vr_beat_next (const VrBeat *beat, VrHeard *heard);
