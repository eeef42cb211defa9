/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that the host counts of a lab, with one timestamp: packets of each interface of its routers,
 * CPU time of each thread of its guests, and of each processor. What is read is found once and kept
 * open, so that a reading costs some microseconds an interface and a thread; with ports that have
 * attach = vhost-user, a few milliseconds more, for the switch has to be asked. What a guest's own
 * kernel counts has to be asked of its agent, takes far longer, and is not here. */
#pragma once

#include "model/vr-lab.h"
#include "observe/vr-usage.h"

/* A router's interface on a port, as the router sees it. Members of a PVR share theirs, and parts
 * of an MSR have those on its inner network beside: one entry an interface of the host.
 *
 *            arrived                    lost        sent        unsent       of the kernel's
 *   macvtap  rx_packets                 rx_dropped  tx_packets  tx_dropped   macvtap
 *   tap      tx_packets + tx_dropped    tx_dropped  rx_packets  rx_dropped   tap: to the host, a
 *                                                                            guest's are received
 *   vhost-user: as a tap, of the switch's port
 *   native   rx_packets                 rx_dropped  tx_packets  tx_dropped   end in its namespace
 *
 * A macvtap counts as received what its queue then has no room for (drivers/net/tap.c); a tap
 * counts as sent what the guest has taken (drivers/net/tun.c). So arrived - lost is what the router
 * took, of a tap but for what lies in the queue now. */
typedef struct {
  const char *router; /* the outward name; its own of a part of an MSR on the inner network */
  const char *port;
  gboolean is_native;
  gboolean is_there;       /* FALSE: it is gone; the rest is what was read last */
  guint queue_length;      /* packets that the queue before the guest holds; 0 of a native one */
  guint64 arrived_packets; /* at the queue before the router */
  guint64 arrived_bytes;   /* without FCS; of a tap without what was lost */
  guint64 lost_packets;    /* there, for want of room */
  guint64 sent_packets;    /* by the router */
  guint64 sent_bytes;      /* without FCS */
  guint64 unsent_packets;  /* dropped behind it: nothing took them, or a backlog was full */
} VrSnapshotPort;

/* A thread of a guest: its virtual processors, main loop, iothreads and vhost workers. Those of
 * QEMU's pool come and go and are left out. Or one of Open vSwitch that polls ports of the lab. */
typedef struct {
  const char *router;   /* the guest's own name: "r1", "p-2"; "" of the switch's */
  const char *selector; /* "vcpu.0", "vhost.left.0" */
  const char *ports;    /* whose packets it moves: "left,right", "" */
  VrTaskRole role;
  pid_t tid;
  gboolean is_there; /* FALSE: it has ended; the rest is what was read last */
  VrSched sched;     /* as it is now */
  guint64 quota_ns;  /* that its cgroup's threads have of each period, where CFS schedules it; 0:
                        no limit */
  guint64 quota_period_ns;
  guint last_cpu;
  guint64 cpu_time_ns;  /* that it has run since it began */
  guint64 wait_time_ns; /* that it waited for a CPU, or for its next budget */
} VrSnapshotThread;

typedef struct {
  gint64 time_ns; /* of the reader's clock, before the first counter was read */
  /* Something is gone, a guest made anew being one: open the reader again. */
  gboolean is_stale;
  guint absent;    /* guests that did not run when the reader was opened: look again now and then */
  GArray *ports;   /* VrSnapshotPort, in the order of the lab's routers and their interfaces */
  GArray *threads; /* VrSnapshotThread, in the order of the lab's routers */
  GArray *cpus;    /* VrCpuTime: counted in ticks, of 10 ms as a rule */
} VrSnapshot;

/* Where to read. All outlive the reader, but `virt`, which is used while it is opened. */
typedef struct {
  const char *root_dir; /* "/" */
  const VrLab *lab;
  VrVirt *virt;                       /* NULL where the lab has no guest */
  gint64 (*now_ns) (gpointer unused); /* a monotonic clock */
} VrSnapshotSource;

typedef struct VrSnapshotReader VrSnapshotReader;

/* Finds threads and interfaces. VR_ERROR_HOST where an interface is missing or too many files would
 * be open; errors of vr-netlink.h, vr-netns.h and vr-virt.h. A guest that does not run is no error.
 */
VrSnapshotReader *vr_snapshot_open (const VrSnapshotSource *source, GError **error);
void vr_snapshot_close (VrSnapshotReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrSnapshotReader, vr_snapshot_close)

/* Reads all into `snapshot`, which holds zeroes or what an earlier reading left, of this reader or
 * another. Its strings belong to the reader and its lab. What is gone is told in `snapshot`, and is
 * no error. */
gboolean vr_snapshot_read (VrSnapshotReader *reader, VrSnapshot *snapshot, GError **error);

void vr_snapshot_clear (VrSnapshot *snapshot);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrSnapshot, vr_snapshot_clear)
