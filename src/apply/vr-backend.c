/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-backend.h"

static const char *const none[] = { NULL };
static const char *const veth_fixed[] = { "peer", "peer-netns", "peer-mac", NULL };
static const char *const macvtap_fixed[] = { "lower", "mode", "mac", NULL };
static const char *const tap_fixed[] = { "multi-queue", NULL };
static const char *const ovs_bridge_fixed[] = { "datapath", NULL };
static const char *const ovs_port_fixed[] = { "bridge", "type", "options", NULL };
static const char *const config_fixed[] = { "sha256", "initrd", NULL };
static const char *const domain_fixed[] = { "digest", "state", "pvr", NULL };
static const char *const exclusive_fixed[] = { "thread", NULL };
static const char *const thread_fixed[] = { "exclusive", NULL };
static const char *const value_fixed[] = { "via", "ifname", "mac", NULL };

/* Parts in a million of a CPU that a reservation takes. */
static gint64
bandwidth (GVariant *strings)
{
  const char *runtime = vr_op_lookup (strings, "runtime-ns");
  const char *period = vr_op_lookup (strings, "period-ns");
  guint64 runtime_ns, period_ns;
  if (runtime == NULL || period == NULL
      || !g_ascii_string_to_unsigned (runtime, 10, 0, G_MAXINT64, &runtime_ns, NULL)
      || !g_ascii_string_to_unsigned (period, 10, 1, G_MAXINT64, &period_ns, NULL))
    return 0;
  return (gint64) (1e6 * (double) runtime_ns / (double) period_ns);
}

/* What of each second the thread's group is granted: of that of all guests, as above. */
static gint64
granted (GVariant *strings)
{
  const char *runtime = vr_op_lookup (strings, "rt-runtime-us");
  guint64 runtime_us;
  return runtime != NULL
                 && g_ascii_string_to_unsigned (runtime, 10, 0, G_MAXINT32, &runtime_us, NULL)
             ? (gint64) runtime_us
             : 0;
}

/* Above all bandwidths. */
#define WHOLE_CPU (G_GINT64_CONSTANT (1) << 32)

/* A CPU cannot be one thread's alone as long as another of the guest is bound to it. */
static gint64
thread_takes (const VrOp *op, GVariant *found)
{
  gint64 alone = vr_op_get (op, "exclusive") != NULL ? WHOLE_CPU : 0;
  return alone + bandwidth (op->want) - bandwidth (found) + granted (op->want) - granted (found);
}

/* How many calls libvirtd gets at once is for sys/vr-virt to say; waiting costs nothing. */
#define GUESTS_AT_ONCE 16
#define WAITS_AT_ONCE 64

static const VrOpTraits traits[VR_OP_KINDS] = {
  [VR_OP_KNOB] = { none, VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_RT_RUNTIME] = { none, VR_OP_LASTS | VR_OP_LATE, 1 },
  [VR_OP_NETNS] = { none, VR_OP_CREATES | VR_OP_LASTS, 1 },
  [VR_OP_VETH] = { veth_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_LINKS, 1 },
  [VR_OP_LINK] = { none, VR_OP_LASTS, 1 },
  [VR_OP_NIC] = { none, VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_BRIDGE] = { none, VR_OP_CREATES | VR_OP_LASTS | VR_OP_LINKS, 1 },
  [VR_OP_ENSLAVE] = { none, VR_OP_LASTS, 1 },
  [VR_OP_OVS_BRIDGE] = { ovs_bridge_fixed, VR_OP_CREATES | VR_OP_LASTS, 1 },
  [VR_OP_OVS_PORT] = { ovs_port_fixed, VR_OP_CREATES | VR_OP_LASTS, 1 },
  [VR_OP_MACVTAP] = { macvtap_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_LINKS, 1 },
  [VR_OP_TAP] = { tap_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_LINKS, 1 },
  [VR_OP_MACVLAN] = { macvtap_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_LINKS, 1 },
  [VR_OP_OFFLOADS] = { none, VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_SYSCTL] = { none, VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_ADDRESS] = { none, VR_OP_CREATES | VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_NEIGHBOUR] = { value_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_ROUTE] = { value_fixed, VR_OP_CREATES | VR_OP_LASTS | VR_OP_GOES, 1 },
  [VR_OP_CONFIG] = { config_fixed, VR_OP_CREATES | VR_OP_LASTS, 1 },
  [VR_OP_DOMAIN] = { domain_fixed, VR_OP_CREATES | VR_OP_LASTS, GUESTS_AT_ONCE },
  [VR_OP_READY] = { none, VR_OP_GOES, WAITS_AT_ONCE },
  [VR_OP_EXCLUSIVE] = { exclusive_fixed, VR_OP_LASTS | VR_OP_LATE, 1 },
  [VR_OP_THREAD] = { thread_fixed, VR_OP_LASTS | VR_OP_GOES, 1, thread_takes },
};

const VrOpTraits *
vr_op_traits (VrOpKind kind)
{
  return &traits[kind];
}

gboolean
vr_op_is_so (const VrOp *op, GVariant *found, const char **key)
{
  GVariantIter iter;
  const char *name, *value;
  if (found == NULL) {
    if (key != NULL)
      *key = "existence";
    return FALSE;
  }
  /* A first lookup in it would flatten it, and free the strings that the loop has. */
  g_variant_get_data (op->want);
  g_variant_iter_init (&iter, op->want);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    if (g_strcmp0 (vr_op_lookup (found, name), value) != 0) {
      if (key != NULL)
        *key = name;
      return FALSE;
    }
  return TRUE;
}

gboolean
vr_op_must_remake (VrOpKind kind, GVariant *want, GVariant *found)
{
  for (const char *const *key = traits[kind].fixed; *key != NULL; key++) {
    const char *wanted = vr_op_lookup (want, *key);
    if (wanted != NULL && g_strcmp0 (wanted, vr_op_lookup (found, *key)) != 0)
      return TRUE;
  }
  return FALSE;
}

void
vr_backend_warn (const VrBackend *backend, const VrOp *op, const GError *cause)
{
  if (backend->warn != NULL)
    backend->warn (op, cause, backend->warn_data);
}
