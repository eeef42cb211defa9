/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-host-member.h"

#include <string.h>

#include "base/vr-error.h"
#include "sys/vr-tap-hold.h"

#define NEED_PREFIX "macvtap "

#define LEAVE_TIMEOUT_US G_USEC_PER_SEC
/* What QEMU has read is in the guest's ring or in its kernel: an emulated guest on a busy host has
 * forwarded it within tens of milliseconds. */
#define SETTLE_US (100 * G_TIME_SPAN_MILLISECOND)

/* Those that the operation needs. */
static VrTapSet *
macvtaps_of (const VrOp *op, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < op->needs->len; i++) {
    char *need = op->needs->pdata[i];
    if (g_str_has_prefix (need, NEED_PREFIX))
      g_ptr_array_add (names, need + strlen (NEED_PREFIX));
  }
  g_ptr_array_add (names, NULL);
  return vr_tap_set_new ((const char *const *) names->pdata, error);
}

/* The process of the guest, which runs. */
static gboolean
find_process (VrVirt *virt, const VrOp *op, GPid *process, GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  if (!vr_virt_find (virt, op->target, &guest, error))
    return FALSE;
  if (guest.pid <= 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s: the process of %s is not to be seen from here, and its queues cannot be held "
                 "until it forwards: run vrkit where libvirtd runs",
                 op->why, op->target);
    return FALSE;
  }
  *process = guest.pid;
  return TRUE;
}

gboolean
vr_host_member_start (VrHostBackend *host, const VrOp *op, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, error);
  g_autoptr (VrTapSet) macvtaps = virt != NULL ? macvtaps_of (op, error) : NULL;
  if (macvtaps == NULL)
    return FALSE;
  g_autoptr (VrTapHold) hold = vr_tap_hold_new (macvtaps);
  GPid process;
  return vr_virt_start (virt, op->payload, error) && find_process (virt, op, &process, error)
         && vr_tap_set_hold (macvtaps, process, NULL, error);
}

gboolean
vr_host_member_hold (VrHostBackend *host, const VrOp *op, GError **error)
{
  g_auto (VrGuest) guest = { 0 };
  VrVirt *virt = vr_host_backend_virt (host, error);
  if (virt == NULL || !vr_virt_find (virt, op->target, &guest, error))
    return FALSE;
  if (!guest.held || guest.pid <= 0)
    return TRUE;
  g_autoptr (VrTapSet) macvtaps = macvtaps_of (op, error);
  return macvtaps != NULL && vr_tap_set_hold (macvtaps, guest.pid, NULL, error);
}

gboolean
vr_host_member_join (VrHostBackend *host, const VrOp *op, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, error);
  g_autoptr (VrTapSet) macvtaps = virt != NULL ? macvtaps_of (op, error) : NULL;
  GPid process;
  return macvtaps != NULL && find_process (virt, op, &process, error)
         && vr_tap_set_join (macvtaps, process, error) && vr_virt_unmark (virt, op->target, error);
}

static gboolean
leave (const VrOp *op, const VrGuest *guest, GError **error)
{
  guint unread;
  g_autoptr (VrTapSet) macvtaps = macvtaps_of (op, error);
  if (macvtaps == NULL)
    return FALSE;
  if (guest->pid <= 0) {
    g_set_error_literal (error, VR_ERROR, VR_ERROR_HOST, "its process is not to be seen from here");
    return FALSE;
  }
  if (!vr_tap_set_leave (macvtaps, guest->pid, LEAVE_TIMEOUT_US, &unread, error))
    return FALSE;
  g_usleep (SETTLE_US);
  if (unread == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
               "after a second it has not read all frames of %u of its queues", unread);
  return FALSE;
}

void
vr_host_member_leave (VrHostBackend *host, const VrOp *op, const VrGuest *guest)
{
  g_autoptr (GError) cause = NULL;
  if (guest->state != VR_GUEST_RUNNING || leave (op, guest, &cause))
    return;
  g_prefix_error (&cause, "%s: %s ends, and frames of its flows may be lost: ", op->why,
                  op->target);
  vr_backend_warn (&host->base, op, cause);
}
