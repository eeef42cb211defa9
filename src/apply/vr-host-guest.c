/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on guests: their configuration's file, the running domain, and the wait for it. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "apply/vr-guest-group.h"
#include "apply/vr-host-member.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-host-part.h"
#include "apply/vr-own-group.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-initrd.h"

/* What the guest's init writes when it is done, as guest-image/README.md has it. */
#define STATUS_PATH "/run/vrkit/status"
#define STATUS_MAX 65536
#define GROUPS_RETRY_US 10000
#define GROUPS_TRIES 1000
/* The guest has no event for it. */
#define WAITING_RETRY_US (100 * G_TIME_SPAN_MILLISECOND)

static GVariant *
strings_new (const char *const *pairs)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  for (; pairs[0] != NULL; pairs += 2)
    g_variant_builder_add (&builder, "{ss}", pairs[0], pairs[1]);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* --- The configuration's file ------------------------------------------------------------------
 */

/* A long one lies in the guest's initrd, under this name. */
static gboolean
probe_in_initrd (const VrOp *op, const char *initrd, GVariant **found)
{
  g_autofree char *digest = vr_initrd_probe (op->target, "config", initrd);
  const char *const pairs[] = { "sha256", digest, "initrd", initrd, NULL };
  *found = digest != NULL ? strings_new (pairs) : NULL;
  return TRUE;
}

static gboolean
probe_config (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  const char *initrd = vr_op_get (op, "initrd");
  g_autofree char *text = NULL;
  gsize size;
  (void) host;
  (void) error;
  *found = NULL;
  if (initrd != NULL)
    return probe_in_initrd (op, initrd, found);
  if (!g_file_get_contents (op->target, &text, &size, NULL))
    return TRUE;
  g_autofree char *digest
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, size);
  const char *const pairs[] = { "sha256", digest, NULL };
  *found = strings_new (pairs);
  return TRUE;
}

/* Readable for all: QEMU runs as a user of its own. */
static gboolean
apply_config (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const char *initrd = vr_op_get (op, "initrd");
  (void) host;
  (void) found;
  if (initrd != NULL) {
    if (vr_initrd_write (op->target, "config", op->payload, initrd, error))
      return TRUE;
    g_prefix_error (error, "%s: ", op->why);
    return FALSE;
  }
  if (g_file_set_contents_full (op->target, op->payload, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s: cannot write \"%s\": %s", op->why, op->target,
               cause->message);
  return FALSE;
}

static gboolean
undo_config (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  (void) host;
  (void) old;
  if (g_unlink (op->target) == 0 || errno == ENOENT)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove \"%s\"", op->target);
  return FALSE;
}

/* --- The domain --------------------------------------------------------------------------------
 */

static gboolean
find_own (VrHostBackend *host, const VrOp *op, VrGuest *guest, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, error);
  if (virt == NULL || !vr_virt_find (virt, op->target, guest, error))
    return FALSE;
  const char *lab = vr_op_get (op, "lab");
  if (guest->state == VR_GUEST_ABSENT || (guest->owned && g_strcmp0 (guest->lab, lab) == 0))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "%s: there is a domain %s that is %s%s: remove it, or give lab or router another "
               "name",
               op->why, op->target, guest->owned ? "of lab " : "not vrkit's",
               guest->owned ? guest->lab : "");
  return FALSE;
}

static gboolean
probe_domain (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  if (!find_own (host, op, &guest, error))
    return FALSE;
  const char *pairs[]
      = { "lab", guest.lab, "digest", guest.digest, "state", vr_guest_state_name (guest.state),
          NULL,  NULL,      NULL };
  if (guest.pvr != NULL || guest.part != NULL) {
    pairs[6] = guest.pvr != NULL ? "pvr" : "part";
    pairs[7] = guest.pvr != NULL ? guest.pvr : guest.part;
  }
  *found = guest.state != VR_GUEST_ABSENT ? strings_new (pairs) : NULL;
  return TRUE;
}

static gboolean
start_domain (VrHostBackend *host, const VrOp *op, GError **error)
{
  gboolean is_member = vr_op_get (op, "pvr") != NULL;
  return is_member ? vr_host_member_start (host, op, error)
                   : vr_virt_start (host->virt, op->payload, error);
}

static gboolean
start_in_turn (VrHostBackend *host, const VrOp *op, GError **error)
{
  vr_boot_turns_begin (host->boot_turns);
  gboolean good = !g_cancellable_set_error_if_cancelled (host->cancellable, error)
                  && start_domain (host, op, error);
  vr_boot_turns_started (host->boot_turns, good ? op->target : NULL);
  return good;
}

static gboolean
apply_domain (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) found;
  if (vr_host_backend_virt (host, error) == NULL)
    return FALSE;
  if (vr_virt_is_emulated (op->payload) ? start_in_turn (host, op, error)
                                        : start_domain (host, op, error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

/* systemd removes a machine's scope some time after its last thread has ended. */
static void
wait_for_groups (const char *path)
{
  VrCgroup group = { "cpuset", path };
  for (guint i = 0; i < GROUPS_TRIES && vr_cgroup_exists (&group); i++)
    g_usleep (GROUPS_RETRY_US);
}

gboolean
vr_host_backend_end_guest (VrHostBackend *host, const VrGuest *guest, GError **error)
{
  g_autofree char *group = guest->pid > 0 ? vr_own_group_of_guest (guest->pid) : NULL;
  if (!vr_virt_destroy (host->virt, guest->domain, error))
    return FALSE;
  if (group != NULL)
    wait_for_groups (group);
  return TRUE;
}

static gboolean
undo_domain (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  (void) old;
  if (!find_own (host, op, &guest, error))
    return FALSE;
  if (guest.state == VR_GUEST_ABSENT)
    return vr_guest_group_clear (op->target, error);
  if (vr_op_get (op, "pvr") != NULL)
    vr_host_member_leave (host, op, &guest);
  if (host->lets_leave && g_strcmp0 (vr_op_get (op, "part"), "backend") == 0
      && guest.state == VR_GUEST_RUNNING && guest.agent_connected)
    vr_host_part_leave (host, op, &guest);
  return vr_host_backend_end_guest (host, &guest, error);
}

/* --- Until it forwards -------------------------------------------------------------------------
 */

/* The first line is the status, the rest says why or when. */
static gboolean
read_status (VrVirt *virt, const char *domain, char **status, char **rest, GError **error)
{
  g_autofree char *text = vr_virt_read_file (virt, domain, STATUS_PATH, STATUS_MAX, error);
  if (text == NULL)
    return FALSE;
  char *newline = strchr (text, '\n');
  *rest = g_strdup (newline != NULL ? g_strstrip (newline + 1) : "");
  if (newline != NULL)
    *newline = '\0';
  *status = g_steal_pointer (&text);
  return TRUE;
}

static gboolean
probe_ready (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  g_autofree char *status = NULL, *rest = NULL;
  VrVirt *virt = vr_host_backend_virt (host, error);
  *found = NULL;
  if (virt == NULL || !vr_virt_find (virt, op->target, &guest, error))
    return FALSE;
  /* A guest that does not answer now is waited for in apply, which says what is wrong with it. */
  if (guest.state != VR_GUEST_RUNNING || !guest.agent_connected
      || !read_status (virt, op->target, &status, &rest, NULL))
    return TRUE;
  const char *queues = guest.held ? "held" : "joined";
  const char *const pairs[] = { "status", status, "queues", queues, NULL };
  *found = strings_new (pairs);
  return TRUE;
}

/* What its long configuration may cost it comes on top of what any guest may take. */
static gint64
patience_us (const VrHostBackend *host, const VrOp *op)
{
  guint64 more_s = op->payload != NULL ? g_ascii_strtoull (op->payload, NULL, 10) : 0;
  return host->ready_timeout_us + (gint64) more_s * G_USEC_PER_SEC;
}

/* As long as the guest says that it waits for something. */
static gboolean
wait_status (VrHostBackend *host, const VrOp *op, gint64 deadline_us, char **status, char **rest,
             GError **error)
{
  for (gboolean last = FALSE; !last; g_usleep (WAITING_RETRY_US)) {
    last = g_get_monotonic_time () >= deadline_us;
    g_clear_pointer (status, g_free);
    g_clear_pointer (rest, g_free);
    if (g_cancellable_set_error_if_cancelled (host->cancellable, error)
        || !read_status (host->virt, op->target, status, rest, error))
      return FALSE;
    if (strcmp (*status, "waiting") != 0)
      return TRUE;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
               "%s: the guest runs, and waits %s, which has not come: see whether that one is "
               "well, or allow a longer --timeout",
               op->target, *rest);
  return FALSE;
}

static gboolean
apply_ready (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  g_autofree char *status = NULL, *rest = NULL;
  VrVirt *virt = vr_host_backend_virt (host, error);
  (void) found;
  gint64 patience = patience_us (host, op), deadline_us = g_get_monotonic_time () + patience;
  gboolean is_member = vr_op_get (op, "queues") != NULL;
  if (virt == NULL || (is_member && !vr_host_member_hold (host, op, error))
      || !vr_virt_wait_agent (virt, op->target, patience, host->cancellable, error)
      || !wait_status (host, op, deadline_us, &status, &rest, error))
    return FALSE;
  if (strcmp (status, "ready") == 0)
    return !is_member || vr_host_member_join (host, op, error);
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
               "%s: the guest runs but could not be made a router: %s", op->target, rest);
  return FALSE;
}

static gboolean
undo_ready (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  (void) host;
  (void) op;
  (void) old;
  (void) error;
  return TRUE;
}

static const VrHostOp rows[VR_OP_KINDS] = {
  [VR_OP_CONFIG] = { probe_config, apply_config, undo_config },
  [VR_OP_DOMAIN] = { probe_domain, apply_domain, undo_domain },
  [VR_OP_READY] = { probe_ready, apply_ready, undo_ready },
};

const VrHostOp *
vr_host_guest_op (VrOpKind kind)
{
  return rows[kind].probe != NULL ? &rows[kind] : NULL;
}
