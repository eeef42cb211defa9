/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-thread-state.h"

#include <sched.h>
#include <string.h>

#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "plan/vr-op.h"
#include "sys/vr-quota.h"

#define AFFINITY_FREE "free"

static const struct {
  const char *controller;
  const char *key;
} trees[VR_TREES] = {
  [VR_TREE_CPUSET] = { "cpuset", "cpuset-cgroup" },
  [VR_TREE_CPU] = { "cpu", "cpu-cgroup" },
};

const char *
vr_tree_controller (VrTree tree)
{
  return trees[tree].controller;
}

void
vr_thread_state_clear (VrThreadState *state)
{
  g_clear_pointer (&state->cpus, g_array_unref);
  g_clear_pointer (&state->domain, g_array_unref);
  for (VrTree tree = 0; tree < VR_TREES; tree++)
    g_clear_pointer (&state->groups[tree], g_free);
}

/* Leaves nothing for the cleanup of `from`. */
static void
move_state (VrThreadState *from, VrThreadState *to)
{
  *to = *from;
  *from = (VrThreadState){ 0 };
}

static gboolean
read_groups (pid_t tid, VrThreadState *state, GError **error)
{
  for (VrTree tree = 0; tree < VR_TREES; tree++) {
    if (vr_cgroup_version (trees[tree].controller) == 0)
      continue;
    state->groups[tree] = vr_cgroup_of_thread (tid, trees[tree].controller, error);
    if (state->groups[tree] == NULL)
      return FALSE;
  }
  return TRUE;
}

/* The kernel does not tell what a thread was bound to, only what that and its cgroup come to. */
static gboolean
read_cpus (VrThreadState *state, GError **error)
{
  const char *group = state->groups[VR_TREE_CPUSET];
  if (group == NULL)
    return TRUE;
  g_autoptr (GArray) all = vr_own_group_cpus (group, error);
  if (all == NULL)
    return FALSE;
  g_autofree char *mine = vr_cpu_list_print (state->cpus), *whole = vr_cpu_list_print (all);
  state->affinity = strcmp (mine, whole) == 0 ? VR_AFFINITY_FREE : VR_AFFINITY_BOUND;
  if (vr_own_group_is (group))
    state->domain = vr_own_domain_read (group);
  return TRUE;
}

gboolean
vr_thread_state_read (pid_t tid, VrThreadState *state, GError **error)
{
  g_auto (VrThreadState) found = { 0 };
  if (!vr_sched_read (tid, &found.sched, error))
    return FALSE;
  found.cpus = vr_sched_read_cpus (tid, error);
  if (found.cpus == NULL || !read_groups (tid, &found, error) || !read_cpus (&found, error))
    return FALSE;
  const char *group = found.groups[VR_TREE_CPU];
  if (group != NULL && vr_own_group_is (group)
      && (!vr_quota_read (group, &found.quota_ns, &found.quota_period_ns, error)
          || !vr_own_group_read_grant (group, &found.rt_runtime_us, error)))
    return FALSE;
  move_state (&found, state);
  return TRUE;
}

static void
add_number (GVariantBuilder *builder, const char *key, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  if (value != 0)
    g_variant_builder_add (builder, "{ss}", key, text);
}

GVariant *
vr_thread_state_print (const VrThreadState *state)
{
  const VrSched *sched = &state->sched;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  const char *policy = vr_sched_policy_name (sched->policy);
  g_autofree char *nice = g_strdup_printf ("%d", sched->nice);
  g_autofree char *cpus = state->cpus != NULL ? vr_cpu_list_print (state->cpus) : NULL;
  g_autofree char *domain = state->domain != NULL ? vr_cpu_list_print (state->domain) : NULL;
  g_variant_builder_add (&builder, "{ss}", "policy", policy != NULL ? policy : "unknown");
  g_variant_builder_add (&builder, "{ss}", "nice", nice);
  add_number (&builder, "priority", sched->priority);
  add_number (&builder, "runtime-ns", sched->runtime_ns);
  add_number (&builder, "deadline-ns", sched->deadline_ns);
  add_number (&builder, "period-ns", sched->period_ns);
  if (sched->reset_on_fork)
    g_variant_builder_add (&builder, "{ss}", "reset-on-fork", "yes");
  if (cpus != NULL)
    g_variant_builder_add (&builder, "{ss}", "cpus", cpus);
  if (state->affinity == VR_AFFINITY_FREE)
    g_variant_builder_add (&builder, "{ss}", "affinity", AFFINITY_FREE);
  if (domain != NULL)
    g_variant_builder_add (&builder, "{ss}", "exclusive", domain);
  add_number (&builder, "quota-ns", state->quota_ns);
  add_number (&builder, "quota-period-ns", state->quota_period_ns);
  add_number (&builder, "rt-runtime-us", state->rt_runtime_us);
  if (state->worker != NULL)
    g_variant_builder_add (&builder, "{ss}", "worker", state->worker);
  for (VrTree tree = 0; tree < VR_TREES; tree++)
    if (state->groups[tree] != NULL)
      g_variant_builder_add (&builder, "{ss}", trees[tree].key, state->groups[tree]);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
parse_number (GVariant *strings, const char *key, guint64 *value, GError **error)
{
  const char *text = vr_op_lookup (strings, key);
  *value = 0;
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, value, NULL))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "%s: \"%s\" is no number", key, text);
  return FALSE;
}

static gboolean
parse_sched (GVariant *strings, VrSched *sched, GError **error)
{
  const char *policy = vr_op_lookup (strings, "policy"), *nice = vr_op_lookup (strings, "nice");
  gint64 nice_value = 0;
  guint64 priority;
  sched->policy = policy != NULL ? vr_sched_policy_parse (policy) : SCHED_OTHER;
  if (sched->policy == G_MAXUINT
      || (nice != NULL && !g_ascii_string_to_signed (nice, 10, -20, 19, &nice_value, NULL))) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "policy \"%s\", nice \"%s\": none such",
                 policy, nice);
    return FALSE;
  }
  if (!parse_number (strings, "priority", &priority, error))
    return FALSE;
  sched->nice = (gint) nice_value;
  sched->priority = (guint) priority;
  sched->reset_on_fork = vr_op_lookup (strings, "reset-on-fork") != NULL;
  return parse_number (strings, "runtime-ns", &sched->runtime_ns, error)
         && parse_number (strings, "deadline-ns", &sched->deadline_ns, error)
         && parse_number (strings, "period-ns", &sched->period_ns, error);
}

static gboolean
parse_cpus (GVariant *strings, const char *key, GArray **cpus, GError **error)
{
  const char *text = vr_op_lookup (strings, key);
  *cpus = text != NULL ? vr_cpu_list_parse (text) : NULL;
  if (text == NULL || *cpus != NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "%s: \"%s\" is no list of CPUs", key, text);
  return FALSE;
}

gboolean
vr_thread_state_parse (GVariant *strings, VrThreadState *state, GError **error)
{
  g_auto (VrThreadState) parsed = { 0 };
  if (!parse_sched (strings, &parsed.sched, error)
      || !parse_number (strings, "quota-ns", &parsed.quota_ns, error)
      || !parse_number (strings, "quota-period-ns", &parsed.quota_period_ns, error)
      || !parse_number (strings, "rt-runtime-us", &parsed.rt_runtime_us, error)
      || !parse_cpus (strings, "cpus", &parsed.cpus, error)
      || !parse_cpus (strings, "exclusive", &parsed.domain, error))
    return FALSE;
  if (g_strcmp0 (vr_op_lookup (strings, "affinity"), AFFINITY_FREE) == 0)
    parsed.affinity = VR_AFFINITY_FREE;
  for (VrTree tree = 0; tree < VR_TREES; tree++)
    parsed.groups[tree] = g_strdup (vr_op_lookup (strings, trees[tree].key));
  move_state (&parsed, state);
  return TRUE;
}
