/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-calibration-origin.h"

#include <string.h>

#include "config/vr-item.h"
#include "config/vr-profile.h"
#include "host/vr-host.h"
#include "image/vr-image.h"
#include "lab/vr-guest-facts.h"
#include "lab/vr-inspect.h"

static const char *const parts[] = { "host", "versions", "image", "profile", NULL };

/* Keys of a port that only the test's far end has to do with. */
static const char *const far_end_keys[] = { "test-address", "test-gateway", NULL };

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

/* --- The profile --------------------------------------------------------------------------------
 */

/* The group's part of the path grammar, "port.left", where it counts; else NULL. The caller owns
 * it. */
static char *
path_of (const char *head, const VrRouter *router)
{
  g_autofree char *inside = g_strndup (head + 1, strcspn (head, "]") - 1);
  g_auto (GStrv) words = g_strsplit (inside, " ", 2);
  if (words[1] == NULL)
    return strcmp (words[0], "host") == 0 ? g_strdup (words[0]) : NULL;
  const char *group = router->pvr != NULL ? "pvr" : router->msr != NULL ? "msr" : "router";
  gboolean counts
      = strcmp (words[0], "port") == 0
            ? vr_router_interface (vr_router_declared (router), words[1]) != NULL
            : strcmp (words[0], group) == 0 && strcmp (words[1], vr_router_outward (router)) == 0;
  return counts ? g_strjoin (".", words[0], words[1], NULL) : NULL;
}

/* How many members or back-ends there are, and what each of these gets, is nothing to one. */
static gboolean
is_of_number (const char *path, const char *key)
{
  static const char *const msr_keys[] = { "routers", "weights", NULL };
  return g_str_has_prefix (path, "msr.")
             ? g_strv_contains (msr_keys, key)
             : g_str_has_prefix (path, "pvr.") && strcmp (key, "members") == 0;
}

/* A key that stands several times has all its values. */
static void
add_line (GHashTable *keys, const char *path, const char *line)
{
  const char *equals = strstr (line, " = ");
  if (equals == NULL)
    return;
  g_autofree char *key = g_strndup (line, (gsize) (equals - line));
  if (g_str_has_prefix (path, "port.") && g_strv_contains (far_end_keys, key))
    return;
  if (is_of_number (path, key))
    return;
  char *name = g_strjoin (".", path, key, NULL);
  const char *before = g_hash_table_lookup (keys, name);
  char *value = before != NULL ? g_strjoin ("; ", before, equals + 3, NULL) : g_strdup (equals + 3);
  g_hash_table_replace (keys, name, value);
}

static void
add_groups (GHashTable *keys, const VrLab *lab, const VrRouter *router)
{
  g_autofree char *text = vr_profile_print (lab);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *path = NULL;
  for (char **line = lines; *line != NULL; line++) {
    if (**line == '[') {
      g_free (path);
      path = path_of (*line, router);
    } else if (path != NULL) {
      add_line (keys, path, *line);
    }
  }
}

static gboolean
has_only_cpus (const VrThreadSchedule *thread)
{
  return (thread->policy == VR_POLICY_OTHER && thread->nice == 0)
         || thread->policy == VR_POLICY_DEADLINE || thread->policy == VR_POLICY_QUOTA;
}

/* Of a PVR's member, or an MSR's back-end, that of all: what is of one alone is where it was put.
 */
static void
add_schedule (GHashTable *keys, const VrLab *lab, const VrRouter *router)
{
  const char *name = vr_router_outward (router);
  const VrSchedule *schedule = vr_lab_schedule (lab, name);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *thread = schedule->threads->pdata[i];
    g_autofree char *line = vr_item_print (VR_VALUE_THREADS, thread);
    g_autofree char *selector = vr_thread_selector_print (&thread->selector);
    const char *cpus = strchr (line, '@');
    const char *value = has_only_cpus (thread) ? cpus : strstr (line, " = ") + 3;
    if (value != NULL && strcmp (value, "@auto") != 0)
      g_hash_table_replace (keys, g_strjoin (".", "schedule", name, selector, NULL),
                            g_strdup (value));
  }
}

JsonNode *
vr_calibration_origin_profile (const VrLab *lab, const VrRouter *router)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  add_groups (keys, lab, router);
  add_schedule (keys, lab, router);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (keys), (GCompareFunc) strcmp);
  json_builder_begin_object (builder);
  for (GList *name = names; name != NULL; name = name->next)
    vr_json_add_string (builder, name->data, g_hash_table_lookup (keys, name->data));
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

/* --- The machine --------------------------------------------------------------------------------
 */

static gboolean
is_kvm (const VrSite *site, const VrHost *host, const VrRouter *router)
{
  VrKvmProbe probe;
  if (router->accel != VR_ACCEL_AUTO)
    return router->accel == VR_ACCEL_KVM;
  vr_guest_facts_probe_kvm (site, host, &probe);
  return probe.usable;
}

static gboolean
add_host (JsonBuilder *builder, const VrSite *site, const VrRouter *router, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (site->root_dir, error);
  if (host == NULL)
    return FALSE;
  begin (builder, "host");
  vr_json_add_string (builder, "cpu_model", host->cpu_model);
  vr_json_add_string (builder, "cpus_online", host->cpus_online);
  vr_json_add_string (builder, "cpus_isolated", host->cpus_isolated);
  vr_json_add_string (builder, "kernel", host->kernel_release);
  vr_json_add_string (builder, "accel", is_kvm (site, host, router) ? "kvm" : "tcg");
  vr_json_add_boolean (builder, "vhost", host->has_dev_vhost_net);
  json_builder_end_object (builder);
  return TRUE;
}

static gboolean
add_versions (JsonBuilder *builder, const VrSite *site, const char *lab, GError **error)
{
  g_autofree char *libvirt = NULL, *hypervisor = NULL;
  g_autoptr (VrVirt) virt = vr_inspect_virt (site, lab, error);
  if (virt == NULL || !vr_virt_version (virt, &libvirt, &hypervisor, error))
    return FALSE;
  begin (builder, "versions");
  vr_json_add_string (builder, "hypervisor", hypervisor);
  json_builder_end_object (builder);
  return TRUE;
}

static gboolean
add_image (JsonBuilder *builder, const VrSite *site, const VrRouter *router, GError **error)
{
  g_autoptr (VrImage) image
      = vr_image_open (site->images_dir, router->image, VR_IMAGE_DIGEST, error);
  if (image == NULL)
    return FALSE;
  begin (builder, "image");
  vr_json_add_string (builder, "name", image->name);
  vr_json_add_string (builder, "sha256", image->digest);
  json_builder_end_object (builder);
  return TRUE;
}

JsonNode *
vr_calibration_origin_new (const VrSite *site, const VrLab *lab, const VrRouter *router,
                           GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  if (!add_host (builder, site, router, error) || !add_versions (builder, site, lab->name, error)
      || !add_image (builder, site, router, error))
    return NULL;
  json_builder_set_member_name (builder, "profile");
  json_builder_add_value (builder, vr_calibration_origin_profile (lab, router));
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

char *
vr_calibration_origin_difference (JsonNode *then, JsonNode *now)
{
  return vr_json_difference (json_node_get_object (then), json_node_get_object (now), parts);
}
