/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-watch.h"

#include "lab/vr-inspect.h"
#include "lab/vr-store.h"

/* Guests that did not run are looked for again after so long, through libvirt. */
#define ABSENT_AGAIN_NS G_GINT64_CONSTANT (5000000000)

struct VrWatch {
  const VrSite *site;
  char *name;
  VrLab *lab;
  VrSnapshotReader *reader; /* NULL: to be opened by the next step */
  gint64 changed_ns;        /* of the record, when it was opened */
  gint64 opened_ns;
  VrSnapshot snapshots[2];
  guint last; /* which of them */
  VrRates rates;
};

static void
forget (VrWatch *watch)
{
  for (guint i = 0; i < G_N_ELEMENTS (watch->snapshots); i++)
    vr_snapshot_clear (&watch->snapshots[i]);
  vr_rates_clear (&watch->rates);
  g_clear_pointer (&watch->reader, vr_snapshot_close);
  g_clear_pointer (&watch->lab, vr_lab_free);
}

static gboolean
has_guests (const VrLab *lab)
{
  for (guint i = 0; i < lab->routers->len; i++)
    if (((const VrRouter *) lab->routers->pdata[i])->kind == VR_KIND_GUEST)
      return TRUE;
  return FALSE;
}

/* libvirt is asked here alone, so the connection does not stay. */
static gboolean
find_all (VrWatch *watch, GError **error)
{
  gint64 changed_ns = vr_store_changed_ns (watch->site, watch->name);
  g_autoptr (VrLab) lab = vr_inspect_lab (watch->site, watch->name, error);
  if (lab == NULL)
    return FALSE;
  g_autoptr (VrVirt) virt
      = has_guests (lab) ? vr_inspect_virt (watch->site, lab->name, error) : NULL;
  if (virt == NULL && has_guests (lab))
    return FALSE;
  VrSnapshotSource source = {
    .root_dir = watch->site->root_dir, .lab = lab, .virt = virt, .now_ns = watch->site->now_ns
  };
  VrSnapshotReader *reader = vr_snapshot_open (&source, error);
  if (reader == NULL)
    return FALSE;
  watch->reader = reader;
  watch->lab = g_steal_pointer (&lab);
  watch->changed_ns = changed_ns;
  watch->opened_ns = watch->site->now_ns (NULL);
  return TRUE;
}

VrWatch *
vr_watch_open (const VrSite *site, const char *name, GError **error)
{
  g_autoptr (VrWatch) watch = g_new0 (VrWatch, 1);
  watch->site = site;
  watch->name = g_strdup (name);
  return find_all (watch, error) ? g_steal_pointer (&watch) : NULL;
}

void
vr_watch_close (VrWatch *watch)
{
  forget (watch);
  g_free (watch->name);
  g_free (watch);
}

static gboolean
is_outdated (const VrWatch *watch)
{
  const VrSnapshot *last = &watch->snapshots[watch->last];
  return watch->changed_ns != vr_store_changed_ns (watch->site, watch->name)
         || (last->ports != NULL && last->is_stale)
         || (last->ports != NULL && last->absent > 0
             && watch->site->now_ns (NULL) - watch->opened_ns > ABSENT_AGAIN_NS);
}

gboolean
vr_watch_step (VrWatch *watch, GError **error)
{
  if (watch->reader != NULL && is_outdated (watch))
    forget (watch);
  if (watch->reader == NULL && !find_all (watch, error))
    return FALSE;
  const VrSnapshot *before = &watch->snapshots[watch->last];
  VrSnapshot *now = &watch->snapshots[1 - watch->last];
  if (!vr_snapshot_read (watch->reader, now, error)) {
    forget (watch);
    return FALSE;
  }
  watch->last = 1 - watch->last;
  vr_rates_between (before->ports != NULL ? before : now, now, &watch->rates);
  return TRUE;
}

const VrLab *
vr_watch_lab (const VrWatch *watch)
{
  return vr_watch_snapshot (watch) != NULL ? watch->lab : NULL;
}

const VrSnapshot *
vr_watch_snapshot (const VrWatch *watch)
{
  const VrSnapshot *last = &watch->snapshots[watch->last];
  return last->ports != NULL ? last : NULL;
}

const VrRates *
vr_watch_rates (const VrWatch *watch)
{
  return vr_watch_snapshot (watch) != NULL ? &watch->rates : NULL;
}
