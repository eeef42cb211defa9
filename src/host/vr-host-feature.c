/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the running kernel can do, told without loading or asking anything: a loaded module is in
 * /sys/module; modules.builtin and modules.dep list what is built in and what can be loaded; the
 * kernel's configuration tells the rest. */
#include "host/vr-host-parts.h"

#include <gio/gio.h>
#include <string.h>

#include "host/vr-root.h"

typedef struct {
  const char *name;   /* for people */
  const char *module; /* as in /sys/module and in the file's name */
  const char *config; /* the option's name */
} Row;

static const Row rows[VR_HOST_FEATURES] = {
  [VR_HOST_FEATURE_MACVTAP] = { "macvtap", "macvtap", "CONFIG_MACVTAP" },
  [VR_HOST_FEATURE_VHOST_NET] = { "vhost-net", "vhost_net", "CONFIG_VHOST_NET" },
  [VR_HOST_FEATURE_TUN] = { "tun", "tun", "CONFIG_TUN" },
  [VR_HOST_FEATURE_VETH] = { "veth", "veth", "CONFIG_VETH" },
  [VR_HOST_FEATURE_BRIDGE] = { "bridge", "bridge", "CONFIG_BRIDGE" },
  [VR_HOST_FEATURE_OPENVSWITCH] = { "openvswitch", "openvswitch", "CONFIG_OPENVSWITCH" },
  [VR_HOST_FEATURE_PKTGEN] = { "pktgen", "pktgen", "CONFIG_NET_PKTGEN" },
};

/* Texts of the running kernel's release, each NULL where it cannot be read. The configuration is
 * unpacked only once it is asked for: the lists have most answers. */
typedef struct {
  const char *root, *release; /* borrowed */
  char *builtin, *loadable, *config;
  gboolean has_read_config;
} Sources;

static void
sources_clear (Sources *sources)
{
  g_free (sources->builtin);
  g_free (sources->loadable);
  g_free (sources->config);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sources, sources_clear)

static char *
read_config_gz (const char *root)
{
  g_autofree char *path = g_build_filename (root, "proc/config.gz", NULL);
  char *bytes;
  gsize length;
  if (!g_file_get_contents (path, &bytes, &length, NULL))
    return NULL;
  g_autoptr (GInputStream) packed
      = g_memory_input_stream_new_from_data (bytes, (gssize) length, g_free);
  g_autoptr (GZlibDecompressor) zlib = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) plain = g_converter_input_stream_new (packed, G_CONVERTER (zlib));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  if (g_output_stream_splice (memory, plain, G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL) < 0
      || !g_output_stream_write_all (memory, "", 1, NULL, NULL, NULL)
      || !g_output_stream_close (memory, NULL, NULL))
    return NULL;
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
sources_read (Sources *sources, const char *root, const char *release)
{
  sources->root = root;
  sources->release = release;
  sources->builtin = vr_root_textf (root, "lib/modules/%s/modules.builtin", release);
  sources->loadable = vr_root_textf (root, "lib/modules/%s/modules.dep", release);
}

static const char *
config_of (Sources *sources)
{
  if (!sources->has_read_config) {
    sources->has_read_config = TRUE;
    sources->config = read_config_gz (sources->root);
    if (sources->config == NULL)
      sources->config = vr_root_textf (sources->root, "boot/config-%s", sources->release);
  }
  return sources->config;
}

/* Whether a list of module files, one a line, has PATH/MODULE.ko, perhaps compressed. */
static gboolean
lists_module (const char *list, const char *module)
{
  g_autofree char *file = g_strdup_printf ("/%s.ko", module);
  gsize length = strlen (file);
  const char *found = list != NULL ? strstr (list, file) : NULL;
  while (found != NULL && strchr (".:\n", found[length]) == NULL)
    found = strstr (found + length, file);
  return found != NULL;
}

/* 'y', 'm', 'n', or '?' where there is no configuration to read. */
static char
config_value (const char *config, const char *option)
{
  if (config == NULL)
    return '?';
  g_autofree char *line = g_strdup_printf ("\n%s=", option);
  const char *found = strstr (config, line);
  return found != NULL ? found[strlen (line)] : 'n';
}

static VrHostHas
judge (const Row *row, Sources *sources)
{
  g_autofree char *loaded = g_build_filename ("sys/module", row->module, NULL);
  if (vr_root_has (sources->root, loaded) || lists_module (sources->builtin, row->module)
      || lists_module (sources->loadable, row->module))
    return VR_HOST_YES;
  char value = config_value (config_of (sources), row->config);
  if (value == 'y')
    return VR_HOST_YES;
  /* A module that no list has is not installed. */
  gboolean is_listed_wholly = sources->builtin != NULL && sources->loadable != NULL;
  return value == '?' && !is_listed_wholly ? VR_HOST_UNKNOWN : VR_HOST_NO;
}

void
vr_host_read_features (VrHost *host, const char *root)
{
  g_auto (Sources) sources = { NULL };
  sources_read (&sources, root, host->kernel_release);
  for (guint i = 0; i < VR_HOST_FEATURES; i++)
    host->features[i] = judge (&rows[i], &sources);
}

const char *
vr_host_feature_text (VrHostFeature feature)
{
  return rows[feature].name;
}
