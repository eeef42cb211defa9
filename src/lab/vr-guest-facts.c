/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-guest-facts.h"

#include <string.h>

#include "base/vr-error.h"
#include "image/vr-image.h"
#include "lab/vr-store.h"
#include "sys/vr-tsc.h"

void
vr_guest_facts_probe_kvm (const VrSite *site, const VrHost *host, VrKvmProbe *probe)
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

/* A description of another machine tells nothing of its counter. */
static guint64
tsc_khz (const VrSite *site, const VrHost *host)
{
  g_autofree char *cache = vr_site_host_path (site, "tsc.json");
  g_autofree char *directory = g_path_get_dirname (cache);
  VrTscArgs args = { .cache_path = cache, .boot_id = host->boot_id, .clock = site->now_ns };
  if (strcmp (site->root_dir, "/") != 0)
    return 0;
  g_mkdir_with_parents (directory, 0755);
  return vr_tsc_khz (&args);
}

static gboolean
has_guest_on_tcg (const VrLab *lab, gboolean kvm_usable)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST
        && (router->accel == VR_ACCEL_TCG || (router->accel == VR_ACCEL_AUTO && !kvm_usable)))
      return TRUE;
  }
  return FALSE;
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

/* Before its files are read, which of a host's are large. */
static gboolean
check_is_routers (const VrSite *site, const VrRouter *router, GError **error)
{
  g_autoptr (VrImage) image = vr_image_open (site->images_dir, router->image, VR_IMAGE_STAT, error);
  if (image == NULL || strcmp (image->type, "router") == 0)
    return image != NULL;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "%s:%u: [router %s] image = %s: that is an image of a %s, not of a router; `vrkit "
               "image list` lists both",
               router->origin.file, router->origin.line, router->name, router->image, image->type);
  return FALSE;
}

static gboolean
add_image (const VrSite *site, VrPlanFacts *facts, const VrRouter *router, GError **error)
{
  const char *name = router->image;
  g_autofree char *directory = g_build_filename (site->images_dir, name, NULL);
  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!check_is_routers (site, router, error))
    return FALSE;
  g_autoptr (VrImage) image = vr_image_open (site->images_dir, name, VR_IMAGE_DIGEST, error);
  if (image == NULL)
    return FALSE;
  VrPlanImage *planned = g_new0 (VrPlanImage, 1);
  planned->name = g_strdup (name);
  planned->kernel = g_strdup (image->kernel);
  planned->initrd = g_strdup (image->initrd);
  planned->command_line = g_strdup (image->command_line);
  planned->digest = g_strdup (image->digest);
  planned->memory_mib = image->memory_mib;
  vr_plan_facts_add_image (facts, planned);
  return TRUE;
}

static gboolean
add_images (const VrSite *site, const VrLab *lab, VrPlanFacts *facts, GError **error)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (router->kind == VR_KIND_GUEST && !g_hash_table_contains (facts->images, router->image)
        && !add_image (site, facts, router, error))
      return FALSE;
  }
  return TRUE;
}

/* What is known already is not asked again. */
gboolean
vr_guest_facts_add (const VrSite *site, const VrHost *host, const VrLab *lab, VrPlanFacts *facts,
                    GError **error)
{
  if (facts->kvm_reason == NULL && needs_kvm_probe (lab)) {
    VrKvmProbe probe;
    vr_guest_facts_probe_kvm (site, host, &probe);
    facts->kvm_usable = probe.usable;
    facts->kvm_reason = g_strdup (probe.reason);
  }
  if (facts->tsc_khz == 0 && has_guest_on_tcg (lab, facts->kvm_usable))
    facts->tsc_khz = tsc_khz (site, host);
  return add_images (site, lab, facts, error);
}
