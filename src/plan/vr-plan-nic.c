/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels, rings and coalescing of a port's device. */
#include "plan/vr-plan-parts.h"

#include "base/vr-error.h"

typedef enum { FIELD_NUMBER, FIELD_COUNT, FIELD_SWITCH } Field;

/* Keys of the profile, in the words in which apply reads the device. */
static const struct {
  const char *key;
  Field field;
  gsize offset; /* in VrPortQueues */
} settings[] = {
  { "channels", FIELD_NUMBER, G_STRUCT_OFFSET (VrPortQueues, channels) },
  { "rx-ring", FIELD_NUMBER, G_STRUCT_OFFSET (VrPortQueues, rx_ring) },
  { "tx-ring", FIELD_NUMBER, G_STRUCT_OFFSET (VrPortQueues, tx_ring) },
  { "rx-usecs", FIELD_COUNT, G_STRUCT_OFFSET (VrPortQueues, rx_usecs) },
  { "tx-usecs", FIELD_COUNT, G_STRUCT_OFFSET (VrPortQueues, tx_usecs) },
  { "rx-frames", FIELD_COUNT, G_STRUCT_OFFSET (VrPortQueues, rx_frames) },
  { "tx-frames", FIELD_COUNT, G_STRUCT_OFFSET (VrPortQueues, tx_frames) },
  { "adaptive-coalescing", FIELD_SWITCH, G_STRUCT_OFFSET (VrPortQueues, adaptive) },
};

/* What the profile wants, and its number where it is one; NULL where it wants nothing. */
static char *
wanted (const VrPort *port, guint index, guint *number)
{
  gconstpointer field = G_STRUCT_MEMBER_P (&port->queues, settings[index].offset);
  *number = 0;
  if (settings[index].field == FIELD_SWITCH) {
    VrSwitch toggle = *(const VrSwitch *) field;
    return toggle != VR_SWITCH_AUTO ? g_strdup (toggle == VR_SWITCH_ON ? "on" : "off") : NULL;
  }
  const VrCount *count = field;
  gboolean given
      = settings[index].field == FIELD_COUNT ? count->is_given : *(const guint *) field != 0;
  if (given)
    *number = settings[index].field == FIELD_COUNT ? count->value : *(const guint *) field;
  return given ? g_strdup_printf ("%u", *number) : NULL;
}

/* Against what the device told of itself; one that was not asked will refuse by itself. */
static gboolean
check (const VrPlanner *planner, const VrPort *port, guint index, GError **error)
{
  const VrPlanNic *nic = g_hash_table_lookup (planner->facts->nics, port->device);
  const char *key = settings[index].key;
  gpointer limit;
  guint number;
  g_autofree char *text = wanted (port, index, &number);
  if (text == NULL || nic == NULL || nic->settings == NULL)
    return TRUE;
  if (!g_hash_table_lookup_extended (nic->settings, key, NULL, &limit)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s:%u: [port %s] %s = %s: %s has no %s to set (ethtool tells what it has): leave "
                 "the key out",
                 port->origin.file, port->origin.line, port->name, key, text, port->device, key);
    return FALSE;
  }
  if (GPOINTER_TO_UINT (limit) == 0 || number <= GPOINTER_TO_UINT (limit))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "%s:%u: [port %s] %s = %s: %s takes at most %u", port->origin.file,
               port->origin.line, port->name, key, text, port->device, GPOINTER_TO_UINT (limit));
  return FALSE;
}

gboolean
vr_plan_nic (VrPlanner *planner, const VrPort *port, const char *why, GError **error)
{
  g_autofree char *lower = vr_plan_lower_name (planner->lab, port);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  guint count = 0;
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    guint number;
    g_autofree char *text = wanted (port, i, &number);
    if (!check (planner, port, i, error))
      return FALSE;
    if (text == NULL)
      continue;
    g_variant_builder_add (&builder, "{ss}", settings[i].key, text);
    count++;
  }
  if (count == 0)
    return TRUE;
  VrOp *op = vr_op_new (VR_OP_NIC, lower, why, NULL);
  g_variant_unref (op->want);
  op->want = g_variant_ref_sink (g_variant_builder_end (&builder));
  op->shared = vr_port_is_of_host (port);
  vr_op_add_need (op, vr_plan_lower_kind (port), lower);
  vr_plan_add (planner, op);
  return TRUE;
}
