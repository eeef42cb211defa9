/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign's database: what was planned, and all that was measured. Each change is one
 * transaction, which is on the disk when the function returns. While it is open to be written, and
 * after a kill until it is opened again, a part of it is in the files PATH-wal and PATH-shm. */
#pragma once

#include "campaign/vr-host-watch.h"
#include "campaign/vr-run-table.h"
#include "campaign/vr-sample.h"

typedef struct VrResults VrResults;

typedef enum { VR_RUN_PLANNED, VR_RUN_DONE, VR_RUN_FAILED } VrRunState;

typedef struct {
  guint id, block, condition;
  VrRunState state;
  guint attempts; /* tries that are stored */
} VrStoredRun;

/* One try of a run. */
typedef struct {
  guint run;
  guint number;       /* of the try, from 1 */
  const char *how;    /* how the lab got there: "up", "as it is", "tune", "rebuild" */
  const char *reason; /* why it failed; NULL: it did not */
  guint64 begun_ns;   /* since the Unix epoch, with the change of the lab and the pause */
  guint64 ended_ns;
  const VrHostWatch *host; /* before it; NULL where it failed before that */
  const VrSample *sample;  /* NULL where it failed, as the next */
  const char *load_json;   /* the whole result, vrkit.load/1 */
} VrAttempt;

/* Every error: VR_ERROR_BUSY for a database that is locked by another program, VR_ERROR_VERIFY for
 * one that is damaged or no database, VR_ERROR_HOST for one of another version and for a full disk,
 * VR_ERROR_PERMISSION. Messages name the file. */

/* Makes the database at `path`, where none is, with the runs of the table as planned. `only` is
 * what they were chosen by, as text; it and the number of repetitions are for a later
 * vr_results_get().
 */
VrResults *vr_results_create (const char *path, const VrRunTable *table, const char *only,
                              GError **error);

/* To be written, it is looked through for damage first. Who reads has what is stored at that
 * moment, also while another process writes. */
typedef enum { VR_RESULTS_READ, VR_RESULTS_WRITE } VrResultsMode;
VrResults *vr_results_open (const char *path, VrResultsMode mode, GError **error);
void vr_results_close (VrResults *results);

/* The version of SQLite. */
const char *vr_results_engine (void);

/* Writes a copy to `path`, where none is: what was stored when it began, in the same bytes whenever
 * the same is stored. VR_ERROR_HOST where it cannot be written, as on a full disk. */
gboolean vr_results_copy (VrResults *results, const char *path, GError **error);

/* A value by its name: "experiment", "seed", "repetitions", "only", "quick" ("0" or "1"),
 * "confidence", and what vr_results_set() gave. NULL with an
 * error where there is none. The caller owns it. */
char *vr_results_get (VrResults *results, const char *key, GError **error);

/* Keeps a value by a name: what the host lacked that claims need, as vr_need_lacks() has it. */
#define VR_RESULTS_LACKS "lacks"
gboolean vr_results_set (VrResults *results, const char *key, const char *value, GError **error);

/* VrStoredRun in the order of the runs; the caller owns it. */
GArray *vr_results_runs (VrResults *results, GError **error);

/* Stores a try and what has become of its run by it. */
gboolean vr_results_add (VrResults *results, const VrAttempt *attempt, VrRunState state,
                         GError **error);

/* Plans the runs of the table that are not stored yet. */
gboolean vr_results_extend (VrResults *results, const VrRunTable *table, GError **error);

/* What the tries of a condition that did not fail measured: double; the caller owns it. */
GArray *vr_results_values (VrResults *results, guint condition, const char *column, GError **error);

/* What a CPU did in the loads of a condition, by kind. */
#define VR_CPU_USE_KINDS 7
typedef struct {
  guint condition, cpu;
  double share[VR_CPU_USE_KINDS]; /* of its time, 0 to 1; all 0 where too short to be counted */
} VrCpuUse;

/* "user", "system", "irq", "softirq", "guest", "steal", "idle". */
const char *vr_cpu_use_kind (guint kind);
/* VrCpuUse by condition and CPU, over all tries that did not fail; the caller owns it. */
GArray *vr_results_cpu_use (VrResults *results, GError **error);

/* Something that happened to the campaign, as a resumption on another host. */
gboolean vr_results_note (VrResults *results, guint64 time_ns, const char *text, GError **error);
/* All of them, in their order: char *, "2026-01-31T12:00:00Z: what happened"; the caller owns it.
 */
GPtrArray *vr_results_notes (VrResults *results, GError **error);

/* A try as it is read back. All is valid during the call alone. */
typedef struct {
  guint run, block, condition;
  const char *const *levels; /* one of each factor, in their order */
  guint levels_count;
  VrAttempt attempt; /* its host, sample and load_json are NULL as they were stored */
} VrStoredAttempt;
typedef gboolean (*VrResultsFunction) (const VrStoredAttempt *attempt, gpointer data,
                                       GError **error);

/* Names of the factors, NULL-terminated; the caller owns it. */
char **vr_results_factors (VrResults *results, GError **error);

/* Reading loads takes longer than all the rest. */
typedef enum {
  VR_RESULTS_NUMBERS, /* load_json is NULL */
  VR_RESULTS_WHOLE,
} VrResultsParts;

/* Calls `each` for every try, in the order in which they were made; FALSE from it ends. */
gboolean vr_results_each (VrResults *results, VrResultsParts parts, VrResultsFunction each,
                          gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrResults, vr_results_close)
