/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket, one request at a time, and errors. Requests are built here and in the other parts
 * with libnl's message functions rather than with libnl-route's objects: those turn EADDRINUSE into
 * EEXIST, drop the kernel's explanations, and set an alias in no step at all. */
#include "sys/vr-netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "sys/vr-netlink-internal.h"
#include "sys/vr-netns.h"

struct VrNetlink {
  struct nl_sock *socket;
  int protocol;
  char *place;       /* " in NETNS", or "" */
  char *explanation; /* the kernel's extended acknowledgement of the last request, or NULL */
};

/* The kernel's explanations, and filters in requests that it would else ignore, are asked for; a
 * kernel without them is as good, since answers are filtered here again. */
static gboolean
connect_socket (gpointer data, GError **error)
{
  VrNetlink *netlink = data;
  int code = nl_connect (netlink->socket, netlink->protocol);
  if (code < 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot open a netlink socket%s: %s",
                 netlink->place, nl_geterror (code));
    return FALSE;
  }
  int fd = nl_socket_get_fd (netlink->socket);
  int on = 1;
  setsockopt (fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt (fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt (fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return TRUE;
}

static VrNetlink *
netlink_new (const char *netns, int protocol, GError **error)
{
  g_autoptr (VrNetlink) netlink = g_new0 (VrNetlink, 1);
  netlink->protocol = protocol;
  netlink->socket = nl_socket_alloc ();
  if (netlink->socket == NULL)
    g_error ("out of memory");
  netlink->place = netns == NULL ? g_strdup ("") : g_strdup_printf (" in %s", netns);
  if (!vr_netns_call (netns, connect_socket, netlink, error))
    return NULL;
  return g_steal_pointer (&netlink);
}

VrNetlink *
vr_netlink_new (const char *netns, GError **error)
{
  return netlink_new (netns, NETLINK_ROUTE, error);
}

VrNetlink *
vr_netlink_new_generic (const char *netns, GError **error)
{
  return netlink_new (netns, NETLINK_GENERIC, error);
}

void
vr_netlink_free (VrNetlink *netlink)
{
  nl_socket_free (netlink->socket);
  g_free (netlink->place);
  g_free (netlink->explanation);
  g_free (netlink);
}

const char *
vr_netlink_place (VrNetlink *netlink)
{
  return netlink->place;
}

void
vr_netlink_put (struct nl_msg *message, int type, const void *data, gsize size)
{
  if (nla_put (message, type, (int) size, data) < 0)
    g_error ("netlink message too small for attribute %d of %zu bytes", type, size);
}

void
vr_netlink_put_u32 (struct nl_msg *message, int type, guint32 value)
{
  vr_netlink_put (message, type, &value, sizeof value);
}

void
vr_netlink_put_string (struct nl_msg *message, int type, const char *text)
{
  vr_netlink_put (message, type, text, strlen (text) + 1);
}

void
vr_netlink_put_address (struct nl_msg *message, int type, const VrPrefix *address)
{
  vr_netlink_put (message, type, address->bytes, address->family == AF_INET ? 4 : 16);
}

struct nlattr *
vr_netlink_nest (struct nl_msg *message, int type)
{
  struct nlattr *nest = nla_nest_start (message, type);
  if (nest == NULL)
    g_error ("netlink message too small for nest %d", type);
  return nest;
}

struct nl_msg *
vr_netlink_message (int type, int flags, const void *header, gsize size)
{
  struct nl_msg *message = nlmsg_alloc_simple (type, NLM_F_REQUEST | flags);
  if (message == NULL || nlmsg_append (message, (void *) header, size, NLMSG_ALIGNTO) < 0)
    g_error ("out of memory");
  return message;
}

typedef struct {
  VrNetlink *netlink;
  VrNetlinkAnswer answer;
  gpointer data;
  int errnum;
  gboolean done;
  gboolean interrupted; /* a dump whose parts do not fit together */
} Exchange;

static int
on_valid (struct nl_msg *message, void *data)
{
  Exchange *exchange = data;
  if (exchange->answer != NULL)
    exchange->answer (nlmsg_hdr (message), exchange->data);
  return NL_OK;
}

static int
on_done (G_GNUC_UNUSED struct nl_msg *message, void *data)
{
  Exchange *exchange = data;
  exchange->done = TRUE;
  return NL_STOP;
}

static int
on_interrupted (G_GNUC_UNUSED struct nl_msg *message, void *data)
{
  Exchange *exchange = data;
  exchange->interrupted = TRUE;
  return NL_OK;
}

/* Taken here from the message itself, since libnl maps several errnos to one code of its own. */
static int
on_error (G_GNUC_UNUSED struct sockaddr_nl *sender, struct nlmsgerr *failure, void *data)
{
  Exchange *exchange = data;
  struct nlmsghdr *header = (struct nlmsghdr *) ((char *) failure - NLMSG_HDRLEN);
  exchange->errnum = -failure->error;
  exchange->done = TRUE;
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
    return NL_STOP;
  gsize size = sizeof *failure;
  if ((header->nlmsg_flags & NLM_F_CAPPED) == 0)
    size += failure->msg.nlmsg_len - NLMSG_HDRLEN;
  struct nlattr *text = nlmsg_find_attr (header, (int) size, NLMSGERR_ATTR_MSG);
  if (text != NULL)
    exchange->netlink->explanation = g_strndup (nla_data (text), (gsize) nla_len (text));
  return NL_STOP;
}

static struct nl_cb *
callbacks_new (Exchange *exchange)
{
  struct nl_cb *callbacks = nl_cb_alloc (NL_CB_DEFAULT);
  if (callbacks == NULL)
    g_error ("out of memory");
  nl_cb_set (callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
  nl_cb_set (callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_done, exchange);
  nl_cb_set (callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_done, exchange);
  nl_cb_set (callbacks, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, exchange);
  nl_cb_err (callbacks, NL_CB_CUSTOM, on_error, exchange);
  return callbacks;
}

int
vr_netlink_transact (VrNetlink *netlink, struct nl_msg *message, VrNetlinkAnswer answer,
                     gpointer data)
{
  Exchange exchange = { .netlink = netlink, .answer = answer, .data = data };
  g_clear_pointer (&netlink->explanation, g_free);
  struct nl_cb *callbacks = callbacks_new (&exchange);
  int code = nl_send_auto (netlink->socket, message);
  while (code >= 0 && !exchange.done)
    code = nl_recvmsgs (netlink->socket, callbacks);
  nl_cb_put (callbacks);
  nlmsg_free (message);
  if (exchange.errnum != 0)
    return exchange.errnum;
  if (code < 0) {
    netlink->explanation = g_strdup (nl_geterror (code));
    return EIO;
  }
  return exchange.interrupted ? EAGAIN : 0;
}

static VrErrorCode
code_of (int errnum)
{
  switch (errnum) {
  case EPERM:
  case EACCES:
    return VR_ERROR_PERMISSION;
  case EBUSY:
  case EEXIST:
  case EADDRINUSE:
    return VR_ERROR_BUSY;
  case EOPNOTSUPP:
  case ENODEV:
    return VR_ERROR_HOST;
  default:
    return VR_ERROR_KERNEL;
  }
}

static const char *
way_out (int errnum)
{
  switch (errnum) {
  case EPERM:
  case EACCES:
    return "; run as root";
  case EADDRINUSE:
    return "; another macvtap or macvlan on the same lower device has this MAC address";
  case ENODEV:
    return "; is the interface there? `ip link` lists them";
  default:
    return "";
  }
}

gboolean
vr_netlink_check (VrNetlink *netlink, int errnum, GError **error, const char *format, ...)
{
  if (errnum == 0)
    return TRUE;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  gboolean explained = netlink->explanation != NULL && netlink->explanation[0] != '\0';
  g_set_error (error, VR_ERROR, code_of (errnum), "cannot %s%s: %s%s%s%s%s", what, netlink->place,
               g_strerror (errnum), way_out (errnum), explained ? " (the kernel says: " : "",
               explained ? netlink->explanation : "", explained ? ")" : "");
  return FALSE;
}

gboolean
vr_netlink_check_name (const char *ifname, GError **error)
{
  gsize length = strnlen (ifname, VR_LINK_NAME_SIZE);
  gboolean good = length > 0 && length < VR_LINK_NAME_SIZE && strcmp (ifname, ".") != 0
                  && strcmp (ifname, "..") != 0;
  for (const char *p = ifname; good && *p != '\0'; p++)
    good = g_ascii_isgraph (*p) && *p != '/' && *p != ':' && *p != '%';
  if (good)
    return TRUE;
  g_autofree char *quoted = vr_name_quote (ifname);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "\"%s\" cannot name an interface: 1 to %d printable ASCII characters but / : %%",
               quoted, VR_LINK_NAME_SIZE - 1);
  return FALSE;
}
