/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-host-part.h"

#include "base/vr-address.h"
#include "base/vr-error.h"

/* Of a back-end, which ends after eight seconds at the latest, and of a balancer, after ten:
 * scripts of the guest image (vrkit-image(5)). */
#define LEAVE_PATH "/usr/lib/vrkit/leave"
#define FORGET_PATH "/usr/lib/vrkit/forget"
#define TIMEOUT_US (20 * G_USEC_PER_SEC)

/* What it printed, NULL with error set where it did not end well. */
static char *
run (VrHostBackend *host, const char *domain, const char *const *argv, GError **error)
{
  g_auto (VrExecResult) result = { 0 };
  VrExecRequest request = { .domain = domain, .argv = argv, .timeout_us = TIMEOUT_US };
  if (!vr_virt_exec (host->virt, &request, &result, error))
    return NULL;
  if (result.exit_status == 0) {
    gsize size;
    const char *output = g_bytes_get_data (result.output, &size);
    return g_strchomp (g_strndup (output != NULL ? output : "", size));
  }
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "%s: %s ended with status %d", domain, argv[0],
               result.exit_status);
  return NULL;
}

/* NULL, with error set, where it does not answer, or with no address. */
static char *
tell (VrHostBackend *host, const VrGuest *guest, GError **error)
{
  static const char *const argv[] = { LEAVE_PATH, "tell", NULL };
  VrMac mac;
  g_autofree char *text = run (host, guest->domain, argv, error);
  return text != NULL && vr_mac_parse (text, &mac, error) ? g_steal_pointer (&text) : NULL;
}

/* A balancer that the host does not let run would else go on to give packets to a back-end in which
 * no packet comes for a while. */
static gboolean
be_forgotten (VrHostBackend *host, const VrGuest *leaving, const char *mac, GError **error)
{
  const char *const argv[] = { FORGET_PATH, mac, NULL };
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  if (!vr_virt_list (host->virt, guests, error))
    return FALSE;
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (g_strcmp0 (guest->lab, leaving->lab) != 0 || g_strcmp0 (guest->msr, leaving->msr) != 0
        || g_strcmp0 (guest->part, "balancer") != 0 || guest->state != VR_GUEST_RUNNING
        || !guest->agent_connected)
      continue;
    g_autofree char *said = run (host, guest->domain, argv, error);
    if (said == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
go (VrHostBackend *host, const VrGuest *guest, GError **error)
{
  static const char *const argv[] = { LEAVE_PATH, NULL };
  g_autofree char *said = run (host, guest->domain, argv, error);
  return said != NULL;
}

/* From a guest that does not answer its packets are taken anyway, by those that no longer hear it.
 */
void
vr_host_part_leave (VrHostBackend *host, const VrOp *op, const VrGuest *guest)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *mac = tell (host, guest, &cause);
  gboolean forgotten = mac != NULL && be_forgotten (host, guest, mac, &cause);
  if (mac != NULL && go (host, guest, forgotten ? &cause : NULL) && forgotten)
    return;
  g_prefix_error (&cause, "%s: %s ends, and frames of its flows may be lost: ", op->why,
                  op->target);
  vr_backend_warn (&host->base, op, cause);
}
