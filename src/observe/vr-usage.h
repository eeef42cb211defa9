/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU time: of each processor by kind, and of each thread of a lab's guests; read before and after
 * a load, the difference is what the load took. */
#pragma once

#include "observe/vr-threads.h"

/* Kinds as /proc/stat has them (proc(5)), but without overlap: a guest's time is not in user. */
typedef enum {
  VR_CPU_USER, /* with nice */
  VR_CPU_SYSTEM,
  VR_CPU_IRQ,
  VR_CPU_SOFTIRQ,
  VR_CPU_GUEST, /* with nice guests */
  VR_CPU_STEAL,
  VR_CPU_IDLE, /* with waiting for I/O */
  VR_CPU_KINDS,
} VrCpuKind;

typedef struct {
  guint id;
  guint64 time_ns[VR_CPU_KINDS]; /* counted in ticks of the kernel, of 10 ms as a rule */
} VrCpuTime;

/* The VrCpuTime of every line "cpuN" of the text of /proc/stat; `ticks_per_s` is
 * sysconf (_SC_CLK_TCK). The caller owns it. */
GArray *vr_usage_parse_cpus (const char *stat, guint64 ticks_per_s);

/* The same of the file below `root_dir`; VR_ERROR_HOST. */
GArray *vr_usage_read_cpus (const char *root_dir, GError **error);

/* Turns `cpus`, which were read before `now`, into what was spent till then; what is not in both is
 * taken out. */
void vr_usage_subtract_cpus (GArray *cpus, const GArray *now);

/* Member "cpu". */
void vr_usage_add_cpus_json (JsonBuilder *builder, const GArray *cpus);

typedef struct {
  GArray *cpus;       /* VrCpuTime, owned */
  GPtrArray *threads; /* VrThreadStatus, owned */
} VrUsage;

void vr_usage_clear (VrUsage *usage);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrUsage, vr_usage_clear)

/* Reads below `root_dir`, and the threads of the guests of `lab` (none where `virt` is NULL).
 * `usage` holds nothing before. */
gboolean vr_usage_read (const char *root_dir, const VrLab *lab, VrVirt *virt, VrUsage *usage,
                        GError **error);

/* Turns `after` into what was spent since `before`; what was not there before is taken out. */
void vr_usage_subtract (VrUsage *after, const VrUsage *before);

/* Members "cpu" and "threads" of vrkit.load/1. */
void vr_usage_add_json (JsonBuilder *builder, const VrUsage *usage);
