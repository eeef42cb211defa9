/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs that labs take out of the host's root domain, each for one thread: every group from that of
 * all guests down to that of the thread's guest offers it to partitions below. */
#include <stdio.h>
#include <string.h>

#include "apply/vr-exclusive-mark.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"

#define THREAD "thread"
#define GROUP "group"
#define NOBODY "none"

static gboolean
parse_cpu (const VrOp *op, guint *cpu, GError **error)
{
  char rest;
  if (sscanf (op->target, "cpu %u%c", cpu, &rest) == 1 && vr_op_get (op, THREAD) != NULL
      && vr_op_get (op, GROUP) != NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\" names no CPU, thread and group",
               op->target);
  return FALSE;
}

/* The groups that must offer the CPU, from the top; only that of all guests where the thread's
 * guest is not there. */
static GPtrArray *
find_groups (VrHostBackend *host, const VrOp *op, guint *cpu, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, error);
  if (virt == NULL || !parse_cpu (op, cpu, error))
    return NULL;
  const char *thread = vr_op_get (op, THREAD);
  g_autofree char *domain = g_strndup (thread, strcspn (thread, "/"));
  g_auto (VrGuest) guest = { 0 };
  if (!vr_virt_find (virt, domain, &guest, error))
    return NULL;
  g_autofree char *inner = guest.pid > 0 ? vr_cgroup_of_thread (guest.pid, "cpuset", error) : NULL;
  if (guest.pid > 0 && inner == NULL)
    return NULL;
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = inner != NULL ? vr_own_group_parent (inner) : NULL;
  while (path != NULL && strcmp (path, "/") != 0) {
    char *parent = vr_own_group_parent (path);
    g_ptr_array_insert (paths, 0, path);
    path = parent;
  }
  if (paths->len == 0)
    g_ptr_array_add (paths, g_strdup (vr_op_get (op, GROUP)));
  return paths;
}

static gboolean
probe_exclusive (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  guint cpu;
  g_autoptr (GPtrArray) paths = find_groups (host, op, &cpu, error);
  *found = NULL;
  if (paths == NULL)
    return FALSE;
  gboolean offered = paths->len > 1;
  for (guint i = 0; i < paths->len; i++)
    offered = offered && vr_own_domain_offers (paths->pdata[i], cpu);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", THREAD, offered ? vr_op_get (op, THREAD) : NOBODY);
  g_variant_builder_add (&builder, "{ss}", GROUP, vr_op_get (op, GROUP));
  *found = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/* Before the CPU is offered, so that none is without the name of its lab. */
static gboolean
write_mark (VrHostBackend *host, const VrOp *op, guint cpu, GError **error)
{
  const char *thread = vr_op_get (op, THREAD);
  g_autofree char *domain = g_strndup (thread, strcspn (thread, "/"));
  g_auto (VrGuest) guest = { 0 };
  if (!vr_virt_find (host->virt, domain, &guest, error))
    return FALSE;
  VrExclusiveMark mark = { cpu, guest.lab, (char *) thread, (char *) vr_op_get (op, GROUP) };
  if (guest.lab != NULL)
    return vr_exclusive_mark_write (&mark, error);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "guest %s is not there, or no lab's", domain);
  return FALSE;
}

static gboolean
apply_exclusive (VrHostBackend *host, const VrOp *op, GVariant *found, GError **error)
{
  guint cpu;
  g_autoptr (GPtrArray) paths = find_groups (host, op, &cpu, error);
  (void) found;
  if (paths == NULL || !write_mark (host, op, cpu, error))
    return FALSE;
  for (guint i = 0; i < paths->len; i++)
    if (!vr_own_domain_offer (paths->pdata[i], cpu, error)) {
      g_prefix_error (error, "%s: ", op->why);
      return FALSE;
    }
  return TRUE;
}

/* What is there belongs to labs only, so that nothing is restored but that nobody has it. */
static gboolean
undo_exclusive (VrHostBackend *host, const VrOp *op, GVariant *old, GError **error)
{
  guint cpu;
  g_autoptr (GPtrArray) paths = find_groups (host, op, &cpu, error);
  (void) old;
  if (paths == NULL)
    return FALSE;
  for (guint i = paths->len; i-- > 0;)
    if (!vr_own_domain_withdraw (paths->pdata[i], cpu, error))
      return FALSE;
  return vr_exclusive_mark_remove (vr_op_get (op, GROUP), cpu, error);
}

const VrHostOp *
vr_host_exclusive_op (VrOpKind kind)
{
  static const VrHostOp row = { probe_exclusive, apply_exclusive, undo_exclusive };
  return kind == VR_OP_EXCLUSIVE ? &row : NULL;
}
