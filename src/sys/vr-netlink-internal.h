/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of vr-netlink share: one request and its answer, and the translation of errors. */
#pragma once

#include <netlink/msg.h>

#include "sys/vr-netlink.h"

/* A socket for the families of generic netlink, which the functions of this file alone work on. */
VrNetlink *vr_netlink_new_generic (const char *netns, GError **error);

/* Adds an attribute. The parts check lengths before, so that a message never overflows; where one
 * does, it is a bug and the process aborts. */
void vr_netlink_put (struct nl_msg *message, int type, const void *data, gsize size);
void vr_netlink_put_u32 (struct nl_msg *message, int type, guint32 value);
void vr_netlink_put_string (struct nl_msg *message, int type, const char *text);
struct nlattr *vr_netlink_nest (struct nl_msg *message, int type);
/* The bytes of an address: 4 or 16. */
void vr_netlink_put_address (struct nl_msg *message, int type, const VrPrefix *address);

/* A message of `type` that begins with `header`. */
struct nl_msg *vr_netlink_message (int type, int flags, const void *header, gsize size);

/* Called with each message of an answer. */
typedef void (*VrNetlinkAnswer) (struct nlmsghdr *message, gpointer data);

/* Sends `message`, frees it, and waits until the kernel is done. Returns 0 or the kernel's errno;
 * `answer` may be NULL. EAGAIN is a dump that something changed meanwhile: ask again. */
int vr_netlink_transact (VrNetlink *netlink, struct nl_msg *message, VrNetlinkAnswer answer,
                         gpointer data);

/* TRUE where `errnum` is 0, else sets `error`: "cannot OPERATION: why", where the format is of what
 * was tried, as "set the MTU of vr0 to 9000". To be called before the next request: it adds the
 * kernel's explanation of the last one. */
gboolean vr_netlink_check (VrNetlink *netlink, int errnum, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* Whether the name can be an interface's; else VR_ERROR_PROFILE. */
gboolean vr_netlink_check_name (const char *ifname, GError **error);

/* Whether the alias, which may be NULL, is short enough; else VR_ERROR_PROFILE. */
gboolean vr_netlink_check_alias (const char *ifname, const char *alias, GError **error);

/* The index; 0 and VR_ERROR_HOST where it is absent. */
int vr_netlink_index (VrNetlink *netlink, const char *ifname, GError **error);

/* The index, or 0 where the interface is absent. FALSE on failure. */
gboolean vr_netlink_find_index (VrNetlink *netlink, const char *ifname, int *index, GError **error);

/* Of a macvtap or macvlan: the kernel's number of a mode's name, and back. 0 and NULL: unknown. */
guint32 vr_netlink_macvlan_mode (const char *name);
const char *vr_netlink_macvlan_mode_name (guint32 mode);

/* The name in a namespace for messages: " in NETNS", or "". */
const char *vr_netlink_place (VrNetlink *netlink);
