/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the planner share. Only src/plan includes it. */
#pragma once

#include "plan/vr-plan.h"

typedef struct {
  const VrLab *lab;
  const VrPlanFacts *facts;
  VrPlan *plan;
  GHashTable *inside;   /* "NAMESPACE/NAME" of a link → the VrOp that made it, borrowed */
  GHashTable *no_vhost; /* VrRouter → why the kernel does not move its packets, static: guests
                         * without vhost */
  GHashTable *configs;  /* a guest's domain (owned) → the VrOp of its configuration, borrowed */
} VrPlanner;

/* "FILE:LINE, [GROUP NAME]", or with `key`, as the reason for an operation; the caller owns it. */
char *vr_plan_why (VrOrigin origin, const char *what);
/* Hands the operation to the plan; returns it for vr_op_add_need. */
VrOp *vr_plan_add (VrPlanner *planner, VrOp *op);
/* Whether the plan has one of that kind for that target: ports that are VLANs share a switch. */
gboolean vr_plan_has (const VrPlanner *planner, VrOpKind kind, const char *target);
void vr_plan_notice (VrPlanner *planner, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The kind of operation that makes a port's lower device be as it should, and its name. */
VrOpKind vr_plan_lower_kind (const VrPort *port);
char *vr_plan_lower_name (const VrLab *lab, const VrPort *port);
guint vr_plan_port_mtu (const VrPort *port);

/* Everything of a port but what its routers hang on it. */
gboolean vr_plan_port (VrPlanner *planner, const VrPort *port, GError **error);

/* The port's bridge of Open vSwitch, unless it is planned already, and an interface of that kind as
 * a port of it, in the port's VLAN. */
typedef struct {
  const char *bridge;
  const char *ifname;
  const char *alias;
  const char *why;
} VrPlanOvsPort;
gboolean vr_plan_ovs_bridge (VrPlanner *planner, const VrPort *port, const char *bridge,
                             const char *why, GError **error);
void vr_plan_ovs_port (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec,
                       VrOpKind kind);
/* The same of an interface that DPDK takes frames from and gives them to, by an AF_PACKET socket.
 */
void vr_plan_dpdk_port (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec,
                        VrOpKind kind);
/* A port that is a guest's interface, with nothing of the kernel between; not added yet. */
VrOp *vr_plan_vhost_user_op (VrPlanner *planner, const VrPort *port, const VrPlanOvsPort *spec);
/* The socket by which switch and guest find one another; the caller owns it. */
char *vr_plan_socket (const VrPlanner *planner, const char *ifname);
/* Whether such sockets can be where the lab's files are. */
gboolean vr_plan_check_socket (const VrPlanner *planner, const VrPort *port, GError **error);

/* The MAC address of a test port's far end. */
VrMac vr_plan_test_mac (const VrLab *lab, const VrPort *port);

/* What the port wants of its device's queues, rings and interrupts. */
gboolean vr_plan_nic (VrPlanner *planner, const VrPort *port, const char *why, GError **error);

/* What joins one interface of a router to its port. For a guest, a device of the host whose name is
 * returned; for a native router a device inside its namespace, and NULL. The members of a PVR share
 * what its first one has. */
char *vr_plan_attach (VrPlanner *planner, const VrRouter *router, const VrInterface *interface);

/* Checks that the router fits the host, and adds its operations, but for the start of a guest,
 * which is added to `late` so that all guests start together. */
gboolean vr_plan_router (VrPlanner *planner, const VrRouter *router, GPtrArray *late,
                         GError **error);

/* Adds the configuration of a guest, and returns it: with `initrd`, its target is the initrd that
 * the guest boots with, and else what fw_cfg gives it. NULL: its memory is too small for it. */
const VrOp *vr_plan_config (VrPlanner *planner, const VrRouter *router, const VrPlanImage *image,
                            const char *why, GError **error);
/* For how many seconds more than others the guest is waited for, or NULL; the caller owns it. */
char *vr_plan_patience (const VrPlanner *planner, const VrOp *domain);

/* That the host has the CPUs of [balance]. */
gboolean vr_plan_follow (VrPlanner *planner, GError **error);

/* The threads of the lab's schedules, once all guests are planned. */
gboolean vr_plan_threads (VrPlanner *planner, GError **error);
/* What is wanted of the host as a whole: before everything else; and of the devices of ports, once
 * these are planned. */
gboolean vr_plan_host (VrPlanner *planner, GError **error);
gboolean vr_plan_host_ports (VrPlanner *planner, GError **error);
/* Warns of what runs on the host and will undo the plan. */
void vr_plan_disturbers (VrPlanner *planner);
/* What fifo and rr threads need of the host before their guests start. */
void vr_plan_rt_runtime (VrPlanner *planner);

/* The namespace "vrkit-LAB-NAME", whose own loopback bears the alias that tells whose it is. */
void vr_plan_netns (VrPlanner *planner, const char *name, const char *why);
/* Says that the operation goes with a link inside a namespace, where there is such a link. */
void vr_plan_need_inner (const VrPlanner *planner, VrOp *op, const char *netns, const char *ifname);
/* An address, route or setting inside a namespace. With `via`, `ifname` is the interface that the
 * gateway is reached by. */
void vr_plan_address (VrPlanner *planner, const char *netns, const char *ifname,
                      const VrPrefix *address, const char *why);
/* A permanent neighbour there, as vr-known.h tells it; `inside` is a VrPlanInside. */
typedef struct {
  VrPlanner *planner;
  const char *netns;
  const char *why;
} VrPlanInside;
void vr_plan_neighbour (const char *port, const VrPrefix *address, const VrMac *mac,
                        gpointer inside);
void vr_plan_route (VrPlanner *planner, const char *netns, const VrPrefix *destination,
                    const VrPrefix *via, const char *ifname, const char *why);
void vr_plan_sysctl (VrPlanner *planner, const char *netns, const char *name, const char *value,
                     const char *why);
