/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways for frames to get to the kernel, behind one table of operations. A generator has slots, each
 * with room for a frame: the sender fills those that are free, puts them into the generator's queue
 * and flushes it, as often as it takes. Nothing here allocates once it is open, and only flush
 * makes system calls. One that makes its frames itself has no slots, and `run` instead. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "traffic/vr-bell.h"
#include "traffic/vr-clock.h"
#include "traffic/vr-stream.h"
#include "traffic/vr-xdp-choice.h"

#define VR_GENERATOR_BATCH_MAX 256

typedef struct VrGenerator VrGenerator;

typedef struct {
  int netns_fd; /* of the interface's network namespace; -1: the caller's own */
  const char *ifname;
  gsize length;            /* bytes of the largest frame, without FCS */
  guint64 rate_pps;        /* of all streams; 0: flat out */
  const VrStream *streams; /* for one that makes the frames itself */
  guint streams_count;
  guint64 frames;      /* of all streams */
  VrXdpChoice xdp;     /* of "xdp" */
  const char *run_dir; /* where what is loaded or set for it is noted */
  const VrClock *clock;
} VrGeneratorSpec;

typedef struct {
  guint taken;   /* frames that left the queue by this flush */
  guint refused; /* the last so many of them, which the device dropped: 0 or 1 */
  int errnum;    /* why not all left; 0: they did, or are about to */
} VrGeneratorFlush;

/* One run of a generator that makes the frames itself: in, until when; out, what was sent. */
typedef struct {
  guint64 duration_ns;   /* it is stopped then (0: never); out: from the first frame to the last */
  guint64 gap_ns;        /* between frames: no stall yet */
  atomic_int *stopped;   /* not 0: it is to end soon */
  atomic_ullong *count;  /* what was sent so far */
  guint64 sent, refused; /* out: frames that the device took, and that it dropped at once */
} VrGeneratorRun;

typedef struct {
  const char *name; /* as --generator has it */
  VrGenerator *(*open) (const VrGeneratorSpec *spec, GError **error);
  void (*free) (VrGenerator *generator);
  /* Where a slot's frame is: the same place as long as it is open. */
  guint8 *(*bytes) (VrGenerator *generator, guint slot);
  /* Tells which slots are to be filled next, in their order: up to `wanted`, fewer where the kernel
   * still has the others. */
  guint (*room) (VrGenerator *generator, guint wanted, guint *slots);
  /* Queues the first `count` of these. */
  void (*put) (VrGenerator *generator, const guint *lengths, guint count);
  /* Has the kernel take what is queued. Where it took all, may then sleep till `until_ns` of
   * CLOCK_MONOTONIC (0: not at all), if that costs no system call more. */
  VrGeneratorFlush (*flush) (VrGenerator *generator, guint64 until_ns);
  /* Takes back what is queued and did not leave; not where the device reads late. */
  void (*withdraw) (VrGenerator *generator);
  /* Whether the device has read all that was flushed. */
  gboolean (*is_idle) (VrGenerator *generator);
  /* Instead of all these, of one that makes its frames itself, with pktgen's header for a
   * signature: sends all. NULL: it has slots. VR_ERROR_TRAFFIC, VR_ERROR_KERNEL. */
  gboolean (*run) (VrGenerator *generator, VrGeneratorRun *run, GError **error);
  guint8 ttl;         /* of such frames */
  gboolean is_shared; /* another may be opened on the interface before this one is freed */
} VrGeneratorKind;

/* What every generator begins with. */
struct VrGenerator {
  const VrGeneratorKind *kind;
  char *ifname;       /* owned */
  const char *mode;   /* how it does it: a word */
  char *why;          /* why this one, or this mode, for people; NULL: as asked for. Owned */
  const VrBell *bell; /* what it sleeps by; NULL: the kernel does that for it */
  guint slots;        /* how many */
  guint batch;        /* frames that a flush takes well */
  guint mtu;          /* of the interface */
  int stamped_fd; /* a socket whose frames the kernel stamps where it is asked to (SO_TIMESTAMPING);
                     0: none. Borrowed */
  gboolean reads_late;  /* frames are read after flush has returned: not to be touched again */
  guint64 system_calls; /* made by flush */
};

/* "auto", then the names of the kinds; NULL-terminated. */
const char *const *vr_generator_names (void);

/* VR_ERROR_USAGE for a name that vr_generator_open() does not know. */
gboolean vr_generator_check (const char *name, GError **error);

/* The least rate in all at which "auto" takes AF_XDP, where that can be had: below, the packet
 * socket paces as well, and works on every interface. */
#define VR_GENERATOR_XDP_LEAST_PPS 250000

/* Opens the generator `name` (NULL: "auto"). VR_ERROR_USAGE for a name that is none, for frames
 * above the interface's MTU or beyond the generator, and as vr_xdp_choice_check(); VR_ERROR_HOST
 * for a mode that the interface's driver has not; else as vr_packet_socket_open(). */
VrGenerator *vr_generator_open (const char *name, const VrGeneratorSpec *spec, GError **error);
void vr_generator_free (VrGenerator *generator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrGenerator, vr_generator_free)

/* What sleeps till a departure: as vr_bell_name(), or "kernel". */
const char *vr_generator_sleep (const VrGenerator *generator);
/* Why this one, this mode, and this sleep; NULL: as asked for, and at its best. The caller's. */
char *vr_generator_why (const VrGenerator *generator);

/* VR_ERROR_USAGE for frames of `length` bytes, without FCS, that the interface's MTU does not
 * allow. Those of a capture are known to vr_capture_check_mtu(). */
gboolean vr_generator_check_mtu (const VrGenerator *generator, const VrStream *stream, gsize length,
                                 GError **error);

/* The kinds, a file each. */
const VrGeneratorKind *vr_generator_packet (void);
const VrGeneratorKind *vr_generator_xdp (void);
const VrGeneratorKind *vr_generator_pktgen (void);
