/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a journal: JSON, one object a line, without the newline. For vr-journal.c alone. */
#pragma once

#include <json-glib/json-glib.h>

#include "plan/vr-op.h"

typedef enum {
  VR_JOURNAL_HEADER, /* the first line, and only that */
  VR_JOURNAL_BEGIN,
  VR_JOURNAL_DONE,
  VR_JOURNAL_UNDONE,
} VrJournalEvent;

typedef struct {
  VrJournalEvent event;
  char *lab;      /* of a header */
  guint64 number; /* of the others, from 1 */
  VrOp *op;       /* of a beginning, without payload */
  GVariant *old;  /* likewise; may be NULL */
} VrJournalLine;

/* The caller owns them. */
char *vr_journal_line_header (const char *lab);
char *vr_journal_line_begin (guint64 number, const VrOp *op, GVariant *old);
char *vr_journal_line_mark (VrJournalEvent event, guint64 number);

/* Fills `line`, which is zeroed, by a parser that may serve many lines. FALSE: it is not a line of
 * a journal. */
gboolean vr_journal_line_parse (VrJournalLine *line, JsonParser *parser, const char *text);
void vr_journal_line_clear (VrJournalLine *line);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrJournalLine, vr_journal_line_clear)
