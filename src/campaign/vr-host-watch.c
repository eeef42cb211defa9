/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-host-watch.h"

#include <string.h>

#include "host/vr-root.h"
#include "observe/vr-usage.h"

/* Above these a note is made. */
#define BUSY_PERMILLE_MAX 100
#define STEAL_PERMILLE_MAX 10
#define FREQ_SPREAD_PERCENT 5
/* /proc/stat counts in ticks of USER_HZ, which is 100 on every Linux (proc(5)); only ratios of its
 * times are used here. */
#define TICKS_PER_S 100

struct VrHostLook {
  GArray *cpus; /* VrCpuTime */
  gint64 load_milli;
  gint64 freq_min_khz, freq_max_khz;
  gint64 throttled;
  gint64 swap_mib, swapped_pages;
  char *clocksource;
};

static gint64
field (const char *text, const char *key)
{
  g_autofree char *value = text != NULL ? vr_root_field (text, key) : NULL;
  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : 0;
}

static void
look_at_cpus (const char *root, VrHostLook *look)
{
  for (guint i = 0; i < look->cpus->len; i++) {
    guint id = g_array_index (look->cpus, VrCpuTime, i).id;
    gint64 khz
        = vr_root_numberf (root, 0, "sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", id);
    if (khz > 0) {
      look->freq_min_khz = look->freq_min_khz == 0 ? khz : MIN (look->freq_min_khz, khz);
      look->freq_max_khz = MAX (look->freq_max_khz, khz);
    }
    look->throttled += vr_root_numberf (
        root, 0, "sys/devices/system/cpu/cpu%u/thermal_throttle/core_throttle_count", id);
  }
}

VrHostLook *
vr_host_look_new (const char *root)
{
  VrHostLook *look = g_new0 (VrHostLook, 1);
  g_autofree char *stat = vr_root_text (root, "proc/stat");
  g_autofree char *load = vr_root_text (root, "proc/loadavg");
  g_autofree char *memory = vr_root_text (root, "proc/meminfo");
  g_autofree char *vm = vr_root_text (root, "proc/vmstat");
  look->cpus = vr_usage_parse_cpus (stat != NULL ? stat : "", TICKS_PER_S);
  look->load_milli = load != NULL ? (gint64) (g_ascii_strtod (load, NULL) * 1000) : 0;
  look->swap_mib = (field (memory, "SwapTotal") - field (memory, "SwapFree")) / 1024;
  look->swapped_pages = field (vm, "pswpin") + field (vm, "pswpout");
  look->clocksource
      = vr_root_text (root, "sys/devices/system/clocksource/clocksource0/current_clocksource");
  look_at_cpus (root, look);
  return look;
}

void
vr_host_look_free (VrHostLook *look)
{
  g_array_unref (look->cpus);
  g_free (look->clocksource);
  g_free (look);
}

/* Over all CPUs: of the time between, how much was of that kind, or of any. */
static guint64
time_between (const VrHostLook *before, const VrHostLook *after, guint first, guint last)
{
  guint64 sum = 0;
  guint count = MIN (before->cpus->len, after->cpus->len);
  for (guint i = 0; i < count; i++)
    for (guint kind = first; kind <= last; kind++) {
      guint64 old = g_array_index (before->cpus, VrCpuTime, i).time_ns[kind];
      guint64 now = g_array_index (after->cpus, VrCpuTime, i).time_ns[kind];
      sum += now - MIN (old, now);
    }
  return sum;
}

static void note (GString *notes, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
note (GString *notes, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (notes->len > 0)
    g_string_append (notes, "; ");
  g_string_append_vprintf (notes, format, args);
  va_end (args);
}

static gint64
steal_permille (const VrHostLook *before, const VrHostLook *after)
{
  guint64 all = time_between (before, after, 0, VR_CPU_KINDS - 1);
  guint64 steal = time_between (before, after, VR_CPU_STEAL, VR_CPU_STEAL);
  return all > 0 ? (gint64) (steal * 1000 / all) : 0;
}

static gboolean
is_other_frequency (gint64 low_khz, gint64 high_khz)
{
  return high_khz - low_khz > high_khz / 100 * FREQ_SPREAD_PERCENT;
}

static char *
notes_of (const VrHostWatch *watch)
{
  const gint64 *values = watch->values;
  g_autoptr (GString) notes = g_string_new (NULL);
  if (values[VR_WATCH_BUSY_PERMILLE] > BUSY_PERMILLE_MAX)
    note (notes, "others use %" G_GINT64_FORMAT " %% of the CPUs",
          values[VR_WATCH_BUSY_PERMILLE] / 10);
  if (values[VR_WATCH_STEAL_PERMILLE] > STEAL_PERMILLE_MAX)
    note (notes, "the hypervisor takes %" G_GINT64_FORMAT " %% of the CPUs",
          values[VR_WATCH_STEAL_PERMILLE] / 10);
  if (is_other_frequency (values[VR_WATCH_FREQ_MIN_KHZ], values[VR_WATCH_FREQ_MAX_KHZ]))
    note (notes, "CPUs run at %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " MHz",
          values[VR_WATCH_FREQ_MIN_KHZ] / 1000, values[VR_WATCH_FREQ_MAX_KHZ] / 1000);
  if (values[VR_WATCH_THROTTLED] > 0)
    note (notes, "a CPU is slowed down for its heat");
  if (values[VR_WATCH_SWAPPED_PAGES] > 0)
    note (notes, "memory is swapped");
  if (strcmp (watch->clocksource, "") != 0 && strcmp (watch->clocksource, "tsc") != 0
      && strcmp (watch->clocksource, "kvm-clock") != 0
      && strcmp (watch->clocksource, "arch_sys_counter") != 0)
    note (notes, "the clock source is %s, which is slow", watch->clocksource);
  return g_string_free (g_steal_pointer (&notes), FALSE);
}

void
vr_host_watch (const VrHostLook *before, const VrHostLook *after, VrHostWatch *watch)
{
  gint64 *values = watch->values;
  guint64 all = time_between (before, after, 0, VR_CPU_KINDS - 1);
  guint64 idle = time_between (before, after, VR_CPU_IDLE, VR_CPU_IDLE);
  values[VR_WATCH_LOAD_MILLI] = after->load_milli;
  values[VR_WATCH_BUSY_PERMILLE] = all > 0 ? (gint64) ((all - idle) * 1000 / all) : 0;
  values[VR_WATCH_STEAL_PERMILLE] = steal_permille (before, after);
  values[VR_WATCH_FREQ_MIN_KHZ] = after->freq_min_khz;
  values[VR_WATCH_FREQ_MAX_KHZ] = after->freq_max_khz;
  values[VR_WATCH_THROTTLED] = after->throttled - before->throttled;
  values[VR_WATCH_SWAP_MIB] = after->swap_mib;
  values[VR_WATCH_SWAPPED_PAGES] = after->swapped_pages - before->swapped_pages;
  watch->clocksource = g_strdup (after->clocksource != NULL ? after->clocksource : "");
  watch->notes = notes_of (watch);
}

void
vr_host_watch_run (const VrHostLook *before, const VrHostLook *after, VrHostWatch *watch)
{
  GString *notes = g_string_new (watch->notes);
  gint64 steal = steal_permille (before, after);
  gint64 then_khz = before->freq_max_khz, now_khz = after->freq_max_khz;
  if (steal > STEAL_PERMILLE_MAX)
    note (notes, "in the run the hypervisor takes %" G_GINT64_FORMAT " %% of the CPUs", steal / 10);
  if (then_khz > 0 && now_khz > 0
      && is_other_frequency (MIN (then_khz, now_khz), MAX (then_khz, now_khz)))
    note (notes,
          "in the run the fastest CPU comes from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " MHz",
          then_khz / 1000, now_khz / 1000);
  if (after->throttled > before->throttled)
    note (notes, "in the run a CPU is slowed down for its heat");
  if (after->swapped_pages > before->swapped_pages)
    note (notes, "in the run memory is swapped");
  g_free (watch->notes);
  watch->notes = g_string_free (notes, FALSE);
}

void
vr_host_watch_clear (VrHostWatch *watch)
{
  g_clear_pointer (&watch->clocksource, g_free);
  g_clear_pointer (&watch->notes, g_free);
}

const char *
vr_host_watch_name (guint column)
{
  static const char *const names[]
      = { "load_milli",   "busy_permille", "steal_permille", "freq_min_khz",
          "freq_max_khz", "throttled",     "swap_mib",       "swapped_pages" };
  G_STATIC_ASSERT (G_N_ELEMENTS (names) == VR_WATCH_COLUMNS);
  return names[column];
}
