/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-speak.h"

#include <signal.h>

#include "balance/vr-balance-beat.h"
#include "balance/vr-balance-lag.h"
#include "balance/vr-balance-routes.h"
#include "balance/vr-balance-session.h"

#define LEAVES_SENT 3
/* For so many ticks a back-end is waited for, which speaks each tick. */
#define HEARD_TICKS 4

typedef struct {
  VrBeat beat;
  VrSession session;
  VrRoutes routes;
  VrLag lag;
} Backend;

static volatile sig_atomic_t leaves;

static void
take_end (int signal)
{
  (void) signal;
  leaves = 1;
}

/* What the next beat says, where there is a control processor. */
static VrBeatKind
look_at_kernel (Backend *backend)
{
  VrHeard heard;
  while (vr_beat_next (&backend->beat, &heard))
    if (heard.kind == VR_BEAT_TELLS)
      vr_lag_hear (&backend->lag, heard.digest);
  const uint64_t *own = vr_routes_follow (&backend->routes) ? &backend->routes.digest.sum : NULL;
  return vr_lag_tick (&backend->lag, own, vr_session_is_whole (&backend->session));
}

/* What the next beat says; a change of that goes to `words`. */
static VrBeatKind
look_at_table (Backend *backend, VrBeatKind before, FILE *words)
{
  static const char *const word_of[] = { [VR_BEAT_FORWARDS] = "whole",
                                         [VR_BEAT_WAITS] = "waits",
                                         [VR_BEAT_KEEPS] = "waits",
                                         [VR_BEAT_LATE] = "late" };
  if (backend->session.path == NULL)
    return VR_BEAT_FORWARDS;
  vr_session_follow (&backend->session);
  VrBeatKind now = look_at_kernel (backend);
  if (now != before)
    fprintf (words, "%s\n", word_of[now]);
  return now;
}

/* That it leaves is said more than once, since a frame may be lost. */
static void
leave (const VrBeat *beat)
{
  for (int i = 0; i < LEAVES_SENT; i++) {
    vr_beat_send (beat, VR_BEAT_LEAVES);
    vr_beat_wait (beat);
  }
}

bool
vr_speak_beats (const char *interface, const char *log, const char *pid_path, FILE *words,
                VrProblem *problem)
{
  static Backend backend;
  const struct sigaction end = { .sa_handler = take_end };
  backend.session = (VrSession){ .path = log, .file = -1, .pid_path = pid_path, .process = -1 };
  if (log == NULL ? !vr_beat_open_sender (&backend.beat, interface, problem)
                  : !vr_beat_open_hearer (&backend.beat, interface, problem)
                        || !vr_routes_open (&backend.routes, problem))
    return false;
  sigaction (SIGTERM, &end, NULL);
  fputs ("ready\n", words);
  for (VrBeatKind kind = VR_BEAT_WAITS; leaves == 0; vr_beat_wait (&backend.beat)) {
    kind = look_at_table (&backend, kind, words);
    vr_beat_send (&backend.beat, kind);
  }
  leave (&backend.beat);
  return true;
}

/* While the routes are read anew nothing is told. */
bool
vr_speak_routes (const char *interface, FILE *words, VrProblem *problem)
{
  static VrRoutes routes;
  VrBeat beat;
  if (!vr_routes_open (&routes, problem) || !vr_beat_open_sender (&beat, interface, problem))
    return false;
  fputs ("ready\n", words);
  for (;;) {
    if (vr_routes_follow (&routes))
      vr_beat_tell (&beat, routes.digest.sum);
    vr_beat_wait (&beat);
  }
}

bool
vr_speak_hear_kept (const char *interface, bool *kept, VrProblem *problem)
{
  VrHeard heard;
  VrBeat beat;
  if (!vr_beat_open_hearer (&beat, interface, problem))
    return false;
  *kept = false;
  for (int i = 0; i < HEARD_TICKS && !*kept; i++) {
    vr_beat_wait (&beat);
    while (vr_beat_next (&beat, &heard))
      *kept |= heard.kind == VR_BEAT_FORWARDS || heard.kind == VR_BEAT_KEEPS
               || heard.kind == VR_BEAT_LATE;
  }
  return true;
}
