/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-sched-facts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-claims.h"
#include "base/vr-cpu-list.h"
#include "lab/vr-no-ceiling.h"
#include "lab/vr-others.h"
#include "lab/vr-store.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-deadline-probe.h"
#include "sys/vr-sched.h"

#define WHOLE_PPM 1000000

/* libvirt's partition of all guests, by the names that it has with systemd and without it. */
#define SLICE "/machine.slice"
#define MACHINE "/machine"

static const char *
partition_of (const VrHost *host)
{
  return host->has_systemd ? SLICE : MACHINE;
}

static gboolean
has_policy (const VrLab *lab, VrPolicy first, VrPolicy second)
{
  for (guint i = 0; i < lab->schedules->len; i++) {
    const VrSchedule *schedule = lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++) {
      VrPolicy policy = ((const VrThreadSchedule *) schedule->threads->pdata[k])->policy;
      if (policy == first || policy == second)
        return TRUE;
    }
  }
  return FALSE;
}

/* --- SCHED_DEADLINE -----------------------------------------------------------------------------
 */

static guint64
rt_share_ppm (const VrHost *host)
{
  if (host->sched_rt_runtime_us < 0 || host->sched_rt_period_us <= 0)
    return WHOLE_PPM;
  return (guint64) (host->sched_rt_runtime_us * WHOLE_PPM / host->sched_rt_period_us);
}

static GArray *
cpus_of (const VrCgroup *group)
{
  gboolean first = vr_cgroup_version (group->controller) == 1;
  const char *file = first ? "cpuset.cpus" : "cpuset.cpus.effective";
  g_autofree char *text = group->path != NULL ? vr_cgroup_read (group, file, NULL) : NULL;
  return text != NULL ? vr_cpu_list_parse (text) : NULL;
}

static char *
explain (const char *reason)
{
  g_autofree char *path = vr_cgroup_of_thread (getpid (), "cpuset", NULL);
  VrCgroup own = { "cpuset", path }, root = { "cpuset", "/" };
  g_autoptr (GArray) cpus = vr_sched_read_cpus (0, NULL);
  g_autoptr (GArray) cpuset_cpus = cpus_of (&own);
  g_autoptr (GArray) all = cpus_of (&root);
  VrNoCeiling is
      = { reason, geteuid () == 0, vr_apart_domain_has_rest (), cpus, path, cpuset_cpus, all };
  return vr_no_ceiling_print (&is);
}

static void
add_deadline (const VrSite *site, const VrHost *host, VrPlanFacts *facts)
{
  VrDeadlineProbe probe;
  g_autofree char *cache = vr_site_host_path (site, "deadline-probe.json");
  g_autofree char *conditions = g_strdup_printf (
      "boot %s, CPUs %s, real-time runtime %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, host->boot_id,
      host->cpus_online, host->sched_rt_runtime_us, host->sched_rt_period_us);
  VrDeadlineProbeArgs args = {
    .cache_path = cache,
    .conditions = conditions,
    .obstacle = vr_apart_domain_is_prepared () ? VR_NO_CEILING_DIVIDED : NULL,
  };
  vr_deadline_probe (&args, &probe);
  facts->deadline_ceiling_ppm = probe.ceiling_ppm;
  if (probe.ceiling_ppm == 0)
    facts->no_ceiling = explain (probe.reason);
  facts->rt_share_ppm = rt_share_ppm (host);
}

/* --- Groups -------------------------------------------------------------------------------------
 */

static guint64
runtime_of (const char *path)
{
  VrCgroup group = { "cpu", path };
  g_autofree char *text = vr_cgroup_read (&group, "cpu.rt_runtime_us", NULL);
  guint64 runtime_us = 0;
  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &runtime_us, NULL);
  return runtime_us;
}

/* What the groups below `path` have, but for those named in `but`. */
static guint64
runtime_below (const char *path, GHashTable *but)
{
  VrCgroup group = { "cpu", path };
  g_auto (GStrv) names = vr_cgroup_children (&group);
  guint64 sum_us = 0;
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *child = g_build_filename (path, *name, NULL);
    if (!g_hash_table_contains (but, *name))
      sum_us += runtime_of (child);
  }
  return sum_us;
}

static void
add_rt_groups (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  const char *partition = partition_of (host);
  g_autoptr (GHashTable) own = vr_others_own_groups (site, lab, "cpu", partition);
  g_autoptr (GHashTable) guests = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_add (guests, (gpointer) (partition + 1));
  guint64 others_us = runtime_below ("/", guests);
  guint64 all_us = host->rt_group_runtime_us > 0 ? (guint64) host->rt_group_runtime_us : 0;
  facts->rt_group = g_strdup (partition);
  facts->rt_runtime_us = all_us - MIN (others_us, all_us);
  facts->rt_used_us
      = runtime_below (partition, own) + vr_others_coming_runtime_us (site, lab, partition);
}

/* What libvirt was given, and not what partitions have left of that: theirs come and go, and a lab
 * that is up must still be planned as it was. */
static void
add_cpuset (const VrHost *host, VrPlanFacts *facts)
{
  VrCgroup group = { "cpuset", partition_of (host) };
  if (!vr_cgroup_has (&group, "cpuset.cpus"))
    return;
  g_autofree char *text = vr_cgroup_read (&group, "cpuset.cpus", NULL);
  facts->guest_cpus = text != NULL && *text != '\0' ? vr_cpu_list_parse (text) : NULL;
}

/* --- CPUs for single threads --------------------------------------------------------------------
 */

/* Whether this kernel makes partitions below groups that are none: what any group with a cpuset
 * shows. Where there is no such group yet, applying finds out. */
static gboolean
lacks_exclusive (void)
{
  VrCgroup root = { "cpuset", "/" };
  g_auto (GStrv) names = vr_cgroup_children (&root);
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *path = g_strconcat ("/", *name, NULL);
    VrCgroup group = { "cpuset", path };
    if (vr_cgroup_has (&group, "cpuset.cpus"))
      return !vr_cgroup_has (&group, "cpuset.cpus.exclusive");
  }
  return FALSE;
}

static void
add_exclusive (const VrHost *host, VrPlanFacts *facts)
{
  const VrHostController *cpuset = vr_host_controller (host, "cpuset");
  if (cpuset == NULL)
    facts->no_exclusive
        = g_strdup ("no CPU can be exclusive, since no cpuset cgroups are mounted: mount them");
  else if (cpuset->version == 2 && lacks_exclusive ())
    facts->no_exclusive = g_strdup (
        "no CPU can be exclusive to a guest's thread with this kernel, whose partitions must lie "
        "in partitions, which the groups of systemd and libvirt around it are not: boot Linux 6.7 "
        "or later");
  else {
    facts->all_guests = g_strdup (partition_of (host));
    facts->exclusive_from
        = cpuset->version == 1 ? VR_EXCLUSIVE_BESIDE_GUESTS : VR_EXCLUSIVE_OF_GUESTS;
  }
}

/* Of version 2 a group's threads can be in groups of their own only where the group itself has been
 * made for that, which libvirt does for guests and systemd for no service. */
static void
add_poll_groups (const VrHost *host, VrPlanFacts *facts)
{
  const VrHostController *cpuset = vr_host_controller (host, "cpuset");
  const VrHostController *cpu = vr_host_controller (host, "cpu");
  if (cpuset == NULL || cpu == NULL || cpuset->version != 1 || cpu->version != 1)
    facts->no_poll_group
        = g_strdup ("a thread of Open vSwitch gets no cgroup of its own but with cgroup version 1, "
                    "and deadline "
                    "and quota need one: write other, idle, fifo or rr, or boot with "
                    "systemd.unified_cgroup_hierarchy=0");
}

GPtrArray *
vr_sched_facts_marks (void)
{
  GPtrArray *marks = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_exclusive_mark_free);
  vr_exclusive_marks_read (SLICE, marks);
  vr_exclusive_marks_read (MACHINE, marks);
  return marks;
}

static void
add_marked (const VrLab *lab, VrPlanFacts *facts)
{
  g_autoptr (GPtrArray) marks = vr_sched_facts_marks ();
  for (guint i = 0; i < marks->len; i++) {
    const VrExclusiveMark *mark = marks->pdata[i];
    if (strcmp (mark->lab, lab->name) != 0)
      g_hash_table_insert (facts->taken, GUINT_TO_POINTER (mark->cpu), g_strdup (mark->lab));
  }
}

/* Without root claims cannot be read, and the plan is as if there were none but what is marked. */
static void
add_taken (const VrSite *site, const VrLab *lab, VrPlanFacts *facts)
{
  g_autofree char *path = vr_site_host_path (site, "claims");
  g_autoptr (VrClaims) claims
      = g_file_test (path, G_FILE_TEST_IS_DIR) ? vr_claims_open (path, NULL) : NULL;
  g_autoptr (GHashTable) holders
      = claims != NULL ? vr_claims_of_others (claims, VR_OP_EXCLUSIVE, lab->name, NULL) : NULL;
  GHashTableIter iter;
  gpointer target, other;
  if (holders == NULL)
    return;
  g_hash_table_iter_init (&iter, holders);
  while (g_hash_table_iter_next (&iter, &target, &other)) {
    guint cpu;
    if (sscanf (target, "cpu %u", &cpu) == 1)
      g_hash_table_insert (facts->taken, GUINT_TO_POINTER (cpu), g_strdup (other));
  }
}

/* Whether `vrkit control` has something to reserve for it, whatever its schedules say. */
static gboolean
is_controlled (const VrLab *lab)
{
  return lab->tenants->len > 0 || lab->follow != NULL;
}

void
vr_sched_facts_add (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts)
{
  /* A description of another machine cannot be asked. */
  if (strcmp (site->root_dir, "/") != 0)
    return;
  if (lab->schedules->len > 0 && facts->no_exclusive == NULL && facts->all_guests == NULL) {
    add_exclusive (host, facts);
    add_poll_groups (host, facts);
    add_cpuset (host, facts);
    add_marked (lab, facts);
    add_taken (site, lab, facts);
  }
  if (facts->deadline_ceiling_ppm == 0 && facts->no_ceiling == NULL
      && (is_controlled (lab) || has_policy (lab, VR_POLICY_DEADLINE, VR_POLICY_DEADLINE)))
    add_deadline (site, host, facts);
  if (facts->rt_group == NULL && host->has_rt_groups
      && has_policy (lab, VR_POLICY_FIFO, VR_POLICY_RR))
    add_rt_groups (site, host, lab, facts);
}
