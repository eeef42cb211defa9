/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory for files of one run of the program, which goes with it. A run that is killed leaves
 * its own behind; the next one in the same place removes it. Which are dead the kernel tells: each
 * is locked (flock) for as long as its process lives. */
#pragma once

#include <glib.h>

typedef struct VrScratch VrScratch;

/* A new directory, PREFIX and six more characters, for its owner alone, below `parent`, after what
 * dead runs have left there under that prefix is gone. VR_ERROR_HOST. */
VrScratch *vr_scratch_new (const char *parent, const char *prefix, GError **error);
/* Borrowed. */
const char *vr_scratch_path (const VrScratch *scratch);
/* Removes it with the files that it holds. Directories in it are none of ours, and stay. */
void vr_scratch_free (VrScratch *scratch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrScratch, vr_scratch_free)
