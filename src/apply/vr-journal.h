/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab has done to its host, written down before it is done, so that it can be undone by
 * whoever comes after a crash. A file of JSON lines, each fsynced; a torn last line is ignored. */
#pragma once

#include "plan/vr-op.h"

typedef struct VrJournal VrJournal;

/* One operation that was begun and is not undone. */
typedef struct {
  guint64 number;
  VrOp *op;      /* without payload */
  GVariant *old; /* what was there before; NULL: nothing */
  gboolean done; /* FALSE: begun, perhaps half done */
} VrJournalEntry;

/* Opens or makes the journal at `path` and reads it. VR_ERROR_HOST when it cannot be read or
 * written, or is no journal of `lab`. */
VrJournal *vr_journal_open (const char *path, const char *lab, GError **error);
/* The same for looking only: an absent file is an empty journal, and what is written is kept in
 * memory alone. */
VrJournal *vr_journal_peek (const char *path, const char *lab, GError **error);
void vr_journal_free (VrJournal *journal);

/* Entries (VrJournalEntry) in the order in which they were begun. Owned by the journal, valid until
 * the next call that writes. */
GPtrArray *vr_journal_entries (VrJournal *journal);
/* Id → the newest entry of it (VrJournalEntry, borrowed); a new table, valid just as long. */
GHashTable *vr_journal_by_id (VrJournal *journal);

/* Each returns when the line is on disk. VR_ERROR_HOST, and nothing may be done then. Callable from
 * several threads at once. `number` is the new entry's. */
gboolean vr_journal_begin (VrJournal *journal, const VrOp *op, GVariant *old, guint64 *number,
                           GError **error);
gboolean vr_journal_done (VrJournal *journal, guint64 number, GError **error);
gboolean vr_journal_undone (VrJournal *journal, guint64 number, GError **error);

/* Whether most of what was read stands for nothing any more: many changes in a row must not let
 * the file grow for ever, since each reads it. */
gboolean vr_journal_has_slack (VrJournal *journal);
/* Rewrites the file with the entries that stand, atomically. */
gboolean vr_journal_compact (VrJournal *journal, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrJournal, vr_journal_free)
