/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-tsc.h"

#include <json-glib/json-glib.h>

#include "base/vr-fd.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.tsc/1"

static gboolean
remember (const VrTscArgs *args, guint64 *khz)
{
  g_autoptr (JsonNode) root
      = args->cache_path != NULL ? vr_json_read_object (args->cache_path, SCHEMA, NULL) : NULL;
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
  const char *text = object != NULL ? vr_json_string (object, "khz") : NULL;
  return text != NULL && g_strcmp0 (vr_json_string (object, "boot_id"), args->boot_id) == 0
         && g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, khz, NULL);
}

static void
keep (const VrTscArgs *args, guint64 khz)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, khz);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "boot_id", args->boot_id);
  vr_json_add_string (builder, "khz", text);
  json_builder_end_object (builder);
  vr_json_write (args->cache_path, builder, NULL);
}

#ifdef __x86_64__
#include <cpuid.h>
#include <x86intrin.h>

/* Advanced Power Management Information, bit 8 of EDX: TscInvariant (AMD64 Architecture
 * Programmer's Manual, volume 3, appendix E.4.6; Intel's has it in table 3-8 of CPUID). */
#define POWER_LEAF 0x80000007
#define TSC_INVARIANT (1U << 8)
#define APART_US 20000
#define READINGS 32

typedef struct {
  guint64 ticks;
  gint64 now_ns;
} Reading;

static gboolean
is_constant (void)
{
  guint a, b, c, d;
  return __get_cpuid (POWER_LEAF, &a, &b, &c, &d) != 0 && (d & TSC_INVARIANT) != 0;
}

/* Of some the one that took least: in another the processor may have done something else. */
static Reading
take_reading (const VrTscArgs *args)
{
  Reading best = { 0 };
  guint64 least = G_MAXUINT64;
  for (guint i = 0; i < READINGS; i++) {
    guint64 before = __rdtsc ();
    gint64 now_ns = args->clock (args->clock_data);
    guint64 took = __rdtsc () - before;
    if (took < least) {
      least = took;
      best = (Reading){ .ticks = before + took / 2, .now_ns = now_ns };
    }
  }
  return best;
}

static guint64
measure (const VrTscArgs *args)
{
  if (!is_constant ())
    return 0;
  Reading first = take_reading (args);
  g_usleep (APART_US);
  Reading last = take_reading (args);
  if (last.now_ns <= first.now_ns || last.ticks <= first.ticks)
    return 0;
  double khz = (double) (last.ticks - first.ticks) * 1e6 / (double) (last.now_ns - first.now_ns);
  return khz < G_MAXUINT32 ? (guint64) (khz + 0.5) : 0;
}
#else
static guint64
measure (const VrTscArgs *args)
{
  (void) args;
  return 0;
}
#endif

guint64
vr_tsc_khz (const VrTscArgs *args)
{
  guint64 khz;
  if (remember (args, &khz))
    return khz;
  /* Two that measure at once would have two answers, and the lab of one another one when asked
   * again. */
  g_auto (VrFd) turn = args->cache_path != NULL ? vr_fd_wait_for_turn (args->cache_path) : -1;
  if (remember (args, &khz))
    return khz;
  khz = measure (args);
  if (khz > 0 && args->cache_path != NULL)
    keep (args, khz);
  return khz;
}
