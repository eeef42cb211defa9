/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of a lab that is up, RUN/labs/NAME: its lock, journal and record. */
#pragma once

#include <glib.h>

#include "lab/vr-site.h"

typedef struct VrStore VrStore;

/* What is on record of a lab. */
typedef struct {
  char *profile_path; /* absolute */
  char *profile;      /* canonical text of the lab as it was last brought up */
  char *uri;
  GVariant *emulators; /* of vr_emulators_read(), when it was last brought up; may be NULL */
  gboolean is_up;      /* FALSE: an up was begun and has not come to its end */
} VrRecord;

void vr_record_clear (VrRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrRecord, vr_record_clear)

typedef enum {
  VR_STORE_MAKE,
  VR_STORE_FIND,  /* one that has no lock is about to come or to go: as if it were absent */
  VR_STORE_CLEAR, /* to remove it: also one that has no lock, which a killed process has left */
} VrStoreOpen;

/* Opens and locks it for this process. Where it is not to be made, an absent one is NULL without
 * error. VR_ERROR_BUSY while another process changes the lab, naming its pid; VR_ERROR_PERMISSION.
 */
VrStore *vr_store_open (const VrSite *site, const char *lab, VrStoreOpen how, GError **error);
/* Gives the lock back; the directory stays. */
void vr_store_close (VrStore *store);
const char *vr_store_dir (const VrStore *store);
char *vr_store_journal_path (const VrStore *store);

/* The record; FALSE without error where there is none yet. `record` holds nothing before. */
gboolean vr_store_read (const VrSite *site, const char *lab, VrRecord *record, GError **error);
/* The libvirt that the lab is at: of its record, else the site's; the caller frees it. An
 * unreadable record is none. VR_ERROR_BUSY where people have given the site another one. */
char *vr_store_uri (const VrSite *site, const char *lab, GError **error);
/* When the record was last written, of CLOCK_REALTIME; 0 where there is none. */
gint64 vr_store_changed_ns (const VrSite *site, const char *lab);
gboolean vr_store_write (VrStore *store, const char *lab, const VrRecord *record, GError **error);
/* Removes the directory and what is in it, and closes. */
gboolean vr_store_remove (VrStore *store, GError **error);

/* Names of labs that have a directory, sorted, NULL-terminated. */
char **vr_store_list (const VrSite *site);

/* RUN/host, where values of the whole host are kept, and a file in it. */
char *vr_site_host_path (const VrSite *site, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrStore, vr_store_close)
