/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-item.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-item-routing.h"
#include "config/vr-item-thread.h"

/* A million routes of one line. */
#define SPLIT_BITS_MAX 20

#define SYSCTL_NAME_MAX 128
#define SYSCTL_VALUE_MAX 256

char **
vr_item_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (words, *part);
  return g_strv_builder_end (words);
}

gboolean
vr_item_check_host (const VrPrefix *address, GError **error)
{
  if (vr_prefix_is_host (address) && address->length > 0)
    return TRUE;
  char text[VR_PREFIX_TEXT_SIZE];
  return vr_name_refuse (
      error, vr_prefix_print (address, text),
      "is not an address that a host can bear: not the network's own, nor broadcast, "
      "multicast, loopback or zero");
}

static gboolean
read_mac (const char *text, VrMac *mac, GError **error)
{
  if (!vr_mac_parse (text, mac, error))
    return FALSE;
  if (vr_mac_is_unicast (mac))
    return TRUE;
  return vr_name_refuse (
      error, text, "is not the address of one card: its first byte is even, and it is not zero");
}

static gboolean
read_queues (const char *word, VrInterface *interface, GError **error)
{
  guint64 queues;
  if (interface->queues != 0)
    return vr_name_refuse (error, word, "is a second number of queues of this interface: give one");
  if (!g_ascii_string_to_unsigned (word + strlen ("queues="), 10, 1, VR_INTERFACE_QUEUES_MAX,
                                   &queues, NULL))
    return vr_name_refuse (error, word, "is not queues=N, with a number from 1 to %d",
                           VR_INTERFACE_QUEUES_MAX);
  interface->queues = (guint) queues;
  return TRUE;
}

static gboolean
read_interface_word (const char *word, VrInterface *interface, GError **error)
{
  static const VrMac none;
  VrPrefix address;
  if (g_str_has_prefix (word, "mac=")) {
    if (memcmp (&interface->mac, &none, sizeof none) != 0)
      return vr_name_refuse (error, word, "is a second MAC address of this interface: give one");
    return read_mac (word + strlen ("mac="), &interface->mac, error);
  }
  if (g_str_has_prefix (word, "queues="))
    return read_queues (word, interface, error);
  if (!vr_prefix_parse (word, &address, error) || !vr_item_check_host (&address, error))
    return FALSE;
  g_array_append_val (interface->addresses, address);
  return TRUE;
}

static gpointer
read_interface (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  g_autoptr (VrInterface) interface = vr_interface_new ();
  if (!vr_name_check ("port", words[0], error))
    return NULL;
  interface->origin = value->origin;
  interface->port = g_strdup (words[0]);
  for (char **word = words + 1; *word != NULL; word++)
    if (!read_interface_word (*word, interface, error))
      return NULL;
  return g_steal_pointer (&interface);
}

static gboolean
read_destination (const char *text, VrRoute *route, GError **error)
{
  if (strcmp (text, "default") == 0 && route->has_via) {
    route->destination = (VrPrefix){ .family = route->via.family };
    return TRUE;
  }
  if (!vr_prefix_parse (text, &route->destination, error))
    return FALSE;
  if (vr_prefix_is_network (&route->destination))
    return TRUE;
  VrPrefix network = vr_prefix_network (&route->destination);
  char suggestion[VR_PREFIX_TEXT_SIZE];
  return vr_name_refuse (error, text,
                         "is an address in a network, not a network: did you mean \"%s\"?",
                         vr_prefix_print (&network, suggestion));
}

static gboolean
read_gateway (const char *text, VrRoute *route, GError **error)
{
  route->has_via = TRUE;
  return vr_prefix_parse_address (text, &route->via, error)
         && vr_item_check_host (&route->via, error);
}

/* "/LENGTH": one route for each network of that length in the destination. */
static gboolean
read_split (const char *word, VrRoute *route, GError **error)
{
  guint64 length;
  guint longest = route->destination.family == AF_INET ? 32 : 128;
  if (word[0] != '/' || !g_ascii_string_to_unsigned (word + 1, 10, 0, longest, &length, NULL)
      || length <= route->whole_length)
    return vr_name_refuse (error, word, "is not /LENGTH, with a length from %u to %u",
                           route->whole_length + 1, longest);
  if (length - route->whole_length > SPLIT_BITS_MAX)
    return vr_name_refuse (error, word, "would make more than %u routes of one: take /%u",
                           1U << SPLIT_BITS_MAX, route->whole_length + SPLIT_BITS_MAX);
  route->count = 1U << (length - route->whole_length);
  route->destination.length = (guint) length;
  return TRUE;
}

static gpointer
read_route (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  guint count = g_strv_length (words);
  gboolean split = count == 5 && strcmp (words[1], "by") == 0;
  char **way = words + (split ? 3 : 1);
  gboolean via = (count == 3 || split) && strcmp (way[0], "via") == 0;
  gboolean dev = (count == 3 || split) && strcmp (way[0], "dev") == 0;
  g_autoptr (VrRoute) route = g_new0 (VrRoute, 1);
  route->origin = value->origin;
  route->count = 1;
  if (!via && !dev) {
    vr_name_refuse (error, value->text, "is not %s", vr_item_syntax (VR_VALUE_ROUTES));
    return NULL;
  }
  if (via ? !read_gateway (way[1], route, error) : !vr_name_check ("port", way[1], error))
    return NULL;
  if (dev)
    route->port = g_strdup (way[1]);
  if (!read_destination (words[0], route, error))
    return NULL;
  route->whole_length = route->destination.length;
  if (split && !read_split (words[2], route, error))
    return NULL;
  if (via && route->via.family != route->destination.family) {
    vr_name_refuse (error, value->text,
                    "mixes IPv4 and IPv6: destination and gateway are of one kind");
    return NULL;
  }
  return g_steal_pointer (&route);
}

static gpointer
read_neighbour (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  g_autoptr (VrNeighbour) neighbour = g_new0 (VrNeighbour, 1);
  neighbour->origin = value->origin;
  if (g_strv_length (words) != 3) {
    vr_name_refuse (error, value->text, "is not %s", vr_item_syntax (VR_VALUE_NEIGHBOURS));
    return NULL;
  }
  if (!vr_prefix_parse_address (words[0], &neighbour->address, error)
      || !vr_item_check_host (&neighbour->address, error)
      || !read_mac (words[1], &neighbour->mac, error) || !vr_name_check ("port", words[2], error))
    return NULL;
  neighbour->port = g_strdup (words[2]);
  return g_steal_pointer (&neighbour);
}

/* No path can come of it: a separator stands only between two other characters. */
static gboolean
check_sysctl_name (const char *name, GError **error)
{
  static const char *const roots[] = { "net.", "kernel.", "vm.", NULL };
  gboolean good = FALSE;
  for (guint i = 0; roots[i] != NULL; i++)
    good = good || g_str_has_prefix (name, roots[i]);
  gsize length = strlen (name);
  good = good && length <= SYSCTL_NAME_MAX
         && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_./-") == length
         && strchr ("./", name[length - 1]) == NULL;
  for (const char *p = name; good && *p != '\0'; p++)
    good = strchr ("./", p[0]) == NULL || strchr ("./", p[1]) == NULL;
  if (good)
    return TRUE;
  return vr_name_refuse (
      error, name,
      "is not a sysctl that a profile may set: it begins with net., kernel. or vm. and "
      "has at most %d characters of a-z, 0-9, _, -, and between them . and /",
      SYSCTL_NAME_MAX);
}

static gboolean
check_sysctl_value (const char *text, GError **error)
{
  gboolean good = strlen (text) <= SYSCTL_VALUE_MAX;
  for (const char *p = text; good && *p != '\0'; p++)
    good = g_ascii_isprint (*p);
  if (good)
    return TRUE;
  return vr_name_refuse (error, text,
                         "is not a sysctl's value: at most %d printable ASCII characters",
                         SYSCTL_VALUE_MAX);
}

static gpointer
read_sysctl (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  if (words[1] == NULL) {
    vr_name_refuse (error, value->text, "is not %s", vr_item_syntax (VR_VALUE_SYSCTLS));
    return NULL;
  }
  g_autofree char *text = g_strjoinv (" ", words + 1);
  if (!check_sysctl_name (words[0], error) || !check_sysctl_value (text, error))
    return NULL;
  VrSysctl *setting = g_new0 (VrSysctl, 1);
  setting->origin = value->origin;
  setting->name = g_strdup (words[0]);
  setting->value = g_steal_pointer (&text);
  return setting;
}

static char *
print_interface (gconstpointer item)
{
  const VrInterface *interface = item;
  static const VrMac none;
  GString *text = g_string_new (interface->port);
  for (guint i = 0; i < interface->addresses->len; i++) {
    char address[VR_PREFIX_TEXT_SIZE];
    const VrPrefix *prefix = &g_array_index (interface->addresses, VrPrefix, i);
    g_string_append_printf (text, " %s", vr_prefix_print (prefix, address));
  }
  char mac[VR_MAC_TEXT_SIZE];
  if (memcmp (&interface->mac, &none, sizeof none) != 0)
    g_string_append_printf (text, " mac=%s", vr_mac_print (&interface->mac, mac));
  if (interface->queues != 0)
    g_string_append_printf (text, " queues=%u", interface->queues);
  return g_string_free (text, FALSE);
}

static char *
print_route (gconstpointer item)
{
  const VrRoute *route = item;
  VrPrefix whole = route->destination;
  char destination[VR_PREFIX_TEXT_SIZE], via[VR_PREFIX_TEXT_SIZE], split[16] = "";
  whole.length = route->whole_length;
  vr_prefix_print (&whole, destination);
  if (route->count > 1)
    g_snprintf (split, sizeof split, " by /%u", route->destination.length);
  if (!route->has_via)
    return g_strdup_printf ("%s%s dev %s", destination, split, route->port);
  return g_strdup_printf ("%s%s via %s", destination, split,
                          vr_prefix_print_address (&route->via, via));
}

static char *
print_neighbour (gconstpointer item)
{
  const VrNeighbour *neighbour = item;
  char address[VR_PREFIX_TEXT_SIZE], mac[VR_MAC_TEXT_SIZE];
  return g_strdup_printf ("%s %s %s", vr_prefix_print_address (&neighbour->address, address),
                          vr_mac_print (&neighbour->mac, mac), neighbour->port);
}

static char *
print_sysctl (gconstpointer item)
{
  const VrSysctl *setting = item;
  return g_strdup_printf ("%s %s", setting->name, setting->value);
}

static gpointer
read_port_cpus (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  if (g_strv_length (words) != 2) {
    vr_name_refuse (error, value->text, "is not %s", vr_item_syntax (VR_VALUE_PORT_CPUS));
    return NULL;
  }
  g_autoptr (VrPortCpus) item = g_new0 (VrPortCpus, 1);
  item->origin = value->origin;
  item->port = g_strdup (words[0]);
  if (!vr_name_check ("port", words[0], error))
    return NULL;
  if (strcmp (words[1], "auto") == 0)
    return g_steal_pointer (&item);
  item->cpus = vr_cpu_list_parse (words[1]);
  if (item->cpus == NULL) {
    vr_name_refuse (error, words[1], "is not a list of CPUs, as 1, 1-3 or 1,3, and not auto");
    return NULL;
  }
  return g_steal_pointer (&item);
}

static char *
print_port_cpus (gconstpointer data)
{
  const VrPortCpus *item = data;
  g_autofree char *cpus = item->cpus != NULL ? vr_cpu_list_print (item->cpus) : g_strdup ("auto");
  return g_strdup_printf ("%s %s", item->port, cpus);
}

typedef struct {
  const char *syntax;
  gpointer (*read) (const VrValue *value, GError **error);
  char *(*print) (gconstpointer item);
} Item;

static const Item items[VR_VALUE_KINDS] = {
  [VR_VALUE_INTERFACES]
  = { "PORT [ADDRESS/LENGTH ...] [mac=MAC] [queues=N]", read_interface, print_interface },
  [VR_VALUE_ROUTES]
  = { "PREFIX via ADDRESS, default via ADDRESS, or PREFIX dev PORT; with PREFIX by /LENGTH one "
      "route for each network of that length in it",
      read_route, print_route },
  [VR_VALUE_NEIGHBOURS] = { "ADDRESS MAC PORT", read_neighbour, print_neighbour },
  [VR_VALUE_SYSCTLS] = { "NAME VALUE", read_sysctl, print_sysctl },
  [VR_VALUE_THREADS]
  = { "POLICY [ARGUMENTS] [@CPUS] [exclusive]", vr_item_read_thread, vr_item_print_thread },
  [VR_VALUE_PORT_CPUS] = { "PORT CPUS, or PORT auto", read_port_cpus, print_port_cpus },
  [VR_VALUE_OSPF] = { "PORT [area=AREA] [cost=N] [hello=SECONDS] [type=broadcast|point-to-point]",
                      vr_item_read_ospf, vr_item_print_ospf },
  [VR_VALUE_BGP] = { "ADDRESS as=N [hold=SECONDS]", vr_item_read_bgp, vr_item_print_bgp },
};

gpointer
vr_item_read (VrValueKind kind, const VrValue *value, GError **error)
{
  return items[kind].read (value, error);
}

char *
vr_item_print (VrValueKind kind, gconstpointer item)
{
  return items[kind].print (item);
}

const char *
vr_item_syntax (VrValueKind kind)
{
  return items[kind].syntax;
}
