/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab needs of its host, in order: a pure function of the lab and of facts about the host.
 * The same input gives the same plan, byte for byte. */
#pragma once

#include <glib.h>

#include "model/vr-lab.h"
#include "plan/vr-op.h"

/* An image as the plan needs it. */
typedef struct {
  char *name;
  char *kernel; /* paths on the host */
  char *initrd;
  char *command_line; /* the kernel's, what the image wants of it */
  char *digest;
} VrPlanImage;

/* A NIC of the host that a port names. */
typedef struct {
  char *name;
  guint mtu_max; /* bytes; 0: unknown */
} VrPlanNic;

/* What the planner knows of the host. The lab layer fills it in; tests write it down. */
typedef struct {
  char *run_dir;      /* of this lab: where guests' configurations are written */
  guint64 memory_mib; /* of the host; 0: not known, not checked */
  gboolean kvm_usable;
  char *kvm_reason; /* why not, for the announcement */
  gboolean vhost_present;
  gboolean macvtap_present;
  GHashTable *images; /* name → VrPlanImage, owned */
  GHashTable *nics;   /* name → VrPlanNic, owned */
} VrPlanFacts;

typedef struct {
  char *lab;
  GPtrArray *ops;     /* VrOp, owned, in the order in which they are applied */
  GPtrArray *notices; /* char *, owned: each fallback that was taken, for the user to read */
} VrPlan;

VrPlanFacts *vr_plan_facts_new (void);
void vr_plan_facts_free (VrPlanFacts *facts);
/* The facts own what they are given. */
void vr_plan_facts_add_image (VrPlanFacts *facts, VrPlanImage *image);
void vr_plan_facts_add_nic (VrPlanFacts *facts, VrPlanNic *nic);

/* VR_ERROR_INFEASIBLE where the lab does not fit the host, VR_ERROR_HOST where the host lacks what
 * the lab insists on; the message names the place in the profile. */
VrPlan *vr_plan_new (const VrLab *lab, const VrPlanFacts *facts, GError **error);
void vr_plan_free (VrPlan *plan);

/* One line an operation: "KIND TARGET key=value … # why". */
char *vr_plan_print (const VrPlan *plan);
/* {"schema":"vrkit.plan/1", …}: documented in vrkit(1). */
char *vr_plan_json (const VrPlan *plan);

/* The name that a port's link bears inside a router or a test namespace: the port's own where it
 * fits a kernel's interface name and is none that the kernel gives out itself, else a hash. */
const char *vr_plan_inner_name (const char *port, char name[16]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPlanFacts, vr_plan_facts_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPlan, vr_plan_free)
