/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recorded loads: a file of lines time_s,tenant,offered_pps. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "control/vr-simulate-load.h"

#define HEAD "time_s,tenant,offered_pps"
#define LINE_MAX_BYTES 200
#define TIME_MOST_S (366 * 86400.0)
#define RATE_MOST_PPS 1e9
#define FIELDS 3

typedef struct {
  const char *path;
  guint line;
  guint tenants_most;
  VrSimulateRecord *record;
  GHashTable *numbers; /* of names: number + 1 */
} Reading;

static gboolean
refuse (const Reading *reading, const char *text, const char *what, GError **error)
{
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s:%u: \"%s\": %s", reading->path, reading->line,
               quoted, what);
  return FALSE;
}

static gboolean
read_number (const char *text, double most, double *number)
{
  char *end;
  if (!g_ascii_isdigit (text[0]))
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  return *end == '\0' && isfinite (*number) && *number <= most;
}

static gboolean
find_tenant (Reading *reading, const char *name, guint *tenant, GError **error)
{
  GPtrArray *names = reading->record->names;
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (reading->numbers, name));
  if (number == 0 && names->len == reading->tenants_most) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s:%u: there are more than %u tenants",
                 reading->path, reading->line, reading->tenants_most);
    return FALSE;
  }
  if (number == 0) {
    g_ptr_array_add (names, g_strdup (name));
    number = names->len;
    g_hash_table_insert (reading->numbers, names->pdata[number - 1], GUINT_TO_POINTER (number));
  }
  *tenant = number - 1;
  return TRUE;
}

static gboolean
read_row (Reading *reading, const char *line, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", FIELDS + 1);
  GArray *rows = reading->record->rows;
  double time_s, offered_pps;
  guint tenant;
  if (g_strv_length (fields) != FIELDS)
    return refuse (reading, line, "three fields are wanted: " HEAD, error);
  if (!read_number (fields[0], TIME_MOST_S, &time_s))
    return refuse (reading, fields[0], "a time in seconds is wanted, up to 366 days", error);
  if (!read_number (fields[2], RATE_MOST_PPS, &offered_pps))
    return refuse (reading, fields[2], "packets a second are wanted, up to 1000000000", error);
  if (rows->len > 0 && time_s < g_array_index (rows, VrSimulateRow, rows->len - 1).time_s)
    return refuse (reading, fields[0], "the line before is of a later time; `sort -g` helps",
                   error);
  if (rows->len == VR_SIMULATE_ROWS_MAX)
    return refuse (reading, line, "there are more than 10000000 lines", error);
  if (!g_utf8_validate (fields[1], -1, NULL) || fields[1][0] == '\0')
    return refuse (reading, fields[1], "a tenant's name is wanted", error);
  if (!find_tenant (reading, fields[1], &tenant, error))
    return FALSE;
  VrSimulateRow row = { time_s, tenant, (float) offered_pps };
  g_array_append_val (rows, row);
  return TRUE;
}

/* The buffer holds a whole line, or else its beginning. */
static gboolean
read_line (Reading *reading, char *line, gboolean is_last, GError **error)
{
  gsize length = strlen (line);
  gboolean is_whole = length > 0 && line[length - 1] == '\n';
  reading->line++;
  g_strchomp (line);
  if (!is_whole && !(is_last && length > 0))
    return refuse (reading, line, "the line is longer than 200 bytes, or no text", error);
  if (line[0] == '\0' || (reading->line == 1 && strcmp (line, HEAD) == 0))
    return TRUE;
  return read_row (reading, line, error);
}

static gboolean
read_lines (Reading *reading, FILE *file, GError **error)
{
  char line[LINE_MAX_BYTES + 2];
  while (fgets (line, sizeof line, file) != NULL)
    if (!read_line (reading, line, feof (file) != 0, error))
      return FALSE;
  if (ferror (file)) {
    vr_error_set_errno (error, VR_ERROR_USAGE, errno, "%s", reading->path);
    return FALSE;
  }
  if (reading->record->rows->len > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: no line with a load (" HEAD ")",
               reading->path);
  return FALSE;
}

VrSimulateRecord *
vr_simulate_record_read (const char *path, guint tenants_most, GError **error)
{
  FILE *file = fopen (path, "re");
  if (file == NULL) {
    vr_error_set_errno (error, VR_ERROR_USAGE, errno, "%s", path);
    return NULL;
  }
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (VrSimulateRecord) record = g_new0 (VrSimulateRecord, 1);
  record->rows = g_array_new (FALSE, FALSE, sizeof (VrSimulateRow));
  record->names = g_ptr_array_new_with_free_func (g_free);
  Reading reading = { path, 0, tenants_most, record, numbers };
  gboolean is_read = read_lines (&reading, file, error);
  fclose (file);
  return is_read ? g_steal_pointer (&record) : NULL;
}

void
vr_simulate_record_free (VrSimulateRecord *record)
{
  g_array_unref (record->rows);
  g_ptr_array_unref (record->names);
  g_free (record);
}

double *
vr_simulate_record_means (const VrSimulateRecord *record)
{
  guint count = record->names->len;
  double *means = g_new0 (double, count);
  g_autofree guint *rows = g_new0 (guint, count);
  for (guint i = 0; i < record->rows->len; i++) {
    const VrSimulateRow *row = &g_array_index (record->rows, VrSimulateRow, i);
    means[row->tenant] += row->offered_pps;
    rows[row->tenant]++;
  }
  for (guint i = 0; i < count; i++)
    means[i] = MAX (means[i] / rows[i], 1);
  return means;
}
