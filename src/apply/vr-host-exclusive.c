/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs that labs take out of the host's root domain, each for one thread: every group from that of
 * all guests down to that of the thread's guest offers it to partitions below. Of cgroup version 1
 * the host is made ready to be divided, and the thread's group lies apart from all these. */
#include <stdio.h>
#include <string.h>

#include "apply/vr-apart-domain.h"
#include "apply/vr-exclusive-mark.h"
#include "apply/vr-host-ops.h"
#include "apply/vr-own-domain.h"
#include "apply/vr-own-group.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
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

static GVariant *
print_found (const VrOp *op, const char *thread)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", THREAD, thread);
  g_variant_builder_add (&builder, "{ss}", GROUP, vr_op_get (op, GROUP));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
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
is_apart (void)
{
  return vr_cgroup_version ("cpuset") == 1;
}

static GPtrArray *
read_marks (const VrOp *op)
{
  GPtrArray *marks = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_exclusive_mark_free);
  vr_exclusive_marks_read (vr_op_get (op, GROUP), marks);
  return marks;
}

static gboolean
probe_apart (const VrOp *op, GVariant **found, GError **error)
{
  guint cpu;
  const char *thread = NOBODY;
  if (!parse_cpu (op, &cpu, error))
    return FALSE;
  g_autoptr (GPtrArray) marks = read_marks (op);
  for (guint i = 0; vr_apart_domain_is_prepared () && i < marks->len; i++) {
    const VrExclusiveMark *mark = marks->pdata[i];
    thread = mark->cpu == cpu ? mark->thread : thread;
  }
  *found = print_found (op, thread);
  return TRUE;
}

static gboolean
prepare_apart (GError **error)
{
  g_auto (VrFd) turn = vr_apart_domain_take_turn (error);
  return turn >= 0 && vr_apart_domain_prepare (error);
}

/* The mark goes last, so that what is left of a killed process is found by it. */
static gboolean
undo_apart (const VrOp *op, GError **error)
{
  guint cpu;
  gboolean shared = FALSE;
  if (!parse_cpu (op, &cpu, error))
    return FALSE;
  g_auto (VrFd) turn = vr_apart_domain_take_turn (error);
  if (turn < 0)
    return FALSE;
  g_autofree char *group = vr_apart_domain_path (vr_op_get (op, THREAD));
  g_autoptr (GPtrArray) marks = read_marks (op);
  for (guint i = 0; i < marks->len; i++)
    shared = shared || ((const VrExclusiveMark *) marks->pdata[i])->cpu != cpu;
  return vr_apart_domain_remove (group, error) && (shared || vr_apart_domain_finish (error))
         && vr_exclusive_mark_remove (vr_op_get (op, GROUP), cpu, error);
}

static gboolean
probe_exclusive (VrHostBackend *host, const VrOp *op, GVariant **found, GError **error)
{
  guint cpu;
  if (is_apart ())
    return probe_apart (op, found, error);
  g_autoptr (GPtrArray) paths = find_groups (host, op, &cpu, error);
  *found = NULL;
  if (paths == NULL)
    return FALSE;
  gboolean offered = paths->len > 1;
  for (guint i = 0; i < paths->len; i++)
    offered = offered && vr_own_domain_offers (paths->pdata[i], cpu);
  *found = print_found (op, offered ? vr_op_get (op, THREAD) : NOBODY);
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
  if (is_apart ())
    return prepare_apart (error);
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
  (void) old;
  if (is_apart ())
    return undo_apart (op, error);
  g_autoptr (GPtrArray) paths = find_groups (host, op, &cpu, error);
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
