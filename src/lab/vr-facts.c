/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-facts.h"

#include "base/vr-error.h"
#include "image/vr-image.h"
#include "lab/vr-store.h"

void
vr_facts_probe_kvm (const VrSite *site, const VrHost *host, VrKvmProbe *probe)
{
  g_autofree char *cache = vr_site_host_path (site, "kvm-probe.json");
  g_autofree char *directory = g_path_get_dirname (cache);
  g_autofree char *device = g_build_filename (site->root_dir, "dev/kvm", NULL);
  VrKvmProbeArgs args
      = { .device = device, .cache_path = cache, .boot_id = host->boot_id, .clock = site->now_ns };
  /* Without root the directory cannot be made, and the answer is not remembered. */
  g_mkdir_with_parents (directory, 0755);
  vr_kvm_probe (&args, probe);
}

static gboolean
needs_kvm_probe (const VrLab *lab)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST && router->accel != VR_ACCEL_TCG)
      return TRUE;
  }
  return FALSE;
}

static gboolean
add_image (const VrSite *site, VrPlanFacts *facts, const char *name, GError **error)
{
  g_autofree char *directory = g_build_filename (site->images_dir, name, NULL);
  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_autoptr (VrImage) image = vr_image_open (site->images_dir, name, VR_IMAGE_DIGEST, error);
  if (image == NULL)
    return FALSE;
  VrPlanImage *planned = g_new0 (VrPlanImage, 1);
  planned->name = g_strdup (name);
  planned->kernel = g_strdup (image->kernel);
  planned->initrd = g_strdup (image->initrd);
  planned->command_line = g_strdup (image->command_line);
  planned->digest = g_strdup (image->digest);
  vr_plan_facts_add_image (facts, planned);
  return TRUE;
}

static gboolean
add_images (const VrSite *site, const VrLab *lab, VrPlanFacts *facts, GError **error)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST && !g_hash_table_contains (facts->images, router->image)
        && !add_image (site, facts, router->image, error))
      return FALSE;
  }
  return TRUE;
}

static void
add_nics (const VrHost *host, VrPlanFacts *facts)
{
  for (guint i = 0; i < host->nics->len; i++) {
    const VrHostNic *found = host->nics->pdata[i];
    VrPlanNic *nic = g_new0 (VrPlanNic, 1);
    nic->name = g_strdup (found->name);
    nic->mtu_max = found->max_mtu;
    vr_plan_facts_add_nic (facts, nic);
  }
}

VrPlanFacts *
vr_facts_gather (const VrSite *site, const VrLab *lab, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (site->root_dir, error);
  if (host == NULL)
    return NULL;
  g_autoptr (VrPlanFacts) facts = vr_plan_facts_new ();
  facts->run_dir = g_build_filename (site->run_dir, "labs", lab->name, NULL);
  facts->memory_mib = host->memory_mib;
  facts->vhost_present = host->has_dev_vhost_net;
  /* Unknown is hoped for: the kernel loads the module when the first macvtap is made. */
  facts->macvtap_present = host->features[VR_HOST_FEATURE_MACVTAP] != VR_HOST_NO;
  add_nics (host, facts);
  if (needs_kvm_probe (lab)) {
    VrKvmProbe probe;
    vr_facts_probe_kvm (site, host, &probe);
    facts->kvm_usable = probe.usable;
    facts->kvm_reason = g_strdup (probe.reason);
  }
  if (!add_images (site, lab, facts, error))
    return NULL;
  return g_steal_pointer (&facts);
}
