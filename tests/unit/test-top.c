/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `vrkit top` sums up of rates, and the lines that it makes of them. */
#include "observe/vr-top-layout.h"

#include <locale.h>
#include <string.h>

#include "config/vr-profile.h"

#define S G_GINT64_CONSTANT (1000000000)
#define MS G_GUINT64_CONSTANT (1000000)
#define SCHED_DEADLINE 6

static const char profile[] = "[lab]\nname = demo\n"
                              "[port left]\ndevice = test\n[port right]\ndevice = test\n"
                              "[router r1]\ninterface = left\ninterface = right\n"
                              "[pvr p]\nmembers = 2\ninterface = left\ninterface = right\n"
                              "[tenant gold]\nrouters = r1\nrate = 30kpps\n"
                              "[tenant silver]\nrouters = p\nrate = 5kpps\n";

typedef struct {
  VrLab *lab;
  VrSnapshot before, after;
  VrRates rates;
  VrTop top;
} Case;

static void
add_port (Case *test, const char *router, const char *port, guint64 arrived, guint64 lost,
          guint64 sent)
{
  VrSnapshotPort entry = { .router = router, .port = port, .is_there = TRUE, .queue_length = 35 };
  g_array_append_val (test->before.ports, entry);
  entry.arrived_packets = arrived;
  entry.arrived_bytes = arrived * 60;
  entry.lost_packets = lost;
  entry.sent_packets = sent;
  entry.sent_bytes = sent * 60;
  g_array_append_val (test->after.ports, entry);
}

static void
add_thread (Case *test, const char *router, const char *selector, guint64 time_ns,
            guint64 runtime_ns, guint64 quota_ns)
{
  VrSnapshotThread entry
      = { .router = router,
          .selector = selector,
          .ports = strcmp (selector, "emulator") == 0 ? "left,right" : "",
          .role = strcmp (selector, "emulator") == 0 ? VR_TASK_EMULATOR : VR_TASK_VCPU,
          .tid = (pid_t) (100 + test->before.threads->len),
          .is_there = TRUE,
          .last_cpu = 1 };
  entry.quota_ns = quota_ns;
  entry.quota_period_ns = quota_ns > 0 ? 100 * MS : 0;
  if (runtime_ns > 0)
    entry.sched = (VrSched){ .policy = SCHED_DEADLINE,
                             .runtime_ns = runtime_ns,
                             .deadline_ns = 20 * MS,
                             .period_ns = 20 * MS };
  g_array_append_val (test->before.threads, entry);
  entry.cpu_time_ns = time_ns;
  g_array_append_val (test->after.threads, entry);
}

static void
add_cpu (Case *test, guint id, guint64 guest_ns, guint64 idle_ns)
{
  VrCpuTime entry = { .id = id };
  g_array_append_val (test->before.cpus, entry);
  entry.time_ns[VR_CPU_GUEST] = guest_ns;
  entry.time_ns[VR_CPU_IDLE] = idle_ns;
  g_array_append_val (test->after.cpus, entry);
}

static VrSnapshot
snapshot_at (gint64 time_ns)
{
  return (VrSnapshot){ .time_ns = time_ns,
                       .ports = g_array_new (FALSE, TRUE, sizeof (VrSnapshotPort)),
                       .threads = g_array_new (FALSE, TRUE, sizeof (VrSnapshotThread)),
                       .cpus = g_array_new (FALSE, TRUE, sizeof (VrCpuTime)) };
}

/* r1 is flooded and holds its contract; of p one member does not run. */
static void
set_up (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  test->lab = vr_profile_parse (profile, strlen (profile), "demo.conf", &error);
  g_assert_no_error (error);
  test->before = snapshot_at (1 * S);
  test->after = snapshot_at (2 * S);
  add_port (test, "r1", "left", 60000, 29990, 3);
  add_port (test, "r1", "right", 3, 0, 30010);
  add_port (test, "p", "left", 1500, 0, 0);
  add_port (test, "p", "right", 0, 0, 1500);
  add_thread (test, "r1", "vcpu.0", 450 * MS, 9 * MS, 0);
  add_thread (test, "r1", "emulator", 300 * MS, 8 * MS, 0);
  add_thread (test, "p-1", "vcpu.0", 50 * MS, 0, 10 * MS);
  add_cpu (test, 0, 3 * MS, 1 * MS);
  add_cpu (test, 1, 0, 4 * MS);
  vr_rates_between (&test->before, &test->after, &test->rates);
  vr_top_fill (&test->top, test->lab, &test->after, &test->rates);
}

static void
tear_down (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  vr_top_clear (&test->top);
  vr_rates_clear (&test->rates);
  vr_snapshot_clear (&test->before);
  vr_snapshot_clear (&test->after);
  vr_lab_free (test->lab);
}

/* --- Sums ---------------------------------------------------------------------------------------
 */

#define NEAR(a, b) g_assert_cmpfloat_with_epsilon ((a), (b), 1e-6)

static void
test_sums (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  const VrTopRow *gold = &g_array_index (test->top.tenants, VrTopRow, 0);
  const VrTopRow *p = &g_array_index (test->top.routers, VrTopRow, 1);
  g_assert_cmpuint (test->top.tenants->len, ==, 2);
  g_assert_cmpuint (test->top.routers->len, ==, 2);
  g_assert_cmpstr (gold->name, ==, "gold");
  g_assert_cmpuint (gold->rate_pps, ==, 30000);
  NEAR (gold->offered_pps, 60003);
  NEAR (gold->forwarded_pps, 30013);
  NEAR (gold->lost_pps, 29990);
  NEAR (gold->reserved, 0.85);
  NEAR (gold->use, 0.75);
  g_assert_cmpuint (gold->absent, ==, 0);
  g_assert_cmpstr (p->name, ==, "p");
  g_assert_cmpuint (p->guests, ==, 2);
  g_assert_cmpuint (p->absent, ==, 1);
  NEAR (p->forwarded_pps, 1500);
  NEAR (p->reserved, 0.1);
  const VrTopThread *member = &g_array_index (test->top.threads, VrTopThread, 2);
  g_assert_cmpstr (member->policy, ==, "quota 10ms/100ms");
}

static void
test_json (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = vr_top_json (&test->top);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_null (strchr (text, '\n'));
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (object, "schema"), ==, "vrkit.top/1");
  JsonArray *queues = json_object_get_array_member (object, "queues");
  g_assert_cmpuint (json_array_get_length (queues), ==, 4);
  JsonObject *queue = json_array_get_object_element (queues, 0);
  NEAR (json_object_get_double_member (queue, "lost_pps"), 29990);
  g_assert_cmpint (json_object_get_int_member (queue, "queue_length"), ==, 35);
}

/* What is not known is neither 0 nor left out. */
static void
test_json_unknown (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  vr_rates_between (&test->after, &test->after, &test->rates);
  vr_top_fill (&test->top, test->lab, &test->after, &test->rates);
  g_autofree char *text = vr_top_json (&test->top);
  g_assert_nonnull (strstr (text, "\"offered_pps\":null"));
  g_assert_nonnull (strstr (text, "\"use\":null"));
}

/* --- Lines --------------------------------------------------------------------------------------
 */

static const char *
line_at (const GArray *lines, guint index)
{
  g_assert_cmpuint (index, <, lines->len);
  return g_array_index (lines, VrTopLine, index).text;
}

/* The number of the first line that begins so, or none. */
static guint
line_with (const GArray *lines, const char *start)
{
  for (guint i = 0; i < lines->len; i++)
    if (g_str_has_prefix (line_at (lines, i), start))
      return i;
  return G_MAXUINT;
}

static void
assert_fits (const GArray *lines, const VrTopView *view)
{
  for (guint i = 0; i < lines->len; i++) {
    const char *text = line_at (lines, i);
    g_assert_cmpuint (strlen (text), <=, view->columns);
    for (const char *at = text; *at != '\0'; at++)
      g_assert_true (*at >= ' ' && *at <= '~');
  }
  if (view->lines > 0)
    g_assert_cmpuint (lines->len, ==, view->lines);
}

static void
test_80x24 (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  VrTopView view = { .columns = 80, .lines = 24 };
  g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
  assert_fits (lines, &view);
  static const char *const wanted[] = {
    "vrkit top  lab demo  over 1.00 s  by name",
    "TENANT       CONTRACT  OFFERED FORWARDED     LOST RESERVED      USE",
    "gold            30.0k    60.0k     30.0k    30.0k    85.0%    75.0%",
    "silver          5.00k    1.50k     1.50k        0    10.0%     5.0%  1 of 2 down",
    "",
    "ROUTER          CORES  OFFERED FORWARDED     LOST RESERVED      USE",
    "r1                  1    60.0k     30.0k    30.0k    85.0%    75.0%",
    "p                   1    1.50k     1.50k        0    10.0%     5.0%  1 of 2 down",
    "",
    "THREAD OF                    CPU POLICY                 RESERVED     USE    WAIT",
    "r1            vcpu.0           1 deadline 9ms/20ms         45.0%   45.0%    0.0%",
    "r1            emulator         1 deadline 8ms/20ms         40.0%   30.0%    0.0%",
    "p-1           vcpu.0           1 quota 10ms/100ms          10.0%    5.0%    0.0%",
    "",
    "QUEUE BEFORE                      LENGTH   ARRIVED      LOST      SENT    UNSENT",
    "r1/left                               35     60.0k     30.0k       3.0         0",
    "r1/right                              35       3.0         0     30.0k         0",
    "p/left                                35     1.50k         0         0         0",
    "p/right                               35         0         0     1.50k         0",
    "",
    "CPU                        GUEST   USER SYSTEM    IRQ  STEAL   IDLE",
    "0    |||||||||||||||       75.0%   0.0%   0.0%   0.0%   0.0%  25.0%",
    "1                           0.0%   0.0%   0.0%   0.0%   0.0% 100.0%",
    "q end  s sort  p pause  h help",
  };
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_cmpstr (line_at (lines, i), ==, wanted[i]);
}

static void
test_wide (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  VrTopView view = { .columns = 160, .lines = 50 };
  g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
  assert_fits (lines, &view);
  guint queues = line_with (lines, "QUEUE BEFORE");
  g_assert_true (g_str_has_suffix (line_at (lines, queues), "IN BIT/S OUT BIT/S"));
  g_assert_true (g_str_has_suffix (line_at (lines, queues + 1), "28.8M     1.44k"));
  guint threads = line_with (lines, "THREAD OF");
  g_assert_true (g_str_has_suffix (line_at (lines, threads + 2), "101  left,right"));
  g_assert_nonnull (strstr (line_at (lines, 3), "1 of 2 down"));
}

static void
test_too_small (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  static const guint sizes[][2] = { { 79, 24 }, { 80, 9 }, { 20, 3 }, { 1, 1 } };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    VrTopView view = { .columns = sizes[i][0], .lines = sizes[i][1] };
    g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
    g_assert_cmpuint (lines->len, ==, 1);
    g_assert_cmpuint (strlen (line_at (lines, 0)), <=, view.columns);
  }
  VrTopView view = { .columns = 79, .lines = 24 };
  g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
  g_assert_cmpstr (line_at (lines, 0), ==, "79x24: needs 80x10");
}

static void
test_scroll (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  VrTopView view = { .columns = 80, .lines = 10, .scroll = 2 };
  g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
  assert_fits (lines, &view);
  g_assert_true (g_str_has_prefix (line_at (lines, 1), "silver"));
  g_assert_true (g_str_has_suffix (line_at (lines, 9), "12 more below"));
  view.scroll = 1000;
  g_autoptr (GArray) last = vr_top_layout (&test->top, &view);
  g_assert_cmpuint (view.scroll, ==, 14);
  g_assert_true (g_str_has_prefix (line_at (last, 8), "1    "));
  g_assert_cmpstr (line_at (last, 9), ==, "q end  s sort  p pause  h help");
  view.lines = 0;
  g_autoptr (GArray) all = vr_top_layout (&test->top, &view);
  g_assert_cmpuint (all->len, ==, 23);
}

static void
test_sort (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  VrTopView view = { .columns = 80, .lines = 0, .sort = VR_TOP_BY_OFFERED };
  g_array_index (test->rates.ports, VrPortRate, 2).arrived_pps = 1e6;
  vr_top_fill (&test->top, test->lab, &test->after, &test->rates);
  g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
  g_assert_cmpuint (line_with (lines, "p  "), <, line_with (lines, "r1  "));
  g_assert_cmpuint (line_with (lines, "p/left"), <, line_with (lines, "r1/left"));
  for (guint i = 0; i < VR_TOP_SORTS; i++) {
    VrTopSort sort = VR_TOP_SORTS;
    g_assert_true (vr_top_sort_parse (vr_top_sort_name ((VrTopSort) i), &sort));
    g_assert_cmpuint (sort, ==, i);
  }
  VrTopSort sort = VR_TOP_BY_USE;
  g_assert_false (vr_top_sort_parse ("size", &sort));
  g_assert_cmpuint (sort, ==, VR_TOP_BY_USE);
}

/* Before anything was read, paused, with a remark, and with the help. */
static void
test_pages (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  VrTopView view = { .columns = 80,
                     .lines = 24,
                     .motion = VR_TOP_PAUSED,
                     .page = VR_TOP_HELP,
                     .remark = "lab demo is changed" };
  g_autoptr (GArray) lines = vr_top_layout (NULL, &view);
  assert_fits (lines, &view);
  g_assert_cmpstr (line_at (lines, 0), ==, "vrkit top  by name  PAUSED  lab demo is changed");
  g_assert_true (g_str_has_prefix (line_at (lines, 1), "q, Ctrl-C"));
  view.page = VR_TOP_TABLES;
  g_autoptr (GArray) none = vr_top_layout (NULL, &view);
  g_assert_cmpstr (line_at (none, 1), ==, "");
  g_autoptr (GArray) tables = vr_top_layout (&test->top, &view);
  g_assert_nonnull (strstr (line_at (tables, 0), "PAUSED"));
}

/* Numbers have a point also where the locale has a comma. */
static void
test_locale (Case *test, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8", "C" };
  for (guint i = 0; i < G_N_ELEMENTS (locales); i++) {
    if (setlocale (LC_ALL, locales[i]) == NULL)
      continue;
    VrTopView view = { .columns = 80, .lines = 24 };
    g_autoptr (GArray) lines = vr_top_layout (&test->top, &view);
    g_autofree char *json = vr_top_json (&test->top);
    g_assert_nonnull (strstr (line_at (lines, 0), "1.00 s"));
    g_assert_nonnull (strstr (line_at (lines, 2), "30.0k"));
    g_assert_nonnull (strstr (json, "\"reserved\":0.85"));
  }
  setlocale (LC_ALL, "C");
}

#define ADD(path, function) g_test_add ("/top/" path, Case, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("sums", test_sums);
  ADD ("json", test_json);
  ADD ("json-unknown", test_json_unknown);
  ADD ("80x24", test_80x24);
  ADD ("wide", test_wide);
  ADD ("too-small", test_too_small);
  ADD ("scroll", test_scroll);
  ADD ("sort", test_sort);
  ADD ("pages", test_pages);
  ADD ("locale", test_locale);
  return g_test_run ();
}
