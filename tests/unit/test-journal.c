/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: what a crash at any byte leaves, what is no journal, and a full disk. */
#include "apply/vr-journal.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/vr-error.h"

typedef struct {
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->dir = g_dir_make_tmp ("vrkit-journal-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "journal", NULL);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->path);
  g_free (f->dir);
}

static VrJournal *
reopen (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  VrJournal *journal = vr_journal_open (f->path, "lab1", &error);
  g_assert_no_error (error);
  return journal;
}

static VrOp *
sample_op (const char *target)
{
  VrOp *op = vr_op_new (VR_OP_MACVTAP, target, "t.conf:3: \"quoted\"\n", "lower", "eth7", "mtu",
                        "1500", NULL);
  vr_op_add_need (op, VR_OP_LINK, "eth7");
  op->payload = g_strdup ("large");
  return op;
}

static guint64
begin (VrJournal *journal, const char *target, GVariant *old)
{
  g_autoptr (VrOp) op = sample_op (target);
  guint64 number = 0;
  g_assert_true (vr_journal_begin (journal, op, old, &number, NULL));
  return number;
}

static GVariant *
strings (const char *key, const char *value)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", key, value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static const VrJournalEntry *
entry_at (VrJournal *journal, guint index)
{
  return vr_journal_entries (journal)->pdata[index];
}

static char *
file_text (const Fixture *f, gsize *size)
{
  char *text = NULL;
  g_assert_true (g_file_get_contents (f->path, &text, size, NULL));
  return text;
}

static void
test_round_trip (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GVariant) old = strings ("mtu", "9000");
  g_autoptr (VrOp) op = sample_op ("vr1");
  {
    g_autoptr (VrJournal) journal = reopen (f);
    guint64 first = begin (journal, "vr1", old);
    guint64 second = begin (journal, "vr2", NULL);
    g_assert_cmpuint (second, >, first);
    g_assert_true (vr_journal_done (journal, first, NULL));
    guint64 third = begin (journal, "vr3", NULL);
    g_assert_true (vr_journal_undone (journal, third, NULL));
  }
  g_autoptr (VrJournal) journal = reopen (f);
  g_assert_cmpuint (vr_journal_entries (journal)->len, ==, 2);
  const VrJournalEntry *entry = entry_at (journal, 0);
  g_assert_true (entry->done);
  g_assert_cmpstr (entry->op->target, ==, "vr1");
  g_assert_cmpstr (entry->op->why, ==, op->why);
  g_assert_cmpstr (entry->op->needs->pdata[0], ==, "link eth7");
  g_assert_true (g_variant_equal (entry->op->want, op->want));
  g_assert_true (g_variant_equal (entry->old, old));
  g_assert_null (entry->op->payload);
  entry = entry_at (journal, 1);
  g_assert_false (entry->done);
  g_assert_null (entry->old);
  g_assert_cmpuint (begin (journal, "vr4", NULL), >, entry->number);
}

static void
test_newest_by_id (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrJournal) journal = reopen (f);
  begin (journal, "vr1", NULL);
  guint64 newer = begin (journal, "vr1", NULL);
  g_autoptr (GHashTable) by_id = vr_journal_by_id (journal);
  const VrJournalEntry *entry = g_hash_table_lookup (by_id, "macvtap vr1");
  g_assert_cmpuint (entry->number, ==, newer);
  g_assert_cmpuint (g_hash_table_size (by_id), ==, 1);
}

/* Cut at every byte of the last line: what is before stands, and the next line is a whole one. */
static void
test_torn_everywhere (Fixture *f, gconstpointer unused)
{
  (void) unused;
  {
    g_autoptr (VrJournal) journal = reopen (f);
    begin (journal, "vr1", NULL);
    begin (journal, "vr2", NULL);
  }
  gsize size;
  g_autofree char *text = file_text (f, &size);
  const char *before_last = memrchr (text, '\n', size - 1);
  gsize last = (gsize) (before_last + 1 - text);
  for (gsize cut = last; cut < size; cut++) {
    g_assert_true (g_file_set_contents (f->path, text, (gssize) cut, NULL));
    {
      g_autoptr (VrJournal) journal = reopen (f);
      g_assert_cmpuint (vr_journal_entries (journal)->len, ==, 1);
      begin (journal, "vr3", NULL);
    }
    g_autoptr (VrJournal) again = reopen (f);
    g_assert_cmpuint (vr_journal_entries (again)->len, ==, 2);
    g_assert_cmpstr (entry_at (again, 1)->op->target, ==, "vr3");
  }
}

static void
test_torn_header (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const starts[] = { "", "{", "{\"schema\":\"vrkit.jour", "\0\0\0" };
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++) {
    gssize size = i == 3 ? 3 : (gssize) strlen (starts[i]);
    g_assert_true (g_file_set_contents (f->path, starts[i], size, NULL));
    g_autoptr (VrJournal) journal = reopen (f);
    g_assert_cmpuint (vr_journal_entries (journal)->len, ==, 0);
    begin (journal, "vr1", NULL);
    g_autoptr (VrJournal) again = reopen (f);
    g_assert_cmpuint (vr_journal_entries (again)->len, ==, 1);
  }
}

/* Whole lines that are none of a journal: each is an error that names file and line. */
static void
test_corrupt_line (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char *const lines[] = {
    "",
    "garbage",
    "[]",
    "{}",
    "null",
    "{\"begin\":2}",
    "{\"begin\":\"2\",\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[]}",
    "{\"begin\":[2],\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[]}",
    "{\"begin\":-1,\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[]}",
    "{\"begin\":1,\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[]}",
    "{\"begin\":2,\"kind\":\"nonsense\",\"target\":\"x\",\"want\":{},\"needs\":[]}",
    "{\"begin\":2,\"kind\":\"tap\",\"target\":7,\"want\":{},\"needs\":[]}",
    "{\"begin\":2,\"kind\":\"tap\",\"target\":\"x\",\"want\":7,\"needs\":[]}",
    "{\"begin\":2,\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":7}",
    "{\"begin\":2,\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[7]}",
    "{\"begin\":2,\"kind\":\"tap\",\"target\":\"x\",\"want\":{},\"needs\":[[]]}",
    "{\"done\":null}",
    "{\"done\":{}}",
    "{\"done\":9}",
    "{\"undone\":9}",
    "{\"done\":\"1\"}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_unlink (f->path);
    {
      g_autoptr (VrJournal) journal = reopen (f);
      begin (journal, "vr1", NULL);
    }
    g_autofree char *before = file_text (f, NULL);
    g_autofree char *text = g_strconcat (before, lines[i], "\n{\"done\":1}\n", NULL);
    g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
    g_autoptr (GError) error = NULL;
    g_autoptr (VrJournal) journal = vr_journal_open (f->path, "lab1", &error);
    if (journal != NULL)
      g_error ("taken: %s", lines[i]);
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_autofree char *place = g_strconcat (f->path, ":3:", NULL);
    g_assert_nonnull (strstr (error->message, place));
    g_autofree char *after = file_text (f, NULL);
    g_assert_cmpstr (after, ==, text);
  }
}

static void
test_of_another_lab (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrJournal) journal G_GNUC_UNUSED = reopen (f);
  g_assert_null (vr_journal_open (f->path, "lab2", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, ":1:"));
  g_assert_nonnull (strstr (error->message, "lab2"));
}

static void
test_unwritable (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->dir, "absent", "journal", NULL);
  g_assert_null (vr_journal_open (path, "lab1", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, path));
}

/* At every size at which the disk can be full, the file and the entries stay as they were. */
static void
test_disk_full (Fixture *f, gconstpointer unused)
{
  (void) unused;
  struct rlimit before, limit;
  gsize size;
  g_autoptr (VrJournal) journal = reopen (f);
  g_autoptr (VrOp) op = sample_op ("vr2");
  begin (journal, "vr1", NULL);
  g_autofree char *text = file_text (f, &size);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  void (*handler) (int) = signal (SIGXFSZ, SIG_IGN);
  for (gsize room = 0; room < 40; room++) {
    g_autoptr (GError) error = NULL;
    guint64 number = 77;
    limit = (struct rlimit){ .rlim_cur = size + room, .rlim_max = before.rlim_max };
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    gboolean good = vr_journal_begin (journal, op, NULL, &number, &error);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
    g_assert_false (good);
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, f->path));
    g_assert_cmpuint (number, ==, 77);
    g_autofree char *after = file_text (f, NULL);
    g_assert_cmpstr (after, ==, text);
    g_assert_cmpuint (vr_journal_entries (journal)->len, ==, 1);
  }
  signal (SIGXFSZ, handler);
  begin (journal, "vr2", NULL);
  g_autoptr (VrJournal) again = reopen (f);
  g_assert_cmpuint (vr_journal_entries (again)->len, ==, 2);
}

static void
test_compact (Fixture *f, gconstpointer unused)
{
  (void) unused;
  gsize before, after;
  g_autoptr (VrJournal) journal = reopen (f);
  g_autoptr (GVariant) old = strings ("mtu", "9000");
  for (guint i = 0; i < 20; i++)
    g_assert_true (vr_journal_undone (journal, begin (journal, "vr1", NULL), NULL));
  guint64 kept = begin (journal, "vr2", old);
  g_assert_true (vr_journal_done (journal, kept, NULL));
  begin (journal, "vr3", NULL);
  g_free (file_text (f, &before));
  g_assert_true (vr_journal_compact (journal, NULL));
  g_free (file_text (f, &after));
  g_assert_cmpuint (after, <, before);
  g_assert_cmpuint (begin (journal, "vr4", NULL), >, kept);
  g_autoptr (VrJournal) again = reopen (f);
  g_assert_cmpuint (vr_journal_entries (again)->len, ==, 3);
  g_assert_cmpuint (entry_at (again, 0)->number, ==, kept);
  g_assert_true (entry_at (again, 0)->done);
  g_assert_true (g_variant_equal (entry_at (again, 0)->old, old));
  g_assert_false (entry_at (again, 1)->done);
  g_assert_cmpstr (entry_at (again, 2)->op->target, ==, "vr4");
}

static void
test_peek (Fixture *f, gconstpointer unused)
{
  (void) unused;
  {
    g_autoptr (VrJournal) nothing = vr_journal_peek (f->path, "lab1", NULL);
    begin (nothing, "vr1", NULL);
    g_assert_cmpuint (vr_journal_entries (nothing)->len, ==, 1);
    g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  }
  {
    g_autoptr (VrJournal) journal = reopen (f);
    begin (journal, "vr1", NULL);
  }
  g_autofree char *whole = file_text (f, NULL);
  g_autofree char *torn = g_strconcat (whole, "{\"done\":", NULL);
  g_assert_true (g_file_set_contents (f->path, torn, -1, NULL));
  g_autoptr (VrJournal) peeked = vr_journal_peek (f->path, "lab1", NULL);
  g_assert_true (vr_journal_undone (peeked, entry_at (peeked, 0)->number, NULL));
  g_assert_cmpuint (vr_journal_entries (peeked)->len, ==, 0);
  g_autofree char *after = file_text (f, NULL);
  g_assert_cmpstr (after, ==, torn);
}

#define THREADS 8
#define STEPS 50

static gpointer
write_many (gpointer journal)
{
  for (guint i = 0; i < STEPS; i++) {
    guint64 number = begin (journal, "vr1", NULL);
    g_assert_true (vr_journal_done (journal, number, NULL));
    if (i % 2 == 0)
      g_assert_true (vr_journal_undone (journal, number, NULL));
  }
  return NULL;
}

static void
test_threads (Fixture *f, gconstpointer unused)
{
  (void) unused;
  GThread *threads[THREADS];
  g_autoptr (VrJournal) journal = reopen (f);
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("writer", write_many, journal);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  g_autoptr (VrJournal) again = reopen (f);
  g_assert_cmpuint (vr_journal_entries (again)->len, ==, THREADS * STEPS / 2);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *f, gconstpointer unused);
  } tests[] = {
    { "/journal/round-trip", test_round_trip },
    { "/journal/newest-by-id", test_newest_by_id },
    { "/journal/torn-everywhere", test_torn_everywhere },
    { "/journal/torn-header", test_torn_header },
    { "/journal/corrupt-line", test_corrupt_line },
    { "/journal/of-another-lab", test_of_another_lab },
    { "/journal/unwritable", test_unwritable },
    { "/journal/disk-full", test_disk_full },
    { "/journal/compact", test_compact },
    { "/journal/peek", test_peek },
    { "/journal/threads", test_threads },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
