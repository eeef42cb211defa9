/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-follow.h"

#include <math.h>
#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "control/vr-follow-internal.h"
#include "lab/vr-scale.h"

/* By which a rate is beyond what some members forward with all that they may have, so that one more
 * is needed for it: more than a level differs from the next at the least (vr-cores-level.c). */
#define MORE_THAN_FEWER 1.02

static void
thread_free (gpointer data)
{
  VrFollowThread *thread = data;
  g_free (thread->is.name);
  g_free (thread);
}

static void
router_free (gpointer data)
{
  VrFollowRouter *router = data;
  g_array_unref (router->lines);
  g_free (router);
}

void
vr_follow_free (VrFollow *follow)
{
  g_clear_pointer (&follow->cores, vr_cores_free);
  g_ptr_array_unref (follow->routers);
  g_ptr_array_unref (follow->threads);
  g_array_unref (follow->cpus);
  g_strfreev (follow->notes);
  g_free (follow);
}

static VrFollow *
follow_new (const VrFollowSettings *settings)
{
  VrFollow *follow = g_new0 (VrFollow, 1);
  follow->settings = settings;
  follow->routers = g_ptr_array_new_with_free_func (router_free);
  follow->threads = g_ptr_array_new_with_free_func (thread_free);
  follow->cpus = g_array_new (FALSE, TRUE, sizeof (VrCoresCpu));
  return follow;
}

/* --- Cores --------------------------------------------------------------------------------------
 */

/* So that a rate that steps is weighed as the average of that weight has it. */
static guint64
filter_ns (const VrFollowSettings *settings)
{
  double part = settings->weight / 100.0;
  double periods = part < 1 ? -1 / log1p (-part) : 0;
  return MAX ((guint64) (periods * (double) settings->period_ns), 1);
}

VrCoresConfig
vr_follow_config (const VrFollowSettings *settings, double capacity)
{
  return (VrCoresConfig){
    .policy = settings->policy == VR_FOLLOW_DYNAMIC ? VR_CORES_DYNAMIC : VR_CORES_FIXED,
    .filter_ns = filter_ns (settings),
    .up = settings->up / 100.0,
    .down = settings->down / 100.0,
    .patience = settings->patience,
    .step = settings->step / 100.0,
    .capacity = capacity,
  };
}

/* What the schedule has for it already, where that is of the same kind. */
static void
read_start (const VrFollowInput *input, VrFollowThread *thread)
{
  const VrThreadSchedule *row
      = vr_contract_scheduled (input->input->lab, thread->is.router, thread->is.thread);
  if (row == NULL || row->policy != thread->is.grant.policy || row->cpus == NULL
      || row->cpus->len != 1)
    return;
  thread->share = vr_contract_share_of (row);
  thread->cpu = g_array_index (row->cpus, guint, 0);
}

/* Of another period it is not what is decided, and is made anew. */
static void
check_start (const VrFollowInput *input, VrFollowThread *thread)
{
  const VrThreadSchedule *row
      = vr_contract_scheduled (input->input->lab, thread->is.router, thread->is.thread);
  if (row != NULL && row->period_ns != thread->is.grant.period_ns)
    thread->share = 0;
}

/* What a member forwards by what its threads have already, and where; 0 where one has nothing. */
static double
start_of_member (const VrFollow *follow, const VrFollowRouter *router, guint member, guint *cpus)
{
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < router->lines->len; i++) {
    const VrFollowThread *thread
        = follow->threads->pdata[router->first + member * router->lines->len + i];
    const VrCoresLine *line = &g_array_index (router->lines, VrCoresLine, i);
    if (thread->share <= 0)
      return 0;
    least = MIN (least, line->intercept_pps + line->slope_pps * thread->share);
    cpus[i] = thread->cpu;
  }
  return MAX (least, 0);
}

/* The same of all: 0 where one member has nothing. */
static double
start_of (const VrFollow *follow, const VrFollowRouter *router, guint *cpus)
{
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < router->members; i++)
    least = MIN (least, start_of_member (follow, router, i, cpus + i * router->lines->len));
  return least * router->members;
}

/* Members that nothing is known of are not sent away before something is: it begins with as many as
 * there are, and what these forward together, with whole cores, is more than fewer do. */
static double
start_with_members (const VrFollowRouter *router, double capacity)
{
  double member_pps = G_MAXDOUBLE;
  for (guint i = 0; i < router->lines->len; i++) {
    const VrCoresLine *line = &g_array_index (router->lines, VrCoresLine, i);
    member_pps = MIN (member_pps, line->intercept_pps + line->slope_pps * capacity);
  }
  return router->members > 1 ? MAX (member_pps, 0) * (router->members - 1) * MORE_THAN_FEWER : 0;
}

/* Members that are kept go no more once they are there. */
static guint
least_members (const VrFollowSettings *settings, const VrFollowRouter *router)
{
  guint kept = settings->idle == VR_FOLLOW_KEEP ? router->members : 1;
  return MIN (MAX (settings->least_members, kept), settings->most_members);
}

static VrCoresRouter
describe (const VrFollow *follow, const VrFollowRouter *router, double capacity, guint *cpus)
{
  const VrFollowSettings *settings = follow->settings;
  gboolean is_whole = settings->policy == VR_FOLLOW_FIXED && router->tenant == NULL;
  guint most = MIN (settings->most_cores, router->lines->len);
  gboolean may_scale = vr_router_is_member (router->router) && settings->most_members != 0;
  double known_pps = start_of (follow, router, cpus);
  return (VrCoresRouter){
    .name = router->name,
    .contract_pps = is_whole ? router->limit_pps : router->contract_pps,
    .limit_pps = router->limit_pps,
    .priority = router->tenant != NULL ? (gint) router->tenant->priority : 0,
    .members_least = may_scale ? least_members (settings, router) : router->members,
    .members_most = may_scale ? settings->most_members : router->members,
    .cores_least = MIN (settings->least_cores, router->lines->len),
    .cores_most = most,
    .threads = router->lines->len,
    .lines = (const VrCoresLine *) (gconstpointer) router->lines->data,
    .start_pps = known_pps > 0 ? known_pps : start_with_members (router, capacity),
    .start_members = router->members,
    .start_cpus = known_pps > 0 ? cpus : NULL,
  };
}

/* A contract that has no room is refused as that of any tenant. */
static gboolean
check_places (const VrFollow *follow, GError **error)
{
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    const VrCoresResult *result = &vr_cores_results (follow->cores)[i];
    if (result->is_placed && result->level.rate_pps >= router->contract_pps * (1 - CONTRACT_NEAR))
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "%s:%u: [balance]: router %s is to have what %.0f packets a second take, and %s: "
                 "name more CPUs with cpus, more cores with most-cores, or lower the rate",
                 follow->settings->origin.file, follow->settings->origin.line, router->name,
                 router->contract_pps,
                 result->is_placed ? "its cores forward less" : "no CPU has room for it");
    return FALSE;
  }
  return TRUE;
}

static gboolean
make_cores (VrFollow *follow, double capacity, GError **error)
{
  VrCoresConfig config = vr_follow_config (follow->settings, capacity);
  g_autoptr (GArray) routers = g_array_new (FALSE, TRUE, sizeof (VrCoresRouter));
  g_autofree guint *cpus = g_new0 (guint, follow->threads->len);
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    VrCoresRouter described = describe (follow, router, capacity, &cpus[router->first]);
    g_array_append_val (routers, described);
  }
  follow->cores = vr_cores_new (
      &config, (const VrCoresCpu *) (gconstpointer) follow->cpus->data, follow->cpus->len,
      (const VrCoresRouter *) (gconstpointer) routers->data, routers->len, error);
  return follow->cores != NULL && check_places (follow, error);
}

VrFollow *
vr_follow_new (const VrFollowInput *input, GError **error)
{
  const VrFollowSettings *settings = input->input->lab->follow;
  if (settings == NULL)
    return NULL;
  g_autoptr (VrFollow) follow = follow_new (settings);
  g_autoptr (GStrvBuilder) notes = g_strv_builder_new ();
  for (guint i = 0; i < settings->routers->len; i++)
    if (!vr_follow_add_router (follow, input, settings->routers->pdata[i], notes, error))
      return NULL;
  for (guint i = 0; i < follow->threads->len; i++)
    read_start (input, follow->threads->pdata[i]);
  if (!vr_follow_add_cpus (follow, input, error)
      || !make_cores (follow, vr_contract_ceiling (input->input, VR_POLICY_DEADLINE), error)
      || !vr_follow_choose_periods (follow, input, notes, error))
    return NULL;
  for (guint i = 0; i < follow->threads->len; i++)
    check_start (input, follow->threads->pdata[i]);
  follow->notes = g_strv_builder_end (notes);
  return g_steal_pointer (&follow);
}

void
vr_follow_go_on (VrFollow *follow, const VrFollow *before)
{
  for (guint i = 0; i < follow->routers->len; i++)
    for (guint k = 0; k < before->routers->len; k++) {
      const VrFollowRouter *is = follow->routers->pdata[i], *was = before->routers->pdata[k];
      if (strcmp (is->name, was->name) == 0)
        vr_cores_go_on (follow->cores, i, before->cores, k);
    }
}

/* --- What was decided ---------------------------------------------------------------------------
 */

gboolean
vr_follow_wanted (const VrFollow *follow, const VrFollowThread *thread, double *share, guint *cpu)
{
  const VrCoresResult *result = &vr_cores_results (follow->cores)[thread->router];
  const VrFollowRouter *router = follow->routers->pdata[thread->router];
  if (thread->number >= result->level.members * router->lines->len)
    return FALSE;
  *share = result->shares[thread->number];
  *cpu = result->cpus[thread->number];
  return TRUE;
}

char **
vr_follow_changes (const VrFollowThread *thread, double share, guint cpu)
{
  VrCalibrateThread moved = *thread->is.thread;
  g_autofree char *cpus = g_strdup_printf ("@%u", cpu);
  moved.cpus = cpus;
  return vr_calibrate_changes (thread->is.router, &moved, &thread->is.grant, share);
}

guint
vr_follow_members (const VrFollow *follow, guint router)
{
  const VrCoresResult *result = &vr_cores_results (follow->cores)[router];
  const VrFollowRouter *of = follow->routers->pdata[router];
  return result->is_placed ? result->level.members : of->members;
}

/* What is reserved for a member that comes: as for the first, elsewhere. */
static void
add_coming (const VrFollow *follow, guint router, guint member, GStrvBuilder *changes)
{
  const VrFollowRouter *of = follow->routers->pdata[router];
  const VrCoresResult *result = &vr_cores_results (follow->cores)[router];
  g_autofree char *name = vr_router_member_name (of->router, member + 1);
  VrRouter coming = { .name = name };
  for (guint i = 0; i < of->lines->len; i++) {
    VrFollowThread thread = *(const VrFollowThread *) follow->threads->pdata[of->first + i];
    guint number = member * of->lines->len + i;
    thread.is.router = &coming;
    g_auto (GStrv) words
        = vr_follow_changes (&thread, result->shares[number], result->cpus[number]);
    g_strv_builder_addv (changes, (const char **) words);
  }
}

char **
vr_follow_member_changes (const VrFollow *follow, const VrLab *lab, guint router)
{
  const VrFollowRouter *of = follow->routers->pdata[router];
  guint wanted = vr_follow_members (follow, router);
  if (wanted == of->members)
    return NULL;
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  vr_scale_add (lab, of->name, wanted, changes);
  for (guint member = of->members; member < wanted; member++)
    add_coming (follow, router, member, changes);
  return g_strv_builder_end (changes);
}

void
vr_follow_note (VrFollow *follow)
{
  for (guint i = 0; i < follow->threads->len; i++) {
    VrFollowThread *thread = follow->threads->pdata[i];
    if (!vr_follow_wanted (follow, thread, &thread->share, &thread->cpu))
      thread->share = 0;
  }
}

double
vr_follow_load (const VrFollow *follow, const char *cpus)
{
  g_auto (GStrv) words = g_strsplit (cpus, " ", 2);
  g_autoptr (GArray) list = vr_cpu_list_parse (words[0] + 1);
  double load = 0;
  for (guint i = 0; i < follow->cpus->len; i++)
    if (list == NULL || vr_cpu_list_has (list, g_array_index (follow->cpus, VrCoresCpu, i).id))
      load += vr_cores_load (follow->cores, i);
  return load;
}
