/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-schema.h"

#include <string.h>

#include "base/vr-name.h"

G_STATIC_ASSERT (sizeof (VrSwitch) == sizeof (guint) && sizeof (VrAttach) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrMacvtapMode) == sizeof (guint) && sizeof (VrAccel) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VrRouterKind) == sizeof (guint) && sizeof (VrNicModel) == sizeof (guint));

static const char *const switch_words[] = { "auto", "on", "off", NULL };
static const char *const toggle_words[] = { "", "on", "off", NULL };
static const char *const attach_words[] = { "macvtap", "bridge", NULL };
static const char *const mode_words[] = { "bridge", "private", "vepa", "passthru", NULL };
static const char *const kind_words[] = { "guest", "native", NULL };
static const char *const accel_words[] = { "auto", "kvm", "tcg", NULL };
static const char *const nic_words[] = { "virtio", "e1000", NULL };

static gpointer
add_lab (VrLab *lab, char *name, VrOrigin origin)
{
  g_assert (name == NULL);
  lab->origin = origin;
  return lab;
}

static gpointer
add_port (VrLab *lab, char *name, VrOrigin origin)
{
  VrPort *port = vr_port_new ();
  port->name = name;
  port->origin = origin;
  vr_lab_add_port (lab, port);
  return port;
}

static gpointer
add_router (VrLab *lab, char *name, VrOrigin origin)
{
  VrRouter *router = vr_router_new ();
  router->name = name;
  router->origin = origin;
  vr_lab_add_router (lab, router);
  return router;
}

static const VrSchemaGroup groups[] = {
  { "lab", NULL, 1, "The lab as a whole. The group may be left out.", 0, 0, add_lab },
  { "port", "port", VR_LAB_PORTS_MAX,
    "A way into the lab: a network card of the host, or a pair of test interfaces. Inside a router "
    "the interface bears the name of its port, where a kernel takes that: at most 15 characters, "
    "and not lo, all, default, eth0 or the like.",
    G_STRUCT_OFFSET (VrLab, ports), G_STRUCT_OFFSET (VrPort, name), add_port },
  { "router", "router", VR_LAB_ROUTERS_MAX,
    "A virtual router: a guest, or a network namespace of the host.",
    G_STRUCT_OFFSET (VrLab, routers), G_STRUCT_OFFSET (VrRouter, name), add_router },
};

#define LAB(field) .group = "lab", .offset = G_STRUCT_OFFSET (VrLab, field)
#define PORT(field) .group = "port", .offset = G_STRUCT_OFFSET (VrPort, field)
#define ROUTER(field) .group = "router", .offset = G_STRUCT_OFFSET (VrRouter, field)

static const VrSchemaKey keys[] = {
  { LAB (name), .key = "name", .kind = VR_VALUE_NAME,
    .absent = "the profile's file name without .conf",
    .doc = "The lab's name, under which up, down and status know it." },
  { LAB (description), .key = "description", .kind = VR_VALUE_TEXT, .max = 256, .absent = "none",
    .doc = "A line for people." },

  { PORT (device), .key = "device", .kind = VR_VALUE_DEVICE, .presence = VR_KEY_REQUIRED,
    .doc = "The interface of the host that carries the port; or \"test\", which makes a veth pair "
           "whose far end lies in a network namespace vrkit-LAB-PORT." },
  { PORT (attach), .key = "attach", .kind = VR_VALUE_CHOICE, .words = attach_words,
    .fallback = "macvtap",
    .doc = "How routers are joined to the device: each by a macvtap on it, or each by a tap on a "
           "Linux bridge that the device belongs to." },
  { PORT (mode), .key = "mode", .kind = VR_VALUE_CHOICE, .words = mode_words, .fallback = "bridge",
    .doc
    = "The macvtap's mode. With passthru the one router of the port has the device for itself. "
      "Only with attach = macvtap." },
  /* The kernel's own limit: a ring of 2^22 bytes (KMALLOC_MAX_SIZE) of pointers,
   * include/linux/ptr_ring.h. */
  { PORT (queue_length), .key = "queue-length", .kind = VR_VALUE_NUMBER, .max = 524288,
    .fallback = "50",
    .doc = "Packets that the macvtap or tap of a router holds until the router takes them. 0 drops "
           "everything; long queues waste the CPU time of packets that are dropped later." },
  { PORT (mtu), .key = "mtu", .kind = VR_VALUE_NUMBER, .min = 68, .max = 65535,
    .absent = "the device's", .doc = "Bytes of an IP packet on the port." },
  { PORT (promiscuous), .key = "promiscuous", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "auto",
    .doc = "Whether the device takes frames for any MAC address; auto: where the attachment needs "
           "it." },
  { PORT (offloads), .key = "offloads", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "off",
    .doc = "Segmentation and checksum offloads of the device and of what is made on it: off is "
           "right for forwarding, auto leaves them as they are." },
  { PORT (test_addresses), .key = "test-address", .kind = VR_VALUE_PREFIXES, .list = VR_LIST_COMMAS,
    .max = 256, .absent = "none", .doc = "Addresses of the far end. Only with device = test." },
  { PORT (test_gateways), .key = "test-gateway", .kind = VR_VALUE_ADDRESSES, .list = VR_LIST_COMMAS,
    .max = 2, .absent = "none",
    .doc = "The far end's default routes, at most one for IPv4 and one for IPv6. Each lies in the "
           "network of a test-address. Only with device = test." },

  { ROUTER (kind), .key = "kind", .kind = VR_VALUE_CHOICE, .words = kind_words, .fallback = "guest",
    .doc = "A virtual machine; or native: the same router as a network namespace of the host, "
           "for which vcpus, memory, image, accel, emulator, nic-model and vhost mean nothing." },
  { ROUTER (vcpus), .key = "vcpus", .kind = VR_VALUE_NUMBER, .min = 1, .max = VR_ROUTER_VCPUS_MAX,
    .fallback = "1", .doc = "Virtual CPUs of the guest." },
  { ROUTER (memory_mib), .key = "memory", .kind = VR_VALUE_MEMORY, .min = 16, .max = 4 << 20,
    .fallback = "128M", .doc = "Memory of the guest, in whole MiB." },
  { ROUTER (image), .key = "image", .kind = VR_VALUE_NAME, .fallback = "router",
    .doc = "The guest image, see vrkit-image(5)." },
  { ROUTER (accel), .key = "accel", .kind = VR_VALUE_CHOICE, .words = accel_words,
    .fallback = "auto",
    .doc = "What runs the guest's instructions; auto: KVM where it works, else TCG." },
  { ROUTER (emulator), .key = "emulator", .kind = VR_VALUE_PATH, .max = 1024,
    .absent = "libvirt's choice", .doc = "The QEMU binary." },
  { ROUTER (nic_model), .key = "nic-model", .kind = VR_VALUE_CHOICE, .words = nic_words,
    .fallback = "virtio",
    .doc
    = "The guest's network cards. An e1000 carries an MTU of at most 16110 and has no vhost." },
  { ROUTER (vhost), .key = "vhost", .kind = VR_VALUE_CHOICE, .words = switch_words,
    .fallback = "auto",
    .doc = "Whether the host's kernel moves the guest's packets, else QEMU does; auto: where the "
           "host can." },
  { ROUTER (forwarding), .key = "forwarding", .kind = VR_VALUE_CHOICE, .words = toggle_words,
    .fallback = "on", .doc = "Whether the router forwards packets, IPv4 and IPv6." },
  { ROUTER (interfaces), .key = "interface", .kind = VR_VALUE_INTERFACES, .list = VR_LIST_COMMAS,
    .max = VR_ROUTER_INTERFACES_MAX, .absent = "none",
    .doc = "A network card on a port, with its addresses. Its MAC address, where none is given, is "
           "derived from the names of lab, router and port." },
  { ROUTER (routes), .key = "route", .kind = VR_VALUE_ROUTES, .list = VR_LIST_COMMAS,
    .max = 1000000, .absent = "none",
    .doc = "A route by a gateway on a connected network, or straight out of an interface." },
  { ROUTER (neighbours), .key = "neighbour", .kind = VR_VALUE_NEIGHBOURS, .list = VR_LIST_COMMAS,
    .max = 65536, .absent = "none",
    .doc = "A permanent neighbour, which need not be asked for by ARP or neighbour discovery." },
  { ROUTER (sysctls), .key = "sysctl", .kind = VR_VALUE_SYSCTLS, .list = VR_LIST_LINES, .max = 1024,
    .absent = "none",
    .doc = "A setting of the router's kernel, whose name begins with net., kernel. or vm.; only "
           "with net. in a native router, since the others are the host's. One a line: the value "
           "may hold commas." },
};

const VrSchemaGroup *
vr_schema_groups (guint *count)
{
  *count = G_N_ELEMENTS (groups);
  return groups;
}

const VrSchemaKey *
vr_schema_keys (guint *count)
{
  *count = G_N_ELEMENTS (keys);
  return keys;
}

const VrSchemaGroup *
vr_schema_group (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (strcmp (groups[i].name, group) == 0)
      return &groups[i];
  return NULL;
}

const VrSchemaKey *
vr_schema_key (const char *group, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0 && strcmp (keys[i].group, group) == 0)
      return &keys[i];
  return NULL;
}

static GPtrArray *
instances (const VrLab *lab, const VrSchemaGroup *group)
{
  return G_STRUCT_MEMBER (GPtrArray *, lab, group->list);
}

guint
vr_schema_instances (const VrLab *lab, const VrSchemaGroup *group)
{
  return group->noun == NULL ? 1 : instances (lab, group)->len;
}

gpointer
vr_schema_instance (const VrLab *lab, const VrSchemaGroup *group, guint index)
{
  return group->noun == NULL ? (gpointer) lab : instances (lab, group)->pdata[index];
}

const char *
vr_schema_suggest_group (const char *word)
{
  const char *words[G_N_ELEMENTS (groups) + 1] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    words[i] = groups[i].name;
  return vr_name_suggest (word, words);
}

const char *
vr_schema_suggest_key (const char *group, const char *word)
{
  const char *words[G_N_ELEMENTS (keys) + 1] = { NULL };
  guint used = 0;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].group, group) == 0)
      words[used++] = keys[i].key;
  return vr_name_suggest (word, words);
}
