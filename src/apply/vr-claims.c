/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-claims.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "apply/vr-claim-record.h"
#include "apply/vr-copy.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"

#define SUFFIX ".claim"

struct VrClaims {
  char *directory;
  char *copies; /* the object that keeps them, or NULL */
  VrFd held;    /* the lock, between hold and release; else -1 */
  guint holds;
};

VrClaims *
vr_claims_open (const char *directory, GError **error)
{
  if (g_mkdir_with_parents (directory, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", directory);
    return NULL;
  }
  VrClaims *claims = g_new0 (VrClaims, 1);
  claims->directory = g_strdup (directory);
  claims->held = -1;
  return claims;
}

void
vr_claims_close (VrClaims *claims)
{
  vr_fd_clear (&claims->held);
  g_free (claims->directory);
  g_free (claims->copies);
  g_free (claims);
}

/* Closing the descriptor gives the lock back, but for one that is a copy of what is held. */
static int
lock (VrClaims *claims, GError **error)
{
  if (claims->holds > 0)
    return fcntl (claims->held, F_DUPFD_CLOEXEC, 0);
  g_autofree char *path = g_build_filename (claims->directory, "lock", NULL);
  g_auto (VrFd) fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock (fd, LOCK_EX) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock \"%s\"", path);
    return -1;
  }
  return vr_fd_steal (&fd);
}

gboolean
vr_claims_hold (VrClaims *claims, GError **error)
{
  if (claims->holds == 0) {
    claims->held = lock (claims, error);
    if (claims->held < 0)
      return FALSE;
  }
  claims->holds++;
  return TRUE;
}

void
vr_claims_release (VrClaims *claims)
{
  if (--claims->holds == 0)
    vr_fd_clear (&claims->held);
}

gboolean
vr_claims_keep_copies (VrClaims *claims, const char *object, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_free (claims->copies);
  claims->copies = g_strdup (object);
  return vr_copy_recover_all (object, claims->directory, error);
}

static char *
claim_path (VrClaims *claims, const VrOp *op)
{
  g_autofree char *id = vr_op_id (op);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);
  g_autofree char *name = g_strdup_printf ("%.16s" SUFFIX, digest);
  return g_build_filename (claims->directory, name, NULL);
}

/* The claim of the operation's value, a new one where there is none. */
static VrClaimRecord *
claim_of (VrClaims *claims, const VrOp *op, GError **error)
{
  g_autofree char *path = claim_path (claims, op);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return vr_claim_record_read (path, error);
  return vr_claim_record_new (op->kind, op->target, path);
}

gboolean
vr_claims_take (VrClaims *claims, const char *lab, const VrOp *op, GVariant *found, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (VrClaimRecord) claim = claim_of (claims, op, error);
  if (claim == NULL || vr_claim_record_conflicts (claim, lab, op, error))
    return FALSE;
  vr_claim_record_remember (claim, op->want, found);
  g_hash_table_replace (claim->labs, g_strdup (lab), g_variant_ref (op->want));
  return vr_claim_record_write (claim, claims->copies, error);
}

gboolean
vr_claims_recover (VrClaims *claims, const char *lab, const VrOp *op, GVariant *original,
                   GError **error)
{
  g_autofree char *path = claim_path (claims, op);
  if (!vr_claims_hold (claims, error))
    return FALSE;
  gboolean good
      = g_file_test (path, G_FILE_TEST_EXISTS) || vr_claims_take (claims, lab, op, original, error);
  vr_claims_release (claims);
  return good;
}

gboolean
vr_claims_check (VrClaims *claims, const char *lab, const VrOp *op, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  g_autoptr (VrClaimRecord) claim = fd >= 0 ? claim_of (claims, op, error) : NULL;
  return claim != NULL && !vr_claim_record_conflicts (claim, lab, op, error);
}

gboolean
vr_claims_drop (VrClaims *claims, const char *lab, const VrOp *op, GVariant **restore,
                GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (VrClaimRecord) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  if (g_hash_table_remove (claim->labs, lab)
      && !vr_claim_record_write (claim, claims->copies, error))
    return FALSE;
  *restore = vr_claim_record_originals (claim, VR_CLAIM_UNHELD);
  return TRUE;
}

gboolean
vr_claims_unheld (VrClaims *claims, const VrOp *op, GVariant **restore, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (VrClaimRecord) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  *restore = vr_claim_record_originals (claim, VR_CLAIM_UNHELD);
  return TRUE;
}

gboolean
vr_claims_forget (VrClaims *claims, const VrOp *op, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (VrClaimRecord) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  if (g_hash_table_size (claim->labs) > 0) {
    GVariant *held = vr_claim_record_originals (claim, VR_CLAIM_HELD);
    g_clear_pointer (&claim->original, g_variant_unref);
    claim->original = held;
    return vr_claim_record_write (claim, claims->copies, error);
  }
  if (claims->copies != NULL)
    vr_copy_drop (claims->copies, claim->path);
  if (unlink (claim->path) == 0 || errno == ENOENT)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove \"%s\"", claim->path);
  return FALSE;
}

static GPtrArray *
read_all (VrClaims *claims, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return NULL;
  g_autoptr (GDir) directory = g_dir_open (claims->directory, 0, NULL);
  g_autoptr (GPtrArray) all
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_claim_record_free);
  const char *name;
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *path = g_build_filename (claims->directory, name, NULL);
    if (!g_str_has_suffix (name, SUFFIX))
      continue;
    VrClaimRecord *claim = vr_claim_record_read (path, error);
    if (claim == NULL)
      return NULL;
    g_ptr_array_add (all, claim);
  }
  return g_steal_pointer (&all);
}

GPtrArray *
vr_claims_of_lab (VrClaims *claims, const char *lab, GError **error)
{
  g_autoptr (GPtrArray) all = read_all (claims, error);
  if (all == NULL)
    return NULL;
  GPtrArray *ops = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_op_free);
  for (guint i = 0; i < all->len; i++) {
    const VrClaimRecord *claim = all->pdata[i];
    GVariant *want = g_hash_table_size (claim->labs) > 0 ? g_hash_table_lookup (claim->labs, lab)
                                                         : claim->original;
    if (want == NULL)
      continue;
    VrOp *op = vr_op_new (claim->kind, claim->target, "claimed", NULL);
    g_variant_unref (op->want);
    op->want = g_variant_ref (want);
    op->shared = TRUE;
    g_ptr_array_add (ops, op);
  }
  return ops;
}

GHashTable *
vr_claims_of_others (VrClaims *claims, VrOpKind kind, const char *lab, GError **error)
{
  g_autoptr (GPtrArray) all = read_all (claims, error);
  if (all == NULL)
    return NULL;
  GHashTable *holders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < all->len; i++) {
    const VrClaimRecord *claim = all->pdata[i];
    g_autoptr (GList) names = g_hash_table_get_keys (claim->labs);
    for (GList *name = names; name != NULL && claim->kind == kind; name = name->next)
      if (strcmp (name->data, lab) != 0)
        g_hash_table_insert (holders, g_strdup (claim->target), g_strdup (name->data));
  }
  return holders;
}
