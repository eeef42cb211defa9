/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-metrics-server.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "control/vr-metrics-address.h"
#include "control/vr-metrics-http.h"

struct VrMetricsServer {
  char *address;
  char *path; /* of a Unix socket; NULL */
  guint timeout_ms;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GSocketService *service;
  GPtrArray *connections; /* Connection, borrowed; of the thread alone */
  GMutex mutex;
  GBytes *text; /* under the mutex; NULL: nothing yet */
  gboolean is_ending;
};

/* One request, from its first byte to the end of its answer. */
typedef struct {
  VrMetricsServer *server;
  GSocketConnection *stream;
  GCancellable *cancellable;
  GSource *deadline;
  gsize length; /* of what has come */
  char request[VR_METRICS_REQUEST_MAX + 1];
  GBytes *answer;
} Connection;

static void
connection_free (Connection *connection)
{
  VrMetricsServer *server = connection->server;
  g_ptr_array_remove_fast (server->connections, connection);
  if (server->is_ending && server->connections->len == 0)
    g_main_loop_quit (server->loop);
  g_source_destroy (connection->deadline);
  g_source_unref (connection->deadline);
  g_io_stream_close (G_IO_STREAM (connection->stream), NULL, NULL);
  g_object_unref (connection->stream);
  g_object_unref (connection->cancellable);
  g_clear_pointer (&connection->answer, g_bytes_unref);
  g_free (connection);
}

static gboolean
too_late (gpointer data)
{
  g_cancellable_cancel (((Connection *) data)->cancellable);
  return G_SOURCE_CONTINUE;
}

/* --- Answering ----------------------------------------------------------------------------------
 */

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  connection_free (data);
}

static void
answer (Connection *connection, VrHttpRequest request)
{
  VrMetricsServer *server = connection->server;
  g_mutex_lock (&server->mutex);
  g_autoptr (GBytes) text = server->text != NULL ? g_bytes_ref (server->text) : NULL;
  g_mutex_unlock (&server->mutex);
  gsize size;
  connection->answer = vr_metrics_http_answer (request, text);
  const void *bytes = g_bytes_get_data (connection->answer, &size);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection->stream)),
                                   bytes, size, G_PRIORITY_DEFAULT, connection->cancellable,
                                   answered, connection);
}

static void read_more (Connection *connection);

static void
has_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Connection *connection = data;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
  if (size <= 0) {
    connection_free (connection);
    return;
  }
  connection->length += (gsize) size;
  connection->request[connection->length] = '\0';
  VrHttpRequest request = vr_metrics_http_parse (connection->request, connection->length);
  if (request != VR_HTTP_INCOMPLETE)
    answer (connection, request);
  else if (connection->length == VR_METRICS_REQUEST_MAX)
    answer (connection, VR_HTTP_TOO_LONG);
  else
    read_more (connection);
}

static void
read_more (Connection *connection)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection->stream)),
                             connection->request + connection->length,
                             VR_METRICS_REQUEST_MAX - connection->length, G_PRIORITY_DEFAULT,
                             connection->cancellable, has_read, connection);
}

/* One too many is closed unheard. */
static gboolean
incoming (GSocketService *service, GSocketConnection *stream, GObject *source, gpointer data)
{
  VrMetricsServer *server = data;
  (void) service;
  (void) source;
  if (server->is_ending || server->connections->len >= VR_METRICS_CONNECTIONS_MAX)
    return TRUE;
  Connection *connection = g_new0 (Connection, 1);
  connection->server = server;
  connection->stream = g_object_ref (stream);
  connection->cancellable = g_cancellable_new ();
  connection->deadline = g_timeout_source_new (server->timeout_ms);
  g_source_set_callback (connection->deadline, too_late, connection, NULL);
  g_source_attach (connection->deadline, server->context);
  g_ptr_array_add (server->connections, connection);
  read_more (connection);
  return TRUE;
}

/* --- The thread ---------------------------------------------------------------------------------
 */

static gpointer
serve (gpointer data)
{
  VrMetricsServer *server = data;
  g_main_context_push_thread_default (server->context);
  g_main_loop_run (server->loop);
  g_main_context_pop_thread_default (server->context);
  return NULL;
}

static gboolean
end (gpointer data)
{
  VrMetricsServer *server = data;
  server->is_ending = TRUE;
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  for (guint i = 0; i < server->connections->len; i++)
    g_cancellable_cancel (((Connection *) server->connections->pdata[i])->cancellable);
  if (server->connections->len == 0)
    g_main_loop_quit (server->loop);
  return G_SOURCE_REMOVE;
}

static void
server_free (VrMetricsServer *server)
{
  g_clear_object (&server->service);
  g_clear_pointer (&server->loop, g_main_loop_unref);
  g_clear_pointer (&server->context, g_main_context_unref);
  g_clear_pointer (&server->connections, g_ptr_array_unref);
  g_clear_pointer (&server->text, g_bytes_unref);
  g_mutex_clear (&server->mutex);
  g_free (server->address);
  g_free (server->path);
  g_free (server);
}

VrMetricsServer *
vr_metrics_server_start (const VrMetricsOptions *options, GError **error)
{
  VrMetricsServer *server = g_new0 (VrMetricsServer, 1);
  g_mutex_init (&server->mutex);
  server->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : VR_METRICS_TIMEOUT_MS;
  server->context = g_main_context_new ();
  server->loop = g_main_loop_new (server->context, FALSE);
  server->connections = g_ptr_array_new ();
  g_main_context_push_thread_default (server->context);
  server->service = g_socket_service_new ();
  server->address = vr_metrics_address_listen (
      options->address, G_SOCKET_LISTENER (server->service), &server->path, error);
  g_main_context_pop_thread_default (server->context);
  if (server->address == NULL) {
    server_free (server);
    return NULL;
  }
  g_signal_connect (server->service, "incoming", G_CALLBACK (incoming), server);
  server->thread = g_thread_new ("metrics", serve, server);
  return server;
}

const char *
vr_metrics_server_address (const VrMetricsServer *server)
{
  return server->address;
}

void
vr_metrics_server_publish (VrMetricsServer *server, const char *text)
{
  GBytes *bytes = g_bytes_new (text, strlen (text));
  g_mutex_lock (&server->mutex);
  GBytes *old = server->text;
  server->text = bytes;
  g_mutex_unlock (&server->mutex);
  g_clear_pointer (&old, g_bytes_unref);
}

void
vr_metrics_server_stop (VrMetricsServer *server)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_callback (source, end, server, NULL);
  g_source_attach (source, server->context);
  g_thread_join (server->thread);
  if (server->path != NULL)
    unlink (server->path);
  server_free (server);
}
