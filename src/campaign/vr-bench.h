/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trial works on, opened together: two test ports of a lab with a router or a chain of them
 * between, or any two interfaces; and the streams with their addresses filled in. */
#pragma once

#include "base/vr-fd.h"
#include "campaign/vr-trial.h"

struct VrBench {
  VrLab *lab; /* NULL: none, and then no virt either */
  VrVirt *virt;
  VrPath path;
  VrFd from_netns, to_netns; /* -1: the caller's own */
  VrFd sink;
  const char *run_dir; /* the site's */
  VrFd locks[2];       /* of both ports */
  char from_ifname[16], to_ifname[16];
  char *from_netns_name, *to_netns_name; /* NULL: the caller's own */
  VrStream *streams;
  guint streams_count;
  GPtrArray *closing; /* GThread, one at most: it frees what the last trial had open */
};

/* The way that a request's frames take through the lab: the first router that has what it names;
 * where both ports are named and no router has both, the chain of vr_path_find_chain().
 * VR_ERROR_USAGE where there is none. */
gboolean vr_bench_find_path (const VrLab *lab, const VrTrialRequest *request, VrPath *path,
                             GError **error);

/* `bench` holds nothing before. */
gboolean vr_bench_open (VrBench *bench, const VrSite *site, const VrTrialRequest *request,
                        GError **error);
void vr_bench_clear (VrBench *bench);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrBench, vr_bench_clear)

/* Calls `close` with `data` in a thread, beside what comes next: until then `data` is the thread's.
 * It has ended when this is called again, or vr_bench_clear(). */
void vr_bench_close (const VrBench *bench, GThreadFunc close, gpointer data);

/* Whether the interface that receives is up, which nothing else sees where its counters are all
 * that is looked at; else VR_ERROR_TRAFFIC. */
gboolean vr_bench_check_receiver (const VrBench *bench, GError **error);

/* The counters of what lies between, as they are now: as vr_path_read(). */
gboolean vr_bench_read (const VrBench *bench, VrPathReading *reading, GError **error);
/* Those of them that the host keeps; soon read, and from any thread. */
gboolean vr_bench_read_host (const VrBench *bench, VrCounters *counters, GError **error);
