/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changes of a lab have in common: the lab locked, its journal open, and an executor over the
 * host. Only src/lab includes it. */
#pragma once

#include "apply/vr-host-backend.h"
#include "lab/vr-lifecycle.h"
#include "lab/vr-store.h"

/* What a change of a lab works with, opened together. */
typedef struct {
  const VrSite *site;
  const VrLabOptions *options;
  VrHostBackend *host;
  VrClaims *claims;
  VrStore *store;
  VrJournal *journal;
  VrExecutor executor;
} VrSession;

/* `site` and `options` must outlive the session. */
void vr_session_init (VrSession *session, const VrSite *site, const VrLabOptions *options);
void vr_session_clear (VrSession *session);

/* What follows takes a change back, and is not ended by who asks for an end. */
void vr_session_see_through (VrSession *session);

/* Has it work with the libvirt that the lab is at, see vr_store_uri(). To be called with the lab's
 * store open, where there is one, and before the first operation. */
gboolean vr_session_find_libvirt (VrSession *session, const char *lab, GError **error);
gboolean vr_session_open_claims (VrSession *session, GError **error);
/* Of the lab whose store is open; makes the executor ready. */
gboolean vr_session_open_journal (VrSession *session, const char *lab, GError **error);
/* For a journal that the caller has opened. */
void vr_session_set_executor (VrSession *session, const char *lab);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrSession, vr_session_clear)
