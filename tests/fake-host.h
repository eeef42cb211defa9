/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host made of small files, one a thing: links, namespaces, addresses, domains. What is removed
 * takes along what hangs on it, as in a kernel. It outlives the process that changes it. */
#pragma once

#include <glib.h>

/* A thing is a set of keys with values, both short texts of one line. Names say what it is:
 *   netns/N  link/IF  link/N/IF  sysctl/N/KEY  offloads/[N/]IF  address/N/IF/A  neighbour/N/IF/A
 *   route/N/DESTINATION  config/PATH  domain/NAME
 * The key `parents` lists (by blanks) what it vanishes with, `uses` what a domain holds open, and
 * `master` the bridge of a link. */
typedef struct FakeHost FakeHost;

/* Reads what DIR/host holds, or begins with nothing. */
FakeHost *fake_host_open (const char *dir);
void fake_host_close (FakeHost *host);

gboolean fake_host_has (const FakeHost *host, const char *thing);
/* The value, or NULL. Owned by the host. */
const char *fake_host_get (const FakeHost *host, const char *thing, const char *key);
/* All keys as an a{ss}, or NULL where there is no such thing. */
GVariant *fake_host_strings (const FakeHost *host, const char *thing);
/* Makes the thing where it is not there; `value` NULL takes the key away. Written by the next
 * flush, by removing anything, and by closing. */
void fake_host_set (FakeHost *host, const char *thing, const char *key, const char *value);
void fake_host_flush (FakeHost *host);
/* Removes it with all that hangs on it. What a domain uses is noted in DIR/wrong. */
void fake_host_remove (FakeHost *host, const char *thing);
/* The domain that uses it, or NULL. Owned by the host. */
const char *fake_host_user (const FakeHost *host, const char *thing);
/* Names that begin so, sorted; NULL-terminated. */
char **fake_host_names (const FakeHost *host, const char *prefix);

void fake_host_note_wrong (FakeHost *host, const char *text);

/* The bytes of all files of DIR/host, with their names, sorted. */
char *fake_host_print (const char *dir);
/* What was done in a wrong order in DIR since it was made: "" for nothing. */
char *fake_host_wrongs (const char *dir);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeHost, fake_host_close)
