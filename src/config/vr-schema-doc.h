/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of vr-schema.h as text for people and for shells. The caller owns what is returned. */
#pragma once

#include "config/vr-schema.h"

/* "number", "size", "list of PORT [ADDRESS/LENGTH …] [mac=MAC]". Static. */
const char *vr_schema_type_text (const VrSchemaKey *key);
/* "1 to 255", "auto, on or off", "at most 64 items"; "" where the type says all. */
char *vr_schema_range_text (const VrSchemaKey *key);
/* "128M", "none", "the device's". Static. */
const char *vr_schema_default_text (const VrSchemaKey *key);

/* The keys' part of the schema's page of the manual, in man(7) markup: a .SS a group, a .TP a key.
 */
char *vr_schema_man (const VrSchema *schema);

/* Of a profile, a line a word for shell completion: "[GROUP]" for each group, "GROUP.KEY" for each
 * key, and "GROUP.KEY=WORD" for each word of a choice. */
char *vr_schema_completion (void);
