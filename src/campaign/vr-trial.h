/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One trial: known frames at known rates through a router of a lab that is up, or between any two
 * interfaces, and where they went. */
#pragma once

#include "base/vr-json.h"
#include "campaign/vr-share.h"
#include "lab/vr-site.h"
#include "observe/vr-path.h"
#include "observe/vr-usage.h"
#include "traffic/vr-bias.h"
#include "traffic/vr-receiver.h"
#include "traffic/vr-sender.h"

/* How far a trial has come. */
typedef struct {
  guint64 elapsed_ns;            /* since its first frame */
  guint64 asked, sent, received; /* frames so far, duplicates included */
  gboolean is_counting;          /* what was received is told at the end alone */
} VrTrialTick;

typedef void (*VrTrialTicker) (const VrTrialTick *tick, gpointer data);

/* What counts what comes: a receiver that examines every frame, or the counters of its interface.
 */
typedef enum {
  VR_TRIAL_AUTO, /* examines, and counts where the receiver had no room for all */
  VR_TRIAL_EXACT,
  VR_TRIAL_COUNTING,
} VrTrialReceiver;

/* When the tester's own ceiling is measured, behind the trial: by sending flat out for 0.3 s. */
typedef enum {
  VR_TRIAL_CEILING_SHORT, /* where the sender fell short of what was asked for */
  VR_TRIAL_CEILING_ALWAYS,
  VR_TRIAL_CEILING_NEVER,
} VrTrialCeiling;

/* Whose counters along the path are read: a guest with hardly any CPU time is slow to answer. */
typedef enum { VR_TRIAL_COUNTERS_ALL, VR_TRIAL_COUNTERS_HOST } VrTrialCounters;

/* A line of JSON, vrkit.sample/1. */
typedef void (*VrTrialSample) (const char *line, gpointer data);

typedef struct {
  const char *lab;  /* NULL: `from` and `to` are interfaces, "IFNAME" or "NETNS/IFNAME" */
  const char *from; /* test ports of the lab; NULL: the router's first, and its last */
  const char *to;
  const char *router;      /* NULL: the first that both ports are on, or a chain between them */
  const VrStream *streams; /* ports, MAC addresses and, where they are not given, addresses and the
                              next hop are filled in; the family of the source counts */
  guint streams_count;
  guint64 line_rate_bps; /* that rates are shares of; 0: of the port that sends */
  guint64 duration_ns;   /* 0: bounded by the streams' counts */
  guint64 warm_up_ns;    /* sent before, and not counted */
  guint64 settle_ns;     /* waited for the last frames; 0: 200 ms */
  VrTrialTicker tick;    /* called every `tick_ns`, from a thread of its own; may be NULL */
  gpointer tick_data;
  guint64 tick_ns;
  const char *generator; /* as vr_generator_open() has it; NULL: "auto" */
  VrXdpChoice xdp;       /* of the generator "xdp" */
  VrTrialReceiver receiver;
  VrTrialCeiling ceiling;
  VrTrialCounters counters;
  VrTrialSample sample; /* called every `sample_ns`, from a thread of its own; may be NULL */
  gpointer sample_data;
  guint64 sample_ns;
  GCancellable *cancellable; /* ends the sending; the trial is then partial. May be NULL */
  const VrClock *clock;
} VrTrialRequest;

/* Of one stream; what was received of it is the receiver's tally of the same number. */
typedef struct {
  guint16 id;
  guint64 offered_pps, asked, sent;
  guint flows; /* 0: a replay, whose flows are its own */
  VrFlowOrder flow_order;
  guint destinations; /* addresses that they go to */
} VrTrialStream;

/* What taking samples took, of vr-sampler.h. */
typedef struct {
  guint64 samples;
  guint64 missed;      /* that were due while another was being taken */
  guint64 cpu_time_ns; /* of the thread that takes them */
} VrSampling;

typedef struct {
  char *router; /* of a chain all, with commas; NULL without a lab, as the next is then an interface
                 */
  char *from, *to;
  guint hops;                             /* how many routers those are */
  char *replay;                           /* the file; NULL: none */
  guint64 offered_pps;                    /* of all streams, as asked for */
  const char *generator, *generator_mode; /* what sent, and how */
  const char *generator_sleep;            /* what it slept by between departures */
  char *generator_why;                    /* why so; NULL: as asked for */
  VrSenderResult sender;
  guint64 ceiling_pps;        /* what the sender can send of this, at most; 0: not measured */
  VrReceiverResult *receiver; /* where is_counting, of `received` alone, and without streams */
  VrTrialReceiver wanted;
  gboolean is_cut;      /* cancelled, it has not waited for the last frames */
  gboolean is_counting; /* received is what the interface counted, of others too */
  char *receiver_why;   /* why so; NULL: as asked for */
  GArray *streams;      /* VrTrialStream */
  VrCounters counted;   /* during the trial */
  GArray *stages;       /* VrStage: where the lost ones were lost */
  VrShares *shares;     /* of a PVR's members; NULL: of no PVR, or its members changed */
  char *silent;         /* a router that did not answer: what happened in the routers is not known;
                           NULL: all did, or were not asked */
  char *silent_why;     /* what came of asking it */
  VrUsage usage;        /* during the trial */
  guint64 usage_ns;     /* in which that was spent: opening, sending and settling */
  guint8 ttl_sent;      /* of the first stream */
  gboolean is_timed;    /* its frames tell when they were sent */
  VrSampling sampling;
  VrBias *bias; /* of a self-test; NULL: not measured */
} VrTrial;

/* Chooses generator and receiver. In a lab, waits until a first frame has come through, for some
 * seconds at most; then warms up, and runs the trial. VR_ERROR_USAGE for a lab, port or router that
 * is not there or no test port, for streams that make no sense, and for a share of a line rate that
 * is not known; VR_ERROR_TRAFFIC for an interface that is not there or goes down. */
VrTrial *vr_trial_run (const VrSite *site, const VrTrialRequest *request, GError **error);

typedef struct VrBench VrBench;

/* The same in parts, for many trials on one bench (vr_bench_open()), whose streams are sent: the
 * waiting and warming up, and the trial. */
gboolean vr_trial_prepare (const VrBench *bench, const VrTrialRequest *request, GError **error);
VrTrial *vr_trial_measure (const VrBench *bench, const VrSite *site, const VrTrialRequest *request,
                           GError **error);

void vr_trial_free (VrTrial *trial);

/* "auto", "exact" or "counting". VR_ERROR_USAGE. */
gboolean vr_trial_parse_receiver (const char *text, VrTrialReceiver *receiver, GError **error);

/* "short", "always" or "never". VR_ERROR_USAGE. */
gboolean vr_trial_parse_ceiling (const char *text, VrTrialCeiling *ceiling, GError **error);

guint64 vr_trial_lost (const VrTrial *trial);
/* What received in the end: "exact" or "counting". */
const char *vr_trial_receiver_name (const VrTrial *trial);

/* It was ended before all was sent, or before its last frames were waited for. */
gboolean vr_trial_is_partial (const VrTrial *trial);

/* What is missing may be the tester's doing, the sender's or the receiver's. */
gboolean vr_trial_tester_limited (const VrTrial *trial);
/* Frames were lost, and no more of them than the tester sent in bursts of its own, catching up with
 * its schedule: a queue on the way may have been too short for these alone. */
gboolean vr_trial_late_burst (const VrTrial *trial);
/* Of the frames that came, how many had the TTL that the routers leave: ttl_sent less one for each.
 * 0 in a replay. */
guint64 vr_trial_ttl_right (const VrTrial *trial);

/* vrkit.load/1, documented in vrkit-load(1); the caller owns it. */
char *vr_trial_json (const VrTrial *trial, VrJsonStyle style);
/* A table for people. */
char *vr_trial_table (const VrTrial *trial);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTrial, vr_trial_free)
