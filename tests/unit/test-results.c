/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is made of a run: a sample of a load's JSON, notes on the host, rows of a database, lines of
 * CSV, and what two manifests differ in. */
#include "campaign/vr-results.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-manifest.h"
#include "campaign/vr-export.h"
#include "campaign/vr-kernel-config.h"
#include "campaign/vr-measure.h"

#define SUMMARY(mean)                                                                              \
  "{\"min\":1,\"mean\":" mean ",\"p50\":3,\"p90\":4,\"p99\":5,\"p99_9\":6,\"p99_99\":7,\"max\":8}"
#define OF_TESTER                                                                                  \
  "\"tester_limited\":true,\"late_burst\":true,\"stages\":[{\"id\":\"path\",\"count\":7},"         \
  "{\"id\":\"receiver-buffer\",\"count\":4}],"
#define LOAD_BEGUN                                                                                 \
  "{\"offered_pps\":1000,\"sent_pps\":999,\"received_pps\":998,\"asked\":10,\"sent\":9,"           \
  "\"received\":8,\"lost\":1,\"duplicated\":0,\"reordered\":0,\"corrupted\":0,"                    \
  "\"duration_ns\":12," OF_TESTER "\"partial\":false,\"latency_ns\":" SUMMARY (                    \
      "2") ",\"jitter_ns\":" SUMMARY ("20") ",\"cpu_duration_ns\":15,\"cpu\":[{\"cpu\":0,\"user_"  \
                                            "ns\":1,\"system_ns\":2,"                              \
                                            "\"irq_ns\":3,\"softirq_ns\":4,\"guest_ns\":5,"        \
                                            "\"steal_ns\":6,\"idle_ns\":7},{\"cpu\":1,"            \
                                            "\"user_ns\":10,\"system_ns\":20,\"irq_ns\":30,"       \
                                            "\"softirq_ns\":40,\"guest_ns\":50,"                   \
                                            "\"steal_ns\":60,\"idle_ns\":70}],\"threads\":[{"      \
                                            "\"selector\":\"vhost.left.0\",\"cpu_time_ns\":5},"    \
                                            "{\"selector\":\"\",\"cpu_time_ns\":6},{"              \
                                            "\"selector\":\"vhost.right.0\",\"cpu_time_ns\":8}"    \
                                            "],\"streams\":[{\"sent\":6,\"received\":5,"           \
                                            "\"lost\":1}]"
#define LOAD LOAD_BEGUN "}"
#define CONTROLLED(object) LOAD_BEGUN ",\"control\":" object "}"

static gint64
value (const VrSample *sample, const char *name)
{
  guint column = vr_sample_column (name);
  g_assert_cmpuint (column, <, VR_SAMPLE_COLUMNS);
  return sample->values[column];
}

static void
test_sample (void)
{
  static const char *const bad[] = { "",
                                     "[]",
                                     "{",
                                     "{}",
                                     "{\"offered_pps\":\"1000\"}",
                                     CONTROLLED ("{\"decisions\":7,\"applied\":2}") };
  g_autoptr (GError) error = NULL;
  VrSample sample;
  g_assert_true (vr_sample_read (LOAD, &sample, &error));
  g_assert_no_error (error);
  g_assert_cmpint (value (&sample, "received_pps"), ==, 998);
  g_assert_cmpint (value (&sample, "tester_limited"), ==, 1);
  g_assert_cmpint (value (&sample, "late_burst"), ==, 1);
  g_assert_cmpint (value (&sample, "receiver_dropped"), ==, 4);
  g_assert_cmpint (value (&sample, "latency_p99_9_ns"), ==, 6);
  g_assert_cmpint (value (&sample, "jitter_mean_ns"), ==, 20);
  g_assert_cmpint (value (&sample, "cpu_duration_ns"), ==, 15);
  g_assert_cmpint (value (&sample, "cpu_softirq_ns"), ==, 44);
  g_assert_cmpint (value (&sample, "threads_ns"), ==, 19);
  g_assert_cmpint (value (&sample, "vhost_ns"), ==, 13);
  g_assert_cmpint (value (&sample, "vhost_max_ns"), ==, 8);
  g_assert_cmpint (value (&sample, "vcpu_ns"), ==, 0);
  g_assert_cmpint (value (&sample, "stream1_received"), ==, 5);
  g_assert_cmpint (value (&sample, "stream2_sent"), ==, 0);
  g_assert_cmpint (value (&sample, "control_decisions"), ==, 0);
  g_assert_cmpint (value (&sample, "control1_cores"), ==, 0);
  g_assert_cmpuint (vr_sample_column ("colour"), ==, VR_SAMPLE_COLUMNS);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) cause = NULL;
    g_assert_false (vr_sample_read (bad[i], &sample, &cause));
    g_assert_error (cause, VR_ERROR, VR_ERROR_VERIFY);
  }
}

/* Beside which a controller ran: of the first two routers that it had follow. */
static void
test_sample_control (void)
{
  g_autoptr (GError) error = NULL;
  VrSample sample;
  g_assert_true (vr_sample_read (
      CONTROLLED ("{\"decisions\":7,\"applied\":2,\"apply_ns\":5000,\"routers\":[{\"name\":\"r1\","
                  "\"reserved_ppm\":380000,\"cores\":1,\"level_pps\":11400,\"settled_ns\":9}]}"),
      &sample, &error));
  g_assert_no_error (error);
  g_assert_cmpint (value (&sample, "received_pps"), ==, 998);
  g_assert_cmpint (value (&sample, "control_decisions"), ==, 7);
  g_assert_cmpint (value (&sample, "control_apply_ns"), ==, 5000);
  g_assert_cmpint (value (&sample, "control1_reserved_ppm"), ==, 380000);
  g_assert_cmpint (value (&sample, "control1_settled_ns"), ==, 9);
  g_assert_cmpint (value (&sample, "control2_reserved_ppm"), ==, 0);
  g_assert_cmpfloat (vr_measure_value (vr_measure_find ("control_apply_mean_ns"), &sample), ==,
                     2500);
}

/* Of a sample with two streams: what came of both, shared out. */
static void
test_evenness (void)
{
  guint evenness = vr_measure_find ("stream_evenness");
  VrSample sample = { { 0 } };
  gint64 *one = &sample.values[vr_sample_column ("stream1_received")];
  gint64 *other = &sample.values[vr_sample_column ("stream2_received")];
  *one = 300;
  g_assert_true (isnan (vr_measure_value (evenness, &sample)));
  sample.values[vr_sample_column ("stream2_sent")] = 700;
  g_assert_cmpfloat (vr_measure_value (evenness, &sample), ==, 0);
  *other = 500;
  g_assert_cmpfloat (vr_measure_value (evenness, &sample), ==, 0.75);
  *one = 500;
  g_assert_cmpfloat (vr_measure_value (evenness, &sample), ==, 1);
  *one = *other = 0;
  g_assert_true (isnan (vr_measure_value (evenness, &sample)));
}

/* --- The host ----------------------------------------------------------------------------------
 */

static char *
write_file (const char *root, const char *path, const char *text)
{
  char *file = g_build_filename (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (file);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  return file;
}

static void
put (const char *root, const char *path, const char *text)
{
  g_autofree char *file = write_file (root, path, text);
  g_assert_nonnull (file);
}

static void
remove_tree (const char *root)
{
  g_autoptr (GError) error = NULL;
  const char *const argv[] = { "rm", "-r", "--", root, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_host (void)
{
  g_autofree char *root = g_dir_make_tmp ("vrkit-watch-XXXXXX", NULL);
  put (root, "proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 100 0 0 1000 0 0 0 0 0 0\n");
  put (root, "proc/vmstat", "pswpin 5\npswpout 7\n");
  put (root, "proc/loadavg", "1.25 0 0 1/2 3\n");
  put (root, "proc/meminfo", "SwapTotal: 4096 kB\nSwapFree: 2048 kB\n");
  put (root, "sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  g_autoptr (VrHostLook) before = vr_host_look_new (root);
  put (root, "proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 130 0 0 1050 0 0 0 20 0 0\n");
  put (root, "proc/vmstat", "pswpin 6\npswpout 7\n");
  put (root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n");
  put (root, "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "2\n");
  put (root, "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  g_autoptr (VrHostLook) after = vr_host_look_new (root);
  g_auto (VrHostWatch) watch = { .notes = NULL }, quiet = { .notes = NULL };
  vr_host_watch (before, after, &watch);
  vr_host_watch (before, before, &quiet);
  g_assert_cmpint (watch.values[VR_WATCH_LOAD_MILLI], ==, 1250);
  g_assert_cmpint (watch.values[VR_WATCH_BUSY_PERMILLE], ==, 500);
  g_assert_cmpint (watch.values[VR_WATCH_STEAL_PERMILLE], ==, 200);
  g_assert_cmpint (watch.values[VR_WATCH_FREQ_MIN_KHZ], ==, 2000000);
  g_assert_cmpint (watch.values[VR_WATCH_THROTTLED], ==, 2);
  g_assert_cmpint (watch.values[VR_WATCH_SWAP_MIB], ==, 2);
  g_assert_cmpint (watch.values[VR_WATCH_SWAPPED_PAGES], ==, 1);
  g_assert_cmpstr (watch.notes, ==,
                   "others use 50 % of the CPUs; the hypervisor takes 20 % of the CPUs; a CPU is "
                   "slowed down for its heat; memory is swapped; the clock source is hpet, which "
                   "is slow");
  g_assert_cmpstr (quiet.notes, ==, "");
  put (root, "proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 930 0 0 1100 0 0 0 170 0 0\n");
  put (root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1500000\n");
  g_autoptr (VrHostLook) end = vr_host_look_new (root);
  vr_host_watch_run (after, after, &quiet);
  g_assert_cmpstr (quiet.notes, ==, "");
  vr_host_watch_run (after, end, &quiet);
  g_assert_cmpstr (quiet.notes, ==,
                   "in the run the hypervisor takes 15 % of the CPUs; in the run the fastest CPU "
                   "comes from 2000 to 1500 MHz");
  vr_host_watch_run (before, after, &quiet);
  g_assert_true (g_str_has_suffix (quiet.notes,
                                   "; in the run a CPU is slowed down for its heat; in the run "
                                   "memory is swapped"));
  remove_tree (root);
}

/* --- The database ------------------------------------------------------------------------------
 */

#define PROFILE                                                                                    \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\n"                                     \
  "[router r1]\nkind = native\ninterface = left 198.18.1.1/24\n"
#define EXPERIMENT                                                                                 \
  "[experiment]\nprofile = lab.conf\nrepetitions = 2\norder = fixed\n"                             \
  "[factor rate]\nkey = load.rate\nlevels = 1kpps, 2kpps\n"

static VrResults *
create (const char *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (folder, "exp.conf", NULL);
  VrRunChoice choice = { NULL, 0 };
  put (folder, "lab.conf", PROFILE);
  g_autoptr (VrExperiment) experiment = vr_experiment_parse (EXPERIMENT, file, &error);
  g_assert_no_error (error);
  g_autoptr (VrRunTable) table = vr_run_table_new (experiment, &choice, &error);
  g_assert_no_error (error);
  VrResults *results = vr_results_create (path, table, "rate=1kpps", &error);
  g_assert_no_error (error);
  return results;
}

static gboolean
collect (const VrStoredAttempt *attempt, gpointer data, GError **error)
{
  (void) error;
  g_ptr_array_add (data, vr_export_csv_line (attempt));
  return TRUE;
}

static void
add_attempts (VrResults *results)
{
  g_autoptr (GError) error = NULL;
  VrSample sample;
  VrHostWatch host = { { 1, 2, 3, 4, 5, 6, 7, 8 }, (char *) "tsc", (char *) "" };
  g_assert_true (vr_sample_read (LOAD, &sample, NULL));
  VrAttempt failed = { 1, 1, "up", "no \"way\", none", 100, 200, NULL, NULL, NULL };
  VrAttempt good = { 1, 2, "up", NULL, 300, 400, &host, &sample, LOAD };
  g_assert_true (vr_results_add (results, &failed, VR_RUN_PLANNED, &error));
  g_assert_true (vr_results_add (results, &good, VR_RUN_DONE, &error));
  g_assert_no_error (error);
  /* The same try of a run cannot be there twice. */
  g_assert_false (vr_results_add (results, &good, VR_RUN_FAILED, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
}

static void
check_attempts (VrResults *results)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) runs = vr_results_runs (results, &error);
  g_assert_cmpuint (runs->len, ==, 4);
  g_assert_cmpuint (g_array_index (runs, VrStoredRun, 0).state, ==, VR_RUN_DONE);
  g_assert_cmpuint (g_array_index (runs, VrStoredRun, 1).state, ==, VR_RUN_PLANNED);
  g_assert_cmpuint (g_array_index (runs, VrStoredRun, 3).condition, ==, 2);
  g_assert_cmpuint (g_array_index (runs, VrStoredRun, 0).attempts, ==, 2);
  g_assert_cmpuint (g_array_index (runs, VrStoredRun, 1).attempts, ==, 0);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (vr_results_each (results, VR_RESULTS_NUMBERS, collect, lines, &error));
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_true (
      g_str_has_prefix (lines->pdata[0], "1,1,1,1kpps,1,up,\"no \"\"way\"\", none\",100,200,,,,"));
  g_assert_true (g_str_has_prefix (lines->pdata[1],
                                   "1,1,1,1kpps,2,up,,300,400,tsc,,1,2,3,4,5,6,7,8,1000,999,998,"));
  g_autofree char *only = vr_results_get (results, "only", &error);
  g_assert_cmpstr (only, ==, "rate=1kpps");
  g_assert_null (vr_results_get (results, "colour", &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_VERIFY);
}

/* Of the one try that did not fail: CPU 0 did 1 to 7 ns of each kind, CPU 1 ten times that. */
static void
check_cpu_use (VrResults *results)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) uses = vr_results_cpu_use (results, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (uses->len, ==, 2);
  for (guint i = 0; i < uses->len; i++) {
    const VrCpuUse *use = &g_array_index (uses, VrCpuUse, i);
    g_assert_cmpuint (use->condition, ==, 1);
    g_assert_cmpuint (use->cpu, ==, i);
    for (guint kind = 0; kind < VR_CPU_USE_KINDS; kind++)
      g_assert_cmpfloat_with_epsilon (use->share[kind], (kind + 1) / 28.0, 1e-12);
  }
  g_assert_cmpstr (vr_cpu_use_kind (VR_CPU_USE_KINDS - 1), ==, "idle");
}

/* A load that another program wrote, with blanks. */
static void
test_cpu_use_of_other (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  g_autoptr (GString) load = g_string_new (LOAD);
  VrSample sample;
  g_assert_cmpuint (g_string_replace (load, "\"cpu\":[", "\"cpu\" : [ ", 0), ==, 1);
  g_assert_true (vr_sample_read (load->str, &sample, NULL));
  const VrAttempt good = { 1, 1, "up", NULL, 300, 400, NULL, &sample, load->str };
  g_autoptr (VrResults) results = create (folder, path);
  g_assert_true (vr_results_add (results, &good, VR_RUN_DONE, &error));
  check_cpu_use (results);
  remove_tree (folder);
}

static void
test_copy (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  char *copies[2], *texts[2];
  gsize sizes[2];
  g_autoptr (VrResults) results = create (folder, path);
  add_attempts (results);
  for (guint i = 0; i < 2; i++) {
    copies[i] = g_strdup_printf ("%s/copy-%u", folder, i);
    g_assert_true (vr_results_copy (results, copies[i], &error));
    g_assert_true (g_file_get_contents (copies[i], &texts[i], &sizes[i], NULL));
  }
  g_assert_cmpmem (texts[0], sizes[0], texts[1], sizes[1]);
  g_autoptr (VrResults) copy = vr_results_open (copies[0], VR_RESULTS_WRITE, &error);
  g_assert_no_error (error);
  check_attempts (copy);
  g_assert_false (vr_results_copy (results, copies[0], &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  for (guint i = 0; i < 2; i++) {
    g_free (copies[i]);
    g_free (texts[i]);
  }
  remove_tree (folder);
}

static gboolean
is_there (const char *path, const char *suffix)
{
  g_autofree char *file = g_strconcat (path, suffix, NULL);
  return g_file_test (file, G_FILE_TEST_EXISTS);
}

/* Nothing of the database is in a log, and none is wanted: the file's format versions, at 18 and 19
 * of its header, are 1 (https://www.sqlite.org/fileformat2.html, section 1.3.3). */
static void
assert_one_file (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_false (is_there (path, "-wal") || is_there (path, "-shm")
                  || is_there (path, "-journal"));
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, 20);
  g_assert_cmpint (bytes[18], ==, 1);
  g_assert_cmpint (bytes[19], ==, 1);
}

static VrResults *
open_results (const char *path, VrResultsMode mode)
{
  g_autoptr (GError) error = NULL;
  VrResults *results = vr_results_open (path, mode, &error);
  g_assert_no_error (error);
  return results;
}

/* A copy has what is in the log. */
static void
check_copy (VrResults *results, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "copy.sqlite", NULL);
  g_assert_true (vr_results_copy (results, path, &error));
  assert_one_file (path);
  g_autoptr (VrResults) copy = open_results (path, VR_RESULTS_READ);
  check_attempts (copy);
}

/* While it is written others read what is stored, and the last one to close leaves one file. */
static void
test_log (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  vr_results_close (create (folder, path));
  assert_one_file (path);
  g_autoptr (VrResults) writer = open_results (path, VR_RESULTS_WRITE);
  add_attempts (writer);
  g_assert_true (is_there (path, "-wal"));
  g_autoptr (VrResults) reader = open_results (path, VR_RESULTS_READ);
  check_attempts (reader);
  check_copy (reader, folder);
  g_clear_pointer (&reader, vr_results_close);
  g_assert_true (is_there (path, "-wal"));
  g_assert_true (vr_results_note (writer, 5, "it happened", &error));
  reader = open_results (path, VR_RESULTS_READ);
  g_clear_pointer (&writer, vr_results_close);
  check_attempts (reader);
  g_clear_pointer (&reader, vr_results_close);
  assert_one_file (path);
  remove_tree (folder);
}

/* What was stored before a kill is there for whoever reads first. */
static void
test_killed (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  int status;
  vr_results_close (create (folder, path));
  pid_t child = fork ();
  if (child == 0) {
    add_attempts (open_results (path, VR_RESULTS_WRITE));
    raise (SIGKILL);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_assert_true (is_there (path, "-wal"));
  g_autoptr (VrResults) reader = open_results (path, VR_RESULTS_READ);
  check_attempts (reader);
  check_copy (reader, folder);
  g_clear_pointer (&reader, vr_results_close);
  assert_one_file (path);
  remove_tree (folder);
}

typedef struct {
  const char *path;
  VrResults *writer;
} Beginning;

static gboolean
open_to_write (G_GNUC_UNUSED const VrStoredAttempt *attempt, gpointer data,
               G_GNUC_UNUSED GError **error)
{
  Beginning *beginning = data;
  if (beginning->writer == NULL)
    beginning->writer = open_results (beginning->path, VR_RESULTS_WRITE);
  return TRUE;
}

/* Somebody who reads at that moment keeps nobody from writing; there is no log then. */
static void
test_begun_while_read (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  g_autoptr (GError) error = NULL;
  Beginning beginning = { path, NULL };
  g_autoptr (VrResults) reader = create (folder, path);
  add_attempts (reader);
  g_assert_true (vr_results_each (reader, VR_RESULTS_NUMBERS, open_to_write, &beginning, &error));
  g_assert_true (vr_results_note (beginning.writer, 5, "it happened", &error));
  g_assert_false (is_there (path, "-wal"));
  check_attempts (beginning.writer);
  vr_results_close (beginning.writer);
  remove_tree (folder);
}

static void
test_database (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  g_autoptr (GError) error = NULL, none = NULL;
  g_autoptr (VrResults) results = create (folder, path);
  add_attempts (results);
  check_attempts (results);
  g_clear_pointer (&results, vr_results_close);
  results = vr_results_open (path, VR_RESULTS_WRITE, &error);
  g_assert_no_error (error);
  check_attempts (results);
  check_cpu_use (results);
  g_assert_true (vr_results_note (results, 1700000000 * G_GUINT64_CONSTANT (1000000000),
                                  "it happened", &error));
  g_autoptr (GPtrArray) notes = vr_results_notes (results, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (notes->pdata[0], ==, "2023-11-14T22:13:20Z: it happened");
  g_clear_pointer (&results, vr_results_close);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_null (vr_results_open (path, VR_RESULTS_READ, &none));
  g_assert_error (none, VR_ERROR, VR_ERROR_USAGE);
  put (folder, "results.sqlite", "this is no database, but a text that is long enough for one\n");
  g_assert_null (vr_results_open (path, VR_RESULTS_READ, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_VERIFY);
  remove_tree (folder);
}

/* As another vrkit has left it, whose tables are others: its number is at 60 of the file (SQLite's
 * file format, 1.3). */
static void
test_older (void)
{
  static const gint32 version = 4;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vrkit-results-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "results.sqlite", NULL);
  g_autofree char *bytes = NULL;
  gsize size;
  VrResults *results = create (folder, path);
  vr_results_close (results);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  gint32 written = GINT32_TO_BE (version);
  memcpy (bytes + 60, &written, sizeof written);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
  g_assert_null (vr_results_open (path, VR_RESULTS_READ, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "is of version 4, and this vrkit knows version 5"));
  g_assert_nonnull (strstr (error->message, "use the vrkit that made it, or measure anew"));
  remove_tree (folder);
}

static void
test_export (void)
{
  static const char *const factors[] = { "rate", "size", NULL };
  static const char *const levels[] = { "1kpps", "64,128" };
  VrStoredAttempt stored
      = { 3, 2, 1, levels, 2, { 3, 1, "tune", "broke", 1, 2, NULL, NULL, NULL } };
  g_autofree char *names = vr_export_csv_names (factors);
  g_autofree char *line = vr_export_csv_line (&stored);
  g_autofree char *json = vr_export_json_element (&stored, factors);
  stored.attempt.load_json = "{\"x\":1}";
  g_autofree char *loaded = vr_export_json_element (&stored, factors);
  g_auto (GStrv) columns = g_strsplit (names, ",", -1);
  g_assert_true (g_str_has_prefix (names, "run,block,condition,rate,size,try,how,reason,"));
  g_assert_true (g_str_has_prefix (line, "3,2,1,1kpps,\"64,128\",1,tune,broke,1,2,"));
  g_assert_cmpuint (g_strv_length (columns), ==, 12 + VR_WATCH_COLUMNS + VR_SAMPLE_COLUMNS);
  g_assert_cmpstr (json, ==,
                   "{\"run\":3,\"block\":2,\"condition\":1,\"levels\":{\"rate\":\"1kpps\","
                   "\"size\":\"64,128\"},\"try\":1,\"how\":\"tune\",\"reason\":\"broke\","
                   "\"begun_ns\":1,\"ended_ns\":2}");
  g_assert_true (g_str_has_suffix (loaded, ",\"ended_ns\":2,\"load\":{\"x\":1}}"));
}

static void
test_export_numbers (void)
{
  VrSample sample = { { 0 } };
  VrStoredAttempt stored = { 1, 1, 1, NULL, 0, { 1, 1, "up", NULL, 1, 2, NULL, &sample, NULL } };
  sample.values[0] = G_MININT64;
  sample.values[1] = -1;
  sample.values[3] = G_MAXINT64;
  sample.values[4] = 10;
  g_autofree char *line = vr_export_csv_line (&stored);
  g_assert_nonnull (strstr (line, ",-9223372036854775808,-1,0,9223372036854775807,10,0"));
}

static void
test_manifests (void)
{
  static const struct {
    const char *then, *now, *says;
  } rows[] = {
    { "{\"host\":{\"a\":1},\"versions\":{},\"images\":[],\"experiment\":1}",
      "{\"host\":{\"a\":1},\"versions\":{},\"images\":[],\"experiment\":2}", NULL },
    { "{\"host\":{\"a\":\"x\"},\"versions\":{},\"images\":[]}",
      "{\"host\":{\"a\":\"y\"},\"versions\":{},\"images\":[]}", "host.a is \"y\", and was \"x\"" },
    { "{\"host\":{},\"versions\":{},\"images\":[]}",
      "{\"host\":{},\"versions\":{\"b\":1},\"images\":[]}", "versions.b is 1, and was nothing" },
    { "{\"host\":{\"c\":true},\"versions\":{},\"images\":[]}",
      "{\"host\":{},\"versions\":{},\"images\":[]}", "host.c is nothing, and was true" },
    { "{\"host\":{},\"versions\":{},\"images\":[1]}",
      "{\"host\":{},\"versions\":{},\"images\":[2]}", "images is [2], and was [1]" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (JsonNode) then = json_from_string (rows[i].then, NULL);
    g_autoptr (JsonNode) now = json_from_string (rows[i].now, NULL);
    g_autofree char *difference = vr_campaign_manifest_difference (then, now);
    g_assert_cmpstr (difference, ==, rows[i].says);
  }
}

/* --- The kernel's configuration -----------------------------------------------------------------
 */

static void
put_packed (const char *root, const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = write_file (root, path, "");
  g_autoptr (GFile) file = g_file_new_for_path (name);
  g_autoptr (GFileOutputStream) below = g_file_replace (file, NULL, FALSE, 0, NULL, &error);
  g_autoptr (GZlibCompressor) pack = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
  g_autoptr (GOutputStream) stream
      = g_converter_output_stream_new (G_OUTPUT_STREAM (below), G_CONVERTER (pack));
  g_assert_true (g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, &error));
  g_assert_true (g_output_stream_close (stream, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_config (const char *root, const char *wanted)
{
  g_autofree char *config = vr_kernel_config (root, "6.1.0");
  g_assert_cmpstr (config, ==, wanted);
}

/* What the running kernel says of itself goes before what lies on the disk. */
static void
test_kernel_config (void)
{
  g_autofree char *root = g_dir_make_tmp ("vrkit-config-XXXXXX", NULL);
  assert_config (root, NULL);
  put (root, "lib/modules/6.1.0/build/.config", "CONFIG_BUILT=y\n");
  assert_config (root, "CONFIG_BUILT=y\n");
  put (root, "lib/modules/6.1.0/config", "CONFIG_MODULES=y\n");
  assert_config (root, "CONFIG_MODULES=y\n");
  put (root, "boot/config-6.1.0", "CONFIG_BOOT=y\n");
  put (root, "boot/config-6.1.1", "CONFIG_OTHER=y\n");
  put (root, "proc/config.gz", "this is not packed");
  assert_config (root, "CONFIG_BOOT=y\n");
  put_packed (root, "proc/config.gz", "CONFIG_RUNNING=y\n");
  assert_config (root, "CONFIG_RUNNING=y\n");
  remove_tree (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/results/sample", test_sample);
  g_test_add_func ("/results/sample-control", test_sample_control);
  g_test_add_func ("/results/evenness", test_evenness);
  g_test_add_func ("/results/host", test_host);
  g_test_add_func ("/results/database", test_database);
  g_test_add_func ("/results/log", test_log);
  g_test_add_func ("/results/killed", test_killed);
  g_test_add_func ("/results/begun-while-read", test_begun_while_read);
  g_test_add_func ("/results/cpu-use-of-other", test_cpu_use_of_other);
  g_test_add_func ("/results/copy", test_copy);
  g_test_add_func ("/results/older", test_older);
  g_test_add_func ("/results/export", test_export);
  g_test_add_func ("/results/export-numbers", test_export_numbers);
  g_test_add_func ("/results/manifests", test_manifests);
  g_test_add_func ("/results/kernel-config", test_kernel_config);
  return g_test_run ();
}
