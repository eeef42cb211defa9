/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-claims.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.claim/1"
#define SUFFIX ".claim"

struct VrClaims {
  char *directory;
  VrFd held; /* the lock, between hold and release; else -1 */
  guint holds;
};

/* One value: who holds it, and what it was before anybody did. */
typedef struct {
  char *path;
  VrOpKind kind;
  char *target;
  GVariant *original;
  GHashTable *labs; /* name → a{ss} */
} Claim;

static void
claim_free (Claim *claim)
{
  g_free (claim->path);
  g_free (claim->target);
  g_clear_pointer (&claim->original, g_variant_unref);
  g_hash_table_unref (claim->labs);
  g_free (claim);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Claim, claim_free)

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

static Claim *
claim_new (VrOpKind kind, const char *target, const char *path)
{
  Claim *claim = g_new0 (Claim, 1);
  claim->kind = kind;
  claim->target = g_strdup (target);
  claim->path = g_strdup (path);
  claim->labs
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  return claim;
}

static Claim *
claim_read (const char *path, GError **error)
{
  g_autoptr (JsonNode) node = vr_json_read_object (path, SCHEMA, error);
  if (node == NULL)
    return NULL;
  JsonObject *object = json_node_get_object (node);
  const char *kind = vr_json_string (object, "kind");
  const char *target = vr_json_string (object, "target");
  JsonNode *labs = json_object_get_member (object, "labs");
  if (kind == NULL || vr_op_kind_parse (kind) == VR_OP_KINDS || target == NULL || labs == NULL
      || !JSON_NODE_HOLDS_OBJECT (labs)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "\"%s\" is no claim", path);
    return NULL;
  }
  Claim *claim = claim_new (vr_op_kind_parse (kind), target, path);
  claim->original = vr_json_strings (json_object_get_member (object, "original"));
  g_autoptr (GList) names = json_object_get_members (json_node_get_object (labs));
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *want = json_object_get_member (json_node_get_object (labs), name->data);
    GVariant *strings = vr_json_strings (want);
    if (strings != NULL)
      g_hash_table_insert (claim->labs, g_strdup (name->data), strings);
  }
  return claim;
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
static Claim *
claim_of (VrClaims *claims, const VrOp *op, GError **error)
{
  g_autofree char *path = claim_path (claims, op);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return claim_read (path, error);
  return claim_new (op->kind, op->target, path);
}

static gboolean
claim_write (const Claim *claim, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, SCHEMA);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, vr_op_kind_name (claim->kind));
  json_builder_set_member_name (builder, "target");
  json_builder_add_string_value (builder, claim->target);
  json_builder_set_member_name (builder, "original");
  vr_json_add_strings (builder, claim->original);
  json_builder_set_member_name (builder, "labs");
  json_builder_begin_object (builder);
  GHashTableIter iter;
  gpointer name, want;
  g_hash_table_iter_init (&iter, claim->labs);
  while (g_hash_table_iter_next (&iter, &name, &want)) {
    json_builder_set_member_name (builder, name);
    vr_json_add_strings (builder, want);
  }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  return vr_json_write (claim->path, builder, error);
}

static gboolean
conflicts (const Claim *claim, const char *lab, const VrOp *op, GError **error)
{
  GHashTableIter labs;
  gpointer other, held;
  g_hash_table_iter_init (&labs, claim->labs);
  while (g_hash_table_iter_next (&labs, &other, &held)) {
    GVariantIter keys;
    const char *key, *value;
    g_variant_iter_init (&keys, op->want);
    while (g_strcmp0 (other, lab) != 0 && g_variant_iter_next (&keys, "{&s&s}", &key, &value)) {
      const char *theirs = vr_op_lookup (held, key);
      if (theirs != NULL && g_strcmp0 (theirs, value) != 0) {
        g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                     "%s: lab %s holds %s of %s at %s, and this lab wants %s: take that lab down, "
                     "or make the two agree",
                     op->why, (const char *) other, key, op->target, theirs, value);
        return TRUE;
      }
    }
  }
  return FALSE;
}

static gboolean
is_held (const Claim *claim, const char *key)
{
  GHashTableIter labs;
  gpointer held;
  g_hash_table_iter_init (&labs, claim->labs);
  while (g_hash_table_iter_next (&labs, NULL, &held))
    if (vr_op_lookup (held, key) != NULL)
      return TRUE;
  return FALSE;
}

typedef enum { HELD, UNHELD } Holding;

/* The original values that some lab holds, or that no lab holds any more; NULL where there are
 * none. */
static GVariant *
originals (const Claim *claim, Holding holding)
{
  if (claim->original == NULL)
    return NULL;
  GVariantBuilder builder;
  GVariantIter keys;
  const char *key, *value;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&keys, claim->original);
  while (g_variant_iter_next (&keys, "{&s&s}", &key, &value))
    if (is_held (claim, key) == (holding == HELD))
      g_variant_builder_add (&builder, "{ss}", key, value);
  g_autoptr (GVariant) strings = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_n_children (strings) > 0 ? g_steal_pointer (&strings) : NULL;
}

/* Keeps what is there of the wanted keys, but for those whose original is on record. */
static void
remember (Claim *claim, GVariant *want, GVariant *found)
{
  GVariantBuilder builder;
  GVariantIter keys;
  const char *key, *value;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (claim->original != NULL) {
    g_variant_iter_init (&keys, claim->original);
    while (g_variant_iter_next (&keys, "{&s&s}", &key, &value))
      g_variant_builder_add (&builder, "{ss}", key, value);
  }
  g_variant_iter_init (&keys, want);
  while (g_variant_iter_next (&keys, "{&s&s}", &key, &value)) {
    const char *is = vr_op_lookup (found, key);
    if (is != NULL && vr_op_lookup (claim->original, key) == NULL)
      g_variant_builder_add (&builder, "{ss}", key, is);
  }
  g_clear_pointer (&claim->original, g_variant_unref);
  claim->original = g_variant_ref_sink (g_variant_builder_end (&builder));
}

gboolean
vr_claims_take (VrClaims *claims, const char *lab, const VrOp *op, GVariant *found, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (Claim) claim = claim_of (claims, op, error);
  if (claim == NULL || conflicts (claim, lab, op, error))
    return FALSE;
  remember (claim, op->want, found);
  g_hash_table_replace (claim->labs, g_strdup (lab), g_variant_ref (op->want));
  return claim_write (claim, error);
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
  g_autoptr (Claim) claim = fd >= 0 ? claim_of (claims, op, error) : NULL;
  return claim != NULL && !conflicts (claim, lab, op, error);
}

gboolean
vr_claims_drop (VrClaims *claims, const char *lab, const VrOp *op, GVariant **restore,
                GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (Claim) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  if (g_hash_table_remove (claim->labs, lab) && !claim_write (claim, error))
    return FALSE;
  *restore = originals (claim, UNHELD);
  return TRUE;
}

gboolean
vr_claims_unheld (VrClaims *claims, const VrOp *op, GVariant **restore, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (Claim) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  *restore = originals (claim, UNHELD);
  return TRUE;
}

gboolean
vr_claims_forget (VrClaims *claims, const VrOp *op, GError **error)
{
  g_auto (VrFd) fd = lock (claims, error);
  if (fd < 0)
    return FALSE;
  g_autoptr (Claim) claim = claim_of (claims, op, error);
  if (claim == NULL)
    return FALSE;
  if (g_hash_table_size (claim->labs) > 0) {
    GVariant *held = originals (claim, HELD);
    g_clear_pointer (&claim->original, g_variant_unref);
    claim->original = held;
    return claim_write (claim, error);
  }
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
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) claim_free);
  const char *name;
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *path = g_build_filename (claims->directory, name, NULL);
    if (!g_str_has_suffix (name, SUFFIX))
      continue;
    Claim *claim = claim_read (path, error);
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
    const Claim *claim = all->pdata[i];
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
    const Claim *claim = all->pdata[i];
    g_autoptr (GList) names = g_hash_table_get_keys (claim->labs);
    for (GList *name = names; name != NULL && claim->kind == kind; name = name->next)
      if (strcmp (name->data, lab) != 0)
        g_hash_table_insert (holders, g_strdup (claim->target), g_strdup (name->data));
  }
  return holders;
}
