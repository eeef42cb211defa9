/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab as it is now: which routers run, which ports are there. */
#pragma once

#include <json-glib/json-glib.h>

#include "model/vr-lab.h"
#include "sys/vr-virt.h"

typedef struct {
  char *name;
  gboolean is_native;
  char *state;  /* of a guest as libvirt has it, of a native router "running" or "absent" */
  char *reason; /* in words; may be "" */
  GPid pid;     /* QEMU's; 0 without */
  gboolean agent_connected;
  char *accel;            /* of a guest that is there: "kvm" or "tcg"; else NULL */
  char *emulator;         /* same: the path of its QEMU */
  char *emulator_version; /* same: what is on record of it; NULL where nothing is */
  gboolean is_held;       /* a PVR's member that has no packets: `up` or `scale` were cut off */
} VrRouterStatus;

typedef struct {
  char *name;
  char *device;
  char *ifname; /* the lower device on the host */
  gboolean is_present;
  gboolean is_up;
  gboolean has_carrier;
} VrPortStatus;

/* Something that is no longer as the profile says. */
typedef struct {
  char *kind;   /* of the plan's operation, "thread"; "plan" where there is no plan any more */
  char *target; /* the operation's: "vrkit-LAB-ROUTER/vcpu.0" */
  char *why;    /* what of the profile or which rule wants it, "port left"; may be "" */
  char *text;   /* "cpus is 0-1, wanted 1" */
} VrDriftStatus;

typedef struct {
  char *lab;
  char *profile_path; /* "" where the record is lost */
  gboolean is_up;     /* an up came to its end, and no part is missing, stopped or changed */
  GPtrArray *routers; /* VrRouterStatus, owned */
  GPtrArray *ports;   /* VrPortStatus, owned */
  GPtrArray *drifts;  /* VrDriftStatus, owned */
} VrStatus;

VrStatus *vr_status_new (const char *lab, const char *profile_path);
void vr_status_free (VrStatus *status);

/* Fills in the routers and ports of `lab` as they are. `virt` may be NULL where the lab has no
 * guest. is_up becomes whether all of them are there. */
gboolean vr_status_read (VrStatus *status, const VrLab *lab, VrVirt *virt, GError **error);

/* Only the guests that bear the lab's mark: for a lab whose record is lost. */
gboolean vr_status_read_marks (VrStatus *status, VrVirt *virt, GError **error);

/* The texts, as in VrDriftStatus, are copied. The lab is then not as it should be. */
void vr_status_add_drift (VrStatus *status, const char *kind, const char *target, const char *why,
                          const char *text);

/* One element of the "labs" of vrkit.status/1, which vrkit(1) documents. */
void vr_status_add_json (const VrStatus *status, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrStatus, vr_status_free)
