/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibrations: the line through made-up points, the way back from a rate, files, and what makes
 * one stale. */
#include <glib/gstdio.h>
#include <math.h>

#include "campaign/vr-calibrate-thread.h"
#include "campaign/vr-calibration-contract.h"
#include "campaign/vr-calibration-origin.h"
#include "campaign/vr-calibration-print.h"
#include "unit/profile-fixture.h"

#define MS 1000000ull

/* --- Fixtures -----------------------------------------------------------------------------------
 */

#define PORTS                                                                                      \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 50\n[port right]\ndevice = test\n"  \
  "queue-length = 40\n"
#define ROUTER "[router r1]\ninterface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\n"

static void
add_point (VrCalibrationCurve *curve, double share, double forwarded_pps)
{
  VrCalibrationPoint point = { share, forwarded_pps };
  g_array_append_val (curve->points, point);
}

/* forwarded = 50,000 · share - 1,000, with a wobble, up to 80 %, and no more above. */
static VrCalibrationCurve *
curve_new (const char *thread, guint size)
{
  VrCalibrationCurve *curve = vr_calibration_curve_new (thread, size);
  for (guint i = 0; i < 3; i++)
    for (guint k = 1; k <= 10; k++) {
      double share = k / 10.0, wobble = ((i * 7 + k * 3) % 5 - 2.0) * 20;
      add_point (curve, share, MIN (50000 * share - 1000, 39000) + wobble);
    }
  curve->offered_pps = 80000;
  curve->free_pps = 39000;
  curve->used_share = 0.8;
  vr_calibration_fit (curve, 0.95);
  return curve;
}

static VrCalibration *
calibration_new (void)
{
  VrCalibration *calibration = vr_calibration_new ("x", "r1");
  calibration->measured_s = 1700000000;
  calibration->policy = VR_POLICY_DEADLINE;
  calibration->period_ns = 100 * MS;
  calibration->trial_ns = 2000 * MS;
  calibration->tick_ns = 4 * MS;
  calibration->ring_frames = 256;
  calibration->confidence = 0.95;
  calibration->origin = json_from_string ("{\"host\":{\"kernel\":\"6.1\"},\"profile\":{}}", NULL);
  g_ptr_array_add (calibration->curves, curve_new ("vcpu.0", 64));
  g_ptr_array_add (calibration->curves, curve_new ("emulator", 64));
  return calibration;
}

static void
curve_free (VrCalibrationCurve *curve)
{
  g_autoptr (VrCalibration) owner = vr_calibration_new ("x", "r1");
  g_ptr_array_add (owner->curves, curve);
}

/* --- The line -----------------------------------------------------------------------------------
 */

static void
test_line (void)
{
  g_autoptr (VrCalibration) calibration = calibration_new ();
  VrCalibrationCurve *curve = vr_calibration_curve (calibration, "vcpu.0", 64);
  g_assert_nonnull (curve);
  g_assert_null (vr_calibration_curve (calibration, "vcpu.0", 512));
  g_assert_cmpint (curve->state, ==, VR_CALIBRATION_GOOD);
  g_assert_null (vr_calibration_excuse (curve));
  g_assert_cmpuint (curve->levels, ==, 8);
  g_assert_cmpfloat (curve->peak_share, ==, 0.8);
  g_assert_cmpfloat (curve->least_share, ==, 0.1);
  g_assert_cmpfloat_with_epsilon (curve->line.slope.value, 50000, 200);
  g_assert_cmpfloat_with_epsilon (curve->line.intercept.value, -1000, 100);
  g_assert_true (curve->line.slope.low < 50000 && curve->line.slope.high > 50000);
  g_assert_cmpfloat (curve->line.r_squared, >, 0.999);
  g_assert_cmpfloat_with_epsilon (vr_calibration_peak_pps (curve), 39000, 100);
}

static void
test_no_line (void)
{
  VrCalibrationCurve *flat = vr_calibration_curve_new ("vcpu.0", 64);
  static const double noise[] = { 0, 100, 0, 50, 2000, 1950, 2100, 2200 };
  for (guint i = 0; i < 8; i++)
    add_point (flat, 0.1 * (i % 4 + 1), noise[i]);
  vr_calibration_fit (flat, 0.95);
  g_autoptr (GError) error = NULL;
  guint64 share_ppm = 7;
  g_assert_cmpuint (flat->levels, ==, 4);
  g_assert_cmpint (flat->state, ==, VR_CALIBRATION_FLAT);
  g_assert_false (vr_calibration_share_ppm (flat, 500, &share_ppm, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_cmpuint (share_ppm, ==, 7);
  curve_free (flat);
  /* At its peak from the second level on. */
  VrCalibrationCurve *steep = vr_calibration_curve_new ("emulator", 64);
  for (guint i = 1; i <= 5; i++)
    add_point (steep, i / 5.0, i == 1 ? 500 : 1000);
  vr_calibration_fit (steep, 0.95);
  g_assert_cmpint (steep->state, ==, VR_CALIBRATION_FEW);
  g_assert_cmpuint (steep->levels, ==, 2);
  curve_free (steep);
  VrCalibrationCurve *empty = vr_calibration_curve_new ("emulator", 64);
  vr_calibration_fit (empty, 0.95);
  g_assert_cmpint (empty->state, ==, VR_CALIBRATION_FEW);
  curve_free (empty);
  /* It falls. */
  VrCalibrationCurve *falling = vr_calibration_curve_new ("emulator", 64);
  for (guint i = 1; i <= 5; i++)
    add_point (falling, 1 - i / 10.0, 1000 + i * 10);
  vr_calibration_fit (falling, 0.95);
  g_assert_cmpint (falling->state, ==, VR_CALIBRATION_FEW);
  curve_free (falling);
}

static void
test_share (void)
{
  VrCalibrationCurve *curve = curve_new ("vcpu.0", 64);
  g_autoptr (GError) error = NULL;
  guint64 share_ppm;
  g_assert_true (vr_calibration_share_ppm (curve, 24000, &share_ppm, &error));
  g_assert_cmpfloat_with_epsilon ((double) share_ppm, 500000, 4000);
  /* Nothing is known below the least level, and nothing is promised above the line's end. */
  g_assert_true (vr_calibration_share_ppm (curve, 10, &share_ppm, &error));
  g_assert_cmpuint (share_ppm, ==, 100000);
  g_assert_false (vr_calibration_share_ppm (curve, 41000, &share_ppm, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_INFEASIBLE);
  g_assert_nonnull (strstr (error->message, "41kpps is more than was ever forwarded: "));
  g_assert_cmpuint (share_ppm, ==, 100000);
  curve_free (curve);
}

/* --- Files --------------------------------------------------------------------------------------
 */

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_dir_make_tmp ("vrkit-test-XXXXXX", &error);
  g_autofree char *directory = g_build_filename (base, "deep", NULL);
  g_autofree char *path = vr_calibration_path (directory, "x", "r1");
  g_autoptr (VrCalibration) calibration = calibration_new ();
  g_assert_true (g_str_has_suffix (path, "/deep/x.r1.json"));
  g_assert_null (vr_calibration_read (path, &error));
  g_assert_no_error (error);
  g_assert_true (vr_calibration_write (calibration, path, &error));
  g_assert_no_error (error);
  g_autoptr (VrCalibration) read = vr_calibration_read (path, &error);
  g_assert_no_error (error);
  VrCalibrationTold one = { .calibration = calibration }, other = { .calibration = read };
  g_autofree char *before = vr_calibration_json (&one), *after = vr_calibration_json (&other);
  g_assert_cmpstr (before, ==, after);
  g_assert_nonnull (strstr (before, "\"2023-11-14T22:13:20Z\""));
  g_remove (path);
  g_rmdir (directory);
  g_rmdir (base);
}

/* A file with one text replaced by another is refused, naming what is wrong. */
static void
test_damaged_files (void)
{
  static const struct {
    const char *was, *is, *says;
  } rows[] = {
    { "\"deadline\"", "\"fifo\"", "\"policy\"" },
    { "\"vcpu.0\"", "\"cpu;0\"", "\"thread\"" },
    { "\"r1\"", "\"../r1\"", "\"router\"" },
    { "\"share\" : 0.5", "\"share\" : 1.5", "\"share\"" },
    { "\"share\" : 0.5", "\"share\" : 0", "\"share\"" },
    { "\"share\" : 0.5", "\"share\" : \"0.5\"", "\"share\"" },
    { "\"forwarded_pps\" : 2", "\"forwarded_pps\" : -2", "\"forwarded_pps\"" },
    { "\"size\" : 64", "\"size\" : 64000", "\"size\"" },
    { "\"confidence\" : 0.9", "\"confidence\" : 1.9", "\"confidence\"" },
    { "\"points\" : [", "\"dots\" : [", "\"points\"" },
    { "\"curves\" : [", "\"curves\" : [ 7, ", "\"curves\"" },
    { "\"origin\"", "\"origine\"", "\"origin\"" },
    { "\"measured\" : \"2023", "\"measured\" : \"then 2023", "\"measured\"" },
    { "vrkit.calibration/1", "vrkit.calibration/9", "vrkit.calibration/9" },
    { "{", "", "cannot read" },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_dir_make_tmp ("vrkit-test-XXXXXX", &error);
  g_autofree char *path = vr_calibration_path (base, "x", "r1");
  g_autoptr (VrCalibration) calibration = calibration_new ();
  g_assert_true (vr_calibration_write (calibration, path, &error));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) cause = NULL;
    g_autoptr (GString) damaged = g_string_new (text);
    g_assert_cmpuint (g_string_replace (damaged, rows[i].was, rows[i].is, 1), ==, 1);
    g_assert_true (g_file_set_contents (path, damaged->str, -1, &error));
    g_assert_null (vr_calibration_read (path, &cause));
    g_assert_error (cause, VR_ERROR, VR_ERROR_HOST);
    if (strstr (cause->message, rows[i].says) == NULL)
      g_error ("%s: %s", rows[i].says, cause->message);
  }
  g_remove (path);
  g_rmdir (base);
}

#define LONGER                                                                                     \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 60\n[port right]\ndevice = "        \
  "test\nqueue-length = 40\n"
#define PVR(members) "[pvr p]\nmembers = " members "\ninterface = left 198.18.1.1/24\n"
#define MSR(routers) "[msr m]\nrouters = " routers "\ninterface = left 198.18.1.1/24\n"

/* --- Staleness ----------------------------------------------------------------------------------
 */

static char *
profile_of (const char *text)
{
  g_autoptr (VrLab) lab = fixture_parse (text);
  static const char *const names[] = { "r1", "p-1", "m-br1" };
  const VrRouter *router = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (names) && router == NULL; i++)
    router = vr_lab_router (lab, names[i]);
  g_autoptr (JsonNode) node = vr_calibration_origin_profile (lab, router);
  return json_to_string (node, FALSE);
}

static void
assert_same (const char *one, const char *other, gboolean same)
{
  g_autofree char *first = profile_of (one), *second = profile_of (other);
  if ((strcmp (first, second) == 0) != same)
    g_error ("%s and %s", first, second);
}

/* What a calibration leaves behind, and what is nothing to it, leaves it good. */
static void
test_profiles (void)
{
  static const char plain[] = PORTS ROUTER;
#define SCHEDULE PORTS ROUTER "[schedule r1]\n"
  assert_same (plain, plain, TRUE);
  assert_same (plain, SCHEDULE, TRUE);
  assert_same (plain, SCHEDULE "vcpu.0 = deadline 10ms/50ms @auto\n", TRUE);
  assert_same (plain, SCHEDULE "emulator = other\n", TRUE);
  assert_same (plain, PORTS ROUTER "[router r2]\nkind = native\n", TRUE);
  assert_same (SCHEDULE "vcpu.0 = deadline 10ms/50ms @1\n",
               SCHEDULE "vcpu.0 = quota 20ms/50ms @1\n", TRUE);
  assert_same (plain, SCHEDULE "vcpu.0 = other @1\n", FALSE);
  assert_same (SCHEDULE "vcpu.0 = other @1\n", SCHEDULE "vcpu.0 = other @0\n", FALSE);
  assert_same (plain, SCHEDULE "emulator = fifo 50\n", FALSE);
  assert_same (plain, SCHEDULE "emulator = other -10\n", FALSE);
  assert_same (SCHEDULE "emulator = fifo 50\n", SCHEDULE "emulator = fifo 60\n", FALSE);
  assert_same (plain, PORTS ROUTER "memory = 256M\n", FALSE);
  assert_same (plain, PORTS "mtu = 1400\n" ROUTER, FALSE);
  assert_same (plain, LONGER ROUTER, FALSE);
  assert_same (plain, PORTS ROUTER "[host]\nhousekeeping = 0-1\n", FALSE);
  assert_same (PORTS ROUTER "sysctl = net.ipv4.ip_forward 1\n",
               PORTS ROUTER "sysctl = net.ipv4.ip_forward 1\nsysctl = net.core.netdev_budget 64\n",
               FALSE);
#undef SCHEDULE
}

/* Of a PVR's member neither how many there are counts, nor where one was put. */
static void
test_member_profiles (void)
{
  static const char one[] = PORTS PVR ("1");
  assert_same (one, PORTS PVR ("3"), TRUE);
  assert_same (one, PORTS PVR ("1") "[schedule p-1]\nvcpu.0 = deadline 10ms/50ms @1\n", TRUE);
  assert_same (one, PORTS PVR ("1") "[schedule p]\nvcpu.0 = other @1\n", FALSE);
  assert_same (one, PORTS PVR ("1") "memory = 256M\n", FALSE);
  assert_same (one, LONGER PVR ("1"), FALSE);
  assert_same (one, PORTS ROUTER, FALSE);
}

/* Nor of an MSR's back-end what each of them gets, and of its balancers no more than the MSR says.
 */
static void
test_backend_profiles (void)
{
  static const char one[] = PORTS MSR ("1");
  assert_same (one, PORTS MSR ("3") "weights = 2, 1\n", TRUE);
  assert_same (one, PORTS MSR ("1") "[schedule m-lb1]\nvcpu.0 = deadline 10ms/50ms @1\n", TRUE);
  assert_same (one, PORTS MSR ("1") "[schedule m-br1]\nvcpu.0 = deadline 10ms/50ms @1\n", TRUE);
  assert_same (one, PORTS MSR ("1") "[schedule m]\nvcpu.0 = other @1\n", FALSE);
  assert_same (one, PORTS MSR ("1") "balancer = xdp\n", FALSE);
  assert_same (one, LONGER MSR ("1"), FALSE);
}

static void
test_differences (void)
{
  static const struct {
    const char *then, *now, *says;
  } rows[] = {
    { "{\"host\":{\"a\":1}}", "{\"host\":{\"a\":1}}", NULL },
    { "{\"host\":{\"kernel\":\"6.1\"}}", "{\"host\":{\"kernel\":\"6.2\"}}",
      "host.kernel is \"6.2\", and was \"6.1\"" },
    { "{\"image\":{\"sha256\":\"0a\"}}", "{\"image\":{\"sha256\":\"0b\"}}",
      "image.sha256 is \"0b\", and was \"0a\"" },
    { "{\"versions\":{\"hypervisor\":\"QEMU 7\"}}", "{\"versions\":{}}",
      "versions.hypervisor is nothing, and was \"QEMU 7\"" },
    { "{\"profile\":{}}", "{\"profile\":{\"port.left.mtu\":\"1400\"}}",
      "profile.port.left.mtu is \"1400\", and was nothing" },
    { "{}", "{\"image\":{}}", "image is {}, and was nothing" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (JsonNode) then = json_from_string (rows[i].then, NULL);
    g_autoptr (JsonNode) now = json_from_string (rows[i].now, NULL);
    g_autofree char *difference = vr_calibration_origin_difference (then, now);
    g_assert_cmpstr (difference, ==, rows[i].says);
  }
}

/* --- Threads ------------------------------------------------------------------------------------
 */

static void
add_status (GPtrArray *threads, VrTaskRole role, const char *selector, const char *ports)
{
  VrThreadStatus *status = g_new0 (VrThreadStatus, 1);
  status->router = g_strdup ("r1");
  status->selector = g_strdup (selector);
  status->ports = g_strdup (ports);
  status->task.role = role;
  status->task.tid = (pid_t) threads->len + 100;
  g_ptr_array_add (threads, status);
}

/* "NAME=KEYS CPUS NUMBER" of each. */
static void
assert_threads (const char *text, GPtrArray *statuses, const char *wanted)
{
  g_autoptr (VrLab) lab = fixture_parse (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) threads
      = vr_calibrate_threads (lab, vr_lab_router (lab, "r1"), statuses, &error);
  g_autoptr (GString) found = g_string_new (NULL);
  g_assert_no_error (error);
  for (guint i = 0; i < threads->len; i++) {
    const VrCalibrateThread *thread = threads->pdata[i];
    g_autofree char *keys = g_strjoinv (",", thread->keys);
    g_string_append_printf (found, "%s%s=%s %s %u", i > 0 ? "; " : "", thread->name, keys,
                            thread->cpus, thread->tids->len);
  }
  g_assert_cmpstr (found->str, ==, wanted);
}

static void
test_threads (void)
{
  g_autoptr (GPtrArray) alone
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_status_free);
  g_autoptr (GPtrArray) vhost
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_status_free);
  add_status (alone, VR_TASK_EMULATOR, "emulator", "left,right");
  add_status (alone, VR_TASK_OTHER, NULL, "");
  add_status (alone, VR_TASK_VCPU, "vcpu.0", "");
  assert_threads (PORTS ROUTER, alone, "vcpu.0=vcpu.0 @auto 1; emulator=emulator @auto 1");
  assert_threads (PORTS ROUTER "[schedule r1]\nmover.left = other @1\nmover.right = other @1\n"
                               "vcpu.0 = deadline 1ms/10ms @0\n",
                  alone, "vcpu.0=vcpu.0 @0 1; emulator=mover.left,mover.right @1 1");
  add_status (vhost, VR_TASK_EMULATOR, "emulator", "");
  add_status (vhost, VR_TASK_VHOST, "vhost.left.0", "left");
  add_status (vhost, VR_TASK_VHOST, "vhost.left.1", "left");
  add_status (vhost, VR_TASK_VHOST, "vhost.right.0", "right");
  assert_threads (PORTS ROUTER "[schedule r1]\nvhost.left.0 = other @1\nmover.right = fifo 5\n",
                  vhost, "vhost.left=vhost.left.0 @1 2; vhost.right=mover.right @auto 1");
}

static void
test_changes (void)
{
  g_autoptr (VrLab) lab = fixture_parse (PORTS ROUTER);
  char *keys[] = { (char *) "mover.left", (char *) "mover.right", NULL };
  VrCalibrateThread thread = { .name = (char *) "emulator", .keys = keys };
  VrCalibrateGrant grant = { VR_POLICY_DEADLINE, 100 * MS };
  thread.cpus = (char *) "@1 exclusive";
  g_auto (GStrv) changes = vr_calibrate_changes (vr_lab_router (lab, "r1"), &thread, &grant, 0.25);
  g_assert_cmpuint (g_strv_length (changes), ==, 2);
  g_assert_cmpstr (changes[0], ==, "schedule.r1.mover.left=deadline 25ms/100ms @1 exclusive");
  g_assert_cmpstr (changes[1], ==, "schedule.r1.mover.right=deadline 25ms/100ms @1 exclusive");
  grant.policy = VR_POLICY_QUOTA;
  g_auto (GStrv) quotas
      = vr_calibrate_changes (vr_lab_router (lab, "r1"), &thread, &grant, 0.3333333);
  g_assert_cmpstr (quotas[0], ==, "schedule.r1.mover.left=quota 33333us/100ms @1");
}

static void
test_served (void)
{
  static const struct {
    VrCalibrateUse use;
    gboolean is_served;
  } rows[] = {
    { { .lost_ratio = 0.7, .share = 0.2, .used_share = 0.2, .free_share = 0.9 }, TRUE },
    { { .lost_ratio = 0.9, .share = 0.2, .used_share = 0.01, .free_share = 0.9 }, FALSE },
    /* It had little to do. */
    { { .lost_ratio = 0.1, .share = 0.2, .used_share = 0.01, .free_share = 0.9 }, TRUE },
    /* Another thread is what the router waits for. */
    { { .lost_ratio = 0.7, .share = 0.8, .used_share = 0.1, .free_share = 0.12 }, TRUE },
    { { .lost_ratio = 1, .share = 0.8, .used_share = 0, .free_share = 0.12 }, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (vr_calibrate_is_served (&rows[i].use), ==, rows[i].is_served);
}

static void
test_router (void)
{
  static const struct {
    const char *text, *name, *says;
  } rows[] = {
    { PORTS ROUTER "[router r2]\n", NULL, "lab x has r1, r2: --router says which" },
    { PORTS ROUTER, "r7", "has no router \"r7\", but r1" },
    { PORTS "[router r1]\nkind = native\n", NULL, "router r1 of lab x is native" },
    { PORTS PVR ("1"), "p-1", "router p-1 of lab x is a member of PVR p: calibrate that" },
    { PORTS MSR ("2"), "m-br2", "router m-br2 of lab x is a back-end of MSR m: calibrate that" },
    { PORTS MSR ("2"), "m-lb1", "router m-lb1 of lab x is a part of MSR m|[schedule m-lb1]" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (VrLab) lab = fixture_parse (rows[i].text);
    g_autoptr (GError) error = NULL;
    g_assert_null (vr_calibrate_router (lab, rows[i].name, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
    g_auto (GStrv) parts = g_strsplit (rows[i].says, "|", -1);
    for (char **part = parts; *part != NULL; part++)
      if (strstr (error->message, *part) == NULL)
        g_error ("%s: %s", *part, error->message);
  }
  g_autoptr (VrLab) lab = fixture_parse (PORTS ROUTER);
  g_assert_cmpstr (vr_calibrate_router (lab, NULL, NULL)->name, ==, "r1");
  g_autoptr (VrLab) members = fixture_parse (PORTS PVR ("2"));
  g_assert_cmpstr (vr_calibrate_router (members, NULL, NULL)->name, ==, "p-1");
  g_assert_cmpstr (vr_calibrate_router (members, "p", NULL)->name, ==, "p-1");
  g_autoptr (VrLab) backends = fixture_parse (PORTS MSR ("2"));
  g_assert_cmpstr (vr_calibrate_router (backends, NULL, NULL)->name, ==, "m-br1");
  g_assert_cmpstr (vr_calibrate_router (backends, "m", NULL)->name, ==, "m-br1");
}

/* --- Contracts ----------------------------------------------------------------------------------
 */

static void
fill (const char *text, guint curve, guint64 rate_pps, VrCalibrationContract *contract)
{
  static const VrHost host = { .deadline_period_min_us = 100, .deadline_period_max_us = 4194304 };
  g_autoptr (VrLab) lab = fixture_parse (text);
  g_autoptr (VrCalibration) calibration = calibration_new ();
  vr_calibration_contract_fill (calibration, calibration->curves->pdata[curve], lab, &host,
                                rate_pps, contract);
  g_autofree char *told = vr_calibration_contract_text (calibration, contract);
  g_assert_cmpuint (strlen (told), >, 0);
  contract->curve = NULL;
}

static void
test_contracts (void)
{
  static const char apart[]
      = PORTS ROUTER "[schedule r1]\nvcpu.0 = other @1\nemulator = other @2\n";
  g_auto (VrCalibrationContract) own = { 0 }, shared = { 0 }, mover = { 0 }, much = { 0 };
  /* 296 frames at 4,000 a second are 74 ms; 10 % of a CPU leave 0.9 T and a tick of 40 ms. */
  fill (apart, 0, 4000, &own);
  g_assert_no_error (own.error);
  g_assert_cmpfloat_with_epsilon ((double) own.share_ppm, 100000, 1500);
  g_assert_cmpuint (own.choice.reservation.period_ns, >=, 36 * MS);
  g_assert_cmpuint (own.choice.reservation.period_ns, <=, 39 * MS);
  g_assert_cmpuint (own.choice.queue_frames, ==, 40);
  /* On CPUs that may be the same, T - Q counts twice. */
  fill (PORTS ROUTER, 0, 4000, &shared);
  g_assert_no_error (shared.error);
  g_assert_cmpuint (shared.choice.reservation.period_ns, >=, 18 * MS);
  g_assert_cmpuint (shared.choice.reservation.period_ns, <=, 20 * MS);
  /* The mover has no ring before it: 40 frames are less than a tick is repaid in. */
  fill (apart, 1, 4000, &mover);
  g_assert_error (mover.error, VR_ERROR, VR_ERROR_INFEASIBLE);
  g_assert_nonnull (strstr (mover.error->message, "a queue of 40 with a ring of 0 frames"));
  g_assert_nonnull (strstr (mover.error->message, "one of another length wants it made anew"));
  fill (apart, 0, 40000, &much);
  g_assert_error (much.error, VR_ERROR, VR_ERROR_INFEASIBLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calibration/line", test_line);
  g_test_add_func ("/calibration/no-line", test_no_line);
  g_test_add_func ("/calibration/share", test_share);
  g_test_add_func ("/calibration/files", test_files);
  g_test_add_func ("/calibration/damaged-files", test_damaged_files);
  g_test_add_func ("/calibration/profiles", test_profiles);
  g_test_add_func ("/calibration/member-profiles", test_member_profiles);
  g_test_add_func ("/calibration/backend-profiles", test_backend_profiles);
  g_test_add_func ("/calibration/differences", test_differences);
  g_test_add_func ("/calibration/threads", test_threads);
  g_test_add_func ("/calibration/changes", test_changes);
  g_test_add_func ("/calibration/served", test_served);
  g_test_add_func ("/calibration/router", test_router);
  g_test_add_func ("/calibration/contracts", test_contracts);
  return g_test_run ();
}
