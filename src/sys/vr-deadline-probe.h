/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of its CPUs this kernel lets SCHED_DEADLINE reserve: asked, not computed, since it hangs
 * on the version (the fair server of Linux 6.12), on sched_rt_runtime_us, and on root domains. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
  guint64 ceiling_ppm; /* parts in a million of each CPU; 0: no such thread can be made */
  char reason[200];    /* why not; "" otherwise */
} VrDeadlineProbe;

typedef struct {
  const char *cache_path; /* where the answer is kept; NULL: nowhere. Its directory must exist. */
  const char *conditions; /* what the answer hangs on, in any form: one kept under others is not
                           * used */
  const char *obstacle;   /* why the kernel must not be asked now, which is the reason where nothing
                           * is kept; NULL: it may be */
} VrDeadlineProbeArgs;

/* Makes one sleeping thread for each CPU of this process's root domain and finds the most that all
 * can reserve together. What others have reserved there is counted as granted; an answer during
 * which that changed is not kept. Processes with the same directory of the cache take turns. Takes
 * some milliseconds; changes nothing that lasts. Never fails: what goes wrong is an answer, with
 * its reason. */
void vr_deadline_probe (const VrDeadlineProbeArgs *args, VrDeadlineProbe *probe);

/* A thread of SCHED_DEADLINE. */
typedef struct {
  pid_t process, tid;
  guint64 share_ppm; /* of a CPU, in parts in a million */
} VrReservation;

/* All VrReservations of the host. */
GArray *vr_deadline_reservations (void);
/* What the thread has reserved, as share_ppm; 0 for other policies, and where it has ended. */
guint64 vr_deadline_share (pid_t tid);
