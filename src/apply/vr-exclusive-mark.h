/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose the CPUs are that labs have for single threads, written on the group of all guests itself:
 * so that it is known, and they are given back, where the files that claim them are lost. */
#pragma once

#include "apply/vr-claims.h"

typedef struct {
  guint cpu;
  char *lab;
  char *thread; /* as the operation has it, "vrkit-LAB-ROUTER/vcpu.0" */
  char *group;  /* which bears the mark */
} VrExclusiveMark;

void vr_exclusive_mark_free (VrExclusiveMark *mark);

/* Marks mark->group; a mark for that CPU is replaced. */
gboolean vr_exclusive_mark_write (const VrExclusiveMark *mark, GError **error);
/* None is success. */
gboolean vr_exclusive_mark_remove (const char *group, guint cpu, GError **error);

/* Adds the marks that the group of cpusets bears, as VrExclusiveMark; what vrkit would not have
 * written is left out. */
void vr_exclusive_marks_read (const char *group, GPtrArray *marks);

/* Claims for its lab each CPU of which nothing is on record. */
gboolean vr_exclusive_marks_claim (const GPtrArray *marks, VrClaims *claims, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrExclusiveMark, vr_exclusive_mark_free)
