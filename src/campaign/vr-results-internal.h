/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the database share: statements, and SQLite's errors told as ours. */
#pragma once

#include <sqlite3.h>

#include "campaign/vr-results.h"

/* "vrkt", as file(1) may know it; the version counts changes of the tables. */
#define VR_RESULTS_APPLICATION 0x76726b74
#define VR_RESULTS_VERSION 5

/* Statements that every try runs: prepared once, since that takes longer than to run them. */
typedef enum {
  VR_RESULTS_BEGIN,
  VR_RESULTS_COMMIT,
  VR_RESULTS_INSERT,
  VR_RESULTS_SET_STATE,
  VR_RESULTS_KEPT,
} VrResultsKept;

struct VrResults {
  sqlite3 *db;
  char *path;
  sqlite3_stmt *kept[VR_RESULTS_KEPT]; /* NULL until it is needed */
};

/* Sets the error of the last call. Returns FALSE. */
gboolean vr_results_fail (const VrResults *results, int code, GError **error);

/* Opens the file with flags of sqlite3_open_v2(), and looks at nothing in it. */
VrResults *vr_results_open_file (const char *path, int flags, GError **error);

/* Runs statements without results. */
gboolean vr_results_execute (VrResults *results, const char *sql, GError **error);

/* A prepared statement, or NULL; sqlite3_finalize() frees it. */
sqlite3_stmt *vr_results_prepare (VrResults *results, const char *sql, GError **error);

/* One step: whether there is a row; FALSE without error at the end. */
gboolean vr_results_row (VrResults *results, sqlite3_stmt *statement, GError **error);
/* A step of a statement that has no rows; ready for the next values after it. */
gboolean vr_results_do (VrResults *results, sqlite3_stmt *statement, GError **error);

/* The number that a statement of one row has; untouched where there is no row. */
gboolean vr_results_number (VrResults *results, const char *sql, gint64 *number, GError **error);

/* Borrows `text` until the statement is done, or gets its next values. */
void vr_results_bind_text (sqlite3_stmt *statement, int place, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)
