/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a load spread over the members of a PVR, and whether that is what hashing would give. */
#pragma once

#include <json-glib/json-glib.h>

/* Pearson's approximation of chi-squared holds where as many flows as this are expected of each
 * (W. G. Cochran, Some Methods for Strengthening the Common chi-squared Tests, Biometrics 10,
 * 1954). */
#define VR_SHARE_FLOWS_LEAST 5

typedef struct {
  guint number;                /* of the member, from 1 */
  guint64 received, forwarded; /* packets, others' too */
  double share;                /* of what all members received, 0 to 1 */
} VrShare;

typedef struct {
  GArray *members; /* VrShare, by number */
  guint64 flows;   /* of which each has as many packets; 0: not known */
  double expected; /* share of each: hashing takes none before another */
  gboolean is_tested;
  double chi_squared; /* where is_tested: of the members' shares in flows, with one degree of
                       * freedom less than there are members */
  double p;           /* same: of a value as large, or larger, where hashing is even */
} VrShares;

/* Of what the members had counted before and after (VrMemberCount, by number). NULL where they are
 * not the same ones, where a counter went backwards, and where none is there. Tested is with at
 * least two members, VR_SHARE_FLOWS_LEAST flows a member, and packets. */
VrShares *vr_shares_new (const GArray *before, const GArray *after, guint64 flows);
void vr_shares_free (VrShares *shares);

/* Member "balance" of vrkit.load/1; names are those of the PVR's members. */
void vr_shares_add_json (const VrShares *shares, const char *pvr, JsonBuilder *builder);
void vr_shares_add_table (const VrShares *shares, const char *pvr, GString *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrShares, vr_shares_free)
