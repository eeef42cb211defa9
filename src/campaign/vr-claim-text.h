/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of a claim's values. VR_ERROR_PROFILE without a place, in all of these. */
#pragma once

#include <glib.h>

/* A number within [low, high], or [low, high) with `open`; `unit` may stand after it: "5 %". */
typedef enum { VR_BOUND_CLOSED, VR_BOUND_OPEN } VrBound;
typedef struct {
  double low, high;
  VrBound end;      /* whether `high` is one of them */
  const char *unit; /* "%", or NULL */
} VrClaimRange;

gboolean vr_claim_text_number (const char *text, const VrClaimRange *range, double *number,
                               GError **error);
/* "0.9, 1.1": the first is below the second, and not below 0. */
gboolean vr_claim_text_bounds (const char *text, double *low, double *high, GError **error);

/* Levels with signs between: "a > b >= \"c d\" ~ e". A level stands in double quotes where it holds
 * a sign; a / is a sign only with a blank before and after it. */
typedef struct {
  GPtrArray *levels; /* char *, owned */
  GPtrArray *signs;  /* static: ">", ">=", "~", "/"; one less */
} VrClaimChain;

gboolean vr_claim_text_chain (const char *text, VrClaimChain *chain, GError **error);
void vr_claim_chain_clear (VrClaimChain *chain);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrClaimChain, vr_claim_chain_clear)
