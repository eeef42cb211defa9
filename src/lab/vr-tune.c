/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-tune.h"

#include <string.h>

#include "apply/vr-rehearsal.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-change.h"
#include "config/vr-profile.h"
#include "lab/vr-admission.h"
#include "lab/vr-facts.h"
#include "lab/vr-session.h"

struct VrTuneMemory {
  VrPlanFacts *facts;
  char *profile; /* that a change left on record; NULL: none yet */
  VrPlan *plan;  /* of it; NULL: it is to be made */
};

void
vr_tune_memory_free (VrTuneMemory *memory)
{
  g_clear_pointer (&memory->facts, vr_plan_facts_free);
  g_clear_pointer (&memory->plan, vr_plan_free);
  g_free (memory->profile);
  g_free (memory);
}

const VrPlan *
vr_tune_memory_plan (const VrTuneMemory *memory, const char *profile)
{
  gboolean is_of = memory != NULL && memory->plan != NULL && strcmp (memory->profile, profile) == 0;
  return is_of ? memory->plan : NULL;
}

/* A lab's plans before and after, and the ids of the operations in which they differ. */
typedef struct {
  VrLab *lab; /* after */
  VrPlan *before, *after;
  GHashTable *scope;
} Tuning;

static void
tuning_clear (Tuning *tuning)
{
  g_clear_pointer (&tuning->lab, vr_lab_free);
  g_clear_pointer (&tuning->before, vr_plan_free);
  g_clear_pointer (&tuning->after, vr_plan_free);
  g_clear_pointer (&tuning->scope, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tuning, tuning_clear)

static gboolean
refuse (const VrOp *op, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "%s %s would have to be made anew (%s): that is no change of a lab that runs; write "
               "it into the profile, and `vrkit up` makes it so",
               vr_op_kind_name (op->kind), op->target, op->why);
  return FALSE;
}

static gboolean
is_creation (const VrOp *op)
{
  return (vr_op_traits (op->kind)->flags & VR_OP_CREATES) != 0;
}

static GHashTable *
ops_by_id (const VrPlan *plan)
{
  GHashTable *ops = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < plan->ops->len; i++)
    g_hash_table_insert (ops, vr_op_id (plan->ops->pdata[i]), plan->ops->pdata[i]);
  return ops;
}

/* Adds to the scope what `others` lacks, or has otherwise. Returns the first that the kind of
 * change does not allow, or NULL. */
static const VrOp *
compare (const VrPlan *plan, GHashTable *others, VrTuneKind kind, GHashTable *scope)
{
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    g_autofree char *id = vr_op_id (op);
    const VrOp *other = g_hash_table_lookup (others, id);
    if (other != NULL && g_variant_equal (op->want, other->want))
      continue;
    gboolean anew = other == NULL ? kind == VR_TUNE_IN_PLACE
                                  : vr_op_must_remake (op->kind, op->want, other->want);
    if (anew && is_creation (op))
      return op;
    g_hash_table_add (scope, g_steal_pointer (&id));
  }
  return NULL;
}

/* Returns what would have to be made anew, or NULL. */
static const VrOp *
find_scope (Tuning *tuning, VrTuneKind kind)
{
  g_autoptr (GHashTable) before = ops_by_id (tuning->before);
  g_autoptr (GHashTable) after = ops_by_id (tuning->after);
  tuning->scope = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const VrOp *op = compare (tuning->after, before, kind, tuning->scope);
  return op != NULL ? op : compare (tuning->before, after, kind, tuning->scope);
}

/* Whether the operation is the thread's, or that of a worker of it ("vhost.left.1" of
 * "vhost.left"). */
static gboolean
is_of_thread (const VrOp *op, const char *lab, const char *thread)
{
  g_auto (GStrv) words = g_strsplit (thread, "/", 2);
  g_autofree char *domain = vr_name_domain (lab, words[0]);
  g_autofree char *target = g_strconcat (domain, "/", words[1], NULL);
  gsize length = strlen (target);
  return op->kind == VR_OP_THREAD && strncmp (op->target, target, length) == 0
         && (op->target[length] == '\0' || op->target[length] == '.');
}

static void
add_threads (Tuning *tuning, const char *const *threads)
{
  for (guint i = 0; threads != NULL && threads[i] != NULL; i++)
    for (guint k = 0; k < tuning->after->ops->len; k++) {
      const VrOp *op = tuning->after->ops->pdata[k];
      if (is_of_thread (op, tuning->lab->name, threads[i]))
        g_hash_table_add (tuning->scope, vr_op_id (op));
    }
}

static gboolean
plan_both (const VrSite *site, const VrLab *before, const VrLab *after, Tuning *tuning,
           GError **error)
{
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (site, after, before, error);
  tuning->before = facts != NULL ? vr_plan_new (before, facts, error) : NULL;
  tuning->after = tuning->before != NULL ? vr_plan_new (after, facts, error) : NULL;
  return tuning->after != NULL;
}

/* What the lab has by that plan is its own already. */
static void
hold (VrPlanFacts *facts, const VrPlan *plan)
{
  g_hash_table_remove_all (facts->placed);
  for (guint i = 0; i < plan->ops->len; i++)
    vr_plan_facts_add_placed (facts, plan->ops->pdata[i]);
}

/* The same by what is on record of what was done. */
static void
hold_journal (VrPlanFacts *facts, VrJournal *journal)
{
  GPtrArray *entries = vr_journal_entries (journal);
  for (guint i = 0; i < entries->len; i++)
    vr_plan_facts_add_placed (facts, ((const VrJournalEntry *) entries->pdata[i])->op);
}

/* The plan of what is on record: that of the change before, unless somebody else made one since. */
static VrPlan *
plan_before (VrSession *session, const VrRecord *record, const VrLab *after, VrTuneMemory *memory,
             GError **error)
{
  if (memory->plan != NULL && strcmp (memory->profile, record->profile) == 0)
    return g_steal_pointer (&memory->plan);
  g_autoptr (VrLab) before
      = vr_profile_parse (record->profile, strlen (record->profile), record->profile_path, error);
  if (before == NULL)
    return NULL;
  if (memory->facts == NULL)
    memory->facts = vr_facts_gather (session->site, after, before, error);
  if (memory->facts == NULL)
    return NULL;
  hold_journal (memory->facts, session->journal);
  return vr_plan_new (before, memory->facts, error);
}

static gboolean
plan_tuning (VrSession *session, const VrRecord *record, const VrTuneRequest *request,
             Tuning *tuning, GError **error)
{
  g_autoptr (VrTuneMemory) own = g_new0 (VrTuneMemory, 1);
  VrTuneMemory *memory = own;
  const char *whole = request->profile;
  if (request->memory != NULL && *request->memory == NULL)
    *request->memory = g_steal_pointer (&own);
  if (request->memory != NULL)
    memory = *request->memory;
  tuning->lab
      = whole != NULL
            ? vr_profile_parse (whole, strlen (whole), record->profile_path, error)
            : vr_change_apply (record->profile, record->profile_path, request->changes, error);
  if (tuning->lab == NULL)
    return FALSE;
  tuning->before = plan_before (session, record, tuning->lab, memory, error);
  if (tuning->before == NULL)
    return FALSE;
  hold (memory->facts, tuning->before);
  memory->facts->keep_places = request->keep_places;
  tuning->after = vr_plan_new (tuning->lab, memory->facts, error);
  memory->facts->keep_places = FALSE;
  if (tuning->after == NULL)
    return FALSE;
  const VrOp *op = find_scope (tuning, request->kind);
  add_threads (tuning, request->mend);
  return op == NULL || refuse (op, error);
}

gboolean
vr_lab_transition (const VrSite *site, const VrLab *before, const VrLab *after,
                   VrTransition *transition, GError **error)
{
  g_auto (Tuning) tuning = { 0 };
  if (!plan_both (site, before, after, &tuning, error))
    return FALSE;
  const VrOp *op = find_scope (&tuning, VR_TUNE_IN_PLACE);
  *transition = op != NULL                             ? VR_TRANSITION_REBUILD
                : g_hash_table_size (tuning.scope) > 0 ? VR_TRANSITION_TUNE
                                                       : VR_TRANSITION_NONE;
  return TRUE;
}

static gboolean
shorten_journal (VrSession *session, GError **error)
{
  return !vr_journal_has_slack (session->journal) || vr_journal_compact (session->journal, error);
}

gboolean
vr_tune_read (const VrSite *site, const char *name, VrRecord *record, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (vr_store_read (site, name, record, &cause) && record->is_up)
    return TRUE;
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    g_set_error (
        error, VR_ERROR, VR_ERROR_UNWANTED, "lab %s is not up%s; `vrkit status` lists labs", name,
        record->profile != NULL ? ": its last change came to no end, `vrkit up` ends it" : "");
  return FALSE;
}

static gboolean
open_lab (VrSession *session, const char *name, VrRecord *record, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (!vr_name_check ("lab", name, error))
    return FALSE;
  session->store = vr_store_open (session->site, name, VR_STORE_FIND, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  return vr_tune_read (session->site, name, record, error)
         && vr_session_find_libvirt (session, name, error)
         && vr_session_open_claims (session, error)
         && vr_session_open_journal (session, name, error) && shorten_journal (session, error);
}

/* What was made so is on record, and `memory`, if not NULL, has its plan. */
static gboolean
write_record (VrSession *session, const VrRecord *before, Tuning *tuning, VrTuneMemory *memory,
              GError **error)
{
  g_autofree char *profile = vr_profile_print (tuning->lab);
  VrRecord record = *before;
  record.profile = profile;
  if (!vr_store_write (session->store, tuning->lab->name, &record, error))
    return FALSE;
  if (memory != NULL) {
    g_free (memory->profile);
    memory->profile = g_steal_pointer (&profile);
    memory->plan = g_steal_pointer (&tuning->after);
  }
  return TRUE;
}

static void
go_back (VrSession *session, const Tuning *tuning, GError **error)
{
  VrOutcome ignored;
  g_autoptr (GError) cause = NULL;
  vr_session_see_through (session);
  if (!vr_executor_apply (&session->executor, tuning->before, &ignored, &cause))
    g_prefix_error (error,
                    "going back failed too (%s; `vrkit up` tries again); first: ", cause->message);
}

/* As vr_lab_rehearse(), of the operations in which the plans differ. */
static gboolean
rehearse (VrSession *session, const VrTuneRequest *request, VrOutcome *outcome, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  g_auto (Tuning) tuning = { 0 };
  g_autoptr (VrRehearsal) rehearsal = vr_rehearsal_new (vr_host_backend_base (session->host));
  if (!vr_name_check ("lab", request->lab, error)
      || !vr_tune_read (session->site, request->lab, &record, error)
      || !vr_session_find_libvirt (session, request->lab, error))
    return FALSE;
  g_autofree char *path
      = g_build_filename (session->site->run_dir, "labs", request->lab, "journal", NULL);
  session->journal = vr_journal_peek (path, request->lab, error);
  if (session->journal == NULL || !plan_tuning (session, &record, request, &tuning, error))
    return FALSE;
  vr_session_set_executor (session, request->lab);
  session->executor.backend = vr_rehearsal_base (rehearsal);
  session->executor.scope = tuning.scope;
  return vr_executor_apply (&session->executor, tuning.after, outcome, error);
}

gboolean
vr_tune_run (const VrSite *site, const VrTuneRequest *request, const VrLabOptions *options,
             VrOutcome *outcome, GError **error)
{
  g_auto (VrSession) session;
  g_auto (VrRecord) record = { 0 };
  g_auto (Tuning) tuning = { 0 };
  g_autoptr (GError) cause = NULL;
  vr_session_init (&session, site, options);
  if (request->mode == VR_TUNE_REHEARSE)
    return rehearse (&session, request, outcome, error);
  if (!open_lab (&session, request->lab, &record, error))
    return FALSE;
  g_autoptr (VrAdmission) admission = vr_admission_new (site, request->lab, error);
  if (admission == NULL || !plan_tuning (&session, &record, request, &tuning, error)
      || !vr_admission_say (admission, tuning.after, error))
    return FALSE;
  session.executor.scope = tuning.scope;
  if (request->kind == VR_TUNE_ROUTERS)
    vr_host_backend_let_leave (session.host);
  gboolean placed_anew = tuning.after->placed_anew;
  if (vr_executor_apply (&session.executor, tuning.after, outcome, &cause)
      && write_record (&session, &record, &tuning,
                       request->memory != NULL ? *request->memory : NULL, &cause)) {
    if (request->placed_anew != NULL)
      *request->placed_anew = placed_anew;
    return TRUE;
  }
  go_back (&session, &tuning, &cause);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

gboolean
vr_lab_tune (const VrSite *site, const char *name, const char *const *changes,
             const VrLabOptions *options, VrOutcome *outcome, GError **error)
{
  VrTuneRequest request = { .lab = name, .changes = changes };
  return vr_tune_run (site, &request, options, outcome, error);
}
