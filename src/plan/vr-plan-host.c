/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab wants of the host as a whole: a knob a value. */
#include "plan/vr-plan-parts.h"

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"

static VrOp *
add_knob (VrPlanner *planner, const char *target, const char *value, VrOrigin origin,
          const char *what)
{
  g_autofree char *why = vr_plan_why (origin, what);
  VrOp *op = vr_op_new (VR_OP_KNOB, target, why, "value", value, NULL);
  op->shared = TRUE;
  return vr_plan_add (planner, op);
}

/* --- CPUs --------------------------------------------------------------------------------------
 */

static void
plan_governor (VrPlanner *planner)
{
  const VrHostSettings *host = planner->lab->host;
  guint governed = 0;
  for (guint i = 0; i < planner->facts->cpus->len; i++) {
    const VrPlanCpu *cpu = &g_array_index (planner->facts->cpus, VrPlanCpu, i);
    if (!cpu->governed || vr_host_settings_is_offline (host, cpu->id))
      continue;
    g_autofree char *target = g_strdup_printf ("governor/%u", cpu->id);
    add_knob (planner, target, "performance", host->origin, "[host] governor");
    governed++;
  }
  if (governed == 0)
    vr_plan_notice (planner,
                    "governor = performance (%s:%u) changes nothing: no CPU here has a frequency "
                    "that this host governs",
                    host->origin.file, host->origin.line);
}

static void
plan_throttle (VrPlanner *planner)
{
  const VrHostSettings *host = planner->lab->host;
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, host->rt_runtime_us);
  add_knob (planner, "rt-runtime", value, host->origin, "[host] rt-runtime");
  if (host->rt_runtime_us == VR_RT_RUNTIME_OFF)
    vr_plan_notice (planner,
                    "rt-runtime = off (%s:%u) takes the throttle away: a fifo, rr or deadline "
                    "thread that never sleeps, of this lab or of anybody, then keeps its CPU from "
                    "everybody else, and may hang the host",
                    host->origin.file, host->origin.line);
}

/* Whether @auto of some thread is left a CPU that is not kept for the system. */
static gboolean
leaves_enough (const VrPlanner *planner)
{
  const VrHostSettings *host = planner->lab->host;
  for (guint i = 0; i < planner->facts->cpus->len; i++) {
    guint id = g_array_index (planner->facts->cpus, VrPlanCpu, i).id;
    if (!vr_cpu_list_has (host->housekeeping, id) && !vr_host_settings_is_offline (host, id))
      return TRUE;
  }
  for (guint i = 0; i < planner->lab->schedules->len; i++) {
    const VrSchedule *schedule = planner->lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++)
      if (((const VrThreadSchedule *) schedule->threads->pdata[k])->cpus_choice == VR_CPUS_AUTO)
        return FALSE;
  }
  return TRUE;
}

static gboolean
check_offline (const VrPlanner *planner, guint cpu, GError **error)
{
  const VrHostSettings *host = planner->lab->host;
  if (planner->facts->present == NULL || vr_cpu_list_has (planner->facts->present, cpu))
    return TRUE;
  g_autofree char *present = vr_cpu_list_print (planner->facts->present);
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "%s:%u: [host] offline: CPU %u does not exist: this host has %s", host->origin.file,
               host->origin.line, cpu, present);
  return FALSE;
}

/* Whether all CPUs that the thread may run on are to go. */
static gboolean
stays_nowhere (const VrHostSettings *host, const VrPlanOther *other)
{
  for (guint i = 0; other->cpus != NULL && i < other->cpus->len; i++)
    if (!vr_host_settings_is_offline (host, g_array_index (other->cpus, guint, i)))
      return FALSE;
  return other->cpus != NULL;
}

/* The kernel would move such a thread elsewhere, and its lab would not learn of it. */
static gboolean
check_others (const VrPlanner *planner, guint cpu, GError **error)
{
  const VrHostSettings *host = planner->lab->host;
  for (guint i = 0; i < planner->facts->others->len; i++) {
    const VrPlanOther *other = planner->facts->others->pdata[i];
    if (!other->of_guest || !vr_cpu_list_has (other->cpus, cpu) || !stays_nowhere (host, other))
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "%s:%u: [host] offline: CPU %u cannot go, since %s may run nowhere else: leave "
                 "the CPU online, or move that thread first",
                 host->origin.file, host->origin.line, cpu, other->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
plan_offline (VrPlanner *planner, GError **error)
{
  const VrHostSettings *host = planner->lab->host;
  for (guint i = 0; i < host->offline->len; i++) {
    guint cpu = g_array_index (host->offline, guint, i);
    g_autofree char *target = g_strdup_printf ("online/%u", cpu);
    if (!check_offline (planner, cpu, error) || !check_others (planner, cpu, error))
      return FALSE;
    add_knob (planner, target, "0", host->origin, "[host] offline");
  }
  if (leaves_enough (planner))
    return TRUE;
  g_set_error (
      error, VR_ERROR, VR_ERROR_INFEASIBLE,
      "%s:%u: [host] offline leaves only CPUs that are kept for the system, and @auto of a "
      "schedule takes none of these: leave a CPU online",
      host->origin.file, host->origin.line);
  return FALSE;
}

gboolean
vr_plan_host (VrPlanner *planner, GError **error)
{
  const VrHostSettings *host = planner->lab->host;
  if (host == NULL)
    return TRUE;
  if (host->offline != NULL && !plan_offline (planner, error))
    return FALSE;
  if (host->rt_runtime_us != 0)
    plan_throttle (planner);
  if (host->governor == VR_GOVERNOR_PERFORMANCE)
    plan_governor (planner);
  return TRUE;
}

/* --- Devices of ports --------------------------------------------------------------------------
 */

/* A way in which CPUs are given to a device. */
typedef struct {
  const char *key; /* of the profile, and the knob */
  const GPtrArray *items;
  const char *prefix; /* of the queues' names */
  const GPtrArray *(*queues) (const VrPlanNic *nic);
} Steering;

static const GPtrArray *
rps_queues (const VrPlanNic *nic)
{
  return nic->rps_queues;
}

static const GPtrArray *
xps_queues (const VrPlanNic *nic)
{
  return nic->xps_queues;
}

static gboolean
is_online (const VrPlanner *planner, guint id)
{
  for (guint i = 0; i < planner->facts->cpus->len; i++)
    if (g_array_index (planner->facts->cpus, VrPlanCpu, i).id == id)
      return !vr_host_settings_is_offline (planner->lab->host, id);
  return FALSE;
}

/* The CPUs as the kernel has them; NULL with VR_ERROR_INFEASIBLE where one is not there. */
static char *
cpus_of (const VrPlanner *planner, const VrPortCpus *item, const char *key, GError **error)
{
  g_autoptr (GArray) cpus = item->cpus != NULL ? g_array_ref (item->cpus)
                                               : vr_host_settings_housekeeping (planner->lab->host);
  for (guint i = 0; i < cpus->len; i++) {
    guint id = g_array_index (cpus, guint, i);
    if (is_online (planner, id))
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
                 "%s:%u: %s: CPU %u does not exist, or is offline: name others", item->origin.file,
                 item->origin.line, key, id);
    return NULL;
  }
  return vr_cpu_list_print (cpus);
}

static void
steer_queue (VrPlanner *planner, const Steering *steering, const VrPortCpus *item,
             const char *queue, const char *cpus)
{
  const VrPort *port = vr_lab_port (planner->lab, item->port);
  g_autofree char *lower = vr_plan_lower_name (planner->lab, port);
  g_autofree char *target = g_strdup_printf ("%s/%s/%s", steering->key, lower, queue);
  g_autofree char *what = g_strdup_printf ("[host] %s of port %s", steering->key, item->port);
  VrOp *op = add_knob (planner, target, cpus, item->origin, what);
  op->shared = vr_port_is_of_host (port);
  vr_op_add_need (op, vr_plan_lower_kind (port), lower);
}

/* As they will be: the port may want other channels than there are. A veth of ours is made with one
 * pair of queues; a NIC without any that can be steered has none whatever its channels. */
static GPtrArray *
queues_of (const VrPlanner *planner, const Steering *steering, const VrPort *port)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func (g_free);
  const VrPlanNic *nic = g_hash_table_lookup (planner->facts->nics, port->device);
  const GPtrArray *now = vr_port_is_test (port) ? NULL : steering->queues (nic);
  guint count = now == NULL || now->len > 0 ? port->queues.channels : 0;
  for (guint i = 0; now != NULL && count == 0 && i < now->len; i++)
    g_ptr_array_add (queues, g_strdup (now->pdata[i]));
  for (guint i = 0; i < (now == NULL ? MAX (count, 1) : count); i++)
    g_ptr_array_add (queues, g_strdup_printf ("%s-%u", steering->prefix, i));
  return queues;
}

static gboolean
steer_port (VrPlanner *planner, const Steering *steering, const VrPortCpus *item, GError **error)
{
  const VrPort *port = vr_lab_port (planner->lab, item->port);
  g_autofree char *cpus = cpus_of (planner, item, steering->key, error);
  if (cpus == NULL)
    return FALSE;
  g_autoptr (GPtrArray) queues = queues_of (planner, steering, port);
  for (guint i = 0; i < queues->len; i++)
    steer_queue (planner, steering, item, queues->pdata[i], cpus);
  if (queues->len == 0)
    vr_plan_notice (planner, "%s of port %s (%s:%u) changes nothing: %s has no queue that takes it",
                    steering->key, item->port, item->origin.file, item->origin.line, port->device);
  return TRUE;
}

static gboolean
plan_interrupts (VrPlanner *planner, const VrPortCpus *item, GError **error)
{
  const VrPort *port = vr_lab_port (planner->lab, item->port);
  const VrPlanNic *nic = g_hash_table_lookup (planner->facts->nics, port->device);
  g_autofree char *what = g_strdup_printf ("[host] interrupts of port %s", item->port);
  g_autofree char *cpus = cpus_of (planner, item, "interrupts", error);
  if (cpus == NULL)
    return FALSE;
  for (guint i = 0; i < nic->irqs->len; i++) {
    g_autofree char *target = g_strdup_printf ("irq/%u", g_array_index (nic->irqs, guint, i));
    add_knob (planner, target, cpus, item->origin, what);
  }
  g_autofree char *managed = vr_cpu_list_print (nic->managed_irqs);
  if (port->queues.channels != 0)
    vr_plan_notice (planner,
                    "interrupts of port %s (%s:%u): other channels may bring %s other interrupts "
                    "than it has now: these a second `vrkit up` places",
                    item->port, item->origin.file, item->origin.line, port->device);
  if (*managed != '\0')
    vr_plan_notice (planner,
                    "interrupts of port %s (%s:%u): the kernel or the driver chooses the CPUs of "
                    "%s of %s, which stay as they are",
                    item->port, item->origin.file, item->origin.line, managed, port->device);
  else if (nic->irqs->len == 0)
    vr_plan_notice (planner, "interrupts of port %s (%s:%u) changes nothing: %s has none",
                    item->port, item->origin.file, item->origin.line, port->device);
  return TRUE;
}

gboolean
vr_plan_host_ports (VrPlanner *planner, GError **error)
{
  const VrHostSettings *host = planner->lab->host;
  if (host == NULL)
    return TRUE;
  for (guint i = 0; i < host->interrupts->len; i++)
    if (!plan_interrupts (planner, host->interrupts->pdata[i], error))
      return FALSE;
  const Steering steerings[]
      = { { "rps", host->rps, "rx", rps_queues }, { "xps", host->xps, "tx", xps_queues } };
  for (gsize i = 0; i < G_N_ELEMENTS (steerings); i++)
    for (guint k = 0; k < steerings[i].items->len; k++)
      if (!steer_port (planner, &steerings[i], steerings[i].items->pdata[k], error))
        return FALSE;
  return TRUE;
}
