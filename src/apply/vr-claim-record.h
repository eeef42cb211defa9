/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One value of the whole host, in its file: which labs hold it, each at what, and what it was
 * before anybody did. Only vr-claims.c includes it; with the claims locked. */
#pragma once

#include "plan/vr-op.h"

typedef struct {
  char *path;
  VrOpKind kind;
  char *target;
  GVariant *original; /* a{ss}, or NULL */
  GHashTable *labs;   /* name → a{ss} */
} VrClaimRecord;

/* Of a value that nobody has claimed yet. Nothing is written. */
VrClaimRecord *vr_claim_record_new (VrOpKind kind, const char *target, const char *path);
/* VR_ERROR_HOST where the file is no claim. */
VrClaimRecord *vr_claim_record_read (const char *path, GError **error);
/* `copies`: the object that keeps one (vr-copy.h), or NULL. */
gboolean vr_claim_record_write (const VrClaimRecord *claim, const char *copies, GError **error);
void vr_claim_record_free (VrClaimRecord *claim);

/* Whether another lab than `lab` holds a key of op->want at another value: VR_ERROR_BUSY, naming
 * lab, key and both values. */
gboolean vr_claim_record_conflicts (const VrClaimRecord *claim, const char *lab, const VrOp *op,
                                    GError **error);

/* The original values that some lab holds, or that no lab holds any more; NULL where there are
 * none. The caller owns them. */
typedef enum { VR_CLAIM_HELD, VR_CLAIM_UNHELD } VrClaimHolding;
GVariant *vr_claim_record_originals (const VrClaimRecord *claim, VrClaimHolding holding);

/* Keeps what `found` has of the wanted keys, but for those whose original is on record. */
void vr_claim_record_remember (VrClaimRecord *claim, GVariant *want, GVariant *found);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrClaimRecord, vr_claim_record_free)
