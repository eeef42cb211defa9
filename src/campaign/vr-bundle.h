/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A campaign as one file, for another lab: a tar archive, packed with zstd, of an index and the
 * files of the campaign's directory. The same campaign gives the same bytes. What reads one trusts
 * nothing in it: a file has a name that a bundle may hold, no greater size than such a file may
 * have, and the digest of the index, or all of it is refused. */
#pragma once

#include "base/vr-scratch.h"
#include "campaign/vr-experiment.h"

/* bundle.json, vrkit.bundle/1: what the campaign was, and its files. */
typedef struct {
  char *experiment;  /* its name */
  guint repetitions; /* with which it was begun */
  gboolean quick;    /* by its quick repetitions and duration */
  char **only;       /* what its conditions were chosen by; NULL-terminated, empty: all */
  GPtrArray *files;  /* VrBundleFile *, owned, in the order of the archive */
} VrBundleIndex;

typedef struct {
  char *name; /* "results.sqlite", "figures/received_pps.svg" */
  guint64 size_bytes;
  char *sha256;
} VrBundleFile;

VrBundleIndex *vr_bundle_index_new (void);
void vr_bundle_index_free (VrBundleIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrBundleIndex, vr_bundle_index_free)

/* Of a text that anybody may have written. VR_ERROR_VERIFY, without the file's name. */
VrBundleIndex *vr_bundle_index_parse (const char *text, gsize size, GError **error);
/* Whether JSON, of no comments, is nested so little that a parser that calls itself has the stack
 * for it. */
gboolean vr_bundle_is_shallow (const char *text, gsize size);
/* The text; the caller owns it. */
char *vr_bundle_index_json (const VrBundleIndex *index);
/* The greatest size of a file of that name; 0 where a bundle holds no such file. */
guint64 vr_bundle_size_max (const char *name);
/* Adds a file of `directory`. VR_ERROR_HOST where it cannot be read, or is too great. */
gboolean vr_bundle_index_add (VrBundleIndex *index, const char *directory, const char *name,
                              GError **error);

/* Packs the campaign in `directory` into `path`, over what is there; the database as it is when it
 * begins, so that the campaign may go on meanwhile. VR_ERROR_HOST; else as vr_results_open(). */
gboolean vr_bundle_write (const char *directory, const char *path, GError **error);

/* Whether the file at `path` is packed as a bundle is. */
gboolean vr_bundle_is (const char *path);

/* A campaign's files: those of a directory, or of a bundle, in a directory of their own that goes
 * with this. */
typedef struct {
  char *directory;
  VrBundleIndex *index; /* NULL: no bundle */
  VrScratch *scratch;   /* likewise */
} VrUnpacked;

typedef enum {
  VR_BUNDLE_TEXTS,   /* the experiment and its profile */
  VR_BUNDLE_RESULTS, /* and the manifest and the database */
} VrBundlePart;

/* VR_ERROR_USAGE where there is nothing at `path`; VR_ERROR_VERIFY for what is no bundle, or is one
 * that is damaged or holds what it should not; VR_ERROR_HOST where it cannot be unpacked. */
gboolean vr_bundle_open (const char *path, VrBundlePart part, VrUnpacked *unpacked, GError **error);
void vr_unpacked_clear (VrUnpacked *unpacked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrUnpacked, vr_unpacked_clear)

/* The experiment of a bundle at `path`, unpacked; its profile is there as long as that is. Errors
 * as vr_experiment_parse(); VR_ERROR_VERIFY for a profile that is not as vr_profile_print() has it.
 */
VrExperiment *vr_bundle_experiment (const char *path, const VrUnpacked *unpacked, GError **error);
