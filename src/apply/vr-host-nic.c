/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels, rings and coalescing of NICs: a NIC without one of these lacks its key when it is
 * looked at. */
#include <string.h>

#include "apply/vr-host-ops.h"
#include "base/vr-error.h"
#include "sys/vr-netlink-nic.h"

/* One that is gone has nothing. */
static gboolean
probe_nic (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_auto (VrNicState) state = { .values = { NULL } };
  g_autoptr (GError) cause = NULL;
  (void) host;
  *found = NULL;
  if (!vr_nic_read (NULL, op->target, &state, &cause)) {
    if (g_error_matches (cause, VR_ERROR, VR_ERROR_HOST))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++)
    if (state.values[i] != NULL)
      g_variant_builder_add (&builder, "{ss}", vr_nic_setting_name (i), state.values[i]);
  *found = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/* What of `want` is not so already. */
static gboolean
write_nic (const VrOp *op, GVariant *want, GVariant *found, GError **error)
{
  const char *values[VR_NIC_SETTINGS] = { NULL };
  for (VrNicSetting i = 0; i < VR_NIC_SETTINGS; i++) {
    const char *wanted = vr_op_lookup (want, vr_nic_setting_name (i));
    if (g_strcmp0 (wanted, vr_op_lookup (found, vr_nic_setting_name (i))) != 0)
      values[i] = wanted;
  }
  return vr_nic_write (NULL, op->target, values, error);
}

static gboolean
apply_nic (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) host;
  if (write_nic (op, op->want, found, error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

static gboolean
undo_nic (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  g_autoptr (GVariant) found = NULL;
  if (!probe_nic (host, op, &found, error))
    return FALSE;
  return found == NULL || write_nic (op, old, found, error);
}

const VrHostOp *
vr_host_nic_op (VrOpKind kind)
{
  static const VrHostOp nic = { probe_nic, apply_nic, undo_nic };
  return kind == VR_OP_NIC ? &nic : NULL;
}
