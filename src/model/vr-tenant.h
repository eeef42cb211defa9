/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tenant: routers that together are held to a rate. */
#pragma once

#include <glib.h>

#include "model/vr-origin.h"

/* Of a frame, where a rate names none: the least that Ethernet has, with FCS (IEEE 802.3, 3.2.8).
 */
#define VR_RATE_SIZE_DEFAULT 64
/* What a rate may name: from there to what vrkit's tester sends. */
#define VR_RATE_SIZE_MAX 65535

/* `RATE [at SIZE]`: packets a second, or bits a second of frames of one size. */
typedef struct {
  guint64 pps; /* 0: given in bits */
  guint64 bps; /* of layer 2, with FCS; 0: given in packets */
  guint size;  /* bytes with FCS; 0: not named, never so with bits */
} VrRate;

/* [tenant NAME] */
typedef struct {
  VrOrigin origin;
  char *name;
  GPtrArray *routers; /* char *, owned: routers, PVRs and MSRs */
  VrRate rate;        /* the contract: what it has whatever others do */
  VrRate guarantee;   /* what it keeps where not all contracts fit; not given: the rate */
  VrRate limit;       /* what it may have while capacity is left; not given: the rate */
  guint priority;     /* who goes first: the greater */
} VrTenant;

VrTenant *vr_tenant_new (void);
void vr_tenant_free (VrTenant *tenant);

gboolean vr_rate_is_given (const VrRate *rate);
/* Packets a second, rounded down; 0 where it is not given. */
guint64 vr_rate_pps (const VrRate *rate);

/* Of the tenant's routers together, packets a second: at most the rate, and at least the rate. */
guint64 vr_tenant_guarantee_pps (const VrTenant *tenant);
guint64 vr_tenant_limit_pps (const VrTenant *tenant);
/* Of the frames that its rates are meant for, bytes with FCS. */
guint vr_tenant_size (const VrTenant *tenant);
/* Whether it has the router, PVR or MSR of that name. */
gboolean vr_tenant_has (const VrTenant *tenant, const char *router);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTenant, vr_tenant_free)
