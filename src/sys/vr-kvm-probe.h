/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether KVM really runs guest code: a /dev/kvm that opens may sit on no hardware virtualisation,
 * and then emulates each instruction, so that a kernel never gets past the firmware. */
#pragma once

#include <glib.h>

/* A turn of the loop (two instructions) takes under 1 ns on hardware, 37 to 142 ns on
 * virtualisation that TCG emulates, which runs guests, and 500 to 900 ns where KVM emulates each
 * instruction (measured on all three kinds). */
#define VR_KVM_PROBE_USABLE_NS 250.0

typedef struct {
  gboolean available; /* the device opens and makes a machine */
  gboolean usable;    /* and a turn took less than VR_KVM_PROBE_USABLE_NS */
  double ns_per_turn; /* 0 where nothing ran */
  char reason[200];   /* one sentence for people */
} VrKvmProbe;

/* Nanoseconds of a monotonic clock. */
typedef gint64 (*VrKvmClock) (gpointer data);

typedef struct {
  const char *device;     /* "/dev/kvm" */
  const char *cache_path; /* where the answer is kept; NULL: nowhere. Its directory must exist. */
  const char *boot_id;    /* of this boot of the host: an answer of another one is not used */
  VrKvmClock clock;
  gpointer clock_data;
} VrKvmProbeArgs;

/* Whether an answer came from the cache or from KVM just now. */
typedef enum { VR_KVM_PROBE_REMEMBERED, VR_KVM_PROBE_RAN } VrKvmProbeOrigin;

/* Times the loop, once a boot. Takes at most 3 s, however KVM behaves. Never fails: what goes wrong
 * is an answer, with its reason. Only what a machine that was made did is remembered; a cache that
 * cannot be read or written is probed around. */
VrKvmProbeOrigin vr_kvm_probe (const VrKvmProbeArgs *args, VrKvmProbe *probe);
