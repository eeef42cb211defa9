/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-op.h"

#include <stdarg.h>
#include <string.h>

#define KEYS_MAX 32 /* of one operation; the kind with most has a dozen */

static const char *const kind_names[VR_OP_KINDS] = {
  [VR_OP_KNOB] = "knob",
  [VR_OP_RT_RUNTIME] = "rt-runtime",
  [VR_OP_NETNS] = "netns",
  [VR_OP_VETH] = "veth",
  [VR_OP_LINK] = "link",
  [VR_OP_NIC] = "nic",
  [VR_OP_BRIDGE] = "bridge",
  [VR_OP_ENSLAVE] = "enslave",
  [VR_OP_OVS_BRIDGE] = "ovs-bridge",
  [VR_OP_OVS_PORT] = "ovs-port",
  [VR_OP_MACVTAP] = "macvtap",
  [VR_OP_TAP] = "tap",
  [VR_OP_MACVLAN] = "macvlan",
  [VR_OP_OFFLOADS] = "offloads",
  [VR_OP_SYSCTL] = "sysctl",
  [VR_OP_ADDRESS] = "address",
  [VR_OP_NEIGHBOUR] = "neighbour",
  [VR_OP_ROUTE] = "route",
  [VR_OP_CONFIG] = "config",
  [VR_OP_DOMAIN] = "domain",
  [VR_OP_READY] = "ready",
  [VR_OP_EXCLUSIVE] = "exclusive",
  [VR_OP_THREAD] = "thread",
};

const char *
vr_op_kind_name (VrOpKind kind)
{
  return kind_names[kind];
}

VrOpKind
vr_op_kind_parse (const char *name)
{
  for (VrOpKind kind = 0; kind < VR_OP_KINDS; kind++)
    if (strcmp (kind_names[kind], name) == 0)
      return kind;
  return VR_OP_KINDS;
}

VrOp *
vr_op_new (VrOpKind kind, const char *target, const char *why, ...)
{
  VrOp *op = g_new0 (VrOp, 1);
  op->kind = kind;
  op->target = g_strdup (target);
  op->why = g_strdup (why);
  op->needs = g_ptr_array_new_with_free_func (g_free);

  GVariant *entries[KEYS_MAX];
  gsize count = 0;
  va_list pairs;
  va_start (pairs, why);
  for (const char *key = va_arg (pairs, const char *); key != NULL;
       key = va_arg (pairs, const char *)) {
    const char *value = va_arg (pairs, const char *);
    if (value == NULL)
      continue;
    g_assert (count < KEYS_MAX);
    entries[count++]
        = g_variant_new_dict_entry (g_variant_new_string (key), g_variant_new_string (value));
  }
  va_end (pairs);
  op->want = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), entries, count));
  return op;
}

static gpointer
copy_string (gconstpointer text, gpointer unused)
{
  (void) unused;
  return g_strdup (text);
}

VrOp *
vr_op_copy (const VrOp *op)
{
  VrOp *copy = g_new0 (VrOp, 1);
  copy->kind = op->kind;
  copy->target = g_strdup (op->target);
  copy->want = g_variant_ref (op->want);
  copy->payload = g_strdup (op->payload);
  copy->why = g_strdup (op->why);
  copy->shared = op->shared;
  copy->needs = g_ptr_array_copy (op->needs, copy_string, NULL);
  g_ptr_array_set_free_func (copy->needs, g_free);
  return copy;
}

void
vr_op_free (VrOp *op)
{
  g_free (op->target);
  g_variant_unref (op->want);
  g_free (op->payload);
  g_free (op->why);
  g_ptr_array_unref (op->needs);
  g_free (op);
}

char *
vr_op_id (const VrOp *op)
{
  return g_strconcat (kind_names[op->kind], " ", op->target, NULL);
}

void
vr_op_add_need (VrOp *op, VrOpKind kind, const char *target)
{
  g_ptr_array_add (op->needs, g_strconcat (kind_names[kind], " ", target, NULL));
}

const char *
vr_op_lookup (GVariant *strings, const char *key)
{
  const char *value = NULL;
  if (strings != NULL)
    g_variant_lookup (strings, key, "&s", &value);
  return value;
}

const char *
vr_op_get (const VrOp *op, const char *key)
{
  return vr_op_lookup (op->want, key);
}
