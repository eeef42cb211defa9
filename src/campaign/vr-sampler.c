/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-sampler.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-json.h"

#define CPU_EVERY_NS 1000000000ull
#define SLICE_NS 50000000ull

struct VrSampler {
  const VrBench *bench;
  const VrTrialRequest *request;
  const char *root_dir;
  const GPtrArray *threads; /* VrThreadStatus */
  GThread *thread;          /* NULL: joined */
  atomic_int is_over;
  VrSampling sampling;
  GArray *cpus; /* VrCpuTime at `cpus_ns` */
  guint64 start_ns, cpus_ns;
  GError *error;
};

static void
add_thread (JsonBuilder *builder, const VrThreadStatus *thread)
{
  guint64 time_ns;
  if (!vr_threads_cpu_time (thread->task.tid, &time_ns))
    return;
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "router", thread->router);
  vr_json_add_string (builder, "selector", thread->selector);
  vr_json_add_number (builder, "tid", (guint64) thread->task.tid);
  vr_json_add_number (builder, "cpu_time_ns", time_ns - MIN (thread->cpu_time_ns, time_ns));
  json_builder_end_object (builder);
}

/* What the processors did since they were last looked at, where that is long enough ago. */
static gboolean
add_cpus (VrSampler *sampler, JsonBuilder *builder, guint64 now_ns, GError **error)
{
  if (now_ns - sampler->cpus_ns < CPU_EVERY_NS)
    return TRUE;
  GArray *cpus = vr_usage_read_cpus (sampler->root_dir, error);
  if (cpus == NULL)
    return FALSE;
  vr_usage_subtract_cpus (sampler->cpus, cpus);
  vr_json_add_number (builder, "cpu_duration_ns", now_ns - sampler->cpus_ns);
  vr_usage_add_cpus_json (builder, sampler->cpus);
  g_array_unref (sampler->cpus);
  sampler->cpus = cpus;
  sampler->cpus_ns = now_ns;
  return TRUE;
}

static gboolean
take (VrSampler *sampler, guint64 now_ns, GError **error)
{
  VrCounters counters;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  if (!vr_bench_read_host (sampler->bench, &counters, error))
    return FALSE;
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.sample/1");
  vr_json_add_number (builder, "elapsed_ns", now_ns - sampler->start_ns);
  vr_stage_add_points_json (builder, &counters);
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_array (builder);
  for (guint i = 0; i < sampler->threads->len; i++)
    add_thread (builder, sampler->threads->pdata[i]);
  json_builder_end_array (builder);
  if (!add_cpus (sampler, builder, now_ns, error))
    return FALSE;
  json_builder_end_object (builder);
  g_autofree char *line = vr_json_text (builder, VR_JSON_COMPACT);
  sampler->request->sample (line, sampler->request->sample_data);
  sampler->sampling.samples++;
  return TRUE;
}

static gpointer
sample_on (gpointer data)
{
  VrSampler *sampler = data;
  const VrClock *clock = sampler->request->clock;
  guint64 every_ns = sampler->request->sample_ns, next_ns = sampler->start_ns;
  while (atomic_load (&sampler->is_over) == 0 && sampler->error == NULL) {
    guint64 now_ns = clock->now_ns (clock->data);
    if (now_ns < next_ns) {
      clock->wait_until (clock->data, MIN (next_ns, now_ns + SLICE_NS));
      continue;
    }
    guint64 missed = (now_ns - next_ns) / every_ns;
    sampler->sampling.missed += missed;
    next_ns += (missed + 1) * every_ns;
    take (sampler, now_ns, &sampler->error);
  }
  vr_threads_cpu_time (gettid (), &sampler->sampling.cpu_time_ns);
  return NULL;
}

VrSampler *
vr_sampler_start (const VrBench *bench, const VrTrialRequest *request, const char *root_dir,
                  const GPtrArray *threads, GError **error)
{
  g_autoptr (VrSampler) sampler = g_new0 (VrSampler, 1);
  g_autoptr (GError) cause = NULL;
  sampler->bench = bench;
  sampler->request = request;
  sampler->root_dir = root_dir;
  sampler->threads = threads;
  sampler->start_ns = sampler->cpus_ns = request->clock->now_ns (request->clock->data);
  sampler->cpus = vr_usage_read_cpus (root_dir, error);
  if (sampler->cpus == NULL)
    return NULL;
  sampler->thread = g_thread_try_new ("vrkit-sampler", sample_on, sampler, &cause);
  if (sampler->thread != NULL)
    return g_steal_pointer (&sampler);
  g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "cannot start a thread: %s", cause->message);
  return NULL;
}

static void
join (VrSampler *sampler)
{
  atomic_store (&sampler->is_over, 1);
  if (sampler->thread != NULL)
    g_thread_join (g_steal_pointer (&sampler->thread));
}

gboolean
vr_sampler_stop (VrSampler *sampler, VrSampling *sampling, GError **error)
{
  join (sampler);
  if (sampler->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&sampler->error));
    return FALSE;
  }
  *sampling = sampler->sampling;
  return TRUE;
}

void
vr_sampler_free (VrSampler *sampler)
{
  join (sampler);
  g_clear_error (&sampler->error);
  g_clear_pointer (&sampler->cpus, g_array_unref);
  g_free (sampler);
}
