/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPU time of one thread, read again and again through files that stay open: a number that the
 * kernel gives to another thread later is not mistaken for it. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "base/vr-fd.h"

typedef struct {
  VrFd schedstat; /* /proc/TID/task/TID/schedstat */
  VrFd stat;      /* the same of stat: of the thread alone, not of its process */
} VrThreadMeter;

typedef struct {
  guint64 cpu_time_ns;  /* that it has run */
  guint64 wait_time_ns; /* that it was ready to, and waited for a CPU or for its next budget */
  guint last_cpu;       /* that it ran on */
} VrThreadReading;

/* Holds nothing: what vr_thread_meter_clear() leaves. */
#define VR_THREAD_METER_INIT ((VrThreadMeter){ .schedstat = -1, .stat = -1 })

/* `meter` holds nothing before. FALSE without error where there is no such thread (any more);
 * VR_ERROR_HOST where no more files can be opened. */
gboolean vr_thread_meter_open (VrThreadMeter *meter, const char *root_dir, pid_t tid,
                               GError **error);

/* FALSE where the thread has ended; `reading` is then untouched. */
gboolean vr_thread_meter_read (const VrThreadMeter *meter, VrThreadReading *reading);

void vr_thread_meter_clear (VrThreadMeter *meter);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrThreadMeter, vr_thread_meter_clear)
