/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recipe: what is in an image, and how it is made. INI-like text; vr_recipe_keys() is the table
 * that the reader, the checks and the manual go by. */
#pragma once

#include <glib.h>

typedef struct {
  char *name;
  char *version; /* NULL: any */
} VrRecipePackage;

typedef struct {
  char *path;
  char *name;
  char *type;
  char *suite;          /* Debian's release */
  char **programs;      /* that must be in the image */
  char *command_line;   /* "" if not given */
  guint64 size_bytes;   /* of the disk; 0 if not given */
  guint64 memory_bytes; /* the least that a guest needs; 0 if not given */
  char *kernel_package; /* one of package, file and source is given */
  char *kernel_version; /* or NULL */
  char *kernel_file;    /* path, or NULL */
  char *kernel_modules; /* path, or NULL */
  char *kernel_source;  /* package, or NULL */
  char *kernel_flavour; /* which of Debian's configurations a build from source starts from */
  char *kernel_config;  /* path of a fragment, or NULL */
  GPtrArray *packages;  /* VrRecipePackage, owned, ordered by name */
  char **modules_load;
  char **modules_keep;
  char **exclude_packages;
  char **exclude_paths;
  char *overlay; /* path, or NULL */
  char **own;    /* names of vrkit's programs for guests */
} VrRecipe;

/* A value's form. PATH is made absolute, from the recipe's directory. */
typedef enum {
  VR_RECIPE_NAME,
  VR_RECIPE_TYPE,
  VR_RECIPE_PACKAGE,
  VR_RECIPE_VERSION,
  VR_RECIPE_PATH,
  VR_RECIPE_SIZE,
  VR_RECIPE_WORDS, /* a list, with commas or blanks between */
  VR_RECIPE_ARGUMENTS,
} VrRecipeKind;

/* Whether a key is part of what the packages' versions depend on, and so of the lock's digest. */
typedef enum { VR_RECIPE_BUILDS, VR_RECIPE_RESOLVES } VrRecipeEffect;

typedef struct {
  const char *section;
  const char *key;
  VrRecipeKind kind;
  VrRecipeEffect effect;
  gsize offset;         /* in VrRecipe */
  const char *types;    /* types of image that take it, with blanks around each; NULL: all */
  const char *fallback; /* as text, or NULL */
  const char *doc;      /* a sentence or two for the manual */
} VrRecipeKey;

/* The rows, in the manual's order. [packages], whose keys are packages, is not among them. */
const VrRecipeKey *vr_recipe_keys (guint *count);

/* "host", "router": the types that there are builders for; NULL-terminated. */
const char *const *vr_recipe_types (void);

/* What a kind of value looks like, for messages and the manual. */
const char *vr_recipe_kind_text (VrRecipeKind kind);

/* Reads and checks the file. VR_ERROR_PROFILE with "file:line: ", or VR_ERROR_HOST where the file
 * cannot be read. */
VrRecipe *vr_recipe_read (const char *path, GError **error);

/* The same from a text; `path` is where relative paths start, and is named in messages. */
VrRecipe *vr_recipe_parse (const char *path, const char *text, GError **error);

void vr_recipe_free (VrRecipe *recipe);

/* SHA-256 over the values of all keys, or of those with VR_RECIPE_RESOLVES alone: comments, order
 * and the place of the file do not count. */
char *vr_recipe_digest (const VrRecipe *recipe, VrRecipeEffect effect);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRecipe, vr_recipe_free)
