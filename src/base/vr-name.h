/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of labs, routers, ports and tenants, and the kernel's and libvirt's names made of them. */
#pragma once

#include <glib.h>

#define VR_NAME_MAX 31
/* What vr_name_ifname() makes: "vr", ten hex digits, and the final NUL. */
#define VR_IFNAME_SIZE 13

/* Whether `name` matches [a-z][a-z0-9-]{0,30}. `what` ("lab", "router") is for the message;
 * VR_ERROR_PROFILE. The name is quoted escaped and cut, so that it may be anything. */
gboolean vr_name_check (const char *what, const char *name, GError **error);

/* A text as it may stand in a message: one line, printable, at most 60 characters. */
char *vr_name_quote (const char *text);

/* Sets VR_ERROR_PROFILE: the text, quoted, then the formatted reason. Returns FALSE. */
gboolean vr_name_refuse (GError **error, const char *text, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The host's name for an interface: "vr" and ten hex digits of a hash of lab, role and name. */
const char *vr_name_ifname (const char *lab, const char *role, const char *name,
                            char ifname[VR_IFNAME_SIZE]);

/* "vrkit-LAB-ROUTER": a domain's name, and that of the namespace of a native router. A namespace of
 * a test port is "vrkit-LAB-PORT" likewise; the profile's checks keep the two apart. */
char *vr_name_domain (const char *lab, const char *router);

/* "vrkit:LAB:ROLE:NAME", the alias that marks an interface as vrkit's. */
char *vr_name_alias (const char *lab, const char *role, const char *name);

/* The lab that an alias marks, or NULL where the alias is not vrkit's. */
char *vr_name_lab_of_alias (const char *alias);

/* The word of `words` (NULL-terminated) nearest to `word`, or NULL where none is near: for
 * "did you mean". The distance counts characters inserted, left out, changed, and swapped with the
 * next one; it is at most a third of the word's length, or 1. */
const char *vr_name_suggest (const char *word, const char *const *words);
