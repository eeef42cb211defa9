/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open vSwitch as its database has it, through ovs-vsctl, which finds the database where OVS_RUNDIR
 * says, or at its usual place; and what the switch counts and polls, through ovs-appctl, which
 * finds the switch likewise. Each call starts one of these programs once. */
#pragma once

#include <glib.h>

#include "sys/vr-netlink.h"

typedef struct {
  char *name;
  char *alias;    /* external_ids:vrkit; NULL: not ours */
  char *datapath; /* "system", the kernel's; or "netdev", the switch's own process */
} VrOvsBridge;

typedef struct {
  char *name; /* the interface's too */
  char *bridge;
  char *alias;   /* external_ids:vrkit; NULL: not ours */
  guint vlan;    /* whose access port it is (tag); 0: of none, it carries all */
  char *type;    /* the interface's: "" is one of the kernel */
  char *options; /* "KEY=VALUE" of that type, with blanks between; "" for none */
  guint mtu;     /* that the switch was asked for; 0: it was not */
  char *problem; /* why the switch moves no packets of it; NULL: it does */
} VrOvsPort;

typedef struct {
  GPtrArray *bridges; /* VrOvsBridge, owned */
  GPtrArray *ports;   /* VrOvsPort, owned; but for each bridge's own */
  gboolean has_dpdk;  /* the switch runs with DPDK: dpdk_initialized */
  char *version;      /* of the switch that runs; NULL: the database does not tell, as the next */
  char *dpdk_version; /* "DPDK 22.11.7"; NULL also where the switch runs without */
  char *poll_mask;    /* other_config:pmd-cpu-mask, as it was written: hexadecimal; NULL: not set */
} VrOvs;

/* A port to be made. */
typedef struct {
  const char *bridge;
  const char *name;
  const char *alias;
  guint vlan;         /* 0: of none */
  const char *type;   /* of the interface; NULL: one of the kernel that is there */
  const char *option; /* of that type, "KEY=VALUE" without quotes or backslashes; NULL: none */
  guint mtu;          /* 0: the switch's choice */
} VrOvsPortSpec;

/* A thread of the switch that polls queues, and never sleeps. */
typedef struct {
  guint cpu;
  GPtrArray *ports; /* char *, owned, as the threads polls them: a port with two queues is there
                     * twice */
} VrOvsPoller;

/* Everything there is. VR_ERROR_HOST where the program is missing or the database does not answer;
 * the message tells the way out. */
VrOvs *vr_ovs_read (GError **error);
void vr_ovs_free (VrOvs *ovs);
/* Whether the program is there at all. */
gboolean vr_ovs_is_installed (void);

/* NULL where there is none. Owned by `ovs`. */
const VrOvsBridge *vr_ovs_bridge (const VrOvs *ovs, const char *name);
const VrOvsPort *vr_ovs_port (const VrOvs *ovs, const char *name);

/* The first port on that bridge that is not of `lab`, by its mark; NULL where all are. */
const VrOvsPort *vr_ovs_stranger (const VrOvs *ovs, const char *bridge, const char *lab);

/* Each is one transaction of the database, and ends when the switch has taken it in. What is there
 * already under the name is an error; deleting what is not there is none. An interface that the
 * switch cannot open becomes a port all the same: its `problem` tells. */
gboolean vr_ovs_add_bridge (const char *name, const char *datapath, const char *alias,
                            GError **error);
/* Also deletes the ports on it, hence VR_ERROR_BUSY where vr_ovs_stranger() is one. */
gboolean vr_ovs_delete_bridge (const VrOvs *ovs, const VrOvsBridge *bridge, GError **error);
gboolean vr_ovs_add_port (const VrOvsPortSpec *spec, GError **error);
gboolean vr_ovs_delete_port (const char *name, GError **error);

/* What the datapath netdev counts of its ports, as the switch sees them: name (owned) →
 * VrLinkCounters (owned). A port of a guest receives what the guest sends. VR_ERROR_HOST where the
 * switch does not answer. */
GHashTable *vr_ovs_counters (GError **error);

/* Its VrOvsPoller (owned) with at least one CPU each, in the switch's order; none without DPDK. */
GPtrArray *vr_ovs_pollers (GError **error);
void vr_ovs_poller_free (VrOvsPoller *poller);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOvs, vr_ovs_free)
