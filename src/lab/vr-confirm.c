/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-confirm.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-name.h"
#include "observe/vr-threads.h"

/* Frames of one question: enough for a worker's time to stand out, and few for those who hear them.
 */
#define FRAMES "64"
#define TIMEOUT_US (30 * G_USEC_PER_SEC)

guint
vr_confirm_mover (const guint64 *before, const guint64 *after, guint count)
{
  guint most = count;
  guint64 first = 0, second = 0;
  for (guint i = 0; i < count; i++) {
    guint64 grown = after[i] - MIN (before[i], after[i]);
    if (grown > first) {
      second = first;
      first = grown;
      most = i;
    } else {
      second = MAX (second, grown);
    }
  }
  return first >= 2 * second ? most : count;
}

/* A queue sends what its vcpu sends (virtio_net's own XPS). Nobody has to answer, so the command's
 * exit status says nothing. */
static gboolean
send_frames (VrVirt *virt, const char *domain, const VrInterface *interface, guint queue,
             GError **error)
{
  const char *to
      = vr_interface_address (interface, AF_INET) != NULL ? "255.255.255.255" : "ff02::1";
  g_autofree char *vcpu = g_strdup_printf ("%u", queue);
  const char *argv[]
      = { "taskset", "-c", vcpu, "ping", "-I", interface->port, "-q", "-c", FRAMES, "-i",
          "0.002",   "-W", "1",  to,     NULL };
  VrExecRequest request = { domain, argv, TIMEOUT_US };
  g_auto (VrExecResult) result = { 0 };
  return vr_virt_exec (virt, &request, &result, error);
}

static GPtrArray *
workers_of (const VrRouter *router, GPtrArray *threads)
{
  GPtrArray *workers = g_ptr_array_new ();
  for (guint i = 0; i < threads->len; i++) {
    VrThreadStatus *thread = threads->pdata[i];
    if (thread->task.role == VR_TASK_VHOST && strcmp (thread->router, router->name) == 0)
      g_ptr_array_add (workers, thread);
  }
  return workers;
}

static guint64 *
times_of (GPtrArray *workers)
{
  guint64 *times = g_new0 (guint64, workers->len);
  for (guint i = 0; i < workers->len; i++)
    vr_threads_cpu_time (((VrThreadStatus *) workers->pdata[i])->task.tid, &times[i]);
  return times;
}

static void
judge (GPtrArray *workers, VrThreadStatus *asked, guint mover)
{
  VrThreadStatus *moved = mover < workers->len ? workers->pdata[mover] : NULL;
  if (moved == NULL)
    asked->proof = MAX (asked->proof, VR_PROOF_UNCLEAR);
  else if (moved == asked)
    asked->proof = MAX (asked->proof, VR_PROOF_CONFIRMED);
  else
    asked->proof = moved->proof = VR_PROOF_REFUTED;
}

/* The worker's place among those of its port. */
static guint
queue_of (GPtrArray *workers, guint index)
{
  const VrThreadStatus *worker = workers->pdata[index];
  guint queue = 0;
  for (guint i = 0; i < index; i++)
    queue += strcmp (((const VrThreadStatus *) workers->pdata[i])->ports, worker->ports) == 0;
  return queue;
}

static gboolean
confirm_router (VrVirt *virt, const VrLab *lab, const VrRouter *router, GPtrArray *workers,
                GError **error)
{
  g_autofree char *domain = vr_name_domain (lab->name, router->name);
  for (guint i = 0; i < workers->len; i++) {
    VrThreadStatus *worker = workers->pdata[i];
    const VrInterface *interface = vr_router_interface (router, worker->ports);
    if (interface == NULL)
      continue;
    g_autofree guint64 *before = times_of (workers);
    if (!send_frames (virt, domain, interface, queue_of (workers, i), error))
      return FALSE;
    g_autofree guint64 *after = times_of (workers);
    judge (workers, worker, vr_confirm_mover (before, after, workers->len));
  }
  return TRUE;
}

gboolean
vr_confirm_workers (VrVirt *virt, const VrLab *lab, GPtrArray *threads, GError **error)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    g_autoptr (GPtrArray) workers = workers_of (router, threads);
    if (workers->len > 0 && !confirm_router (virt, lab, router, workers, error))
      return FALSE;
  }
  return TRUE;
}
