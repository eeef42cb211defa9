/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-scalar.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "config/vr-item.h"

/* IFNAMSIZ of the kernel less the final NUL, linux/if.h. */
#define DEVICE_MAX 15

#define RATE_SYNTAX "packets a second, as 300kpps, or bits, as 200Mbit/s at 512"

static gboolean
read_name (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  if (!vr_name_check (strcmp (key->key, "name") == 0 ? key->group : key->key, value->text, error))
    return FALSE;
  *(char **) field = g_strdup (value->text);
  return TRUE;
}

static gboolean
read_text (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  for (const char *p = value->text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return vr_name_refuse (error, value->text, "holds U+%04X, which does not print",
                             g_utf8_get_char (p));
  if ((guint64) g_utf8_strlen (value->text, -1) > key->max)
    return vr_name_refuse (error, value->text, "has more than %" G_GUINT64_FORMAT " characters",
                           key->max);
  *(char **) field = g_strdup (value->text);
  return TRUE;
}

static gboolean
is_made_of (const char *text, const char *punctuation)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && strchr (punctuation, *text) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
read_device (const VrSchemaKey *key G_GNUC_UNUSED, const VrValue *value, gpointer field,
             GError **error)
{
  const char *text = value->text;
  if (strlen (text) > DEVICE_MAX || !g_ascii_isalnum (text[0]) || !is_made_of (text, "._@+-"))
    return vr_name_refuse (
        error, text,
        "cannot be an interface of the host: at most %d letters, digits and ._@+-, the "
        "first a letter or digit; or write test for a pair of test interfaces, or internal for a "
        "bridge between routers",
        DEVICE_MAX);
  *(char **) field = g_strdup (text);
  return TRUE;
}

static gboolean
read_path (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  const char *text = value->text;
  if (text[0] != '/' || !is_made_of (text, "/._+@-") || strlen (text) > key->max)
    return vr_name_refuse (error, text,
                           "is not a path that vrkit takes: it begins with / and has at most "
                           "%" G_GUINT64_FORMAT " letters, digits and /._+@-",
                           key->max);
  if (g_str_has_suffix (text, "/") || strstr (text, "//") != NULL || strstr (text, "/.") != NULL)
    return vr_name_refuse (error, text,
                           "is not the plain path of a file: write it without //, /. and /..");
  *(char **) field = g_strdup (text);
  return TRUE;
}

static gboolean
refuse_range (const VrSchemaKey *key, const char *text, GError **error)
{
  g_autofree char *range = vr_scalar_range (key);
  return vr_name_refuse (error, text, "is not %s", range);
}

static gboolean
read_number (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  guint64 number;
  if (!g_ascii_string_to_unsigned (value->text, 10, key->min, key->max, &number, NULL))
    return refuse_range (key, value->text, error);
  *(guint *) field = (guint) number;
  return TRUE;
}

static gboolean
read_percent (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  guint64 number;
  g_autofree char *digits = g_strdup (value->text);
  if (!g_str_has_suffix (digits, "%"))
    return refuse_range (key, value->text, error);
  digits[strlen (digits) - 1] = '\0';
  if (!g_ascii_string_to_unsigned (digits, 10, key->min, key->max, &number, NULL))
    return refuse_range (key, value->text, error);
  *(guint *) field = (guint) number;
  return TRUE;
}

static gboolean
read_count (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  VrCount *count = field;
  count->is_given = read_number (key, value, &count->value, error);
  return count->is_given;
}

static gboolean
read_memory (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  guint64 bytes;
  if (!vr_unit_parse_size (value->text, &bytes, error))
    return FALSE;
  guint64 mib = bytes >> 20;
  if (mib < key->min || mib > key->max || bytes > key->max << 20)
    return refuse_range (key, value->text, error);
  if (bytes % (1u << 20) != 0)
    return vr_name_refuse (error, value->text,
                           "is not a whole number of MiB: write %" G_GUINT64_FORMAT "M", mib + 1);
  *(guint64 *) field = mib;
  return TRUE;
}

static gboolean
read_cpus (const VrSchemaKey *key G_GNUC_UNUSED, const VrValue *value, gpointer field,
           GError **error)
{
  GArray *cpus = vr_cpu_list_parse (value->text);
  if (cpus == NULL)
    return vr_name_refuse (error, value->text, "is not a list of CPUs, as 0, 0-3 or 0,2-3");
  *(GArray **) field = cpus;
  return TRUE;
}

static gboolean
read_runtime (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  guint64 runtime_ns;
  if (strcmp (value->text, "off") == 0) {
    *(gint64 *) field = VR_RT_RUNTIME_OFF;
    return TRUE;
  }
  if (!vr_unit_parse_duration (value->text, &runtime_ns, error))
    return FALSE;
  if (runtime_ns < key->min * 1000 || runtime_ns > key->max * 1000)
    return refuse_range (key, value->text, error);
  if (runtime_ns % 1000 != 0)
    return vr_name_refuse (error, value->text,
                           "is not in whole microseconds, as the kernel takes it");
  *(gint64 *) field = (gint64) (runtime_ns / 1000);
  return TRUE;
}

static gboolean
read_duration (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  guint64 duration_ns;
  if (!vr_unit_parse_duration (value->text, &duration_ns, error))
    return FALSE;
  if (duration_ns < key->min || duration_ns > key->max)
    return refuse_range (key, value->text, error);
  *(guint64 *) field = duration_ns;
  return TRUE;
}

/* "SIZE" of "at SIZE". */
static gboolean
read_rate_size (const char *text, VrRate *rate, GError **error)
{
  guint64 size;
  if (!g_ascii_string_to_unsigned (text, 10, VR_RATE_SIZE_DEFAULT, VR_RATE_SIZE_MAX, &size, NULL))
    return vr_name_refuse (error, text, "is not a frame's size, %d to %d bytes with FCS",
                           VR_RATE_SIZE_DEFAULT, VR_RATE_SIZE_MAX);
  rate->size = (guint) size;
  return TRUE;
}

static gboolean
read_rate (const VrSchemaKey *key G_GNUC_UNUSED, const VrValue *value, gpointer field,
           GError **error)
{
  const char *text = value->text;
  g_auto (GStrv) words = vr_item_words (text);
  guint count = g_strv_length (words);
  VrRate rate = { .pps = 0 };
  if (count != 1 && (count != 3 || strcmp (words[1], "at") != 0))
    return vr_name_refuse (error, text, "is not " RATE_SYNTAX);
  if (count == 3 && !read_rate_size (words[2], &rate, error))
    return FALSE;
  if (!vr_unit_parse_packet_rate (words[0], &rate.pps, NULL)
      && !vr_unit_parse_bit_rate (words[0], &rate.bps, NULL))
    return vr_name_refuse (error, words[0],
                           "is not a rate of packets or bits, as 300kpps or 200Mbit/s");
  if (rate.bps != 0 && rate.size == 0)
    return vr_name_refuse (error, text,
                           "is as many packets as the frames' size makes it: write \"%s at 512\", "
                           "or whichever size it is",
                           text);
  if (vr_rate_pps (&rate) == 0)
    return vr_name_refuse (error, text, "is below 1 packet a second");
  *(VrRate *) field = rate;
  return TRUE;
}

/* A choice may lack the first value of its enum: then the first word is empty. */
static const char *const *
first_word (const char *const *words)
{
  return words[0] != NULL && *words[0] == '\0' ? words + 1 : words;
}

static gboolean
read_choice (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  for (guint i = 0; key->words[i] != NULL; i++)
    if (strcmp (key->words[i], value->text) == 0) {
      *(guint *) field = i;
      return TRUE;
    }
  g_autofree char *range = vr_scalar_range (key);
  const char *meant = vr_name_suggest (value->text, first_word (key->words));
  return vr_name_refuse (error, value->text, "is not %s%s%s%s", range,
                         meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                         meant != NULL ? "\"?" : "");
}

static char *
print_string (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  return g_strdup (*(char *const *) field);
}

static char *
print_number (const VrSchemaKey *key, gconstpointer field)
{
  guint number = *(const guint *) field;
  gboolean unset = number == 0 && key->fallback == NULL;
  return unset ? NULL : g_strdup_printf ("%u", number);
}

static char *
print_percent (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  guint percent = *(const guint *) field;
  return percent == 0 ? NULL : g_strdup_printf ("%u%%", percent);
}

static char *
print_count (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  const VrCount *count = field;
  return count->is_given ? g_strdup_printf ("%u", count->value) : NULL;
}

static char *
print_memory (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  guint64 mib = *(const guint64 *) field;
  return mib == 0 ? NULL : vr_unit_print_size (mib << 20);
}

static char *
print_choice (const VrSchemaKey *key, gconstpointer field)
{
  const char *word = key->words[*(const guint *) field];
  return *word != '\0' ? g_strdup (word) : NULL;
}

static char *
print_cpus (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  const GArray *cpus = *(GArray *const *) field;
  return cpus != NULL ? vr_cpu_list_print (cpus) : NULL;
}

static char *
print_runtime (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  gint64 runtime_us = *(const gint64 *) field;
  if (runtime_us == 0)
    return NULL;
  return runtime_us == VR_RT_RUNTIME_OFF ? g_strdup ("off")
                                         : vr_unit_print_duration ((guint64) runtime_us * 1000);
}

static char *
print_duration (const VrSchemaKey *key, gconstpointer field)
{
  guint64 duration_ns = *(const guint64 *) field;
  gboolean unset = duration_ns == 0 && key->fallback == NULL;
  return unset ? NULL : vr_unit_print_duration (duration_ns);
}

static char *
print_rate (const VrSchemaKey *key G_GNUC_UNUSED, gconstpointer field)
{
  const VrRate *rate = field;
  if (!vr_rate_is_given (rate))
    return NULL;
  g_autofree char *number
      = rate->bps != 0 ? vr_unit_print_bit_rate (rate->bps) : vr_unit_print_packet_rate (rate->pps);
  return rate->size == 0 ? g_steal_pointer (&number)
                         : g_strdup_printf ("%s at %u", number, rate->size);
}

typedef struct {
  const char *syntax;
  gboolean (*read) (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error);
  char *(*print) (const VrSchemaKey *key, gconstpointer field);
} Scalar;

static const Scalar scalars[] = {
  [VR_VALUE_NAME] = { "name", read_name, print_string },
  [VR_VALUE_TEXT] = { "text", read_text, print_string },
  [VR_VALUE_DEVICE] = { "interface of the host, test or internal", read_device, print_string },
  [VR_VALUE_PATH] = { "absolute path", read_path, print_string },
  [VR_VALUE_NUMBER] = { "number", read_number, print_number },
  [VR_VALUE_COUNT] = { "number", read_count, print_count },
  [VR_VALUE_PERCENT] = { "percentage", read_percent, print_percent },
  [VR_VALUE_MEMORY] = { "size", read_memory, print_memory },
  [VR_VALUE_CPUS] = { "list of CPUs", read_cpus, print_cpus },
  [VR_VALUE_RUNTIME] = { "duration, or off", read_runtime, print_runtime },
  [VR_VALUE_DURATION] = { "duration", read_duration, print_duration },
  [VR_VALUE_RATE] = { RATE_SYNTAX, read_rate, print_rate },
  [VR_VALUE_CHOICE] = { "choice", read_choice, print_choice },
};

gboolean
vr_scalar_read (const VrSchemaKey *key, const VrValue *value, gpointer field, GError **error)
{
  return scalars[key->kind].read (key, value, field, error);
}

char *
vr_scalar_print (const VrSchemaKey *key, gconstpointer field)
{
  return scalars[key->kind].print (key, field);
}

const char *
vr_scalar_syntax (VrValueKind kind)
{
  return scalars[kind].syntax;
}

static char *
join_words (const char *const *words)
{
  GString *text = g_string_new (NULL);
  const char *const *first = first_word (words);
  for (const char *const *word = first; *word != NULL; word++) {
    if (word > first)
      g_string_append (text, word[1] == NULL ? " or " : ", ");
    g_string_append (text, *word);
  }
  return g_string_free (text, FALSE);
}

char *
vr_scalar_range (const VrSchemaKey *key)
{
  if (key->kind == VR_VALUE_CHOICE)
    return join_words (key->words);
  if (key->kind == VR_VALUE_NUMBER || key->kind == VR_VALUE_COUNT)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, key->min, key->max);
  if (key->kind == VR_VALUE_PERCENT)
    return g_strdup_printf ("%" G_GUINT64_FORMAT "%% to %" G_GUINT64_FORMAT "%%", key->min,
                            key->max);
  if (key->kind == VR_VALUE_RUNTIME) {
    g_autofree char *least = vr_unit_print_duration (key->min * 1000);
    g_autofree char *most = vr_unit_print_duration (key->max * 1000);
    return g_strdup_printf ("%s to %s, or off", least, most);
  }
  if (key->kind == VR_VALUE_DURATION) {
    g_autofree char *least = vr_unit_print_duration (key->min);
    g_autofree char *most = vr_unit_print_duration (key->max);
    return g_strdup_printf ("%s to %s", least, most);
  }
  if (key->kind == VR_VALUE_MEMORY) {
    g_autofree char *least = vr_unit_print_size (key->min << 20);
    g_autofree char *most = vr_unit_print_size (key->max << 20);
    return g_strdup_printf ("%s to %s", least, most);
  }
  if (key->kind == VR_VALUE_TEXT || key->kind == VR_VALUE_PATH)
    return g_strdup_printf ("at most %" G_GUINT64_FORMAT " characters", key->max);
  return g_strdup ("");
}
