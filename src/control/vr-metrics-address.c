/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-metrics-address.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"

#define UNIX_PREFIX "unix:"

static void
refuse (const char *address, GError **error, VrErrorCode code, const char *why)
{
  g_autofree char *quoted = vr_name_quote (address);
  g_set_error (error, VR_ERROR, code, "cannot serve metrics at \"%s\": %s", quoted, why);
}

/* Of the loopback: what is served is for this machine alone. */
static GSocketAddress *
parse_tcp (const char *address, GError **error)
{
  const char *colon = strrchr (address, ':');
  guint64 port;
  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL)) {
    refuse (address, error, VR_ERROR_USAGE,
            "127.0.0.1:PORT, [::1]:PORT or unix:/PATH is wanted, PORT up to 65535");
    return NULL;
  }
  gboolean has_brackets = address[0] == '[' && colon > address && colon[-1] == ']';
  g_autofree char *host = has_brackets ? g_strndup (address + 1, (gsize) (colon - address) - 2)
                                       : g_strndup (address, (gsize) (colon - address));
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (host);
  if (inet == NULL || has_brackets != (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6)) {
    refuse (address, error, VR_ERROR_USAGE,
            "a loopback address in numbers is wanted, 127.0.0.1 or [::1]");
    return NULL;
  }
  if (!g_inet_address_get_is_loopback (inet)) {
    refuse (address, error, VR_ERROR_USAGE,
            "only the loopback (127.0.0.1, [::1]) and Unix sockets are served, as nobody is asked "
            "who they are");
    return NULL;
  }
  return g_inet_socket_address_new (inet, (guint16) port);
}

/* Whether nobody listens at the socket any more. */
static gboolean
is_dead (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  g_auto (VrFd) fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_strlcpy (name.sun_path, path, sizeof name.sun_path);
  return fd >= 0 && connect (fd, (const struct sockaddr *) &name, sizeof name) != 0
         && errno == ECONNREFUSED;
}

static gboolean
make_room (const char *address, const char *path, GError **error)
{
  struct stat status;
  if (lstat (path, &status) != 0)
    return TRUE;
  if (!S_ISSOCK (status.st_mode)) {
    refuse (address, error, VR_ERROR_USAGE, "a file that is no socket is there");
    return FALSE;
  }
  if (!is_dead (path)) {
    refuse (address, error, VR_ERROR_BUSY, "somebody serves there");
    return FALSE;
  }
  if (unlink (path) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot remove the dead socket \"%s\"", path);
  return FALSE;
}

static GSocketAddress *
parse_unix (const char *address, GError **error)
{
  const char *path = address + strlen (UNIX_PREFIX);
  struct sockaddr_un name;
  if (path[0] != '/' || strlen (path) >= sizeof name.sun_path) {
    refuse (address, error, VR_ERROR_USAGE, "an absolute path of at most 107 bytes is wanted");
    return NULL;
  }
  return make_room (address, path, error) ? g_unix_socket_address_new (path) : NULL;
}

/* GIO's own error becomes ours. */
static void
translate (const char *address, const GError *cause, GError **error)
{
  VrErrorCode code = g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE) ? VR_ERROR_BUSY
                     : g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
                         ? VR_ERROR_PERMISSION
                         : VR_ERROR_HOST;
  refuse (address, error, code, cause->message);
}

static char *
print_address (GSocketAddress *socket)
{
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (socket);
  GInetAddress *host = g_inet_socket_address_get_address (inet);
  g_autofree char *text = g_inet_address_to_string (host);
  gboolean is_ipv6 = g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV6;
  return g_strdup_printf (is_ipv6 ? "[%s]:%u" : "%s:%u", text,
                          g_inet_socket_address_get_port (inet));
}

char *
vr_metrics_address_listen (const char *address, GSocketListener *listener, char **path,
                           GError **error)
{
  gboolean is_unix = g_str_has_prefix (address, UNIX_PREFIX);
  g_autoptr (GSocketAddress) wanted
      = is_unix ? parse_unix (address, error) : parse_tcp (address, error);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError) cause = NULL;
  if (wanted == NULL)
    return NULL;
  if (!g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL, &effective, &cause)) {
    translate (address, cause, error);
    return NULL;
  }
  if (!is_unix)
    return print_address (effective);
  *path = g_strdup (address + strlen (UNIX_PREFIX));
  return g_strdup (address);
}
