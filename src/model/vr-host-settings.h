/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a profile wants of the host as a whole while its lab is up. */
#pragma once

#include <glib.h>

#include "model/vr-origin.h"

/* `interrupts = PORT CPUS`, and rps and xps likewise */
typedef struct {
  VrOrigin origin;
  char *port;
  GArray *cpus; /* guint, ascending, each once; NULL: auto, the housekeeping CPUs */
} VrPortCpus;

typedef enum { VR_GOVERNOR_UNSET, VR_GOVERNOR_PERFORMANCE } VrGovernor;

/* Of `rt_runtime_us`: real-time threads are not throttled. */
#define VR_RT_RUNTIME_OFF (-1)

/* [host] */
typedef struct {
  VrOrigin origin;
  GArray *housekeeping;  /* guint, ascending: CPUs that are kept for the system */
  GArray *offline;       /* guint, ascending: CPUs that are taken offline; NULL: none */
  GPtrArray *interrupts; /* VrPortCpus, owned: CPUs of a NIC's interrupts */
  GPtrArray *rps;        /* VrPortCpus, owned: CPUs that take received packets on */
  GPtrArray *xps;        /* VrPortCpus, owned: CPUs that send by a queue */
  VrGovernor governor;   /* of all CPUs that have cpufreq */
  gint64 rt_runtime_us;  /* of each second, for real-time threads; 0: as it is */
} VrHostSettings;

/* With empty lists and zeroes; config's table fills in the defaults. */
VrHostSettings *vr_host_settings_new (void);
void vr_host_settings_free (VrHostSettings *settings);
void vr_port_cpus_free (VrPortCpus *item);

/* The CPUs that are kept for the system, guint, ascending: CPU 0 where `settings` is NULL. The
 * caller owns the list. */
GArray *vr_host_settings_housekeeping (const VrHostSettings *settings);
/* Whether the lab takes the CPU offline; `settings` may be NULL. */
gboolean vr_host_settings_is_offline (const VrHostSettings *settings, guint cpu);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrHostSettings, vr_host_settings_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPortCpus, vr_port_cpus_free)
