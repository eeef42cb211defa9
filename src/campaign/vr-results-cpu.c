/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each CPU did, out of the loads as they are stored: the columns of a sample are sums over
 * all. */
#include "campaign/vr-results-internal.h"

#include <string.h>

static const char *const kinds[VR_CPU_USE_KINDS]
    = { "user", "system", "irq", "softirq", "guest", "steal", "idle" };

const char *
vr_cpu_use_kind (guint kind)
{
  return kinds[kind];
}

/* Cuts a load's `cpu` out of its text: a list of objects that hold numbers. Its name, a quote in
 * front, does not stand in any string, where a quote is escaped. To parse the whole load, nearly
 * all of which is histograms, takes ten times as long. NULL where a load is written otherwise. */
static void
cut_cpu (sqlite3_context *context, int count, sqlite3_value **values)
{
  static const char name[] = "\"cpu\":[";
  const char *load = (const char *) sqlite3_value_text (values[0]);
  const char *begin = load != NULL ? strstr (load, name) : NULL;
  const char *end = begin != NULL ? strchr (begin, ']') : NULL;
  (void) count;
  if (end == NULL)
    return;
  begin += strlen (name) - 1;
  sqlite3_result_text (context, begin, (int) (end + 1 - begin), SQLITE_TRANSIENT);
}

static char *
select_text (void)
{
  GString *sql = g_string_new ("SELECT run.condition, json_extract (cpu.value, '$.cpu') AS core");
  for (guint i = 0; i < VR_CPU_USE_KINDS; i++)
    g_string_append_printf (sql, ", total (json_extract (cpu.value, '$.%s_ns'))", kinds[i]);
  g_string_append (sql,
                   " FROM attempt JOIN run ON run.id = attempt.run,"
                   " json_each (coalesce (cut_cpu (load), json_extract (load, '$.cpu'))) AS cpu"
                   " GROUP BY run.condition, core ORDER BY run.condition, core");
  return g_string_free (sql, FALSE);
}

GArray *
vr_results_cpu_use (VrResults *results, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GArray) uses = g_array_new (FALSE, FALSE, sizeof (VrCpuUse));
  g_autofree char *sql = select_text ();
  int code = sqlite3_create_function (results->db, "cut_cpu", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                      cut_cpu, NULL, NULL);
  if (code != SQLITE_OK) {
    vr_results_fail (results, code, error);
    return NULL;
  }
  g_autoptr (sqlite3_stmt) statement = vr_results_prepare (results, sql, error);
  if (statement == NULL)
    return NULL;
  while (vr_results_row (results, statement, &cause)) {
    VrCpuUse use = { .condition = (guint) sqlite3_column_int64 (statement, 0),
                     .cpu = (guint) sqlite3_column_int64 (statement, 1) };
    double whole = 0;
    for (int i = 0; i < VR_CPU_USE_KINDS; i++)
      whole += use.share[i] = sqlite3_column_double (statement, 2 + i);
    for (guint i = 0; i < VR_CPU_USE_KINDS; i++)
      use.share[i] = whole > 0 ? use.share[i] / whole : 0;
    g_array_append_val (uses, use);
  }
  if (cause == NULL)
    return g_steal_pointer (&uses);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}
