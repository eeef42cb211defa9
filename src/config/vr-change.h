/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single keys of a lab changed from outside its profile: "port.left.queue-length=35". */
#pragma once

#include "config/vr-schema.h"

/* One change, by the path grammar GROUP.NAME.KEY, of a group without a name GROUP.KEY. */
typedef struct {
  const VrSchemaGroup *group;
  char *name;             /* of the group's instance; NULL for one without */
  char *word;             /* the key as it is written: "vcpu.0" */
  const VrSchemaKey *key; /* its row */
  char *value;            /* "" takes the key out of the profile: its default holds again */
} VrChange;

void vr_change_free (VrChange *change);

/* "PATH=VALUE". VR_ERROR_USAGE, with a suggestion where a word is nearly right. */
VrChange *vr_change_parse (const char *text, GError **error);

/* The lab of a printed profile (vr_profile_print) with the changes (PATH=VALUE, NULL-terminated)
 * made. A group that is not there, as [schedule r1], is made. VR_ERROR_USAGE for a path,
 * VR_ERROR_PROFILE for a value or for a lab that does not hold together; messages name the change
 * in place of a file and line. */
VrLab *vr_change_apply (const char *profile, const char *file_name, const char *const *changes,
                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrChange, vr_change_free)
