/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/vr-journal-line.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"

/* A {"done":N} and an {"undone":N} with the longest number. */
#define MARKS_SIZE 64

struct VrJournal {
  char *path;
  char *lab;
  VrFd fd;
  GMutex lock;
  guint64 next;
  guint lines_read; /* when it was opened */
  GPtrArray *entries;
  GHashTable *numbers; /* gint64 in the entry → VrJournalEntry */
};

static void
entry_free (VrJournalEntry *entry)
{
  vr_op_free (entry->op);
  g_clear_pointer (&entry->old, g_variant_unref);
  g_free (entry);
}

/* A header stands before the first line; without a `line`, it alone is written. */
static gboolean
append (VrJournal *journal, const char *line, GError **error)
{
  if (journal->fd < 0)
    return TRUE;
  off_t end = lseek (journal->fd, 0, SEEK_END);
  g_autofree char *header = end == 0 ? vr_journal_line_header (journal->lab) : NULL;
  g_autofree char *text = g_strconcat (header != NULL ? header : "", header != NULL ? "\n" : "",
                                       line != NULL ? line : "", line != NULL ? "\n" : "", NULL);
  if (end >= 0 && vr_fd_write (journal->fd, text, strlen (text)) && fdatasync (journal->fd) == 0)
    return TRUE;
  int errnum = errno;
  /* A line that is half there would spoil the next one. */
  if (end >= 0 && ftruncate (journal->fd, end) != 0)
    errnum = errno;
  vr_error_set_errno (error, VR_ERROR_HOST, errnum, "cannot write the journal \"%s\"",
                      journal->path);
  return FALSE;
}

/* Room for a line of `size` bytes and for all marks that it and what stands can still get, so that
 * a full disk keeps nothing from being undone. A file system that cannot promise room need not. */
static gboolean
reserve (VrJournal *journal, gsize size, GError **error)
{
  if (journal->fd < 0)
    return TRUE;
  off_t end = lseek (journal->fd, 0, SEEK_END);
  off_t room = (off_t) (size + MARKS_SIZE * (journal->entries->len + 1));
  if (end >= 0
      && (fallocate (journal->fd, FALLOC_FL_KEEP_SIZE, end, room) == 0 || errno == EOPNOTSUPP))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write the journal \"%s\"",
                      journal->path);
  return FALSE;
}

static VrJournalEntry *
add_entry (VrJournal *journal, guint64 number, VrOp *op, GVariant *old)
{
  VrJournalEntry *entry = g_new0 (VrJournalEntry, 1);
  entry->number = number;
  entry->op = op;
  entry->old = old != NULL ? g_variant_ref (old) : NULL;
  g_ptr_array_add (journal->entries, entry);
  g_hash_table_insert (journal->numbers, &entry->number, entry);
  journal->next = MAX (journal->next, number + 1);
  return entry;
}

static void
remove_entry (VrJournal *journal, guint64 number)
{
  VrJournalEntry *entry = g_hash_table_lookup (journal->numbers, &number);
  if (entry == NULL)
    return;
  g_hash_table_remove (journal->numbers, &number);
  g_ptr_array_remove (journal->entries, entry);
}

/* Returns FALSE where the line cannot stand here: a header behind the first, the end of nothing. */
static gboolean
take (VrJournal *journal, VrJournalLine *line, guint position)
{
  if ((line->event == VR_JOURNAL_HEADER) != (position == 1))
    return FALSE;
  if (line->event == VR_JOURNAL_HEADER)
    return g_strcmp0 (line->lab, journal->lab) == 0;
  if (line->event == VR_JOURNAL_BEGIN) {
    if (line->number < journal->next)
      return FALSE;
    add_entry (journal, line->number, g_steal_pointer (&line->op), line->old);
    return TRUE;
  }
  VrJournalEntry *entry = g_hash_table_lookup (journal->numbers, &line->number);
  if (entry == NULL)
    return FALSE;
  if (line->event == VR_JOURNAL_DONE)
    entry->done = TRUE;
  else
    remove_entry (journal, line->number);
  return TRUE;
}

static gboolean
read_line (VrJournal *journal, JsonParser *parser, const char *text, guint position, GError **error)
{
  g_auto (VrJournalLine) line = { 0 };
  if (vr_journal_line_parse (&line, parser, text) && take (journal, &line, position))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "%s:%u: not a line of a journal of lab %s; `vrkit down %s` finds what is marked as "
               "the lab's without it, once the file is moved away",
               journal->path, position, journal->lab, journal->lab);
  return FALSE;
}

/* Reads what ends with a newline; `size` becomes how much that is. */
static gboolean
read_lines (VrJournal *journal, char *text, gsize *size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  char *line = text;
  guint number = 0;
  for (char *end = strchr (line, '\n'); end != NULL; end = strchr (line, '\n')) {
    *end = '\0';
    if (!read_line (journal, parser, line, ++number, error))
      return FALSE;
    line = end + 1;
  }
  *size = (gsize) (line - text);
  journal->lines_read = number;
  return TRUE;
}

static gboolean
load (VrJournal *journal, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  gsize size;
  if (!g_file_get_contents (journal->path, &text, &size, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read the journal: %s", cause->message);
    return FALSE;
  }
  gsize whole;
  if (!read_lines (journal, text, &whole, error))
    return FALSE;
  if (whole < size && journal->fd >= 0 && ftruncate (journal->fd, (off_t) whole) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write the journal \"%s\"",
                        journal->path);
    return FALSE;
  }
  /* On a full disk it comes with the first line. */
  if (whole == 0 && !append (journal, NULL, &cause))
    g_debug ("%s", cause->message);
  return TRUE;
}

static gboolean
open_file (VrJournal *journal, GError **error)
{
  journal->fd = open (journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (journal->fd >= 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open the journal \"%s\"", journal->path);
  return FALSE;
}

static VrJournal *
journal_new (const char *path, const char *lab)
{
  VrJournal *journal = g_new0 (VrJournal, 1);
  journal->path = g_strdup (path);
  journal->lab = g_strdup (lab);
  journal->fd = -1;
  g_mutex_init (&journal->lock);
  journal->next = 1;
  journal->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  journal->numbers = g_hash_table_new (g_int64_hash, g_int64_equal);
  return journal;
}

VrJournal *
vr_journal_open (const char *path, const char *lab, GError **error)
{
  g_autoptr (VrJournal) journal = journal_new (path, lab);
  if (!open_file (journal, error) || !load (journal, error))
    return NULL;
  return g_steal_pointer (&journal);
}

VrJournal *
vr_journal_peek (const char *path, const char *lab, GError **error)
{
  g_autoptr (VrJournal) journal = journal_new (path, lab);
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !load (journal, error))
    return NULL;
  return g_steal_pointer (&journal);
}

void
vr_journal_free (VrJournal *journal)
{
  vr_fd_clear (&journal->fd);
  g_hash_table_unref (journal->numbers);
  g_ptr_array_unref (journal->entries);
  g_mutex_clear (&journal->lock);
  g_free (journal->path);
  g_free (journal->lab);
  g_free (journal);
}

GPtrArray *
vr_journal_entries (VrJournal *journal)
{
  return journal->entries;
}

GHashTable *
vr_journal_by_id (VrJournal *journal)
{
  GHashTable *entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < journal->entries->len; i++) {
    VrJournalEntry *entry = journal->entries->pdata[i];
    g_hash_table_replace (entries, vr_op_id (entry->op), entry);
  }
  return entries;
}

gboolean
vr_journal_begin (VrJournal *journal, const VrOp *op, GVariant *old, guint64 *number,
                  GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  g_autofree char *line = vr_journal_line_begin (journal->next, op, old);
  if (!reserve (journal, strlen (line), error) || !append (journal, line, error))
    return FALSE;
  VrOp *copy = vr_op_copy (op);
  g_clear_pointer (&copy->payload, g_free);
  *number = journal->next;
  add_entry (journal, journal->next, copy, old);
  return TRUE;
}

static gboolean
mark (VrJournal *journal, VrJournalEvent event, guint64 number, GError **error)
{
  g_autofree char *line = vr_journal_line_mark (event, number);
  return append (journal, line, error);
}

gboolean
vr_journal_done (VrJournal *journal, guint64 number, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  VrJournalEntry *entry = g_hash_table_lookup (journal->numbers, &number);
  if (!mark (journal, VR_JOURNAL_DONE, number, error))
    return FALSE;
  if (entry != NULL)
    entry->done = TRUE;
  return TRUE;
}

gboolean
vr_journal_undone (VrJournal *journal, guint64 number, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  if (!mark (journal, VR_JOURNAL_UNDONE, number, error))
    return FALSE;
  remove_entry (journal, number);
  return TRUE;
}

static void
append_entry (GString *text, const VrJournalEntry *entry)
{
  g_autofree char *line = vr_journal_line_begin (entry->number, entry->op, entry->old);
  g_string_append_printf (text, "%s\n", line);
  if (entry->done) {
    g_autofree char *done = vr_journal_line_mark (VR_JOURNAL_DONE, entry->number);
    g_string_append_printf (text, "%s\n", done);
  }
}

/* An entry takes up to two lines; below a few dozen lines, reading costs nothing. */
gboolean
vr_journal_has_slack (VrJournal *journal)
{
  return journal->lines_read > 3 * journal->entries->len + 32;
}

gboolean
vr_journal_compact (VrJournal *journal, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  g_autofree char *header = vr_journal_line_header (journal->lab);
  g_autoptr (GString) text = g_string_new (header);
  g_autoptr (GError) cause = NULL;
  g_string_append_c (text, '\n');
  for (guint i = 0; i < journal->entries->len; i++)
    append_entry (text, journal->entries->pdata[i]);
  if (!g_file_set_contents_full (journal->path, text->str, (gssize) text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write the journal \"%s\": %s",
                 journal->path, cause->message);
    return FALSE;
  }
  vr_fd_clear (&journal->fd);
  return open_file (journal, error);
}
