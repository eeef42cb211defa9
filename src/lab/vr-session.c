/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-session.h"

#include "apply/vr-copy.h"
#include "lab/vr-sched-facts.h"

void
vr_session_clear (VrSession *session)
{
  g_clear_pointer (&session->journal, vr_journal_free);
  g_clear_pointer (&session->store, vr_store_close);
  g_clear_pointer (&session->claims, vr_claims_close);
  g_clear_pointer (&session->host, vr_host_backend_free);
}

void
vr_session_init (VrSession *session, const VrSite *site, const VrLabOptions *options)
{
  g_autofree char *host_dir = g_build_filename (site->run_dir, "host", NULL);
  VrHostBackendOptions host = { .uri = site->uri,
                                .host_dir = host_dir,
                                .ready_timeout_us = options->ready_timeout_us,
                                .cancellable = options->cancellable };
  *session = (VrSession){ .site = site, .options = options };
  session->host = vr_host_backend_new (&host);
  VrBackend *backend = vr_host_backend_base (session->host);
  backend->warn = options->warn;
  backend->warn_data = options->warn_data;
}

void
vr_session_set_executor (VrSession *session, const char *lab)
{
  const VrLabOptions *options = session->options;
  session->executor = (VrExecutor){
    .lab = lab,
    .backend = vr_host_backend_base (session->host),
    .journal = session->journal,
    .claims = session->claims,
    .progress = options->progress,
    .progress_data = options->progress_data,
    .fault = options->fault,
    .fault_data = options->fault_data,
    .cancellable = options->cancellable,
  };
}

gboolean
vr_session_find_libvirt (VrSession *session, const char *lab, GError **error)
{
  g_autofree char *uri = vr_store_uri (session->site, lab, error);
  if (uri == NULL)
    return FALSE;
  vr_host_backend_set_uri (session->host, uri);
  return TRUE;
}

gboolean
vr_session_open_claims (VrSession *session, GError **error)
{
  g_autofree char *path = vr_site_host_path (session->site, "claims");
  session->claims = vr_claims_open (path, error);
  g_autofree char *copies = vr_copy_object ("/");
  if (session->claims == NULL || !vr_claims_keep_copies (session->claims, copies, error)
      || !vr_claims_hold (session->claims, error))
    return FALSE;
  g_autoptr (GPtrArray) marks = vr_sched_facts_marks ();
  gboolean good = vr_exclusive_marks_claim (marks, session->claims, error);
  vr_claims_release (session->claims);
  return good;
}

void
vr_session_see_through (VrSession *session)
{
  session->executor.cancellable = NULL;
  vr_host_backend_see_through (session->host);
}

gboolean
vr_session_open_journal (VrSession *session, const char *lab, GError **error)
{
  g_autofree char *path = vr_store_journal_path (session->store);
  session->journal = vr_journal_open (path, lab, error);
  if (session->journal == NULL)
    return FALSE;
  vr_session_set_executor (session, lab);
  return TRUE;
}
