/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-sweep.h"

#include "base/vr-name.h"
#include "lab/vr-sched-facts.h"
#include "sys/vr-netlink.h"
#include "sys/vr-netns.h"
#include "sys/vr-ovs.h"

#define NETNS_PREFIX "vrkit-"

/* Keeps the first error, drops later ones. `cause` is then NULL. */
static void
keep_first (GError **first, GError **cause)
{
  if (*first == NULL)
    *first = g_steal_pointer (cause);
  g_clear_error (cause);
}

/* While it is held, no other lab takes for the original what is not restored yet. */
static gboolean
give_up (VrHostBackend *host, VrClaims *claims, const char *lab, const VrOp *op, GError **error)
{
  VrBackend *backend = vr_host_backend_base (host);
  g_autoptr (GVariant) restore = NULL;
  if (!vr_claims_hold (claims, error))
    return FALSE;
  gboolean good = vr_claims_drop (claims, lab, op, &restore, error)
                  && (restore == NULL || backend->class->undo (backend, op, restore, error))
                  && vr_claims_forget (claims, op, error);
  vr_claims_release (claims);
  return good;
}

static gboolean
sweep_claims (VrHostBackend *host, VrClaims *claims, const char *lab, guint *removed,
              GError **error)
{
  g_autoptr (GPtrArray) ops = vr_claims_of_lab (claims, lab, error);
  if (ops == NULL)
    return FALSE;
  for (guint i = 0; i < ops->len; i++) {
    if (!give_up (host, claims, lab, ops->pdata[i], error))
      return FALSE;
    (*removed)++;
  }
  return TRUE;
}

/* Returns FALSE where there is none to go on with; without error, that is no failure. */
static gboolean
reach_libvirt (VrHostBackend *host, const char *lab, VrSweepScope scope, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (vr_host_backend_virt (host, &cause) != NULL)
    return TRUE;
  if (scope == VR_SWEEP_EVERYTHING) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  g_prefix_error (&cause, "guests of lab %s are not looked for: ", lab);
  vr_backend_warn (vr_host_backend_base (host), NULL, cause);
  return FALSE;
}

static gboolean
sweep_domains (VrHostBackend *host, const char *lab, guint *removed, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, error);
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  if (virt == NULL || !vr_virt_list (virt, guests, error))
    return FALSE;
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (g_strcmp0 (guest->lab, lab) != 0)
      continue;
    if (!vr_host_backend_end_guest (host, guest, error))
      return FALSE;
    (*removed)++;
  }
  return TRUE;
}

static gboolean
sweep_links (const char *lab, guint *removed, GError **error)
{
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  g_autoptr (GPtrArray) links = netlink != NULL ? vr_netlink_links (netlink, error) : NULL;
  if (links == NULL)
    return FALSE;
  for (guint i = 0; i < links->len; i++) {
    const VrLink *link = links->pdata[i];
    g_autofree char *owner = vr_name_lab_of_alias (link->alias);
    if (g_strcmp0 (owner, lab) != 0)
      continue;
    if (!vr_netlink_delete (netlink, link->name, error))
      return FALSE;
    (*removed)++;
  }
  return TRUE;
}

/* A host without Open vSwitch, or where it does not run, has nothing of ours in it that could be
 * found. */
static gboolean
sweep_ovs (const char *lab, guint *removed, GError **error)
{
  g_autoptr (VrOvs) ovs = vr_ovs_is_installed () ? vr_ovs_read (NULL) : NULL;
  for (guint i = 0; ovs != NULL && i < ovs->bridges->len; i++) {
    const VrOvsBridge *bridge = ovs->bridges->pdata[i];
    g_autofree char *owner = vr_name_lab_of_alias (bridge->alias);
    if (g_strcmp0 (owner, lab) != 0)
      continue;
    if (!vr_ovs_delete_bridge (ovs, bridge, error))
      return FALSE;
    (*removed)++;
  }
  return TRUE;
}

/* The lab whose namespace it is, or NULL: the alias of its own loopback tells. */
static char *
lab_of_netns (const char *name)
{
  if (!g_str_has_prefix (name, NETNS_PREFIX))
    return NULL;
  g_autoptr (VrNetlink) netlink = vr_netlink_new (name, NULL);
  g_autoptr (VrLink) lo = netlink != NULL ? vr_netlink_link (netlink, "lo", NULL) : NULL;
  return lo != NULL ? vr_name_lab_of_alias (lo->alias) : NULL;
}

static gboolean
sweep_netns (const char *lab, guint *removed, GError **error)
{
  g_auto (GStrv) names = vr_netns_list (error);
  if (names == NULL)
    return FALSE;
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *owner = lab_of_netns (*name);
    if (g_strcmp0 (owner, lab) != 0)
      continue;
    if (!vr_netns_delete (*name, error))
      return FALSE;
    (*removed)++;
  }
  return TRUE;
}

gboolean
vr_sweep_lab (VrHostBackend *host, VrClaims *claims, const char *lab, VrSweepScope scope,
              guint *removed, GError **error)
{
  GError *first = NULL, *cause = NULL;
  if (scope != VR_SWEEP_NETWORK) {
    if (reach_libvirt (host, lab, scope, &cause))
      sweep_domains (host, lab, removed, &cause);
    keep_first (&first, &cause);
    sweep_claims (host, claims, lab, removed, &cause);
    keep_first (&first, &cause);
  }
  sweep_ovs (lab, removed, &cause);
  keep_first (&first, &cause);
  sweep_links (lab, removed, &cause);
  keep_first (&first, &cause);
  sweep_netns (lab, removed, &cause);
  keep_first (&first, &cause);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, first);
  return FALSE;
}

static void
take_name (GHashTable *names, char *name)
{
  if (name != NULL)
    g_hash_table_add (names, name);
}

gboolean
vr_sweep_names (VrHostBackend *host, GHashTable *names, GError **lack, GError **error)
{
  VrVirt *virt = vr_host_backend_virt (host, NULL);
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  if (virt != NULL)
    vr_virt_list (virt, guests, lack);
  for (guint i = 0; i < guests->len; i++)
    take_name (names, g_strdup (((const VrGuest *) guests->pdata[i])->lab));
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, error);
  g_autoptr (GPtrArray) links = netlink != NULL ? vr_netlink_links (netlink, error) : NULL;
  if (links == NULL)
    return FALSE;
  for (guint i = 0; i < links->len; i++)
    take_name (names, vr_name_lab_of_alias (((const VrLink *) links->pdata[i])->alias));
  g_autoptr (GPtrArray) marks = vr_sched_facts_marks ();
  for (guint i = 0; i < marks->len; i++)
    take_name (names, g_strdup (((const VrExclusiveMark *) marks->pdata[i])->lab));
  g_auto (GStrv) spaces = vr_netns_list (error);
  if (spaces == NULL)
    return FALSE;
  for (char **space = spaces; *space != NULL; space++)
    take_name (names, lab_of_netns (*space));
  return TRUE;
}
