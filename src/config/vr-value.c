/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-value.h"

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-item.h"
#include "config/vr-scalar.h"

typedef enum { HELD_STRING, HELD_PLAIN, HELD_PREFIXES, HELD_NUMBERS, HELD_WORDS, HELD_ITEMS } Held;

/* What the field is, for those who look at it without looking into it. */
static Held
held (const VrSchemaKey *key)
{
  switch (key->kind) {
  case VR_VALUE_NAME:
  case VR_VALUE_TEXT:
  case VR_VALUE_DEVICE:
  case VR_VALUE_PATH:
    return HELD_STRING;
  case VR_VALUE_PREFIXES:
  case VR_VALUE_ADDRESSES:
    return HELD_PREFIXES;
  case VR_VALUE_WEIGHTS:
    return HELD_NUMBERS;
  case VR_VALUE_WORDS:
  case VR_VALUE_NAMES:
    return HELD_WORDS;
  case VR_VALUE_INTERFACES:
  case VR_VALUE_ROUTES:
  case VR_VALUE_NEIGHBOURS:
  case VR_VALUE_SYSCTLS:
  case VR_VALUE_THREADS:
  case VR_VALUE_PORT_CPUS:
  case VR_VALUE_OSPF:
  case VR_VALUE_BGP:
    return HELD_ITEMS;
  default:
    return HELD_PLAIN;
  }
}

static guint
count (const VrSchemaKey *key, gconstpointer field)
{
  if (held (key) == HELD_PREFIXES || held (key) == HELD_NUMBERS)
    return (*(GArray *const *) field)->len;
  return held (key) == HELD_ITEMS || held (key) == HELD_WORDS ? (*(GPtrArray *const *) field)->len
                                                              : 0;
}

static gboolean
read_prefix (const VrSchemaKey *key, const VrValue *value, GArray *list, GError **error)
{
  VrPrefix prefix;
  gboolean parsed = key->kind == VR_VALUE_PREFIXES
                        ? vr_prefix_parse (value->text, &prefix, error)
                        : vr_prefix_parse_address (value->text, &prefix, error);
  if (!parsed || !vr_item_check_host (&prefix, error))
    return FALSE;
  g_array_append_val (list, prefix);
  return TRUE;
}

static gboolean
read_weight (const VrValue *value, GArray *list, GError **error)
{
  guint64 number;
  if (!g_ascii_string_to_unsigned (value->text, 10, 0, VR_MSR_WEIGHT_MAX, &number, NULL))
    return vr_name_refuse (error, value->text, "is not 0 to %d", VR_MSR_WEIGHT_MAX);
  guint weight = (guint) number;
  g_array_append_val (list, weight);
  return TRUE;
}

static gboolean
read_listed_name (const VrSchemaKey *key, const VrValue *value, GPtrArray *list, GError **error)
{
  if (!vr_name_check (key->key, value->text, error))
    return FALSE;
  if (g_ptr_array_find_with_equal_func (list, value->text, g_str_equal, NULL))
    return vr_name_refuse (error, value->text, "is there a second time: name it once");
  g_ptr_array_add (list, g_strdup (value->text));
  return TRUE;
}

static gboolean
read_word (const VrSchemaKey *key, const VrValue *value, GPtrArray *list, GError **error)
{
  if (key->kind == VR_VALUE_NAMES)
    return read_listed_name (key, value, list, error);
  if (g_utf8_strlen (value->text, -1) > VR_WORD_MAX)
    return vr_name_refuse (error, value->text, "has more than %d characters", VR_WORD_MAX);
  g_ptr_array_add (list, g_strdup (value->text));
  return TRUE;
}

gboolean
vr_value_read (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  if (key->list == VR_LIST_NONE)
    return vr_scalar_read (key, value, field, error);
  if (count (key, field) >= key->max) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "there are more than %" G_GUINT64_FORMAT " of these", key->max);
    return FALSE;
  }
  if (held (key) == HELD_PREFIXES)
    return read_prefix (key, value, *(GArray **) field, error);
  if (held (key) == HELD_NUMBERS)
    return read_weight (value, *(GArray **) field, error);
  if (held (key) == HELD_WORDS)
    return read_word (key, value, *(GPtrArray **) field, error);
  gpointer item = vr_item_read (key->kind, value, error);
  if (item != NULL)
    g_ptr_array_add (*(GPtrArray **) field, item);
  return item != NULL;
}

void
vr_value_print (const VrSchemaKey *key, gconstpointer field, GPtrArray *texts)
{
  if (key->list == VR_LIST_NONE) {
    char *text = vr_scalar_print (key, field);
    if (text != NULL)
      g_ptr_array_add (texts, text);
    return;
  }
  for (guint i = 0; i < count (key, field); i++) {
    if (held (key) == HELD_WORDS) {
      g_ptr_array_add (texts, g_strdup ((*(GPtrArray *const *) field)->pdata[i]));
      continue;
    }
    if (held (key) == HELD_ITEMS) {
      GPtrArray *items = *(GPtrArray *const *) field;
      g_ptr_array_add (texts, vr_item_print (key->kind, items->pdata[i]));
      continue;
    }
    if (held (key) == HELD_NUMBERS) {
      guint number = g_array_index (*(GArray *const *) field, guint, i);
      g_ptr_array_add (texts, g_strdup_printf ("%u", number));
      continue;
    }
    const VrPrefix *prefix = &g_array_index (*(GArray *const *) field, VrPrefix, i);
    char text[VR_PREFIX_TEXT_SIZE];
    g_ptr_array_add (texts, g_strdup (key->kind == VR_VALUE_PREFIXES
                                          ? vr_prefix_print (prefix, text)
                                          : vr_prefix_print_address (prefix, text)));
  }
}

gboolean
vr_value_is_unset (const VrSchemaKey *key, gconstpointer field)
{
  if (held (key) == HELD_STRING)
    return *(char *const *) field == NULL;
  if (held (key) != HELD_PLAIN)
    return count (key, field) == 0;
  g_autofree char *text = vr_scalar_print (key, field);
  return text == NULL;
}

void
vr_value_clear (const VrSchemaKey *key, gpointer field)
{
  if (held (key) == HELD_STRING)
    g_clear_pointer ((char **) field, g_free);
  else if (key->kind == VR_VALUE_CPUS)
    g_clear_pointer ((GArray **) field, g_array_unref);
  else if (key->kind == VR_VALUE_RUNTIME)
    *(gint64 *) field = 0;
  else if (key->kind == VR_VALUE_MEMORY || key->kind == VR_VALUE_DURATION)
    *(guint64 *) field = 0;
  else if (key->kind == VR_VALUE_COUNT)
    *(VrCount *) field = (VrCount){ .is_given = FALSE };
  else if (key->kind == VR_VALUE_RATE)
    *(VrRate *) field = (VrRate){ .pps = 0 };
  else if (held (key) == HELD_PLAIN)
    *(guint *) field = 0;
}

gboolean
vr_value_has_origin (const VrSchemaKey *key)
{
  return held (key) == HELD_ITEMS;
}

const char *
vr_value_syntax (const VrSchemaKey *key)
{
  if (key->kind == VR_VALUE_PREFIXES)
    return "ADDRESS/LENGTH";
  if (key->kind == VR_VALUE_ADDRESSES)
    return "ADDRESS";
  if (key->kind == VR_VALUE_WEIGHTS)
    return "number";
  if (key->kind == VR_VALUE_WORDS)
    return "text";
  if (key->kind == VR_VALUE_NAMES)
    return "name";
  return held (key) == HELD_ITEMS ? vr_item_syntax (key->kind) : vr_scalar_syntax (key->kind);
}

char *
vr_value_range (const VrSchemaKey *key)
{
  if (key->list == VR_LIST_NONE)
    return vr_scalar_range (key);
  return g_strdup_printf ("at most %" G_GUINT64_FORMAT, key->max);
}
