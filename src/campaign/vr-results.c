/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-results.h"

#include <errno.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-results-internal.h"
#include "config/vr-profile.h"

/* --- SQLite's errors ---------------------------------------------------------------------------
 */

static VrErrorCode
code_of (int code)
{
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return VR_ERROR_BUSY;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return VR_ERROR_VERIFY;
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_READONLY:
    return VR_ERROR_PERMISSION;
  default:
    return VR_ERROR_HOST;
  }
}

static const char *
text_of (const VrResults *results, int code)
{
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "another program has it locked: end that one first";
  case SQLITE_CORRUPT:
    return "the database is damaged";
  case SQLITE_NOTADB:
    return "this is no database, or a damaged one";
  case SQLITE_FULL:
    return "the disk is full";
  case SQLITE_CANTOPEN:
    return "it cannot be opened; that of a campaign that was killed is to be opened first where it "
           "can be written";
  default:
    if (results->db == NULL)
      return sqlite3_errstr (code);
    return sqlite3_system_errno (results->db) == ENOSPC ? "the disk is full"
                                                        : sqlite3_errmsg (results->db);
  }
}

gboolean
vr_results_fail (const VrResults *results, int code, GError **error)
{
  g_set_error (error, VR_ERROR, (gint) code_of (code), "%s: %s", results->path,
               text_of (results, code));
  return FALSE;
}

/* --- Statements --------------------------------------------------------------------------------
 */

gboolean
vr_results_execute (VrResults *results, const char *sql, GError **error)
{
  int code = sqlite3_exec (results->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK || vr_results_fail (results, code, error);
}

sqlite3_stmt *
vr_results_prepare (VrResults *results, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (results->db, sql, -1, &statement, NULL);
  if (code != SQLITE_OK)
    vr_results_fail (results, code, error);
  return statement;
}

gboolean
vr_results_row (VrResults *results, sqlite3_stmt *statement, GError **error)
{
  int code = sqlite3_step (statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    vr_results_fail (results, code, error);
  return code == SQLITE_ROW;
}

gboolean
vr_results_do (VrResults *results, sqlite3_stmt *statement, GError **error)
{
  int code = sqlite3_step (statement);
  if (code != SQLITE_DONE)
    vr_results_fail (results, code, error);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return code == SQLITE_DONE;
}

gboolean
vr_results_number (VrResults *results, const char *sql, gint64 *number, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (results, sql, error);
  if (statement == NULL)
    return FALSE;
  if (vr_results_row (results, statement, &cause))
    *number = sqlite3_column_int64 (statement, 0);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return error == NULL || *error == NULL;
}

void
vr_results_bind_text (sqlite3_stmt *statement, int place, const char *text)
{
  sqlite3_bind_text (statement, place, text, -1, SQLITE_STATIC);
}

/* --- Making ------------------------------------------------------------------------------------
 */

static const char tables[]
    = "CREATE TABLE campaign (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE factor (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
      " key TEXT NOT NULL);"
      "CREATE TABLE condition (id INTEGER PRIMARY KEY, label TEXT NOT NULL,"
      " profile TEXT NOT NULL);"
      "CREATE TABLE level (condition INTEGER NOT NULL REFERENCES condition,"
      " factor INTEGER NOT NULL REFERENCES factor, value TEXT NOT NULL,"
      " PRIMARY KEY (condition, factor)) WITHOUT ROWID;"
      "CREATE TABLE run (id INTEGER PRIMARY KEY, block INTEGER NOT NULL,"
      " condition INTEGER NOT NULL REFERENCES condition,"
      " state INTEGER NOT NULL CHECK (state IN (0, 1, 2)));"
      "CREATE TABLE note (id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, text TEXT NOT NULL);";

static char *
attempt_table (void)
{
  GString *sql = g_string_new ("CREATE TABLE attempt (id INTEGER PRIMARY KEY,"
                               " run INTEGER NOT NULL REFERENCES run, number INTEGER NOT NULL,"
                               " how TEXT NOT NULL, reason TEXT, begun_ns INTEGER NOT NULL,"
                               " ended_ns INTEGER NOT NULL, clocksource TEXT, host_notes TEXT");
  for (guint i = 0; i < VR_WATCH_COLUMNS; i++)
    g_string_append_printf (sql, ", host_%s INTEGER", vr_host_watch_name (i));
  for (guint i = 0; i < VR_SAMPLE_COLUMNS; i++)
    g_string_append_printf (sql, ", %s INTEGER", vr_sample_name (i));
  g_string_append (sql, ", load TEXT, UNIQUE (run, number));");
  return g_string_free (sql, FALSE);
}

static gboolean
add_pair (VrResults *results, sqlite3_stmt *statement, const char *key, const char *value,
          GError **error)
{
  vr_results_bind_text (statement, 1, key);
  vr_results_bind_text (statement, 2, value);
  return vr_results_do (results, statement, error);
}

static gboolean
add_campaign (VrResults *results, const VrRunTable *table, const char *only, GError **error)
{
  const VrExperiment *experiment = table->experiment;
  g_autofree char *seed = g_strdup_printf ("%u", experiment->seed);
  g_autofree char *repetitions = g_strdup_printf ("%u", table->repetitions);
  char confidence[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (confidence, sizeof confidence, "%.2f", vr_experiment_confidence (experiment));
  const struct {
    const char *key, *value;
  } pairs[] = {
    { "experiment", experiment->name },
    { "title", experiment->title != NULL ? experiment->title : "" },
    { "seed", seed },
    { "repetitions", repetitions },
    { "confidence", confidence },
    { "only", only },
    { "quick", table->pace == VR_PACE_QUICK ? "1" : "0" },
  };
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "INSERT INTO campaign VALUES (?, ?)", error);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (statement == NULL || !add_pair (results, statement, pairs[i].key, pairs[i].value, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_factors (VrResults *results, const VrExperiment *experiment, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "INSERT INTO factor VALUES (?, ?, ?)", error);
  for (guint i = 0; statement != NULL && i < experiment->factors->len; i++) {
    const VrFactor *factor = experiment->factors->pdata[i];
    sqlite3_bind_int64 (statement, 1, i + 1);
    vr_results_bind_text (statement, 2, factor->name);
    vr_results_bind_text (statement, 3, factor->key != NULL ? factor->key : "");
    if (!vr_results_do (results, statement, error))
      return FALSE;
  }
  return statement != NULL;
}

static gboolean
add_levels (VrResults *results, sqlite3_stmt *statement, const VrCondition *condition,
            GError **error)
{
  for (guint i = 0; condition->levels[i] != NULL; i++) {
    sqlite3_bind_int64 (statement, 1, condition->id);
    sqlite3_bind_int64 (statement, 2, i + 1);
    vr_results_bind_text (statement, 3, condition->levels[i]);
    if (!vr_results_do (results, statement, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_conditions (VrResults *results, const VrRunTable *table, GError **error)
{
  g_autoptr (sqlite3_stmt) one
      = vr_results_prepare (results, "INSERT INTO condition VALUES (?, ?, ?)", error);
  g_autoptr (sqlite3_stmt) level
      = one != NULL ? vr_results_prepare (results, "INSERT INTO level VALUES (?, ?, ?)", error)
                    : NULL;
  for (guint i = 0; level != NULL && i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    g_autofree char *profile = vr_profile_print (condition->lab);
    sqlite3_bind_int64 (one, 1, condition->id);
    vr_results_bind_text (one, 2, condition->label);
    vr_results_bind_text (one, 3, profile);
    if (!vr_results_do (results, one, error) || !add_levels (results, level, condition, error))
      return FALSE;
  }
  return level != NULL;
}

/* Those from number `first` on, from 0. */
static gboolean
add_runs (VrResults *results, const VrRunTable *table, guint first, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vr_results_prepare (results, "INSERT INTO run VALUES (?, ?, ?, ?)", error);
  for (guint i = first; statement != NULL && i < table->runs->len; i++) {
    const VrPlannedRun *run = &g_array_index (table->runs, VrPlannedRun, i);
    sqlite3_bind_int64 (statement, 1, run->id);
    sqlite3_bind_int64 (statement, 2, run->block);
    sqlite3_bind_int64 (statement, 3, run->condition->id);
    sqlite3_bind_int64 (statement, 4, VR_RUN_PLANNED);
    if (!vr_results_do (results, statement, error))
      return FALSE;
  }
  return statement != NULL;
}

VrResults *
vr_results_create (const char *path, const VrRunTable *table, const char *only, GError **error)
{
  g_autofree char *attempts = attempt_table ();
  g_autofree char *head
      = g_strdup_printf ("BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d;",
                         VR_RESULTS_APPLICATION, VR_RESULTS_VERSION);
  g_autoptr (VrResults) results
      = vr_results_open_file (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  if (results == NULL || !vr_results_execute (results, head, error)
      || !vr_results_execute (results, tables, error)
      || !vr_results_execute (results, attempts, error)
      || !add_campaign (results, table, only, error)
      || !add_factors (results, table->experiment, error) || !add_conditions (results, table, error)
      || !add_runs (results, table, 0, error) || !vr_results_execute (results, "COMMIT", error))
    return NULL;
  return g_steal_pointer (&results);
}

static gboolean
set_repetitions (VrResults *results, guint repetitions, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (
      results, "UPDATE campaign SET value = ? WHERE key = 'repetitions'", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, repetitions);
  return vr_results_do (results, statement, error);
}

gboolean
vr_results_extend (VrResults *results, const VrRunTable *table, GError **error)
{
  gint64 count = 0;
  if (!vr_results_execute (results, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (vr_results_number (results, "SELECT count(*) FROM run", &count, error)
      && add_runs (results, table, (guint) count, error)
      && set_repetitions (results, table->repetitions, error)
      && vr_results_execute (results, "COMMIT", error))
    return TRUE;
  vr_results_execute (results, "ROLLBACK", NULL);
  return FALSE;
}
