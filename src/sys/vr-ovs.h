/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open vSwitch as its database has it, through ovs-vsctl, which finds the database where OVS_RUNDIR
 * says, or at its usual place. Each call starts that program once. */
#pragma once

#include <glib.h>

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
  char *problem; /* why the switch moves no packets of it; NULL: it does */
} VrOvsPort;

typedef struct {
  GPtrArray *bridges; /* VrOvsBridge, owned */
  GPtrArray *ports;   /* VrOvsPort, owned; but for each bridge's own */
} VrOvs;

/* Everything there is. VR_ERROR_HOST where the program is missing or the database does not answer;
 * the message tells the way out. */
VrOvs *vr_ovs_read (GError **error);
void vr_ovs_free (VrOvs *ovs);
/* Whether the program is there at all. */
gboolean vr_ovs_is_installed (void);

/* NULL where there is none. Owned by `ovs`. */
const VrOvsBridge *vr_ovs_bridge (const VrOvs *ovs, const char *name);
const VrOvsPort *vr_ovs_port (const VrOvs *ovs, const char *name);

/* Each is one transaction of the database, and ends when the switch has taken it in. What is there
 * already under the name is an error; deleting what is not there is none. An interface that the
 * switch cannot open becomes a port all the same: its `problem` tells. */
gboolean vr_ovs_add_bridge (const char *name, const char *datapath, const char *alias,
                            GError **error);
gboolean vr_ovs_delete_bridge (const char *name, GError **error);
gboolean vr_ovs_add_port (const char *bridge, const char *name, guint vlan, const char *alias,
                          GError **error);
gboolean vr_ovs_delete_port (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOvs, vr_ovs_free)
