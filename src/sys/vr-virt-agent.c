/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QEMU's guest agent, by libvirt: files and commands. What it answers comes from the guest, and is
 * believed in nothing, not even its types. */
#include <json-glib/json-glib.h>
#include <libvirt/libvirt-qemu.h>
#include <string.h>

#include "base/vr-json.h"
#include "sys/vr-virt-internal.h"

#define CALL_TIMEOUT_S 10
#define READ_CHUNK 65536
/* A command's end is asked for; the agent has no event for it. */
#define POLL_FIRST_US (2 * G_TIME_SPAN_MILLISECOND)
#define POLL_LAST_US (100 * G_TIME_SPAN_MILLISECOND)

/* An open file in the guest. */
typedef struct {
  virDomain *domain;
  const char *path;
  gint64 handle;
} GuestFile;

static JsonBuilder *
begin_command (const char *name)
{
  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "execute");
  json_builder_add_string_value (builder, name);
  json_builder_set_member_name (builder, "arguments");
  json_builder_begin_object (builder);
  return builder;
}

static void
add_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

/* Ends and sends the command; its answer has a member "return". `doing` is for the message: what
 * could not be done. */
static JsonParser *
call (virDomain *domain, JsonBuilder *builder, const char *doing, GError **error)
{
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *command = vr_json_text (builder, VR_JSON_COMPACT);
  /* Asking for it forgets libvirt's last error. */
  const char *name = virDomainGetName (domain);
  vr_virt_call_begin ();
  char *answer = virDomainQemuAgentCommand (domain, command, CALL_TIMEOUT_S, 0);
  vr_virt_call_end ();
  if (answer == NULL) {
    vr_virt_set_error (error, VR_ERROR_GUEST, "%s in guest \"%s\" failed", doing, name);
    return NULL;
  }
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gboolean good = json_parser_load_from_data (parser, answer, -1, NULL);
  free (answer);
  JsonNode *root = good ? json_parser_get_root (parser) : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)
      || !json_object_has_member (json_node_get_object (root), "return")) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "%s in guest \"%s\": its agent answers nonsense",
                 doing, name);
    return NULL;
  }
  return g_steal_pointer (&parser);
}

static JsonNode *
returned (JsonParser *parser)
{
  return json_object_get_member (json_node_get_object (json_parser_get_root (parser)), "return");
}

/* Reads an integer (or truth value) that may be missing. */
static gint64
int_of (JsonNode *node, const char *key, gint64 otherwise)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return otherwise;
  JsonNode *member = json_object_get_member (json_node_get_object (node), key);
  if (member == NULL || !JSON_NODE_HOLDS_VALUE (member))
    return otherwise;
  if (json_node_get_value_type (member) == G_TYPE_BOOLEAN)
    return json_node_get_boolean (member);
  return json_node_get_value_type (member) == G_TYPE_INT64 ? json_node_get_int (member) : otherwise;
}

static GBytes *
data_of (JsonNode *node, const char *key)
{
  const char *text
      = JSON_NODE_HOLDS_OBJECT (node) ? vr_json_string (json_node_get_object (node), key) : NULL;
  gsize size = 0;
  guchar *data = text != NULL && *text != '\0' ? g_base64_decode (text, &size) : NULL;
  return g_bytes_new_take (data, size);
}

static virDomain *
find_running (VrVirt *virt, const char *domain, GError **error)
{
  g_autoptr (GError) cause = NULL;
  virDomain *found = vr_virt_lookup (virt, domain, &cause);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (found == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "guest \"%s\" does not run", domain);
  return found;
}

static gboolean
open_file (GuestFile *file, GError **error)
{
  g_autofree char *doing = g_strdup_printf ("opening %s", file->path);
  g_autoptr (JsonBuilder) builder = begin_command ("guest-file-open");
  vr_json_add_string (builder, "path", file->path);
  vr_json_add_string (builder, "mode", "r");
  g_autoptr (JsonParser) answer = call (file->domain, builder, doing, error);
  if (answer == NULL)
    return FALSE;
  JsonNode *node = returned (answer);
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "%s in guest \"%s\": its agent gives no handle",
                 doing, virDomainGetName (file->domain));
    return FALSE;
  }
  file->handle = json_node_get_int (node);
  return TRUE;
}

static void
close_file (const GuestFile *file)
{
  g_autoptr (JsonBuilder) builder = begin_command ("guest-file-close");
  add_int (builder, "handle", file->handle);
  JsonParser *answer = call (file->domain, builder, "closing a file", NULL);
  g_clear_object (&answer);
}

static gboolean
read_to_end (const GuestFile *file, gsize limit, GByteArray *content, GError **error)
{
  g_autofree char *doing = g_strdup_printf ("reading %s", file->path);
  for (gboolean eof = FALSE; !eof;) {
    g_autoptr (JsonBuilder) builder = begin_command ("guest-file-read");
    add_int (builder, "handle", file->handle);
    add_int (builder, "count", READ_CHUNK);
    g_autoptr (JsonParser) answer = call (file->domain, builder, doing, error);
    if (answer == NULL)
      return FALSE;
    g_autoptr (GBytes) data = data_of (returned (answer), "buf-b64");
    gsize size = g_bytes_get_size (data);
    eof = size == 0 || int_of (returned (answer), "eof", TRUE) != 0;
    if (size > limit - content->len) {
      g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
                   "%s in guest \"%s\": longer than %" G_GSIZE_FORMAT " bytes", doing,
                   virDomainGetName (file->domain), limit);
      return FALSE;
    }
    if (size > 0)
      g_byte_array_append (content, g_bytes_get_data (data, NULL), (guint) size);
  }
  return TRUE;
}

char *
vr_virt_read_file (VrVirt *virt, const char *domain, const char *guest_path, gsize limit,
                   GError **error)
{
  g_autoptr (virDomain) found = find_running (virt, domain, error);
  if (found == NULL)
    return NULL;
  GuestFile file = { .domain = found, .path = guest_path };
  if (!open_file (&file, error))
    return NULL;
  g_autoptr (GByteArray) content = g_byte_array_new ();
  gboolean good = read_to_end (&file, MIN (limit, G_MAXINT32), content, error);
  close_file (&file);
  if (!good)
    return NULL;
  g_byte_array_append (content, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&content), FALSE);
}

static gboolean
start_command (virDomain *domain, const char *const *argv, gint64 *pid, GError **error)
{
  g_autofree char *doing = g_strdup_printf ("running \"%s\"", argv[0]);
  g_autoptr (JsonBuilder) builder = begin_command ("guest-exec");
  vr_json_add_string (builder, "path", argv[0]);
  json_builder_set_member_name (builder, "arg");
  json_builder_begin_array (builder);
  for (gsize i = 1; argv[i] != NULL; i++)
    json_builder_add_string_value (builder, argv[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "capture-output");
  json_builder_add_boolean_value (builder, TRUE);
  g_autoptr (JsonParser) answer = call (domain, builder, doing, error);
  if (answer == NULL)
    return FALSE;
  *pid = int_of (returned (answer), "pid", 0);
  return TRUE;
}

static void
take_result (JsonNode *status, VrExecResult *result)
{
  int signal = (int) int_of (status, "signal", 0);
  *result = (VrExecResult){
    .exit_status = signal != 0 ? -1 : (int) int_of (status, "exitcode", -1),
    .signal = signal,
    .output = data_of (status, "out-data"),
    .errors = data_of (status, "err-data"),
    .truncated
    = int_of (status, "out-truncated", 0) != 0 || int_of (status, "err-truncated", 0) != 0,
  };
}

static gboolean
await_command (virDomain *domain, const VrExecRequest *request, gint64 pid, VrExecResult *result,
               GError **error)
{
  g_autofree char *doing = g_strdup_printf ("running \"%s\"", request->argv[0]);
  gint64 deadline_us = g_get_monotonic_time () + request->timeout_us;
  for (gint64 pause_us = POLL_FIRST_US;; pause_us = MIN (2 * pause_us, POLL_LAST_US)) {
    g_autoptr (JsonBuilder) builder = begin_command ("guest-exec-status");
    add_int (builder, "pid", pid);
    g_autoptr (JsonParser) answer = call (domain, builder, doing, error);
    if (answer == NULL)
      return FALSE;
    if (int_of (returned (answer), "exited", FALSE) != 0) {
      take_result (returned (answer), result);
      return TRUE;
    }
    if (g_get_monotonic_time () + pause_us > deadline_us)
      break;
    g_usleep ((gulong) pause_us);
  }
  g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
               "%s in guest \"%s\": not done within %.1f s, and goes on there", doing,
               request->domain, (double) request->timeout_us / G_USEC_PER_SEC);
  return FALSE;
}

gboolean
vr_virt_exec (VrVirt *virt, const VrExecRequest *request, VrExecResult *result, GError **error)
{
  g_autoptr (virDomain) domain = find_running (virt, request->domain, error);
  gint64 pid;
  return domain != NULL && start_command (domain, request->argv, &pid, error)
         && await_command (domain, request, pid, result, error);
}

void
vr_exec_result_clear (VrExecResult *result)
{
  g_clear_pointer (&result->output, g_bytes_unref);
  g_clear_pointer (&result->errors, g_bytes_unref);
  *result = (VrExecResult){ .exit_status = 0 };
}
