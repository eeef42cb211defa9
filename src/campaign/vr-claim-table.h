/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The claims of a campaign that is stored, judged. */
#pragma once

#include "base/vr-json.h"
#include "campaign/vr-claim-verdict.h"

typedef struct {
  VrExperiment *experiment; /* as it was when the campaign was begun */
  GPtrArray *results;       /* VrClaimResult * of its claims */
  gboolean is_quick;
  guint planned, done, failed; /* runs */
} VrClaimTable;

/* Reads the campaign in `directory`; its predicates are those that were there before it was
 * measured. Errors of vr_results_open(), and VR_ERROR_HOST where a file cannot be read. */
VrClaimTable *vr_claim_table_read (const char *directory, GError **error);
/* The same of a database that is open already, and of a summary of it. */
VrClaimTable *vr_claim_table_new (const char *directory, VrResults *results,
                                  const VrSummary *summary, GError **error);
void vr_claim_table_free (VrClaimTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrClaimTable, vr_claim_table_free)

/* Adds members to the JSON object at hand: "verdict" and "shown", which tells what the samples show
 * not to hold from what they show neither way. */
void vr_claim_verdict_add (JsonBuilder *builder, VrVerdict verdict);
/* The same and a claim's others: claim, row, says, why. */
void vr_claim_result_add (JsonBuilder *builder, const VrClaimResult *result);
