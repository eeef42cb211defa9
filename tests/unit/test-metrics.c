/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Prometheus is told, and the little HTTP that tells it, over real sockets. */
#include "control/vr-metrics.h"

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "control/vr-metrics-http.h"
#include "control/vr-metrics-server.h"

#define SCHED_DEADLINE 6

/* --- The text -----------------------------------------------------------------------------------
 */

static VrSnapshot
make_snapshot (void)
{
  VrSnapshot snapshot = { .absent = 1,
                          .ports = g_array_new (FALSE, TRUE, sizeof (VrSnapshotPort)),
                          .threads = g_array_new (FALSE, TRUE, sizeof (VrSnapshotThread)),
                          .cpus = g_array_new (FALSE, TRUE, sizeof (VrCpuTime)) };
  VrSnapshotPort port = { .router = "r1",
                          .port = "left",
                          .is_there = TRUE,
                          .queue_length = 35,
                          .arrived_packets = G_MAXUINT64,
                          .lost_packets = 7 };
  g_array_append_val (snapshot.ports, port);
  port.router = "gone";
  port.is_there = FALSE;
  g_array_append_val (snapshot.ports, port);
  VrSnapshotThread thread
      = { .router = "r1",
          .selector = "vcpu.0",
          .is_there = TRUE,
          .sched = { .policy = SCHED_DEADLINE, .runtime_ns = 5, .period_ns = 20 },
          .cpu_time_ns = 1500000000 };
  g_array_append_val (snapshot.threads, thread);
  VrCpuTime cpu = { .id = 3 };
  cpu.time_ns[VR_CPU_STEAL] = 20000000;
  g_array_append_val (snapshot.cpus, cpu);
  return snapshot;
}

#define HOLDS(text, part) g_assert_nonnull (strstr ((text), (part)))

/* Each metric has its HELP and TYPE once, before its samples, which stand together; the last line
 * ends. */
static void
assert_well_formed (const char *text)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *metric = "";
  g_assert_true (g_str_has_suffix (text, "\n"));
  for (guint i = 0; lines[i + 1] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
    if (g_str_has_prefix (lines[i], "# HELP ")) {
      g_assert_true (g_hash_table_add (seen, g_strdup (words[2])));
      metric = lines[i] + strlen ("# HELP ");
    } else if (g_str_has_prefix (lines[i], "# TYPE ")) {
      g_assert_true (g_str_has_prefix (metric, words[2]));
      gboolean is_total = g_str_has_suffix (words[2], "_total");
      g_assert_cmpstr (words[3], ==, is_total ? "counter" : "gauge");
    } else {
      gsize length = strcspn (lines[i], "{");
      g_assert_cmpint (strncmp (metric, lines[i], length), ==, 0);
      g_assert_cmpint (metric[length], ==, ' ');
      const char *value = strrchr (lines[i], ' ');
      g_assert_true (value != NULL && (g_ascii_isdigit (value[1]) || value[1] == '-'));
    }
  }
}

static void
test_text (void)
{
  g_auto (VrSnapshot) snapshot = make_snapshot ();
  g_autofree char *text = vr_metrics_text ("demo", &snapshot, NULL);
  assert_well_formed (text);
  HOLDS (text, "vrkit_guests_absent{lab=\"demo\"} 1\n");
  HOLDS (text, "vrkit_port_arrived_packets_total{lab=\"demo\",router=\"r1\",port=\"left\"} "
               "18446744073709551615\n");
  HOLDS (text, "vrkit_port_lost_packets_total{lab=\"demo\",router=\"r1\",port=\"left\"} 7\n");
  HOLDS (text, "vrkit_port_queue_packets{lab=\"demo\",router=\"r1\",port=\"left\"} 35\n");
  HOLDS (text,
         "vrkit_thread_cpu_seconds_total{lab=\"demo\",router=\"r1\",thread=\"vcpu.0\"} 1.5\n");
  HOLDS (text, "vrkit_thread_reserved_cpus{lab=\"demo\",router=\"r1\",thread=\"vcpu.0\"} 0.25\n");
  HOLDS (text, "vrkit_cpu_seconds_total{cpu=\"3\",kind=\"steal\"} 0.02\n");
  g_assert_null (strstr (text, "gone"));
  g_assert_null (strstr (text, "tenant"));
}

static void
test_control (void)
{
  g_auto (VrSnapshot) snapshot = make_snapshot ();
  VrDecideThread thread = { .name = "r1/vcpu.0" };
  VrDecideTenant tenant = { .name = "a\"b\\c\nd",
                            .rate_pps = 30000,
                            .guarantee_pps = 20000,
                            .limit_pps = 40000,
                            .threads = &thread,
                            .threads_count = 1 };
  VrDecideThreadResult share = { .share = 0.45, .wanted = 0.5, .correction = 1.25 };
  VrDecideResult result = { .offered_filtered_pps = 60000.5,
                            .granted_pps = 30000,
                            .problems = VR_DECIDE_SHORT | VR_DECIDE_CALIBRATION,
                            .threads = &share };
  VrMetricsControl control = { &tenant, &result, 1 };
  g_autofree char *text = vr_metrics_text ("demo", &snapshot, &control);
  assert_well_formed (text);
  HOLDS (text, "vrkit_tenant_rate_pps{lab=\"demo\",tenant=\"a\\\"b\\\\c\\nd\"} 30000\n");
  HOLDS (text, "vrkit_tenant_offered_pps{lab=\"demo\",tenant=\"a\\\"b\\\\c\\nd\"} 60000.5\n");
  HOLDS (text, "c\\nd\",thread=\"r1/vcpu.0\"} 1.25\n");
  g_autofree char *broken
      = g_strdup_printf ("c\\nd\",problem=\"%s\"} 1\n", vr_decide_problem_id (6));
  g_autofree char *whole
      = g_strdup_printf ("c\\nd\",problem=\"%s\"} 0\n", vr_decide_problem_id (7));
  HOLDS (text, broken);
  HOLDS (text, whole);
}

/* --- Requests -----------------------------------------------------------------------------------
 */

static void
test_requests (void)
{
  static const struct {
    const char *request;
    VrHttpRequest wanted;
  } cases[] = {
    { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", VR_HTTP_GET },
    { "GET /metrics HTTP/1.0\n\n", VR_HTTP_GET },
    { "GET /metrics?name=x HTTP/1.1\r\n\r\n", VR_HTTP_GET },
    { "HEAD /metrics HTTP/1.1\r\n\r\n", VR_HTTP_HEAD },
    { "GET /metrics HTTP/1.1\r\nHost: x\r\n", VR_HTTP_INCOMPLETE },
    { "GET /metr", VR_HTTP_INCOMPLETE },
    { "", VR_HTTP_INCOMPLETE },
    { "GET / HTTP/1.1\r\n\r\n", VR_HTTP_NOT_FOUND },
    { "GET /metricsx HTTP/1.1\r\n\r\n", VR_HTTP_NOT_FOUND },
    { "GET ?/metrics HTTP/1.1\r\n\r\n", VR_HTTP_NOT_FOUND },
    { "POST /metrics HTTP/1.1\r\n\r\n", VR_HTTP_NOT_METHOD },
    { "GETX /metrics HTTP/1.1\r\n\r\n", VR_HTTP_NOT_METHOD },
    { "GET /metrics HTTP/2.0\r\n\r\n", VR_HTTP_BAD },
    { "GET /metrics\r\n", VR_HTTP_BAD },
    { "GET  HTTP/1.1\r\n\r\n", VR_HTTP_BAD },
    { " /metrics HTTP/1.1\r\n\r\n", VR_HTTP_BAD },
    { "get /metrics HTTP/1.1\r\n\r\n", VR_HTTP_BAD },
    { "\r\n\r\n", VR_HTTP_BAD },
    { "\x16\x03\x01 TLS\n", VR_HTTP_BAD },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (vr_metrics_http_parse (cases[i].request, strlen (cases[i].request)), ==,
                     cases[i].wanted);
  g_assert_cmpint (vr_metrics_http_parse ("GET\0 /metrics", 13), ==, VR_HTTP_BAD);
}

/* --- Sockets ------------------------------------------------------------------------------------
 */

static VrMetricsServer *
start (const char *address, guint timeout_ms)
{
  g_autoptr (GError) error = NULL;
  VrMetricsOptions options = { address, timeout_ms };
  VrMetricsServer *server = vr_metrics_server_start (&options, &error);
  g_assert_no_error (error);
  g_assert_nonnull (server);
  return server;
}

static GSocketConnection *
dial (const VrMetricsServer *server)
{
  const char *address = vr_metrics_server_address (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) target = NULL;
  if (g_str_has_prefix (address, "unix:"))
    target = G_SOCKET_CONNECTABLE (g_unix_socket_address_new (address + strlen ("unix:")));
  else
    target = g_network_address_parse (address, 0, &error);
  g_assert_no_error (error);
  g_socket_client_set_enable_proxy (client, FALSE);
  GSocketConnection *connection = g_socket_client_connect (client, target, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

/* Until the other end closes. A connection that is sent away unheard may be reset. */
static char *
read_all (GSocketConnection *connection)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];
  gssize size;
  while ((size = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                      buffer, sizeof buffer, NULL, NULL))
         > 0)
    g_string_append_len (text, buffer, size);
  return g_string_free (text, FALSE);
}

static void
say (GSocketConnection *connection, const char *request)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, NULL);
}

static char *
ask (const VrMetricsServer *server, const char *request)
{
  g_autoptr (GSocketConnection) connection = dial (server);
  say (connection, request);
  return read_all (connection);
}

#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"

static void
test_serve (gconstpointer data)
{
  g_autoptr (VrMetricsServer) server = start (data, 0);
  g_autofree char *early = ask (server, GET);
  g_assert_true (g_str_has_prefix (early, "HTTP/1.1 503 "));
  g_autofree char *large = g_strnfill (3000000, 'x');
  vr_metrics_server_publish (server, "one 1\n");
  g_autofree char *first = ask (server, GET);
  g_assert_cmpstr (first, ==,
                   "HTTP/1.1 200 OK\r\nContent-Type: " VR_METRICS_TYPE
                   "\r\nContent-Length: 6\r\nConnection: close\r\n\r\none 1\n");
  g_autofree char *head = ask (server, "HEAD /metrics HTTP/1.1\r\n\r\n");
  g_assert_true (g_str_has_suffix (head, "Content-Length: 6\r\nConnection: close\r\n\r\n"));
  g_autofree char *other = ask (server, "GET /etc/passwd HTTP/1.1\r\n\r\n");
  g_assert_true (g_str_has_prefix (other, "HTTP/1.1 404 "));
  g_autofree char *post = ask (server, "POST /metrics HTTP/1.1\r\n\r\n");
  g_assert_true (g_str_has_prefix (post, "HTTP/1.1 405 "));
  g_autofree char *bad = ask (server, "hello\n");
  g_assert_true (g_str_has_prefix (bad, "HTTP/1.1 400 "));
  vr_metrics_server_publish (server, large);
  g_autofree char *last = ask (server, GET);
  g_assert_true (g_str_has_suffix (last, large));
}

/* Neither a request without an end, nor one that never comes, holds the server up. */
static void
test_bounds (void)
{
  g_autoptr (VrMetricsServer) server = start ("127.0.0.1:0", 200);
  vr_metrics_server_publish (server, "one 1\n");
  g_autofree char *line = g_strnfill (VR_METRICS_REQUEST_MAX - 22, 'x');
  g_autofree char *request = g_strconcat ("GET /metrics HTTP/1.1\n", line, NULL);
  g_autofree char *answer = ask (server, request);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 431 "));
  g_autoptr (GSocketConnection) silent = dial (server);
  g_autoptr (GSocketConnection) slow = dial (server);
  say (slow, "GET /met");
  g_autofree char *nothing = read_all (silent);
  g_autofree char *neither = read_all (slow);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpstr (neither, ==, "");
  g_autofree char *still = ask (server, GET);
  g_assert_true (g_str_has_suffix (still, "\r\n\r\none 1\n"));
}

/* One too many is sent away, and there is room again when the others have gone. */
static void
test_crowd (void)
{
  g_autoptr (VrMetricsServer) server = start ("127.0.0.1:0", 60000);
  GSocketConnection *crowd[VR_METRICS_CONNECTIONS_MAX];
  vr_metrics_server_publish (server, "one 1\n");
  for (guint i = 0; i < G_N_ELEMENTS (crowd); i++)
    crowd[i] = dial (server);
  g_autofree char *answer = ask (server, GET);
  g_assert_cmpstr (answer, ==, "");
  for (guint i = 0; i < G_N_ELEMENTS (crowd); i++) {
    say (crowd[i], GET);
    g_autofree char *text = read_all (crowd[i]);
    g_assert_true (g_str_has_suffix (text, "\r\n\r\none 1\n"));
    g_object_unref (crowd[i]);
  }
  g_autofree char *again = ask (server, GET);
  g_assert_true (g_str_has_prefix (again, "HTTP/1.1 200 "));
  g_autoptr (GSocketConnection) open = dial (server);
  g_clear_pointer (&server, vr_metrics_server_stop);
  g_autofree char *ended = read_all (open);
  g_assert_cmpstr (ended, ==, "");
}

static void
assert_refused (const char *address, VrErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  VrMetricsOptions options = { address, 0 };
  g_assert_null (vr_metrics_server_start (&options, &error));
  g_assert_error (error, VR_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_addresses (void)
{
  assert_refused ("0.0.0.0:9400", VR_ERROR_USAGE, "only the loopback");
  assert_refused ("[::]:9400", VR_ERROR_USAGE, "only the loopback");
  assert_refused ("198.18.0.1:9400", VR_ERROR_USAGE, "only the loopback");
  assert_refused ("localhost:9400", VR_ERROR_USAGE, "in numbers");
  assert_refused ("::1:9400", VR_ERROR_USAGE, "in numbers");
  assert_refused ("[127.0.0.1]:9400", VR_ERROR_USAGE, "in numbers");
  assert_refused ("127.0.0.1", VR_ERROR_USAGE, "is wanted");
  assert_refused ("127.0.0.1:", VR_ERROR_USAGE, "is wanted");
  assert_refused ("127.0.0.1:65536", VR_ERROR_USAGE, "65535");
  assert_refused ("127.0.0.1:-1", VR_ERROR_USAGE, "is wanted");
  assert_refused ("", VR_ERROR_USAGE, "is wanted");
  assert_refused ("unix:relative", VR_ERROR_USAGE, "absolute path");
  assert_refused ("unix:", VR_ERROR_USAGE, "absolute path");
  assert_refused ("unix:/nowhere/at/all", VR_ERROR_HOST, "/nowhere/at/all");
  g_autofree char *line = g_strnfill (200, 'x');
  g_autofree char *longer = g_strconcat ("unix:/", line, NULL);
  assert_refused (longer, VR_ERROR_USAGE, "107 bytes");
  g_autoptr (VrMetricsServer) server = start ("127.0.0.1:0", 0);
  assert_refused (vr_metrics_server_address (server), VR_ERROR_BUSY, "127.0.0.1:");
}

static void
test_unix (void)
{
  g_autofree char *dir = g_dir_make_tmp ("vrkit-metrics-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  assert_refused (address, VR_ERROR_USAGE, "no socket");
  g_assert_cmpint (g_unlink (path), ==, 0);
  test_serve (address);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  VrMetricsServer *server = start (address, 0);
  assert_refused (address, VR_ERROR_BUSY, "somebody serves there");
  vr_metrics_server_stop (server);
  /* One that a dead process has left. */
  g_autoptr (GSocket) dead = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GSocketAddress) at = g_unix_socket_address_new (path);
  g_assert_true (g_socket_bind (dead, at, FALSE, NULL) && g_socket_close (dead, NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  vr_metrics_server_stop (start (address, 0));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/text", test_text);
  g_test_add_func ("/metrics/control", test_control);
  g_test_add_func ("/metrics/requests", test_requests);
  g_test_add_data_func ("/metrics/serve", "127.0.0.1:0", test_serve);
  g_test_add_func ("/metrics/bounds", test_bounds);
  g_test_add_func ("/metrics/crowd", test_crowd);
  g_test_add_func ("/metrics/addresses", test_addresses);
  g_test_add_func ("/metrics/unix", test_unix);
  return g_test_run ();
}
