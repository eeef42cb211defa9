/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that belong to the whole host, held by labs: the original is saved once, and what no lab
 * holds any more is restored. One small file a value in a directory that all labs share; survives
 * crashes, and excludes other processes while it is looked at. */
#pragma once

#include "plan/vr-op.h"

typedef struct VrClaims VrClaims;

/* `directory` is made where it is missing. */
VrClaims *vr_claims_open (const char *directory, GError **error);
void vr_claims_close (VrClaims *claims);

/* From here on each claim has a copy on that object of the kernel's (vr-copy.h); claims whose files
 * are lost are written again from theirs. VR_ERROR_HOST where they cannot be. */
gboolean vr_claims_keep_copies (VrClaims *claims, const char *object, GError **error);

/* Keeps other processes out until the release, so that what is claimed and the host itself change
 * together. May be nested; from one thread at a time. */
gboolean vr_claims_hold (VrClaims *claims, GError **error);
void vr_claims_release (VrClaims *claims);

/* `lab` claims op->want of the operation's id. `found` is what is there now: of the wanted keys it
 * becomes the original, where none is on record. VR_ERROR_BUSY when another lab holds a key of it
 * at another value, naming lab, key and both values. Claiming again replaces the lab's claim. */
gboolean vr_claims_take (VrClaims *claims, const char *lab, const VrOp *op, GVariant *found,
                         GError **error);

/* Claims it for `lab` where nothing at all is on record for the value: what the host itself tells,
 * when files are lost. */
gboolean vr_claims_recover (VrClaims *claims, const char *lab, const VrOp *op, GVariant *original,
                            GError **error);

/* Whether vr_claims_take() would do: VR_ERROR_BUSY otherwise, as there. */
gboolean vr_claims_check (VrClaims *claims, const char *lab, const VrOp *op, GError **error);

/* `lab` gives its claim up; `restore` becomes what no lab holds any more and is to be restored now
 * (an a{ss}), or NULL. It stays on record until vr_claims_forget, so that a crash in between loses
 * nothing. No claim is success. */
gboolean vr_claims_drop (VrClaims *claims, const char *lab, const VrOp *op, GVariant **restore,
                         GError **error);
/* The same without giving anything up: after a claim that holds less than the lab's one before. */
gboolean vr_claims_unheld (VrClaims *claims, const VrOp *op, GVariant **restore, GError **error);
/* To be called when what vr_claims_drop or vr_claims_unheld said is restored. */
gboolean vr_claims_forget (VrClaims *claims, const VrOp *op, GError **error);

/* Operations (VrOp with kind, target and the lab's want) that `lab` holds, and those that no lab
 * holds any more, since a process was killed before what it had given up was restored: for a lab
 * whose journal is lost. */
GPtrArray *vr_claims_of_lab (VrClaims *claims, const char *lab, GError **error);
/* Targets of that kind that labs other than `lab` hold → the name of one that does (owned). */
GHashTable *vr_claims_of_others (VrClaims *claims, VrOpKind kind, const char *lab, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrClaims, vr_claims_close)
