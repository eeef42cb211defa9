/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of the whole host, which labs claim. */
#include "apply/vr-host-ops.h"

#include <string.h>

#include "apply/vr-knob.h"
#include "apply/vr-offline.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"

#define ROOT "/"
#define RT_RUNTIME_FILE "cpu.rt_runtime_us"
#define RT_RUNTIME_KEY "rt-runtime-us"

/* --- Real-time runtime of the group that holds all guests ---------------------------------------
 * libvirt makes the group with its first guest, and leaves it behind; it grants none.
 */

static gboolean
probe_rt_runtime (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  VrCgroup group = { "cpu", op->target };
  (void) host;
  g_autofree char *value = vr_cgroup_exists (&group)
                               ? vr_cgroup_read (&group, RT_RUNTIME_FILE, error)
                               : g_strdup ("0");
  if (value == NULL)
    return FALSE;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", RT_RUNTIME_KEY, value);
  *found = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
apply_rt_runtime (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  VrCgroup group = { "cpu", op->target };
  (void) host;
  (void) found;
  if (vr_cgroup_make (&group, error)
      && vr_cgroup_write (&group, RT_RUNTIME_FILE, vr_op_get (op, RT_RUNTIME_KEY), error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

static gboolean
undo_rt_runtime (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  VrCgroup group = { "cpu", op->target };
  const char *value = vr_op_lookup (old, RT_RUNTIME_KEY);
  (void) host;
  return value == NULL || !vr_cgroup_exists (&group)
         || vr_cgroup_write (&group, RT_RUNTIME_FILE, value, error);
}

/* --- Single files of /proc and /sys -------------------------------------------------------------
 */

static gboolean
probe_knob (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  g_autofree char *value = NULL;
  (void) host;
  if (!vr_knob_read (ROOT, op->target, &value, error))
    return FALSE;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", "value", value != NULL ? value : "");
  *found = value != NULL ? g_variant_ref_sink (g_variant_builder_end (&builder)) : NULL;
  return TRUE;
}

/* The CPU that the knob switches, or -1. */
static gint64
cpu_of (const VrOp *op)
{
  static const char prefix[] = "online/";
  return g_str_has_prefix (op->target, prefix)
             ? g_ascii_strtoll (op->target + strlen (prefix), NULL, 10)
             : -1;
}

static gboolean
write_knob (VrHostBackend *host, const VrOp *op, const char *value, GError **error)
{
  gint64 cpu = cpu_of (op);
  if (cpu < 0)
    return vr_knob_write (ROOT, op->target, value, error);
  g_assert (host->offline_path != NULL);
  return strcmp (value, "0") == 0
             ? vr_offline_take (ROOT, host->offline_path, (guint) cpu, error)
             : vr_offline_give_back (ROOT, host->offline_path, (guint) cpu, error);
}

static gboolean
apply_knob (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  (void) found;
  if (write_knob (host, op, vr_op_get (op, "value"), error))
    return TRUE;
  g_prefix_error (error, "%s: ", op->why);
  return FALSE;
}

static gboolean
undo_knob (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  const char *value = vr_op_lookup (old, "value");
  g_autofree char *is = NULL;
  if (!vr_knob_read (ROOT, op->target, &is, error))
    return FALSE;
  if (value == NULL || is == NULL)
    return TRUE;
  /* A CPU that is back may have been killed before all else was. */
  return (cpu_of (op) < 0 && strcmp (is, value) == 0) || write_knob (host, op, value, error);
}

const VrHostOp *
vr_host_value_op (VrOpKind kind)
{
  static const VrHostOp rt_runtime = { probe_rt_runtime, apply_rt_runtime, undo_rt_runtime };
  static const VrHostOp knob = { probe_knob, apply_knob, undo_knob };
  if (kind == VR_OP_KNOB)
    return &knob;
  return kind == VR_OP_RT_RUNTIME ? &rt_runtime : NULL;
}
