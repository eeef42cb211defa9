/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was decided becomes so: the changes of a step, as one transaction of `tune`. */
#include <sched.h>
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-contract-internal.h"
#include "control/vr-controller-internal.h"
#include "lab/vr-tune.h"

static VrContractThread *
thread_at (const VrControlSession *session, guint index)
{
  return session->holding->contract->threads->pdata[index];
}

static const VrDecideThreadResult *
result_of (const VrDecideResult *results, const VrContractThread *thread)
{
  return &results[thread->tenant].threads[thread->number];
}

/* What a thread, of a tenant or of a router that follows, has and is to have. */
typedef struct {
  const VrContractThread *thread;
  const VrFollowThread *follow; /* NULL: a tenant's */
  double before;                /* 0: nothing */
  double share;
  guint cpu; /* that is to have one that follows */
} Want;

/* Of all that are looked at: the contract's, then those that follow. */
static guint
threads_count (const VrControlSession *session)
{
  const VrFollow *follow = session->holding->follow;
  return session->holding->contract->threads->len + (follow != NULL ? follow->threads->len : 0);
}

/* FALSE: the thread is left as it is. */
static gboolean
want_of (const VrControlSession *session, const VrDecideResult *results, guint index, Want *want)
{
  const VrHolding *holding = session->holding;
  guint held = holding->contract->threads->len;
  if (index < held) {
    const VrContractThread *thread = thread_at (session, index);
    const VrDecideThreadResult *result = result_of (results, thread);
    *want = (Want){ .thread = thread, .before = result->before, .share = result->share };
    return TRUE;
  }
  const VrFollowThread *thread = holding->follow->threads->pdata[index - held];
  *want = (Want){ .thread = &thread->is, .follow = thread, .before = thread->share };
  return vr_follow_wanted (holding->follow, thread, &want->share, &want->cpu);
}

static gboolean
is_same (const Want *want)
{
  return want->before > 0
         && vr_contract_rounded (want->thread, want->share)
                == vr_contract_rounded (want->thread, want->before)
         && (want->follow == NULL || want->cpu == want->follow->cpu);
}

static char **
changes_of (const Want *want)
{
  return want->follow != NULL ? vr_follow_changes (want->follow, want->share, want->cpu)
                              : vr_contract_changes (want->thread, want->share);
}

/* Whether somebody else has changed how the thread is scheduled: its reservation, the quota of its
 * cgroup, or that it is in that. */
static gboolean
has_drifted (const VrControlSession *session, const VrContractThread *thread, double share)
{
  const VrSnapshotThread *seen = vr_control_seen (session, thread);
  if (seen == NULL || !seen->is_there || share <= 0)
    return FALSE;
  guint64 runtime_ns = vr_calibrate_runtime_ns (&thread->grant, share);
  guint64 period_ns = thread->grant.period_ns;
  if (thread->grant.policy == VR_POLICY_QUOTA)
    return seen->sched.policy != SCHED_OTHER || seen->quota_ns != runtime_ns
           || seen->quota_period_ns != period_ns;
  return seen->sched.policy != vr_sched_policy_parse (vr_policy_name (VR_POLICY_DEADLINE))
         || seen->sched.runtime_ns != runtime_ns || seen->sched.period_ns != period_ns;
}

/* Whether the thread is to be put right. Once it is; the second time it is somebody's will. */
static VrWatchVerdict
judge (VrControlSession *session, const char *thread, gboolean drifted)
{
  VrControlWatch *watch = vr_control_watch (session->watches, thread);
  VrWatchVerdict verdict = vr_control_watch_judge (watch, drifted);
  if (verdict == VR_WATCH_ABANDON)
    vr_control_notice (
        session,
        g_strdup_printf ("%s was changed by somebody else again: it is left alone from now "
                         "on; `vrkit up` of the lab, and control after it, mend it",
                         thread));
  return verdict;
}

static VrWatchVerdict
judge_drift (VrControlSession *session, const Want *want)
{
  gboolean is_found = vr_control_take_drift (session, want->thread->name);
  return judge (session, want->thread->name,
                is_found || has_drifted (session, want->thread, want->before));
}

/* The same of the threads whose share is not decided, and which the lab's schedule has: appended to
 * `mend`, borrowed. Returns their number. */
static guint
collect_others (VrControlSession *session, GPtrArray *mend)
{
  GHashTableIter iter;
  gpointer name;
  guint count = 0;
  g_hash_table_iter_init (&iter, session->drifts);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    if (judge (session, name, TRUE) != VR_WATCH_MEND)
      continue;
    g_ptr_array_add (mend, name);
    count++;
  }
  return count;
}

/* What is to change: appended to `changes`, and to `mend` which threads are to be put right,
 * borrowed. Returns the number of threads. */
static guint
collect (VrControlSession *session, const VrDecideResult *results, GStrvBuilder *changes,
         GPtrArray *mend)
{
  guint count = 0, threads = threads_count (session);
  for (guint i = 0; i < threads; i++) {
    Want want;
    if (!want_of (session, results, i, &want))
      continue;
    VrWatchVerdict verdict = judge_drift (session, &want);
    gboolean is_left = verdict == VR_WATCH_ABANDON || verdict == VR_WATCH_LEAVE;
    if (is_left || (is_same (&want) && verdict != VR_WATCH_MEND))
      continue;
    g_auto (GStrv) words = changes_of (&want);
    g_strv_builder_addv (changes, (const char **) words);
    if (verdict == VR_WATCH_MEND)
      g_ptr_array_add (mend, want.thread->name);
    count++;
  }
  return count;
}

static void
settle_drift (VrControlSession *session, const GPtrArray *mend, gboolean is_done)
{
  for (guint i = 0; i < mend->len; i++) {
    vr_control_watch_settle (vr_control_watch (session->watches, mend->pdata[i]), is_done);
    vr_control_notice (session,
                       g_strdup_printf ("%s was changed by somebody else: %s",
                                        (const char *) mend->pdata[i],
                                        is_done ? "put right" : "it could not be put right yet"));
  }
}

/* "2 members" of a PVR, "1 back-end" of an MSR. */
static char *
members_text (const VrFollowRouter *router, guint number)
{
  return g_strdup_printf ("%u %s%s", number, router->router->pvr != NULL ? "member" : "back-end",
                          number == 1 ? "" : "s");
}

/* What gives PVRs and MSRs the members that they are to have: appended to `changes`. Returns how
 * many of them those are. */
static guint
collect_members (VrControlSession *session, GStrvBuilder *changes)
{
  const VrFollow *follow = session->holding->follow;
  guint count = 0;
  for (guint i = 0; follow != NULL && !session->has_scaled && i < follow->routers->len; i++) {
    g_auto (GStrv) words = vr_follow_member_changes (follow, session->holding->lab, i);
    if (words == NULL)
      continue;
    const VrFollowRouter *router = follow->routers->pdata[i];
    g_autofree char *now = members_text (router, vr_follow_members (follow, i));
    vr_control_notice (session,
                       g_strdup_printf ("%s: %s, and had %u", router->name, now, router->members));
    g_strv_builder_addv (changes, (const char **) words);
    count++;
  }
  return count;
}

/* Another number of members takes seconds to try, and so is tried once, but where somebody else was
 * at the lab. */
static void
hold_members (VrControlSession *session, const GError *error)
{
  const VrFollow *follow = session->holding->follow;
  gboolean is_busy = g_error_matches (error, VR_ERROR, VR_ERROR_BUSY);
  for (guint i = 0; follow != NULL && !is_busy && i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    if (vr_follow_members (follow, i) == router->members)
      continue;
    vr_cores_hold_members (follow->cores, i);
    g_autofree char *now = members_text (router, router->members);
    vr_control_notice (session, g_strdup_printf ("%s keeps its %s until the lab is changed, or "
                                                 "control begins anew",
                                                 router->name, now));
  }
}

/* The profile that is on record now is ours, unless somebody else's is below it that could not be
 * read yet. */
static gboolean
note_profile (VrControlSession *session, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  if (!vr_tune_read (session->site, session->request->holding.lab, &record, error))
    return FALSE;
  if (session->retry.profile != NULL) {
    vr_control_retry_follow (&session->retry, record.profile);
    return TRUE;
  }
  g_free (session->holding->profile);
  session->holding->profile = g_steal_pointer (&record.profile);
  return TRUE;
}

/* Threads that go to other CPUs lose their caches: they do so at most once in so many periods, as
 * with what VR_CORES_REST is for. */
#define PLACE_REST 60

static void
note_places (VrControlSession *session)
{
  session->place_rest = PLACE_REST;
  vr_control_notice (
      session, g_strdup_printf ("threads of @auto were placed anew, as a reservation had room "
                                "only so; they stay where they are for %d periods",
                                PLACE_REST));
}

/* `members`: guests come or go, of which what is known of the lab tells nothing. */
static gboolean
apply (VrControlSession *session, GStrvBuilder *changes, const GPtrArray *mend, gboolean members,
       GError **error)
{
  g_auto (GStrv) words = g_strv_builder_end (changes);
  g_autofree const char **mended = g_new0 (const char *, mend->len + 1);
  for (guint i = 0; i < mend->len; i++)
    mended[i] = mend->pdata[i];
  gboolean placed_anew = FALSE;
  VrTuneRequest request
      = { .lab = session->request->holding.lab,
          .changes = (const char *const *) words,
          .mode = session->request->mode == VR_CONTROL_REHEARSE ? VR_TUNE_REHEARSE : VR_TUNE_DO,
          .mend = mended,
          .kind = members ? VR_TUNE_ROUTERS : VR_TUNE_IN_PLACE,
          .memory = session->is_new || members ? NULL : &session->tuning,
          .keep_places = session->place_rest > 0,
          .placed_anew = &placed_anew };
  VrOutcome outcome;
  if (words[0] == NULL && mend->len == 0)
    return TRUE;
  if (!vr_tune_run (session->site, &request, &session->request->lab_options, &outcome, error)) {
    if (request.keep_places && g_error_matches (*error, VR_ERROR, VR_ERROR_INFEASIBLE))
      g_prefix_error (
          error, "threads of @auto stay where they are for %u more periods: ", session->place_rest);
    return FALSE;
  }
  if (placed_anew)
    note_places (session);
  return request.mode == VR_TUNE_REHEARSE || note_profile (session, error);
}

/* What is reserved for what moves packets, so that nobody takes it for the user's later. */
static void
remember_support (VrControlSession *session)
{
  const VrFollow *follow = session->holding->follow;
  GHashTable *support = session->memory->support;
  g_hash_table_remove_all (support);
  for (char **change = session->holding->contract->support; *change != NULL; change++)
    g_hash_table_add (support, g_strdup (*change));
  for (guint i = 0; follow != NULL && i < follow->threads->len; i++) {
    const VrFollowThread *thread = follow->threads->pdata[i];
    if (thread->share <= 0 || vr_contract_is_vcpu (thread->is.thread))
      continue;
    g_auto (GStrv) changes = vr_follow_changes (thread, thread->share, thread->cpu);
    for (char **change = changes; *change != NULL; change++)
      g_hash_table_add (support, g_strdup (*change));
  }
}

static void
remember (VrControlSession *session, const VrDecideResult *results)
{
  g_autoptr (GError) error = NULL;
  const VrContract *contract = session->holding->contract;
  gboolean has_learnt = session->request->mode == VR_CONTROL_LOOP;
  for (guint i = 0; has_learnt && i < contract->threads->len; i++) {
    const VrContractThread *thread = thread_at (session, i);
    const VrDecideThread *line = &g_array_index ((GArray *) contract->lines->pdata[thread->tenant],
                                                 VrDecideThread, thread->number);
    VrControlLearnt learnt = { .intercept_pps = line->intercept_pps,
                               .slope_pps = line->slope_pps,
                               .correction = result_of (results, thread)->correction };
    vr_control_learn (session->memory, thread->name, &learnt);
  }
  remember_support (session);
  if (!vr_control_remember (session->site, session->request->holding.lab, session->memory, &error))
    vr_control_notice (session, g_strdup (error->message));
}

gboolean
vr_control_apply (VrControlSession *session, const VrDecideResult *results, guint *count,
                  GError **error)
{
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  session->place_rest -= session->place_rest > 0;
  if (session->is_new)
    g_strv_builder_addv (changes, (const char **) session->holding->contract->support);
  g_autoptr (GPtrArray) mend = g_ptr_array_new ();
  *count = collect (session, results, changes, mend);
  *count += collect_others (session, mend);
  guint scaled = collect_members (session, changes);
  *count += scaled;
  if (*count == 0 && !session->is_new)
    return TRUE;
  gboolean good = apply (session, changes, mend, scaled > 0, error);
  session->is_new = session->is_new && !good;
  settle_drift (session, mend, good);
  if (good && session->holding->follow != NULL)
    vr_follow_note (session->holding->follow);
  session->has_scaled |= good && scaled > 0 && session->request->mode != VR_CONTROL_REHEARSE;
  if (!good) {
    hold_members (session, *error);
    vr_decider_take_back (session->decider);
    vr_control_follow_back (session);
    g_clear_pointer (&session->tuning, vr_tune_memory_free);
  } else if (session->request->mode != VR_CONTROL_REHEARSE)
    remember (session, results);
  return good;
}
