/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel forgets while CPUs of the host are offline, in a file that survives crashes. A
 * place is where it stands: "irq/24", "cpuset/machine". Only vr-offline.c includes it. */
#pragma once

#include <glib.h>

typedef struct {
  char *path;
  char *copies;         /* the object that keeps one, see vr-copy.h */
  GHashTable *cpus;     /* numbers, as text: what vrkit has taken offline, or was about to */
  GHashTable *original; /* place → its CPUs before the first of them went */
  GHashTable *left; /* place → its CPUs as the kernel left them; lacks what a crash kept back */
} VrOfflineRecord;

/* An empty one where there is no file, and no copy of one in the kernel. VR_ERROR_HOST where it
 * cannot be read. */
VrOfflineRecord *vr_offline_record_read (const char *root, const char *path, GError **error);
void vr_offline_record_free (VrOfflineRecord *record);

/* Without CPUs the file goes. */
gboolean vr_offline_record_write (const VrOfflineRecord *record, GError **error);

/* The places of `original`, those of a group before those below it; borrowed. */
GPtrArray *vr_offline_record_places (const VrOfflineRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOfflineRecord, vr_offline_record_free)
