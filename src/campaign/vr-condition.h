/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conditions of an experiment: which levels go together, and what lab and load they make. All
 * pure but for reading the profile. */
#pragma once

#include "campaign/vr-load-spec.h"
#include "campaign/vr-search-run.h"

typedef struct {
  guint id;            /* from 1, in the order of the experiment; a filter leaves it as it is */
  const char **levels; /* one of each factor, owned by the experiment */
  char *label;         /* "rate=10kpps queue=35"; "-" without factors */
  char **changes;      /* of the profile: "PATH=VALUE", NULL-terminated */
  VrLab *lab;          /* as the profile has it with the changes made */
  VrLoadSpec *load;
  VrSearchRequest *search; /* for the rate of the load; NULL: it has its own. Streams are the
                            * load's, its lab and its clock the caller's to set */
  const VrExperimentControl *control; /* the experiment's */
} VrCondition;

/* The conditions, VrCondition *, owned: crossed, the last factor fastest, less what is excluded or
 * not listed. Each profile is composed, read and checked, and each load and search.
 * VR_ERROR_PROFILE with the place of the factor or line that is wrong. */
GPtrArray *vr_condition_list (const VrExperiment *experiment, VrPace pace, GError **error);

/* Leaves those that have, of each factor named in `only` ("FACTOR=LEVEL", NULL-terminated), one of
 * the levels that are named of it. VR_ERROR_USAGE for a factor or level that is none, or where
 * nothing is left. */
gboolean vr_condition_filter (GPtrArray *conditions, const VrExperiment *experiment,
                              const char *const *only, GError **error);
