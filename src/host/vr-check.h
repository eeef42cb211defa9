/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a host can do for vrkit, judged from its facts and from what was probed: `vrkit check`. */
#pragma once

#include "host/vr-host.h"

typedef enum { VR_PROBE_NOT_TRIED, VR_PROBE_WORKS, VR_PROBE_FAILS } VrProbeState;

/* What sys found by trying; all texts may be NULL, and are borrowed for the call. */
typedef struct {
  VrProbeState kvm;         /* ran a loop of guest code at hardware speed */
  double kvm_turn_ns;       /* time of one turn of that loop; 0 where it did not run */
  const char *kvm_text;     /* why not */
  VrProbeState libvirt;     /* the connection answers */
  const char *libvirt_text; /* its version, or the error */
  const char *emulator;     /* QEMU's version; NULL: there is none */
  gboolean is_root;
} VrProbes;

typedef enum {
  VR_FINDING_OK,
  VR_FINDING_FALLBACK, /* vrkit works without, in the way that the detail says */
  VR_FINDING_MISSING,  /* what needs it will be refused */
} VrFindingState;

typedef struct {
  const char *id;    /* "sched-deadline": stable, for JSON; static, as the title */
  const char *title; /* "SCHED_DEADLINE" */
  VrFindingState state;
  char *detail;  /* what was found, and what follows from it */
  char *way_out; /* what the user can do; NULL where the state is ok */
} VrFinding;

/* A finding a row, in a fixed order. The array owns them. */
GPtrArray *vr_check_host (const VrHost *host, const VrProbes *probes);

/* The finding `id`, owned by `findings`, or NULL. */
const VrFinding *vr_check_find (const GPtrArray *findings, const char *id);

/* "ok", "fallback", "missing". */
const char *vr_finding_state_text (VrFindingState state);
