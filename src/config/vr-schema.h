/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of the groups and keys of a text: a profile, or an experiment. Parser, defaults,
 * printer, man page and completion are driven by them and by nothing else. */
#pragma once

#include "model/vr-lab.h"

#define VR_WORD_MAX 1024

/* What a value is, and the type of the field that holds it. */
typedef enum {
  VR_VALUE_NAME,       /* char *: [a-z][a-z0-9-]{0,30} */
  VR_VALUE_TEXT,       /* char *: printable, at most `max` characters */
  VR_VALUE_DEVICE,     /* char *: what an interface of the host may be called */
  VR_VALUE_PATH,       /* char *: absolute, of harmless characters */
  VR_VALUE_NUMBER,     /* guint, `min` to `max` */
  VR_VALUE_COUNT,      /* VrCount, `min` to `max`: of a key without default that may be 0 */
  VR_VALUE_PERCENT,    /* guint, `min` to `max` */
  VR_VALUE_MEMORY,     /* guint64: MiB, `min` to `max` */
  VR_VALUE_CPUS,       /* GArray * of guint, ascending; NULL without */
  VR_VALUE_RUNTIME,    /* gint64: us, `min` to `max`; -1: off */
  VR_VALUE_DURATION,   /* guint64: ns, `min` to `max` */
  VR_VALUE_RATE,       /* VrRate of 1 pps or more */
  VR_VALUE_CHOICE,     /* an enum whose values count from 0 in the order of `words` */
  VR_VALUE_PREFIXES,   /* GArray * of VrPrefix, each the address of a host */
  VR_VALUE_ADDRESSES,  /* GArray * of VrPrefix of full length */
  VR_VALUE_WEIGHTS,    /* GArray * of guint, each 0 to VR_MSR_WEIGHT_MAX */
  VR_VALUE_INTERFACES, /* GPtrArray * of VrInterface, and so on */
  VR_VALUE_ROUTES,
  VR_VALUE_NEIGHBOURS,
  VR_VALUE_SYSCTLS,
  VR_VALUE_THREADS,
  VR_VALUE_PORT_CPUS,
  VR_VALUE_OSPF,
  VR_VALUE_BGP,
  VR_VALUE_WORDS, /* GPtrArray * of char *: texts, each at most VR_WORD_MAX characters */
  VR_VALUE_NAMES, /* GPtrArray * of char *: as VR_VALUE_NAME, each once */
  VR_VALUE_KINDS
} VrValueKind;

/* Whether a key may be repeated, and whether a comma separates two items of one line. */
typedef enum { VR_LIST_NONE, VR_LIST_COMMAS, VR_LIST_LINES } VrListStyle;

typedef enum { VR_KEY_OPTIONAL, VR_KEY_REQUIRED } VrKeyPresence;

typedef struct {
  const char *group; /* "lab", "router", "factor" */
  const char *key;
  VrValueKind kind;
  VrListStyle list;
  VrKeyPresence presence;
  gsize offset;             /* of the field in the group's struct */
  guint64 min, max;         /* of the value, or of the number of items in a list */
  const char *const *words; /* of a choice, NULL-terminated; else NULL */
  const char *fallback;     /* as a profile would give it; NULL: the field stays 0, NULL or empty */
  const char *absent;       /* what it means where `fallback` is NULL, for people; may be NULL */
  const char *doc;          /* one or more sentences */
  /* Of a row that stands for many keys: the patterns in which they are written, "vcpu.N". What is
   * before the first point of each is as it stands; its items print as whole lines, "KEY = VALUE".
   * NULL-terminated; else NULL. */
  const char *const *patterns;
} VrSchemaKey;

typedef struct {
  const char *name; /* "router" */
  const char *noun; /* of its name in [router NAME]; NULL: the group has no name, and there
                     * is at most one */
  guint limit;      /* how many there may be */
  const char *doc;
  /* Offset in the root, as VrLab, of the GPtrArray * of a named group's structs, or of the pointer
   * to that of a group without name; 0: the root itself. */
  gsize list;
  gsize name_offset; /* of the name in the struct; a named group's */
  /* Makes the struct and gives it to the root, which owns it. Takes `name`. */
  gpointer (*add) (gpointer root, char *name, VrOrigin origin);
  const char *like; /* a group whose keys this one has too: its struct begins with that one's */
} VrSchemaGroup;

/* All that a text may hold. */
typedef struct {
  const VrSchemaGroup *groups;
  guint groups_count;
  const VrSchemaKey *keys;
  guint keys_count;
  const char *whole; /* what the groups make: "a lab" */
  const char *page;  /* of the manual: "vrkit-profile(5)" */
} VrSchema;

/* Of a profile; the root is a VrLab. */
const VrSchema *vr_schema_profile (void);

/* All rows, in the order in which they are printed and documented. */
const VrSchemaGroup *vr_schema_groups (const VrSchema *schema, guint *count);
const VrSchemaKey *vr_schema_keys (const VrSchema *schema, guint *count);

/* One row, or NULL. A key that is written in one of a row's patterns is that row's. */
const VrSchemaGroup *vr_schema_group (const VrSchema *schema, const char *group);
const VrSchemaKey *vr_schema_key (const VrSchema *schema, const char *group, const char *key);

/* Whether a group has the row's key, as its own or as that of a group that it is like. */
gboolean vr_schema_has (const VrSchema *schema, const char *group, const VrSchemaKey *key);

/* The ways in which a row's key is written: its number, and each. */
guint vr_schema_spellings (const VrSchemaKey *key);
const char *vr_schema_spelling (const VrSchemaKey *key, guint index);

/* The structs of `group` in the root: its number, and each. */
guint vr_schema_instances (gconstpointer root, const VrSchemaGroup *group);
gpointer vr_schema_instance (gconstpointer root, const VrSchemaGroup *group, guint index);

/* The nearest of the words that could have been meant, or NULL: names of groups; a group's keys. */
const char *vr_schema_suggest_group (const VrSchema *schema, const char *word);
const char *vr_schema_suggest_key (const VrSchema *schema, const char *group, const char *word);
