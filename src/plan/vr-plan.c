/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-plan.h"

#include <string.h>

#include "base/vr-json.h"
#include "base/vr-name.h"

static void
plan_image_free (VrPlanImage *image)
{
  g_free (image->name);
  g_free (image->kernel);
  g_free (image->initrd);
  g_free (image->command_line);
  g_free (image->digest);
  g_free (image);
}

static void
plan_nic_free (VrPlanNic *nic)
{
  g_free (nic->name);
  g_array_unref (nic->irqs);
  g_array_unref (nic->managed_irqs);
  g_ptr_array_unref (nic->rps_queues);
  g_ptr_array_unref (nic->xps_queues);
  g_clear_pointer (&nic->settings, g_hash_table_unref);
  g_free (nic);
}

static void
plan_other_free (VrPlanOther *other)
{
  g_free (other->name);
  g_clear_pointer (&other->cpus, g_array_unref);
  g_free (other);
}

VrPlanNic *
vr_plan_nic_new (const char *name)
{
  VrPlanNic *nic = g_new0 (VrPlanNic, 1);
  nic->name = g_strdup (name);
  nic->numa = -1;
  nic->irqs = g_array_new (FALSE, FALSE, sizeof (guint));
  nic->managed_irqs = g_array_new (FALSE, FALSE, sizeof (guint));
  nic->rps_queues = g_ptr_array_new_with_free_func (g_free);
  nic->xps_queues = g_ptr_array_new_with_free_func (g_free);
  return nic;
}

VrPlanFacts *
vr_plan_facts_new (void)
{
  VrPlanFacts *facts = g_new0 (VrPlanFacts, 1);
  facts->images
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) plan_image_free);
  facts->nics
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) plan_nic_free);
  facts->taken = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  facts->cpus = g_array_new (FALSE, FALSE, sizeof (VrPlanCpu));
  facts->others = g_ptr_array_new_with_free_func ((GDestroyNotify) plan_other_free);
  facts->placed
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) vr_op_free);
  return facts;
}

void
vr_plan_facts_free (VrPlanFacts *facts)
{
  g_free (facts->run_dir);
  g_free (facts->kvm_reason);
  g_free (facts->no_ovs);
  g_free (facts->no_dpdk);
  g_free (facts->no_af_xdp);
  g_free (facts->no_poll_group);
  g_clear_pointer (&facts->polled, g_array_unref);
  g_free (facts->no_exclusive);
  g_free (facts->all_guests);
  g_hash_table_unref (facts->taken);
  g_hash_table_unref (facts->images);
  g_hash_table_unref (facts->nics);
  g_array_unref (facts->cpus);
  g_ptr_array_unref (facts->others);
  g_hash_table_unref (facts->placed);
  g_clear_pointer (&facts->present, g_array_unref);
  g_clear_pointer (&facts->guest_cpus, g_array_unref);
  g_free (facts->no_ceiling);
  g_free (facts->rt_group);
  g_free (facts->slow_governor);
  g_free (facts);
}

void
vr_plan_facts_add_image (VrPlanFacts *facts, VrPlanImage *image)
{
  g_hash_table_replace (facts->images, image->name, image);
}

void
vr_plan_facts_add_placed (VrPlanFacts *facts, const VrOp *op)
{
  if (op->kind == VR_OP_THREAD)
    g_hash_table_replace (facts->placed, g_strdup (op->target), vr_op_copy (op));
}

void
vr_plan_facts_add_other (VrPlanFacts *facts, const VrPlanOther *other)
{
  g_ptr_array_add (facts->others, g_memdup2 (other, sizeof *other));
}

void
vr_plan_facts_add_nic (VrPlanFacts *facts, VrPlanNic *nic)
{
  g_hash_table_replace (facts->nics, nic->name, nic);
}

void
vr_plan_free (VrPlan *plan)
{
  g_free (plan->lab);
  g_ptr_array_unref (plan->ops);
  g_ptr_array_unref (plan->notices);
  g_free (plan);
}

char *
vr_plan_print (const VrPlan *plan)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < plan->notices->len; i++)
    g_string_append_printf (text, "# note: %s\n", (const char *) plan->notices->pdata[i]);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    GVariantIter iter;
    const char *key, *value;
    g_string_append_printf (text, "%s %s", vr_op_kind_name (op->kind), op->target);
    g_variant_iter_init (&iter, op->want);
    while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
      g_string_append_printf (text, " %s=%s", key, value);
    g_string_append_printf (text, "  # %s\n", op->why);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_strings (JsonBuilder *builder, const char *name, GPtrArray *strings)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < strings->len; i++)
    json_builder_add_string_value (builder, strings->pdata[i]);
  json_builder_end_array (builder);
}

char *
vr_plan_json (const VrPlan *plan)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.plan/1");
  vr_json_add_string (builder, "lab", plan->lab);
  add_strings (builder, "notices", plan->notices);
  json_builder_set_member_name (builder, "operations");
  json_builder_begin_array (builder);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "kind", vr_op_kind_name (op->kind));
    vr_json_add_string (builder, "target", op->target);
    json_builder_set_member_name (builder, "want");
    vr_json_add_strings (builder, op->want);
    vr_json_add_string (builder, "why", op->why);
    add_strings (builder, "needs", op->needs);
    json_builder_set_member_name (builder, "shared");
    json_builder_add_boolean_value (builder, op->shared);
    if (op->payload != NULL)
      vr_json_add_string (builder, "payload", op->payload);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

static gboolean
kernel_may_give_out (const char *name)
{
  if (strcmp (name, "lo") == 0 || strcmp (name, "all") == 0 || strcmp (name, "default") == 0)
    return TRUE;
  return g_str_has_prefix (name, "eth") && name[3 + strspn (name + 3, "0123456789")] == '\0';
}

const char *
vr_plan_inner_name (const char *port, char name[16])
{
  if (strlen (port) < 16 && !kernel_may_give_out (port)) {
    g_strlcpy (name, port, 16);
    return name;
  }
  return vr_name_ifname ("", "inner", port, name);
}
