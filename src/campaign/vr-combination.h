/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which levels of an experiment's factors go together: what is crossed, goes along, is excluded or
 * listed. Pure; what a combination makes of the lab is vr-condition's. */
#pragma once

#include "campaign/vr-experiment.h"

#define VR_CONDITIONS_MAX 10000

/* A combination is an array of an index into its levels for each factor, or VR_LEVEL_ANY. */
#define VR_LEVEL_ANY G_MAXUINT

/* One of VR_LEVEL_ANY alone; the caller owns it, as of the next. */
guint *vr_combination_new (const VrExperiment *experiment);

/* "FACTOR=LEVEL FACTOR=LEVEL", quoted as for a shell. VR_ERROR_PROFILE, without a place. */
guint *vr_combination_read (const VrExperiment *experiment, const char *text, GError **error);

/* "FACTOR=LEVEL": sets the factor's entry. Errors as the last. */
gboolean vr_combination_read_level (const VrExperiment *experiment, const char *text,
                                    guint *combination, GError **error);

/* Whether two indices into the levels of a factor are of one level: of one that goes along with
 * another a level may stand several times. */
gboolean vr_combination_is_same (const VrExperiment *experiment, guint factor, guint one,
                                 guint other);

/* Whether the levels that `indices` names are all that `combination` asks for. */
gboolean vr_combination_matches (const VrExperiment *experiment, const guint *combination,
                                 const guint *indices);

/* "rate=10kpps queue=35"; "-" without factors. The caller owns it. */
char *vr_combination_label (const VrExperiment *experiment, const guint *indices);

/* The combinations that are measured, guint *, owned: crossed, the last factor fastest, less what
 * is excluded or not listed. The condition with the id N is number N - 1. VR_ERROR_PROFILE with the
 * place of the line that is wrong, or where nothing is left. */
GPtrArray *vr_combination_list (const VrExperiment *experiment, GError **error);
