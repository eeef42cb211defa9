/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written while a campaign runs, and read back. */
#include "campaign/vr-results-internal.h"

#include "base/vr-error.h"

/* Columns of `attempt` before those of the host and of the sample. */
#define NS_PER_S 1000000000
#define FIRST_COLUMN 8
#define COLUMNS (FIRST_COLUMN + VR_WATCH_COLUMNS + VR_SAMPLE_COLUMNS + 1)

/* Of all kinds of test for NULL, the one that does not read a load of some KiB to tell. */
#define IS_GOOD "typeof (load) <> 'null'"

char *
vr_results_get (VrResults *results, const char *key, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "SELECT value FROM campaign WHERE key = ?", error);
  if (statement == NULL)
    return NULL;
  vr_results_bind_text (statement, 1, key);
  if (vr_results_row (results, statement, &cause))
    return g_strdup ((const char *) sqlite3_column_text (statement, 0));
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "%s: the campaign has no %s", results->path,
                 key);
  return NULL;
}

gboolean
vr_results_set (VrResults *results, const char *key, const char *value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "INSERT OR REPLACE INTO campaign VALUES (?, ?)", error);
  if (statement == NULL)
    return FALSE;
  vr_results_bind_text (statement, 1, key);
  vr_results_bind_text (statement, 2, value);
  return vr_results_do (results, statement, error);
}

GArray *
vr_results_runs (VrResults *results, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (VrStoredRun));
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (
      results,
      "SELECT id, block, condition, state,"
      " (SELECT count(*) FROM attempt WHERE attempt.run = run.id) FROM run ORDER BY id",
      error);
  if (statement == NULL)
    return NULL;
  while (vr_results_row (results, statement, &cause)) {
    VrStoredRun run = { (guint) sqlite3_column_int64 (statement, 0),
                        (guint) sqlite3_column_int64 (statement, 1),
                        (guint) sqlite3_column_int64 (statement, 2),
                        (VrRunState) sqlite3_column_int64 (statement, 3),
                        (guint) sqlite3_column_int64 (statement, 4) };
    g_array_append_val (runs, run);
  }
  if (cause == NULL)
    return g_steal_pointer (&runs);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

/* Owned by the results. */
static sqlite3_stmt *
keep (VrResults *results, VrResultsKept which, const char *sql, GError **error)
{
  if (results->kept[which] == NULL)
    results->kept[which] = vr_results_prepare (results, sql, error);
  return results->kept[which];
}

/* --- Writing -----------------------------------------------------------------------------------
 */

static char *
insert_text (void)
{
  GString *sql = g_string_new ("INSERT INTO attempt (run, number, how, reason, begun_ns, ended_ns,"
                               " clocksource, host_notes");
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    g_string_append_printf (sql, ", host_%s", vr_host_watch_name (i));
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    g_string_append_printf (sql, ", %s", vr_sample_name (i));
  g_string_append (sql, ", load) VALUES (?");
  for (guint i = 1; i < COLUMNS; i++)
    g_string_append (sql, ", ?");
  g_string_append_c (sql, ')');
  return g_string_free (sql, FALSE);
}

static gboolean
insert (VrResults *results, const VrAttempt *attempt, GError **error)
{
  g_autofree char *sql = results->kept[VR_RESULTS_INSERT] == NULL ? insert_text () : NULL;
  sqlite3_stmt *statement = keep (results, VR_RESULTS_INSERT, sql, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, attempt->run);
  sqlite3_bind_int64 (statement, 2, attempt->number);
  vr_results_bind_text (statement, 3, attempt->how);
  vr_results_bind_text (statement, 4, attempt->reason);
  sqlite3_bind_int64 (statement, 5, (gint64) attempt->begun_ns);
  sqlite3_bind_int64 (statement, 6, (gint64) attempt->ended_ns);
  int place = FIRST_COLUMN + 1;
  if (attempt->host != NULL) {
    vr_results_bind_text (statement, 7, attempt->host->clocksource);
    vr_results_bind_text (statement, 8, attempt->host->notes);
    for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
      sqlite3_bind_int64 (statement, place + (int) i, attempt->host->values[i]);
  }
  place += VR_WATCH_COLUMNS;
  for (guint i = 0; attempt->sample != NULL && i < VR_SAMPLE_COLUMNS; i++)
    sqlite3_bind_int64 (statement, place + (int) i, attempt->sample->values[i]);
  vr_results_bind_text (statement, COLUMNS, attempt->load_json);
  return vr_results_do (results, statement, error);
}

static gboolean
set_state (VrResults *results, guint run, VrRunState state, GError **error)
{
  sqlite3_stmt *statement
      = keep (results, VR_RESULTS_SET_STATE, "UPDATE run SET state = ? WHERE id = ?", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, state);
  sqlite3_bind_int64 (statement, 2, run);
  return vr_results_do (results, statement, error);
}

static gboolean
do_kept (VrResults *results, VrResultsKept which, const char *sql, GError **error)
{
  sqlite3_stmt *statement = keep (results, which, sql, error);
  return statement != NULL && vr_results_do (results, statement, error);
}

gboolean
vr_results_add (VrResults *results, const VrAttempt *attempt, VrRunState state, GError **error)
{
  if (!do_kept (results, VR_RESULTS_BEGIN, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (insert (results, attempt, error) && set_state (results, attempt->run, state, error)
      && do_kept (results, VR_RESULTS_COMMIT, "COMMIT", error))
    return TRUE;
  vr_results_execute (results, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
vr_results_note (VrResults *results, guint64 time_ns, const char *text, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "INSERT INTO note (time_ns, text) VALUES (?, ?)", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) time_ns);
  vr_results_bind_text (statement, 2, text);
  return vr_results_do (results, statement, error);
}

GPtrArray *
vr_results_notes (VrResults *results, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "SELECT time_ns, text FROM note ORDER BY id", error);
  if (statement == NULL)
    return NULL;
  while (vr_results_row (results, statement, &cause)) {
    g_autoptr (GDateTime) time
        = g_date_time_new_from_unix_utc (sqlite3_column_int64 (statement, 0) / NS_PER_S);
    g_autofree char *when = time != NULL ? g_date_time_format_iso8601 (time) : NULL;
    const char *text = (const char *) sqlite3_column_text (statement, 1);
    g_ptr_array_add (
        notes, g_strdup_printf ("%s: %s", when != NULL ? when : "-", text != NULL ? text : ""));
  }
  if (cause == NULL)
    return g_steal_pointer (&notes);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

/* --- Reading -----------------------------------------------------------------------------------
 */

char **
vr_results_factors (VrResults *results, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "SELECT name FROM factor ORDER BY id", error);
  if (statement == NULL)
    return NULL;
  while (vr_results_row (results, statement, &cause))
    g_strv_builder_add (names, (const char *) sqlite3_column_text (statement, 0));
  if (cause == NULL)
    return g_strv_builder_end (names);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

GArray *
vr_results_values (VrResults *results, guint condition, const char *column, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  g_assert (vr_sample_column (column) < VR_SAMPLE_COLUMNS);
  g_autofree char *sql
      = g_strdup_printf ("SELECT %s FROM attempt JOIN run ON run.id = attempt.run"
                         " WHERE condition = ? AND " IS_GOOD " ORDER BY attempt.id",
                         column);
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (results, sql, error);
  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, condition);
  while (vr_results_row (results, statement, &cause)) {
    double value = sqlite3_column_double (statement, 0);
    g_array_append_val (values, value);
  }
  if (cause == NULL)
    return g_steal_pointer (&values);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

/* Of each condition, its levels: id → GStrv. */
static GHashTable *
read_levels (VrResults *results, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GHashTable) levels
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (
      results, "SELECT condition, value FROM level ORDER BY condition, factor", error);
  if (statement == NULL)
    return NULL;
  while (vr_results_row (results, statement, &cause)) {
    gpointer id = GUINT_TO_POINTER ((guint) sqlite3_column_int64 (statement, 0));
    GPtrArray *values = g_hash_table_lookup (levels, id);
    if (values == NULL) {
      values = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (levels, id, values);
    }
    g_ptr_array_add (values, g_strdup ((const char *) sqlite3_column_text (statement, 1)));
  }
  if (cause == NULL)
    return g_steal_pointer (&levels);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

static char *
select_text (VrResultsParts parts)
{
  GString *sql = g_string_new ("SELECT attempt.run, number, how, reason, begun_ns, ended_ns,"
                               " clocksource, host_notes");
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    g_string_append_printf (sql, ", host_%s", vr_host_watch_name (i));
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    g_string_append_printf (sql, ", %s", vr_sample_name (i));
  g_string_append_printf (sql,
                          ", %s, %s, block, condition FROM attempt"
                          " JOIN run ON run.id = attempt.run ORDER BY attempt.id",
                          IS_GOOD, parts == VR_RESULTS_WHOLE ? "load" : "NULL");
  return g_string_free (sql, FALSE);
}

/* A row, with host and sample read into the caller's. */
static VrStoredAttempt
read_row (sqlite3_stmt *statement, VrHostWatch *host, VrSample *sample)
{
#define TEXT(column) ((const char *) sqlite3_column_text (statement, column))
#define NUMBER(column) sqlite3_column_int64 (statement, column)
  VrStoredAttempt stored
      = { .run = (guint) NUMBER (0),
          .block = (guint) NUMBER (COLUMNS + 1),
          .condition = (guint) NUMBER (COLUMNS + 2),
          .attempt = { (guint) NUMBER (0), (guint) NUMBER (1), TEXT (2), TEXT (3),
                       (guint64) NUMBER (4), (guint64) NUMBER (5), NULL, NULL, TEXT (COLUMNS) } };
  for (int i = 0; i < VR_WATCH_COLUMNS; i++)
    host->values[i] = NUMBER (FIRST_COLUMN + i);
  for (int i = 0; i < VR_SAMPLE_COLUMNS; i++)
    sample->values[i] = NUMBER (FIRST_COLUMN + VR_WATCH_COLUMNS + i);
  host->clocksource = (char *) TEXT (6);
  host->notes = (char *) TEXT (7);
  stored.attempt.host = host->clocksource != NULL ? host : NULL;
  stored.attempt.sample = NUMBER (COLUMNS - 1) != 0 ? sample : NULL;
#undef TEXT
#undef NUMBER
  return stored;
}

gboolean
vr_results_each (VrResults *results, VrResultsParts parts, VrResultsFunction each, gpointer data,
                 GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *sql = select_text (parts);
  g_autoptr (GHashTable) levels = read_levels (results, error);
  g_autoptr (sqlite3_stmt) statement
      = levels != NULL ? vr_results_prepare (results, sql, error) : NULL;
  if (statement == NULL)
    return FALSE;
  while (vr_results_row (results, statement, &cause)) {
    VrHostWatch host;
    VrSample sample;
    VrStoredAttempt stored = read_row (statement, &host, &sample);
    const GPtrArray *values = g_hash_table_lookup (levels, GUINT_TO_POINTER (stored.condition));
    stored.levels = values != NULL ? (const char *const *) values->pdata : NULL;
    stored.levels_count = values != NULL ? values->len : 0;
    if (!each (&stored, data, error))
      return FALSE;
  }
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}
