/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-lifecycle.h"

#include <string.h>
#include <sys/stat.h>

#include "apply/vr-host-backend.h"
#include "apply/vr-rehearsal.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"
#include "lab/vr-admission.h"
#include "lab/vr-emulators.h"
#include "lab/vr-facts.h"
#include "lab/vr-session.h"
#include "lab/vr-store.h"
#include "lab/vr-sweep.h"

VrPlan *
vr_lab_plan (const VrSite *site, const VrLab *lab, GError **error)
{
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (site, lab, NULL, error);
  return facts != NULL ? vr_plan_new (lab, facts, error) : NULL;
}

/* Reads what the lab was before; nothing where there is no record of it. */
static gboolean
read_before (const VrSite *site, const VrUpRequest *request, VrRecord *record, GError **error)
{
  const char *lab = request->lab->name, *path = request->profile_path;
  g_autoptr (GError) cause = NULL;
  if (!vr_store_read (site, lab, record, &cause) && cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (!record->is_up || record->profile_path == NULL || strcmp (record->profile_path, path) == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is up from another profile, \"%s\": `vrkit down %s` first, or give this lab "
               "another name",
               lab, record->profile_path, lab);
  return FALSE;
}

/* The plan that the lab was up by, for going back to it. */
static VrPlan *
plan_before (const VrSite *site, const VrRecord *before, GError **error)
{
  g_autoptr (VrLab) lab
      = vr_profile_parse (before->profile, strlen (before->profile), before->profile_path, error);
  return lab != NULL ? vr_lab_plan (site, lab, error) : NULL;
}

/* Goes back to the lab that was up. Where that has no plan any more, what is left of it is kept,
 * and is on record, so that the next up starts from there. */
static gboolean
go_back (VrSession *session, const char *name, const VrRecord *before, GError **error)
{
  VrOutcome ignored;
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrPlan) plan = plan_before (session->site, before, &cause);
  if (plan != NULL)
    return vr_executor_apply (&session->executor, plan, &ignored, error)
           && vr_store_write (session->store, name, before, error);
  g_prefix_error (&cause, "what was up cannot be planned any more, and is kept as it is now: ");
  vr_store_write (session->store, name, before, NULL);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
go_to_nothing (VrSession *session, GError **error)
{
  VrOutcome ignored;
  if (!vr_executor_undo (&session->executor, &ignored, error))
    return FALSE;
  g_clear_pointer (&session->journal, vr_journal_free);
  return vr_store_remove (g_steal_pointer (&session->store), error);
}

/* A failed change goes back to the lab as it was, or to nothing. */
static void
roll_back (VrSession *session, const VrLab *lab, const VrRecord *before, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean was_up = before->is_up && before->profile != NULL;
  vr_session_see_through (session);
  if (was_up ? !go_back (session, lab->name, before, &cause) : !go_to_nothing (session, &cause))
    g_prefix_error (error, "going back failed too (%s; `vrkit %s %s` %s); first: ", cause->message,
                    was_up ? "status" : "down", lab->name,
                    was_up ? "shows what is left" : "tries again");
}

static GVariant *
emulators_of (VrSession *session, const VrUpRequest *request)
{
  gboolean has_guests = FALSE;
  for (guint i = 0; i < request->plan->ops->len && !has_guests; i++)
    has_guests = ((const VrOp *) request->plan->ops->pdata[i])->kind == VR_OP_DOMAIN;
  VrVirt *virt = has_guests ? vr_host_backend_virt (session->host, NULL) : NULL;
  return virt != NULL ? vr_emulators_read (virt, request->lab) : NULL;
}

static gboolean
write_record (VrSession *session, const VrUpRequest *request, gboolean is_up, GError **error)
{
  g_autofree char *profile = vr_profile_print (request->lab);
  g_autoptr (GVariant) emulators = is_up ? emulators_of (session, request) : NULL;
  VrRecord record = { .profile_path = (char *) request->profile_path,
                      .profile = profile,
                      .uri = (char *) vr_host_backend_uri (session->host),
                      .emulators = emulators,
                      .is_up = is_up };
  return vr_store_write (session->store, request->lab->name, &record, error);
}

static gboolean
change (VrSession *session, const VrUpRequest *request, VrOutcome *outcome, GError **error)
{
  return write_record (session, request, FALSE, error)
         && vr_journal_compact (session->journal, error)
         && vr_executor_apply (&session->executor, request->plan, outcome, error)
         && write_record (session, request, TRUE, error);
}

/* Opens what a change needs. */
static gboolean
session_open (VrSession *session, const VrUpRequest *request, VrRecord *before, GError **error)
{
  const char *name = request->lab->name;
  session->store = vr_store_open (session->site, name, VR_STORE_MAKE, error);
  return session->store != NULL && vr_session_find_libvirt (session, name, error)
         && vr_session_open_claims (session, error)
         && read_before (session->site, request, before, error)
         && vr_session_open_journal (session, name, error);
}

gboolean
vr_lab_up (const VrSite *site, const VrUpRequest *request, const VrLabOptions *options,
           VrOutcome *outcome, GError **error)
{
  g_auto (VrSession) session;
  g_auto (VrRecord) before = { 0 };
  g_autoptr (GError) cause = NULL;
  vr_session_init (&session, site, options);
  if (!session_open (&session, request, &before, error))
    return FALSE;
  /* Of a lab that has never been up no packets are lost. */
  if (before.profile != NULL)
    vr_host_backend_let_leave (session.host);
  if (change (&session, request, outcome, &cause))
    return TRUE;
  if (options->on_failure == VR_UP_ROLL_BACK)
    roll_back (&session, request->lab, &before, &cause);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* Claims of other labs that the plan meets. Nothing is made for it. */
static gboolean
check_claims (const VrSite *site, const char *lab, const VrPlan *plan, GError **error)
{
  g_autofree char *path = vr_site_host_path (site, "claims");
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_autoptr (VrClaims) claims = vr_claims_open (path, error);
  if (claims == NULL)
    return FALSE;
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->shared && !vr_claims_check (claims, lab, op, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
vr_lab_rehearse (const VrSite *site, const VrUpRequest *request, const VrLabOptions *options,
                 VrOutcome *outcome, GError **error)
{
  const char *lab = request->lab->name;
  g_auto (VrSession) session;
  g_auto (VrRecord) before = { 0 };
  vr_session_init (&session, site, options);
  if (!vr_session_find_libvirt (&session, lab, error)
      || !read_before (site, request, &before, error)
      || !check_claims (site, lab, request->plan, error))
    return FALSE;
  g_autoptr (VrRehearsal) rehearsal = vr_rehearsal_new (vr_host_backend_base (session.host));
  g_autofree char *path = g_build_filename (site->run_dir, "labs", lab, "journal", NULL);
  session.journal = vr_journal_peek (path, lab, error);
  if (session.journal == NULL)
    return FALSE;
  vr_session_set_executor (&session, lab);
  session.executor.backend = vr_rehearsal_base (rehearsal);
  return vr_executor_apply (&session.executor, request->plan, outcome, error);
}

/* Whether anything was ever written into it, which it is from its first moment on. */
static gboolean
has_journal (const VrStore *store)
{
  struct stat status;
  g_autofree char *path = vr_store_journal_path (store);
  return stat (path, &status) == 0 && status.st_size > 0;
}

/* Undoes what the journal has, and says what it cannot know of. One that is lost is not made anew:
 * the next down, where this one fails, must see it as lost too. */
static gboolean
undo_journal (VrSession *session, const char *name, VrSweepScope *scope, VrOutcome *outcome,
              GError **error)
{
  g_autoptr (GError) cause = NULL;
  *scope = VR_SWEEP_EVERYTHING;
  session->store = vr_store_open (session->site, name, VR_STORE_CLEAR, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (session->store == NULL)
    return TRUE;
  if (!vr_session_find_libvirt (session, name, error))
    return FALSE;
  if (!has_journal (session->store)) {
    /* An up makes the journal before the record, and a down removes both: without a record the up
     * was not begun, or the down had nothing left to undo. */
    if (vr_store_changed_ns (session->site, name) == 0)
      *scope = VR_SWEEP_REACHABLE;
    return TRUE;
  }
  if (!vr_session_open_journal (session, name, error))
    return FALSE;
  *scope = vr_journal_entries (session->journal)->len > 0 ? VR_SWEEP_NETWORK : VR_SWEEP_REACHABLE;
  return vr_executor_undo (&session->executor, outcome, error);
}

gboolean
vr_lab_down (const VrSite *site, const char *name, const VrLabOptions *options, VrOutcome *outcome,
             GError **error)
{
  g_auto (VrSession) session;
  VrSweepScope scope;
  guint swept = 0;
  *outcome = (VrOutcome){ 0 };
  vr_session_init (&session, site, options);
  if (!vr_name_check ("lab", name, error) || !vr_session_open_claims (&session, error)
      || !undo_journal (&session, name, &scope, outcome, error)
      || !vr_sweep_lab (session.host, session.claims, name, scope, &swept, error))
    return FALSE;
  outcome->undone += swept;
  vr_admission_forget (site, name);
  g_clear_pointer (&session.journal, vr_journal_free);
  return session.store == NULL || vr_store_remove (g_steal_pointer (&session.store), error);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
vr_lab_names (const VrSite *site, GError **lack, GError **error)
{
  g_auto (VrSession) session;
  VrLabOptions options = { 0 };
  vr_session_init (&session, site, &options);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) stored = vr_store_list (site);
  for (char **each = stored; *each != NULL; each++)
    g_hash_table_add (names, g_strdup (*each));
  if (!vr_sweep_names (session.host, names, lack, error))
    return NULL;
  GPtrArray *sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (sorted, g_strdup (name));
  g_ptr_array_sort (sorted, compare_names);
  g_ptr_array_add (sorted, NULL);
  return (char **) g_ptr_array_free (sorted, FALSE);
}
