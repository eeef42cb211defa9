/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine is, as its /proc, /sys and /dev tell without being asked to do anything. */
#pragma once

#include <glib.h>

/* Whether the running kernel has something; unknown where no source of it could be read. */
typedef enum { VR_HOST_NO, VR_HOST_YES, VR_HOST_UNKNOWN } VrHostHas;

typedef struct {
  guint id;
  gint64 core;    /* number within its package; -1 where sysfs does not tell, as the next three */
  gint64 package; /* socket */
  gint64 llc;     /* the last-level cache: equal among the CPUs of one package that share it */
  gint64 numa;    /* node */
  char *governor; /* of cpufreq; NULL where the CPU has none */
  gboolean isolated;
} VrHostCpu;

typedef struct {
  guint64 total, free; /* pages */
  guint64 reserved;    /* of the free ones, for memory that has not been touched yet */
} VrHostHugepages;

typedef enum {
  VR_HOST_CGROUP_NONE,
  VR_HOST_CGROUP_V1,
  VR_HOST_CGROUP_V2,
  VR_HOST_CGROUP_HYBRID, /* controllers in v1, and a v2 tree beside them */
} VrHostCgroupVersion;

typedef struct {
  char *name;    /* "cpuset" */
  char *mount;   /* where its tree is mounted, as "/sys/fs/cgroup/cpuset" */
  guint version; /* 1 or 2 */
} VrHostController;

/* Parts of the kernel that may be built in, be a module, or be missing. */
typedef enum {
  VR_HOST_FEATURE_MACVTAP,
  VR_HOST_FEATURE_VHOST_NET,
  VR_HOST_FEATURE_TUN,
  VR_HOST_FEATURE_VETH,
  VR_HOST_FEATURE_BRIDGE,
  VR_HOST_FEATURE_BRIDGE_VLANS, /* no part of its own: one of the bridge's */
  VR_HOST_FEATURE_OPENVSWITCH,
  VR_HOST_FEATURE_PKTGEN,
  VR_HOST_FEATURES, /* how many */
} VrHostFeature;

typedef struct {
  char *name;
  char *mac;         /* NULL where the kind of interface has none */
  char *driver;      /* NULL for virtual interfaces */
  gint64 speed_mbps; /* 0 where unknown: down, virtual, or the driver does not tell */
  gint64 numa;       /* node of the device, -1 where none */
  guint mtu;         /* bytes */
  guint min_mtu;     /* bytes; 0: not known. sysfs does not tell: for a reader of netlink to fill */
  guint max_mtu;     /* likewise */
  gboolean is_device; /* has hardware (or a hypervisor's device) beneath: not a veth, bridge, … */
  gboolean is_up;     /* administratively */
  GArray *irqs;       /* guint, ascending: its interrupts */
  GPtrArray *rps_queues; /* char *, owned: queues with receive packet steering, "rx-0" */
  GPtrArray *xps_queues; /* likewise with transmit packet steering, which a single one lacks */
} VrHostNic;

/* Programs that run, and change what labs place or are a part of them. */
typedef struct {
  gboolean irqbalance, stalld, tuned, openvswitch;
} VrHostDaemons;

typedef struct {
  char *root;
  char *kernel_release; /* "6.1.0-18-amd64" */
  char *boot_id;        /* changes with each boot; NULL where not told */
  char *cpu_model;      /* NULL where not told, as the next two */
  char *microcode;      /* "0x2b000603" */
  char *clocksource;    /* "tsc" */
  GArray *cpus;         /* VrHostCpu of the online CPUs, by number */
  char *cpus_online;    /* "0-3" */
  char *cpus_present;   /* those and what is offline; NULL where not told */
  char *cpus_isolated;  /* "" where none is */
  gboolean is_smt;      /* two online CPUs share a core */
  guint64 memory_mib, memory_available_mib;
  guint64 swap_mib, swap_free_mib;
  VrHostHugepages hugepages_2m, hugepages_1g;
  double load[3]; /* runnable tasks, averages of 1, 5 and 15 minutes */

  VrHostCgroupVersion cgroup;
  GArray *controllers;            /* VrHostController, by name */
  gboolean has_rt_groups;         /* CONFIG_RT_GROUP_SCHED, seen in the v1 cpu controller */
  gint64 rt_group_runtime_us;     /* of the root cpu cgroup, -1 without RT groups */
  gboolean has_deadline;          /* SCHED_DEADLINE */
  guint64 deadline_period_min_us; /* 0: the kernel has no such limit, likewise max */
  guint64 deadline_period_max_us;
  gint64 sched_rt_period_us;  /* 0 where not told */
  gint64 sched_rt_runtime_us; /* of each period for real-time tasks; -1: not limited */

  gboolean has_dev_kvm, has_dev_vhost_net, has_dev_tun; /* the device's node is there */
  gboolean has_ksm;                                     /* merges pages */
  gboolean has_systemd;                                 /* is init */
  GHashTable *nics; /* name → VrHostNic *, owned: those that vr_host_nic() was asked for */
} VrHost;

/* Reads the machine below `root` ("/" for this one). VR_ERROR_HOST where what every Linux has is
 * missing (the kernel's release, its online CPUs, its memory), naming the file. */
VrHost *vr_host_read (const char *root, GError **error);
void vr_host_free (VrHost *host);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrHost, vr_host_free)

/* Read when they are asked for, since each takes as long as all the rest: lists of modules, the
 * kernel's configuration; the name of every process. */
VrHostHas vr_host_feature (const VrHost *host, VrHostFeature feature);
VrHostDaemons vr_host_daemons (const VrHost *host);

/* The interface `name`; NULL where there is none. Owned by the host, read when it is first asked
 * for (a host of many guests has hundreds, and a lab needs those that it names), and so not for two
 * threads at once. */
const VrHostNic *vr_host_nic (const VrHost *host, const char *name);

/* The online CPU `id`, the controller `name`; NULL where there is none. Owned by the host. */
const VrHostCpu *vr_host_cpu (const VrHost *host, guint id);
const VrHostController *vr_host_controller (const VrHost *host, const char *name);

/* "v1", "v2", "hybrid", "none"; "yes", "no", "unknown"; "macvtap": for people and JSON. */
const char *vr_host_cgroup_text (VrHostCgroupVersion version);
const char *vr_host_has_text (VrHostHas has);
const char *vr_host_feature_text (VrHostFeature feature);
