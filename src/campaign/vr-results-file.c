/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database's file: opened, looked through, closed, copied. */
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-results-internal.h"

/* How long another program's lock is waited for. */
#define BUSY_MS 2000

/* --- The log -----------------------------------------------------------------------------------
 */

/* A try is then one write and one wait for the disk, where a rollback journal takes several of
 * each. Somebody who reads just now keeps it from beginning: then that journal has to do. */
static gboolean
begin_log (VrResults *results, GError **error)
{
  sqlite3_busy_timeout (results->db, 0);
  int code = sqlite3_exec (results->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
  sqlite3_busy_timeout (results->db, BUSY_MS);
  return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY
         || vr_results_fail (results, code, error);
}

/* Also that of a campaign that was killed, whoever opens its database next: what is in the log goes
 * into the database, which then is one file again. Not while another process has it open, and not
 * where it cannot be written. */
static void
end_log (VrResults *results)
{
  sqlite3_busy_timeout (results->db, 0);
  sqlite3_exec (results->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
}

/* --- Opening and closing -----------------------------------------------------------------------
 */

void
vr_results_close (VrResults *results)
{
  for (guint i = 0; i < VR_RESULTS_KEPT; i++)
    sqlite3_finalize (results->kept[i]);
  if (results->db != NULL)
    end_log (results);
  sqlite3_close (results->db);
  g_free (results->path);
  g_free (results);
}

/* All is on the disk before a transaction is told as done. A database may have come from elsewhere,
 * in a bundle: what its schema could have run is not. */
VrResults *
vr_results_open_file (const char *path, int flags, GError **error)
{
  g_autoptr (VrResults) results = g_new0 (VrResults, 1);
  results->path = g_strdup (path);
  int code = sqlite3_open_v2 (path, &results->db, flags, NULL);
  if (code != SQLITE_OK) {
    vr_results_fail (results, code, error);
    return NULL;
  }
  sqlite3_extended_result_codes (results->db, 1);
  sqlite3_busy_timeout (results->db, BUSY_MS);
  if (!vr_results_execute (results,
                           "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
                           "PRAGMA trusted_schema = OFF",
                           error))
    return NULL;
  return g_steal_pointer (&results);
}

static gboolean
check_version (VrResults *results, GError **error)
{
  gint64 application = 0, version = 0;
  if (!vr_results_number (results, "PRAGMA application_id", &application, error)
      || !vr_results_number (results, "PRAGMA user_version", &version, error))
    return FALSE;
  if (application == VR_RESULTS_APPLICATION && version == VR_RESULTS_VERSION)
    return TRUE;
  if (application != VR_RESULTS_APPLICATION)
    g_set_error (error, VR_ERROR, VR_ERROR_VERIFY, "%s: this is no database of a campaign",
                 results->path);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "%s: the database is of version %" G_GINT64_FORMAT
                 ", and this vrkit knows version %d: use the vrkit that made it, or measure "
                 "anew into another directory",
                 results->path, version, VR_RESULTS_VERSION);
  return FALSE;
}

static gboolean
check_pages (VrResults *results, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (results, "PRAGMA quick_check(1)", error);
  if (statement == NULL || !vr_results_row (results, statement, error))
    return FALSE;
  return strcmp ((const char *) sqlite3_column_text (statement, 0), "ok") == 0
         || vr_results_fail (results, SQLITE_CORRUPT, error);
}

VrResults *
vr_results_open (const char *path, VrResultsMode mode, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\": there is no campaign", path);
    return NULL;
  }
  /* Whoever opens it after a kill takes up what is in its log, and a reader must be able to. Of a
   * medium that cannot be written SQLite opens it to be read. */
  g_autoptr (VrResults) results = vr_results_open_file (path, SQLITE_OPEN_READWRITE, error);
  if (results == NULL || !check_version (results, error)
      || (mode == VR_RESULTS_WRITE
          && (!check_pages (results, error) || !begin_log (results, error))))
    return NULL;
  return g_steal_pointer (&results);
}

gboolean
vr_results_copy (VrResults *results, const char *path, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (results, "VACUUM INTO ?", error);
  if (statement == NULL)
    return FALSE;
  vr_results_bind_text (statement, 1, path);
  return vr_results_do (results, statement, error);
}

const char *
vr_results_engine (void)
{
  return sqlite3_libversion ();
}
