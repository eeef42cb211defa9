/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-campaign-manifest.h"

#include "campaign/vr-kernel-config.h"
#include "campaign/vr-plot.h"
#include "campaign/vr-results.h"
#include "campaign/vr-statistics.h"
#include "host/vr-host.h"
#include "host/vr-root.h"
#include "image/vr-digest.h"
#include "image/vr-image.h"
#include "sys/vr-ovs.h"
#include "sys/vr-virt.h"
#include "traffic/vr-xdp-version.h"

/* The parts that must be the same for a campaign to go on. */
static const char *const same_parts[] = { "host", "versions", "images", NULL };

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static gboolean
add_host (JsonBuilder *builder, const char *root, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (root, error);
  if (host == NULL)
    return FALSE;
  g_autofree char *name = vr_root_text (root, "proc/sys/kernel/hostname");
  g_autofree char *version = vr_root_text (root, "proc/version");
  g_autofree char *command_line = vr_root_text (root, "proc/cmdline");
  g_autofree char *config = vr_kernel_config (root, host->kernel_release);
  g_autofree char *digest = config != NULL ? vr_digest_text (config) : NULL;
  begin (builder, "host");
  vr_json_add_string (builder, "name", name);
  vr_json_add_string (builder, "cpu_model", host->cpu_model);
  vr_json_add_string (builder, "microcode", host->microcode);
  vr_json_add_string (builder, "cpus_online", host->cpus_online);
  vr_json_add_string (builder, "cpus_isolated", host->cpus_isolated);
  vr_json_add_number (builder, "memory_mib", host->memory_mib);
  vr_json_add_string (builder, "kernel", host->kernel_release);
  vr_json_add_string (builder, "kernel_version", version);
  vr_json_add_string (builder, "kernel_command_line", command_line);
  vr_json_add_string (builder, "kernel_config_sha256", digest);
  vr_json_add_string (builder, "clocksource", host->clocksource);
  json_builder_end_object (builder);
  return TRUE;
}

/* Names of the images of all guests, each once. */
static GPtrArray *
images_of (const VrRunTable *table)
{
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    for (guint k = 0; k < condition->lab->routers->len; k++) {
      const VrRouter *router = condition->lab->routers->pdata[k];
      if (router->kind == VR_KIND_GUEST
          && !g_ptr_array_find_with_equal_func (names, router->image, g_str_equal, NULL))
        g_ptr_array_add (names, router->image);
    }
  }
  return names;
}

static gboolean
add_images (JsonBuilder *builder, const VrSite *site, const GPtrArray *names, GError **error)
{
  json_builder_set_member_name (builder, "images");
  json_builder_begin_array (builder);
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (VrImage) image
        = vr_image_open (site->images_dir, names->pdata[i], VR_IMAGE_DIGEST, error);
    if (image == NULL)
      return FALSE;
    g_autofree char *path = g_build_filename (image->directory, "manifest.json", NULL);
    g_autofree char *lock = vr_digest_file (path, NULL, error);
    if (lock == NULL)
      return FALSE;
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "name", image->name);
    vr_json_add_string (builder, "sha256", image->digest);
    vr_json_add_string (builder, "manifest_sha256", lock);
    vr_json_add_string (builder, "kernel", image->kernel_version);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  return TRUE;
}

/* Whether a lab has a port of the switch. */
static gboolean
needs_switch (const VrRunTable *table)
{
  for (guint i = 0; i < table->conditions->len; i++) {
    const VrLab *lab = ((const VrCondition *) table->conditions->pdata[i])->lab;
    for (guint k = 0; k < lab->ports->len; k++) {
      VrAttach attach = ((const VrPort *) lab->ports->pdata[k])->attach;
      if (attach == VR_ATTACH_OVS || attach == VR_ATTACH_VHOST_USER)
        return TRUE;
    }
  }
  return FALSE;
}

/* The switch, and what it was built with; empty where no lab needs it. */
static gboolean
add_switch (JsonBuilder *builder, const VrRunTable *table, GError **error)
{
  g_autoptr (VrOvs) ovs = NULL;
  if (needs_switch (table) && (ovs = vr_ovs_read (error)) == NULL)
    return FALSE;
  vr_json_add_string (builder, "openvswitch", ovs != NULL ? ovs->version : NULL);
  vr_json_add_string (builder, "dpdk", ovs != NULL ? ovs->dpdk_version : NULL);
  return TRUE;
}

static gboolean
add_versions (JsonBuilder *builder, const VrSite *site, const VrRunTable *table,
              gboolean has_guests, GError **error)
{
  g_autofree char *libvirt = NULL, *hypervisor = NULL;
  g_autofree char *glib
      = g_strdup_printf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
  if (has_guests) {
    g_autoptr (VrVirt) virt = vr_virt_open (site->uri, error);
    if (virt == NULL || !vr_virt_version (virt, &libvirt, &hypervisor, error))
      return FALSE;
  }
  begin (builder, "versions");
  vr_json_add_string (builder, "vrkit", VRKIT_VERSION);
  vr_json_add_string (builder, "vrkit_commit", VRKIT_COMMIT);
  vr_json_add_string (builder, "libvirt", libvirt);
  vr_json_add_string (builder, "hypervisor", hypervisor);
  vr_json_add_string (builder, "glib", glib);
  vr_json_add_string (builder, "sqlite", vr_results_engine ());
  vr_json_add_string (builder, "gsl", vr_statistics_engine ());
  vr_json_add_string (builder, "json_glib", JSON_VERSION_S);
  vr_json_add_string (builder, "libxdp", vr_xdp_version_libxdp ());
  vr_json_add_string (builder, "libbpf", vr_xdp_version_libbpf ());
  if (!add_switch (builder, table, error))
    return FALSE;
  json_builder_end_object (builder);
  return TRUE;
}

/* What has no part in a measurement. */
static void
add_tools (JsonBuilder *builder)
{
  g_autofree char *gnuplot = vr_plot_engine ();
  begin (builder, "tools");
  vr_json_add_string (builder, "gnuplot", gnuplot);
  json_builder_end_object (builder);
}

static void
add_experiment (JsonBuilder *builder, const VrRunTable *table)
{
  const VrExperiment *experiment = table->experiment;
  g_autofree char *digest = vr_digest_text (experiment->text);
  begin (builder, "experiment");
  vr_json_add_string (builder, "name", experiment->name);
  vr_json_add_string (builder, "sha256", digest);
  vr_json_add_string (builder, "path", experiment->path);
  vr_json_add_string (builder, "profile",
                      experiment->bundle != NULL ? experiment->bundle : experiment->profile);
  vr_json_add_number (builder, "seed", experiment->seed);
  vr_json_add_number (builder, "repetitions", table->repetitions);
  vr_json_add_number (builder, "runs", table->runs->len);
  json_builder_end_object (builder);
}

JsonNode *
vr_campaign_manifest_new (const VrSite *site, const VrRunTable *table, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) images = images_of (table);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.manifest/1");
  if (!add_host (builder, site->root_dir, error)
      || !add_versions (builder, site, table, images->len > 0, error)
      || !add_images (builder, site, images, error))
    return NULL;
  add_tools (builder);
  add_experiment (builder, table);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

char *
vr_campaign_manifest_difference (JsonNode *then, JsonNode *now)
{
  return vr_json_difference (json_node_get_object (then), json_node_get_object (now), same_parts);
}
