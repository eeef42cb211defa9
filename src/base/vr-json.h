/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What json-glib leaves to its users: a builder's result as text, and a file read with good errors.
 */
#pragma once

#include <json-glib/json-glib.h>

/* Whether the text is one line, or indented for people. */
typedef enum { VR_JSON_COMPACT, VR_JSON_PRETTY } VrJsonStyle;

/* The text of what `builder` has built; the caller owns it. */
char *vr_json_text (JsonBuilder *builder, VrJsonStyle style);

/* The object in the file at `path`, whose "schema" is `schema`. VR_ERROR_HOST when it cannot be
 * read, is not JSON, or is of another schema; the message names the file. */
JsonNode *vr_json_read_object (const char *path, const char *schema, GError **error);

/* Writes the text with a final newline to `path`, atomically and durably (fsync). VR_ERROR_HOST. */
gboolean vr_json_write (const char *path, JsonBuilder *builder, GError **error);

/* Member `name` as a string, or NULL where it is absent or no string. Owned by the object. */
const char *vr_json_string (JsonObject *object, const char *name);

/* A member of the object that is being built; a NULL string is "", and what is not finite null,
 * since JSON has no other word for it: NAN stands for what is not known. */
void vr_json_add_string (JsonBuilder *builder, const char *name, const char *value);
void vr_json_add_number (JsonBuilder *builder, const char *name, guint64 value);
void vr_json_add_double (JsonBuilder *builder, const char *name, double value);
void vr_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);

/* A GVariant of type a{ss} as an object, and back; NULL is JSON's null. */
void vr_json_add_strings (JsonBuilder *builder, GVariant *strings);
GVariant *vr_json_strings (JsonNode *node);

/* What of the members `parts` (NULL-terminated), which may be objects, two objects do not have
 * alike: "host.kernel is \"6.1.0\", and was \"5.10.0\"", the first such; NULL where all is. The
 * caller owns it. */
char *vr_json_difference (JsonObject *then, JsonObject *now, const char *const *parts);
