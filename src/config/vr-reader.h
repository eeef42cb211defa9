/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines become structs, by the rows of a schema alone. */
#pragma once

#include "config/vr-places.h"

typedef struct {
  const VrSchema *schema;
  gpointer root;      /* the struct that the groups' structs belong to; the caller's */
  VrPlaces *places;   /* may be taken at the end */
  GHashTable *groups; /* "router r1" → VrOrigin, owned: where the group stood */
} VrReader;

/* Where in a file the reader is. */
typedef struct {
  VrOrigin origin;
  const VrSchemaGroup *group; /* NULL before the file's first */
  gpointer target;            /* its struct */
  const VrSchemaKey *key;     /* of the line, valid while it is read, as the next */
  const char *word;           /* the key as it is written */
} VrCursor;

VrReader *vr_reader_new (const VrSchema *schema, gpointer root);
void vr_reader_free (VrReader *reader);

/* Reads one line, trimmed and not empty, which it cuts up. `cursor->origin` says where it stands.
 * VR_ERROR_PROFILE with the place. */
gboolean vr_reader_line (VrReader *reader, VrCursor *cursor, char *line, GError **error);

/* Sets all fields of a group's struct that have defaults. */
void vr_reader_fill_defaults (const VrSchema *schema, const char *group, gpointer target);

/* Whether each group that stands in the text has all its required keys; VR_ERROR_PROFILE with the
 * group's place. */
gboolean vr_reader_check_required (const VrReader *reader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrReader, vr_reader_free)
