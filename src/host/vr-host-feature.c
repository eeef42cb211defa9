/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the running kernel can do, told without loading or asking anything: what is loaded has made
 * something of its own, at least in /sys/module; modules.builtin and modules.dep list what is built
 * in and what can be loaded; the kernel's configuration tells the rest. */
#include "host/vr-host-parts.h"

#include <gio/gio.h>
#include <string.h>

#include "host/vr-root.h"

typedef struct {
  const char *name;   /* for people */
  const char *module; /* as in /sys/module and in the file's name; NULL: part of another */
  const char *config; /* the option's name */
  const char *trace;  /* what it makes even where it is built in; NULL: nothing */
} Row;

static const Row rows[VR_HOST_FEATURES] = {
  [VR_HOST_FEATURE_MACVTAP] = { "macvtap", "macvtap", "CONFIG_MACVTAP", "sys/class/macvtap" },
  [VR_HOST_FEATURE_VHOST_NET] = { "vhost-net", "vhost_net", "CONFIG_VHOST_NET", NULL },
  [VR_HOST_FEATURE_TUN] = { "tun", "tun", "CONFIG_TUN", "sys/class/misc/tun" },
  [VR_HOST_FEATURE_VETH] = { "veth", "veth", "CONFIG_VETH", NULL },
  [VR_HOST_FEATURE_BRIDGE] = { "bridge", "bridge", "CONFIG_BRIDGE", NULL },
  [VR_HOST_FEATURE_BRIDGE_VLANS]
  = { "VLANs of bridges", NULL, "CONFIG_BRIDGE_VLAN_FILTERING", NULL },
  [VR_HOST_FEATURE_OPENVSWITCH] = { "openvswitch", "openvswitch", "CONFIG_OPENVSWITCH", NULL },
  [VR_HOST_FEATURE_PKTGEN] = { "pktgen", "pktgen", "CONFIG_NET_PKTGEN", "proc/net/pktgen" },
};

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

static char *
read_config (const VrHost *host)
{
  char *config = read_config_gz (host->root);
  return config != NULL ? config
                        : vr_root_textf (host->root, "boot/config-%s", host->kernel_release);
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

static gboolean
is_loaded (const char *root, const Row *row)
{
  g_autofree char *loaded = g_build_filename ("sys/module", row->module, NULL);
  return vr_root_has (root, loaded) || (row->trace != NULL && vr_root_has (root, row->trace));
}

/* What is part of another module is in no list. */
static VrHostHas
configured (const VrHost *host, const char *option)
{
  g_autofree char *config = read_config (host);
  char value = config_value (config, option);
  return value == 'y' ? VR_HOST_YES : value == '?' ? VR_HOST_UNKNOWN : VR_HOST_NO;
}

/* The configuration is unpacked last: the lists have most answers. */
VrHostHas
vr_host_feature (const VrHost *host, VrHostFeature feature)
{
  const Row *row = &rows[feature];
  if (row->module == NULL)
    return configured (host, row->config);
  if (is_loaded (host->root, row))
    return VR_HOST_YES;
  g_autofree char *builtin
      = vr_root_textf (host->root, "lib/modules/%s/modules.builtin", host->kernel_release);
  g_autofree char *loadable
      = vr_root_textf (host->root, "lib/modules/%s/modules.dep", host->kernel_release);
  if (lists_module (builtin, row->module) || lists_module (loadable, row->module))
    return VR_HOST_YES;
  g_autofree char *config = read_config (host);
  char value = config_value (config, row->config);
  if (value == 'y')
    return VR_HOST_YES;
  /* A module that no list has is not installed. */
  gboolean is_listed_wholly = builtin != NULL && loadable != NULL;
  return value == '?' && !is_listed_wholly ? VR_HOST_UNKNOWN : VR_HOST_NO;
}

const char *
vr_host_feature_text (VrHostFeature feature)
{
  return rows[feature].name;
}
