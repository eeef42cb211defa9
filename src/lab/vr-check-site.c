/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-check-site.h"

#include "base/vr-error.h"
#include "lab/vr-guest-facts.h"
#include "sys/vr-virt.h"

static char *
try_libvirt (const VrSite *site, VrProbes *probes, char **emulator)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrVirt) virt = vr_virt_open (site->uri, &cause);
  g_autofree char *version = NULL;
  gboolean works = virt != NULL && vr_virt_version (virt, &version, emulator, &cause);
  probes->libvirt = works ? VR_PROBE_WORKS : VR_PROBE_FAILS;
  return g_strdup (works ? version : cause->message);
}

GPtrArray *
vr_check_site (const VrSite *site, VrCheckAs as, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (site->root_dir, error);
  VrKvmProbe kvm;
  g_autofree char *emulator = NULL;
  if (host == NULL)
    return NULL;
  VrProbes probes = { .is_root = as == VR_CHECK_AS_ROOT };
  vr_guest_facts_probe_kvm (site, host, &kvm);
  probes.kvm = kvm.usable ? VR_PROBE_WORKS : VR_PROBE_FAILS;
  probes.kvm_turn_ns = kvm.ns_per_turn;
  probes.kvm_text = kvm.reason;
  g_autofree char *libvirt = try_libvirt (site, &probes, &emulator);
  probes.libvirt_text = libvirt;
  probes.emulator = emulator;
  return vr_check_host (host, &probes);
}

static gboolean
has_kind (const VrPlan *plan, VrOpKind kind)
{
  for (guint i = 0; i < plan->ops->len; i++)
    if (((const VrOp *) plan->ops->pdata[i])->kind == kind)
      return TRUE;
  return FALSE;
}

gboolean
vr_check_plan (const VrPlan *plan, const GPtrArray *findings, GError **error)
{
  static const struct {
    VrOpKind kind;
    const char *id;
  } needs[] = { { VR_OP_DOMAIN, "libvirt" }, { VR_OP_DOMAIN, "emulator" }, { VR_OP_TAP, "tun" } };
  for (guint i = 0; i < G_N_ELEMENTS (needs); i++) {
    const VrFinding *finding = vr_check_find (findings, needs[i].id);
    if (finding->state != VR_FINDING_MISSING || !has_kind (plan, needs[i].kind))
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "lab %s cannot be brought up here: %s: %s (%s)",
                 plan->lab, finding->title, finding->detail, finding->way_out);
    return FALSE;
  }
  return TRUE;
}
