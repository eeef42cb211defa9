/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live changes of a lab that is up: schedules of threads, queue lengths, what else can change in
 * place. */
#pragma once

#include "lab/vr-lifecycle.h"
#include "lab/vr-store.h"

/* Makes the changes, PATH=VALUE (config/vr-change.h), NULL-terminated, as one transaction: on
 * failure the lab is as it was before. The lab's record then holds the changed profile; the file
 * that it came from stays as it is, and `up` of it brings back what that says.
 *
 * VR_ERROR_USAGE for a path, or for a change that needs a router or an interface made anew;
 * VR_ERROR_UNWANTED where the lab is not up; VR_ERROR_BUSY while another process changes it. */
gboolean vr_lab_tune (const VrSite *site, const char *name, const char *const *changes,
                      const VrLabOptions *options, VrOutcome *outcome, GError **error);

/* What a change may do: change values in place, or also make and end whole routers, of which those
 * that stay are not made anew. */
typedef enum { VR_TUNE_IN_PLACE, VR_TUNE_ROUTERS } VrTuneKind;

/* Do it, or only tell by the options' progress function what would be done. */
typedef enum { VR_TUNE_DO, VR_TUNE_REHEARSE } VrTuneMode;

/* What is known of the host and of the lab's plan, for who changes the reservations of a lab again
 * and again: made where it is NULL, and used as it is where not. The caller owns it, and frees it
 * when a change fails or the lab is another. What is reserved by others is of then; the kernel's
 * own admission holds in any case. */
typedef struct VrTuneMemory VrTuneMemory;

void vr_tune_memory_free (VrTuneMemory *memory);

typedef struct {
  const char *lab;
  const char *const *changes; /* NULL with `profile` */
  const char *profile;        /* the canonical text (vr_profile_print) of the lab as it is to be;
                               * NULL: `changes` say what is */
  VrTuneKind kind;
  VrTuneMode mode;
  const char *const *mend; /* threads, ROUTER/THREAD as "r1/vcpu.0", that are looked at though their
                            * schedule stays as it is, so that what somebody else has done to them
                            * is put right; NULL: only those whose schedule changes */
  VrTuneMemory **memory;   /* NULL: none */
  gboolean keep_places;    /* threads that @auto placed stay where they are, and a change for which
                            * they would have to go is refused: VR_ERROR_INFEASIBLE */
  gboolean *placed_anew; /* set where a change was made: whether it had them placed anew; NULL: not
                          * asked */
} VrTuneRequest;

/* vr_lab_tune(), with more choice. */
gboolean vr_tune_run (const VrSite *site, const VrTuneRequest *request, const VrLabOptions *options,
                      VrOutcome *outcome, GError **error);

/* The plan that the last change left, where `profile` is what it left on record; NULL: it is to be
 * made. The memory's, which may be NULL. */
const VrPlan *vr_tune_memory_plan (const VrTuneMemory *memory, const char *profile);

/* The record of a lab that is up; VR_ERROR_UNWANTED of another. */
gboolean vr_tune_read (const VrSite *site, const char *name, VrRecord *record, GError **error);

/* How one lab becomes the other: they are the same to the host, vr_lab_tune() does it, or only
 * vr_lab_up(). */
typedef enum { VR_TRANSITION_NONE, VR_TRANSITION_TUNE, VR_TRANSITION_REBUILD } VrTransition;

/* Looks at the host, and changes nothing. */
gboolean vr_lab_transition (const VrSite *site, const VrLab *before, const VrLab *after,
                            VrTransition *transition, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTuneMemory, vr_tune_memory_free)
