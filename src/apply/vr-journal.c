/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.journal/1"
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

static char *
header_line (const char *lab)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "lab", lab);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

static char *
begin_line (guint64 number, const VrOp *op, GVariant *old)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "begin");
  json_builder_add_int_value (builder, (gint64) number);
  vr_json_add_string (builder, "kind", vr_op_kind_name (op->kind));
  vr_json_add_string (builder, "target", op->target);
  vr_json_add_string (builder, "why", op->why);
  json_builder_set_member_name (builder, "shared");
  json_builder_add_boolean_value (builder, op->shared);
  json_builder_set_member_name (builder, "want");
  vr_json_add_strings (builder, op->want);
  json_builder_set_member_name (builder, "old");
  vr_json_add_strings (builder, old);
  json_builder_set_member_name (builder, "needs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < op->needs->len; i++)
    json_builder_add_string_value (builder, op->needs->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

static gboolean
write_all (int fd, const char *text, gsize size)
{
  while (size > 0) {
    ssize_t written = write (fd, text, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return FALSE;
    text += written;
    size -= (gsize) written;
  }
  return TRUE;
}

/* A header stands before the first line; without a `line`, it alone is written. */
static gboolean
append (VrJournal *journal, const char *line, GError **error)
{
  if (journal->fd < 0)
    return TRUE;
  off_t end = lseek (journal->fd, 0, SEEK_END);
  g_autofree char *header = end == 0 ? header_line (journal->lab) : NULL;
  g_autofree char *text = g_strconcat (header != NULL ? header : "", header != NULL ? "\n" : "",
                                       line != NULL ? line : "", line != NULL ? "\n" : "", NULL);
  if (end >= 0 && write_all (journal->fd, text, strlen (text)) && fdatasync (journal->fd) == 0)
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

static gboolean
add_needs (VrOp *op, JsonNode *needs)
{
  if (needs == NULL || !JSON_NODE_HOLDS_ARRAY (needs))
    return FALSE;
  JsonArray *ids = json_node_get_array (needs);
  for (guint i = 0; i < json_array_get_length (ids); i++) {
    JsonNode *id = json_array_get_element (ids, i);
    if (json_node_get_value_type (id) != G_TYPE_STRING)
      return FALSE;
    g_ptr_array_add (op->needs, json_node_dup_string (id));
  }
  return TRUE;
}

static VrOp *
op_of_line (JsonObject *object)
{
  const char *kind_name = vr_json_string (object, "kind");
  const char *target = vr_json_string (object, "target");
  const char *why = vr_json_string (object, "why");
  VrOpKind kind = kind_name != NULL ? vr_op_kind_parse (kind_name) : VR_OP_KINDS;
  g_autoptr (GVariant) want = vr_json_strings (json_object_get_member (object, "want"));
  if (kind == VR_OP_KINDS || target == NULL || want == NULL)
    return NULL;
  g_autoptr (VrOp) op = vr_op_new (kind, target, why != NULL ? why : "", NULL);
  g_variant_unref (op->want);
  op->want = g_steal_pointer (&want);
  op->shared = json_object_get_boolean_member_with_default (object, "shared", FALSE);
  return add_needs (op, json_object_get_member (object, "needs")) ? g_steal_pointer (&op) : NULL;
}

/* FALSE where the member is absent or no number of an entry. */
static gboolean
number_of_line (JsonObject *object, const char *event, guint64 *number)
{
  JsonNode *node = json_object_get_member (object, event);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) < 1)
    return FALSE;
  *number = (guint64) json_node_get_int (node);
  return TRUE;
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

static gboolean
read_event (VrJournal *journal, JsonObject *object)
{
  guint64 number;
  if (number_of_line (object, "begin", &number)) {
    g_autoptr (VrOp) op = op_of_line (object);
    g_autoptr (GVariant) old = vr_json_strings (json_object_get_member (object, "old"));
    if (op == NULL || number < journal->next)
      return FALSE;
    add_entry (journal, number, g_steal_pointer (&op), old);
    return TRUE;
  }
  gboolean done = number_of_line (object, "done", &number);
  if (!done && !number_of_line (object, "undone", &number))
    return FALSE;
  VrJournalEntry *entry = g_hash_table_lookup (journal->numbers, &number);
  if (entry == NULL)
    return FALSE;
  if (done)
    entry->done = TRUE;
  else
    remove_entry (journal, number);
  return TRUE;
}

static gboolean
read_line (VrJournal *journal, const char *line, guint number, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *object
      = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gboolean good = object != NULL;
  if (good && number == 1)
    good = g_strcmp0 (vr_json_string (object, "schema"), SCHEMA) == 0
           && g_strcmp0 (vr_json_string (object, "lab"), journal->lab) == 0;
  else if (good)
    good = read_event (journal, object);
  if (!good)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s:%u: not a line of a journal of lab %s; `vrkit down %s` finds what is marked "
                 "as the lab's without it, once the file is moved away",
                 journal->path, number, journal->lab, journal->lab);
  return good;
}

/* Reads what ends with a newline; `size` becomes how much that is. */
static gboolean
read_lines (VrJournal *journal, char *text, gsize *size, GError **error)
{
  char *line = text;
  guint number = 0;
  for (char *end = strchr (line, '\n'); end != NULL; end = strchr (line, '\n')) {
    *end = '\0';
    if (!read_line (journal, line, ++number, error))
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
  g_autofree char *line = begin_line (journal->next, op, old);
  if (!reserve (journal, strlen (line), error) || !append (journal, line, error))
    return FALSE;
  VrOp *copy = vr_op_copy (op);
  g_clear_pointer (&copy->payload, g_free);
  *number = journal->next;
  add_entry (journal, journal->next, copy, old);
  return TRUE;
}

static gboolean
mark (VrJournal *journal, const char *event, guint64 number, GError **error)
{
  g_autofree char *line = g_strdup_printf ("{\"%s\":%" G_GUINT64_FORMAT "}", event, number);
  return append (journal, line, error);
}

gboolean
vr_journal_done (VrJournal *journal, guint64 number, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  VrJournalEntry *entry = g_hash_table_lookup (journal->numbers, &number);
  if (!mark (journal, "done", number, error))
    return FALSE;
  if (entry != NULL)
    entry->done = TRUE;
  return TRUE;
}

gboolean
vr_journal_undone (VrJournal *journal, guint64 number, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&journal->lock);
  if (!mark (journal, "undone", number, error))
    return FALSE;
  remove_entry (journal, number);
  return TRUE;
}

static void
append_entry (GString *text, const VrJournalEntry *entry)
{
  g_autofree char *line = begin_line (entry->number, entry->op, entry->old);
  g_string_append_printf (text, "%s\n", line);
  if (entry->done)
    g_string_append_printf (text, "{\"done\":%" G_GUINT64_FORMAT "}\n", entry->number);
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
  g_autofree char *header = header_line (journal->lab);
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
