/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-ovs.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "sys/vr-ovs-call.h"

#define PROGRAM "ovs-vsctl"
#define MARK "external_ids:vrkit="

gboolean
vr_ovs_is_installed (void)
{
  g_autofree char *path = g_find_program_in_path (PROGRAM);
  return path != NULL;
}

static gboolean
call (const char *const *arguments, char **answer, GError **error)
{
  return vr_ovs_call (PROGRAM, arguments, answer, error);
}

/* --- Reading: values as RFC 7047, section 5.1, has them ----------------------------------------
 */

static void
bridge_free (gpointer data)
{
  VrOvsBridge *bridge = data;
  g_free (bridge->name);
  g_free (bridge->alias);
  g_free (bridge->datapath);
  g_free (bridge);
}

static void
port_free (gpointer data)
{
  VrOvsPort *port = data;
  g_free (port->name);
  g_free (port->bridge);
  g_free (port->alias);
  g_free (port->type);
  g_free (port->options);
  g_free (port->problem);
  g_free (port);
}

void
vr_ovs_free (VrOvs *ovs)
{
  g_ptr_array_unref (ovs->bridges);
  g_ptr_array_unref (ovs->ports);
  g_free (ovs->poll_mask);
  g_free (ovs->version);
  g_free (ovs->dpdk_version);
  g_free (ovs);
}

/* A text; NULL for anything else, as for a set of none. */
static const char *
text_at (JsonArray *row, guint column)
{
  JsonNode *node = json_array_get_element (row, column);
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* A number; 0 for anything else, as for a set of none. */
static guint
number_at (JsonArray *row, guint column)
{
  JsonNode *node = json_array_get_element (row, column);
  return JSON_NODE_HOLDS_VALUE (node) ? (guint) json_node_get_int (node) : 0;
}

/* The elements of ["set", [...]] or ["map", [...]]; NULL for a single value. */
static JsonArray *
elements_at (JsonArray *row, guint column)
{
  JsonNode *node = json_array_get_element (row, column);
  JsonArray *pair = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (pair == NULL || json_array_get_length (pair) != 2
      || !JSON_NODE_HOLDS_ARRAY (json_array_get_element (pair, 1)))
    return NULL;
  return json_array_get_array_element (pair, 1);
}

/* The text of a map's key; the caller owns it. */
static char *
value_at (JsonArray *row, guint column, const char *key)
{
  JsonArray *map = elements_at (row, column);
  for (guint i = 0; map != NULL && i < json_array_get_length (map); i++) {
    JsonArray *pair = json_array_get_array_element (map, i);
    if (g_strcmp0 (text_at (pair, 0), key) == 0)
      return g_strdup (text_at (pair, 1));
  }
  return NULL;
}

static char *
alias_at (JsonArray *row, guint column)
{
  return value_at (row, column, "vrkit");
}

/* ["uuid", "..."] */
static const char *
uuid_of (JsonArray *pair)
{
  return json_array_get_length (pair) == 2 ? text_at (pair, 1) : NULL;
}

static void
add_uuid (GHashTable *bridge_of, JsonArray *pair, const VrOvsBridge *bridge)
{
  const char *uuid = uuid_of (pair);
  if (uuid != NULL)
    g_hash_table_insert (bridge_of, g_strdup (uuid), bridge->name);
}

/* Columns: name, datapath_type, external_ids, ports. */
static void
take_bridge (VrOvs *ovs, JsonArray *row, GHashTable *bridge_of)
{
  VrOvsBridge *bridge = g_new0 (VrOvsBridge, 1);
  const char *datapath = text_at (row, 1);
  bridge->name = g_strdup (text_at (row, 0));
  bridge->datapath = g_strdup (datapath == NULL || *datapath == '\0' ? "system" : datapath);
  bridge->alias = alias_at (row, 2);
  g_ptr_array_add (ovs->bridges, bridge);
  JsonArray *set = elements_at (row, 3);
  if (set == NULL)
    add_uuid (bridge_of, json_array_get_array_element (row, 3), bridge);
  for (guint i = 0; set != NULL && i < json_array_get_length (set); i++)
    add_uuid (bridge_of, json_array_get_array_element (set, i), bridge);
}

/* Columns: _uuid, name, external_ids, tag. */
static void
take_port (VrOvs *ovs, JsonArray *row, GHashTable *bridge_of)
{
  const char *name = text_at (row, 1);
  const char *bridge
      = g_hash_table_lookup (bridge_of, uuid_of (json_array_get_array_element (row, 0)));
  if (bridge == NULL || g_strcmp0 (name, bridge) == 0)
    return;
  VrOvsPort *port = g_new0 (VrOvsPort, 1);
  port->name = g_strdup (name);
  port->bridge = g_strdup (bridge);
  port->alias = alias_at (row, 2);
  port->vlan = number_at (row, 3);
  g_ptr_array_add (ovs->ports, port);
}

/* "KEY=VALUE" of a map, in its order, with blanks between. */
static char *
options_at (JsonArray *row, guint column)
{
  JsonArray *map = elements_at (row, column);
  GString *text = g_string_new (NULL);
  for (guint i = 0; map != NULL && i < json_array_get_length (map); i++) {
    JsonArray *pair = json_array_get_array_element (map, i);
    g_string_append_printf (text, "%s%s=%s", i > 0 ? " " : "", text_at (pair, 0),
                            text_at (pair, 1));
  }
  return g_string_free (text, FALSE);
}

/* Columns: name, ofport, error, type, options, mtu_request. The switch gives a number to each port
 * that it has opened, and -1 to one that it cannot (ovs-vswitchd.conf.db(5), Interface, ofport). */
static void
take_interface (VrOvs *ovs, JsonArray *row, GHashTable *bridge_of)
{
  VrOvsPort *port = (VrOvsPort *) vr_ovs_port (ovs, text_at (row, 0));
  JsonNode *number = json_array_get_element (row, 1);
  const char *problem = text_at (row, 2);
  (void) bridge_of;
  if (port == NULL)
    return;
  port->type = g_strdup (text_at (row, 3));
  port->options = options_at (row, 4);
  port->mtu = number_at (row, 5);
  if (JSON_NODE_HOLDS_VALUE (number) && json_node_get_int (number) > 0)
    return;
  port->problem = g_strdup (problem != NULL ? problem : "the switch has not opened it");
}

#define SWITCH_COLUMNS "--columns=dpdk_initialized,other_config,ovs_version,dpdk_version"

static void
take_switch (VrOvs *ovs, JsonArray *row, GHashTable *bridge_of)
{
  JsonNode *node = json_array_get_element (row, 0);
  (void) bridge_of;
  ovs->has_dpdk = JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
  ovs->poll_mask = value_at (row, 1, "pmd-cpu-mask");
  ovs->version = g_strdup (text_at (row, 2));
  if (ovs->has_dpdk)
    ovs->dpdk_version = g_strdup (text_at (row, 3));
}

typedef void (*Take) (VrOvs *ovs, JsonArray *row, GHashTable *bridge_of);

/* One table's rows, a line of the answer. */
static gboolean
take_table (VrOvs *ovs, const char *line, Take take, GHashTable *bridge_of, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, line, -1, error)) {
    g_prefix_error (error, PROGRAM ": ");
    return FALSE;
  }
  JsonArray *rows
      = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "data");
  for (guint i = 0; i < json_array_get_length (rows); i++)
    take (ovs, json_array_get_array_element (rows, i), bridge_of);
  return TRUE;
}

VrOvs *
vr_ovs_read (GError **error)
{
  static const char *const arguments[] = { "--format=json",
                                           "--",
                                           "--columns=name,datapath_type,external_ids,ports",
                                           "list",
                                           "Bridge",
                                           "--",
                                           "--columns=_uuid,name,external_ids,tag",
                                           "list",
                                           "Port",
                                           "--",
                                           "--columns=name,ofport,error,type,options,mtu_request",
                                           "list",
                                           "Interface",
                                           "--",
                                           SWITCH_COLUMNS,
                                           "list",
                                           "Open_vSwitch",
                                           NULL };
  static const Take takes[] = { take_bridge, take_port, take_interface, take_switch };
  g_autofree char *answer = NULL;
  if (!call (arguments, &answer, error))
    return NULL;
  g_autoptr (VrOvs) ovs = g_new0 (VrOvs, 1);
  ovs->bridges = g_ptr_array_new_with_free_func (bridge_free);
  ovs->ports = g_ptr_array_new_with_free_func (port_free);
  g_autoptr (GHashTable) bridge_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (answer), "\n", -1);
  if (g_strv_length (lines) != G_N_ELEMENTS (takes)) {
    g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, PROGRAM " printed %u tables instead of %u",
                 g_strv_length (lines), (guint) G_N_ELEMENTS (takes));
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (takes); i++)
    if (!take_table (ovs, lines[i], takes[i], bridge_of, error))
      return NULL;
  return g_steal_pointer (&ovs);
}

const VrOvsBridge *
vr_ovs_bridge (const VrOvs *ovs, const char *name)
{
  for (guint i = 0; i < ovs->bridges->len; i++) {
    const VrOvsBridge *bridge = ovs->bridges->pdata[i];
    if (g_strcmp0 (bridge->name, name) == 0)
      return bridge;
  }
  return NULL;
}

const VrOvsPort *
vr_ovs_port (const VrOvs *ovs, const char *name)
{
  for (guint i = 0; i < ovs->ports->len; i++) {
    const VrOvsPort *port = ovs->ports->pdata[i];
    if (g_strcmp0 (port->name, name) == 0)
      return port;
  }
  return NULL;
}

const VrOvsPort *
vr_ovs_stranger (const VrOvs *ovs, const char *bridge, const char *lab)
{
  for (guint i = 0; i < ovs->ports->len; i++) {
    const VrOvsPort *port = ovs->ports->pdata[i];
    g_autofree char *owner = vr_name_lab_of_alias (port->alias);
    if (strcmp (port->bridge, bridge) == 0 && g_strcmp0 (owner, lab) != 0)
      return port;
  }
  return NULL;
}

/* --- Changing ----------------------------------------------------------------------------------
 */

/* As the program reads a text that is more than a word. */
static char *
mark_of (const char *alias)
{
  return g_strconcat (MARK "\"", alias, "\"", NULL);
}

gboolean
vr_ovs_add_bridge (const char *name, const char *datapath, const char *alias, GError **error)
{
  g_autofree char *mark = mark_of (alias), *type = g_strconcat ("datapath_type=", datapath, NULL);
  const char *const arguments[] = { "add-br", name, "--", "set", "Bridge", name, type, mark, NULL };
  return call (arguments, NULL, error);
}

gboolean
vr_ovs_delete_bridge (const VrOvs *ovs, const VrOvsBridge *bridge, GError **error)
{
  const char *const arguments[] = { "--if-exists", "del-br", bridge->name, NULL };
  g_autofree char *lab = vr_name_lab_of_alias (bridge->alias);
  const VrOvsPort *stranger = vr_ovs_stranger (ovs, bridge->name, lab);
  if (stranger == NULL)
    return call (arguments, NULL, error);
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "bridge %s of Open vSwitch, made as \"%s\", has a port %s that is not of lab %s, "
               "and would take it along: remove the port (ovs-vsctl del-port %s %s) and try again",
               bridge->name, bridge->alias, stranger->name, lab, bridge->name, stranger->name);
  return FALSE;
}

/* "COLUMN:KEY="VALUE"", as the program reads a text that is more than a word. */
static char *
option_of (const char *option)
{
  g_auto (GStrv) parts = g_strsplit (option, "=", 2);
  return g_strdup_printf ("options:%s=\"%s\"", parts[0], parts[1]);
}

gboolean
vr_ovs_add_port (const VrOvsPortSpec *spec, GError **error)
{
  g_autofree char *mark = mark_of (spec->alias), *tag = g_strdup_printf ("tag=%u", spec->vlan);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_add_many (builder, "add-port", spec->bridge, spec->name, "--", "set", "Port",
                           spec->name, mark, spec->vlan != 0 ? tag : NULL, NULL);
  if (spec->type != NULL) {
    g_autofree char *type = g_strconcat ("type=", spec->type, NULL);
    g_strv_builder_add_many (builder, "--", "set", "Interface", spec->name, type, NULL);
    g_autofree char *option = spec->option != NULL ? option_of (spec->option) : NULL;
    if (option != NULL)
      g_strv_builder_add (builder, option);
    g_autofree char *mtu = g_strdup_printf ("mtu_request=%u", spec->mtu);
    if (spec->mtu != 0)
      g_strv_builder_add (builder, mtu);
  }
  g_auto (GStrv) arguments = g_strv_builder_end (builder);
  return call ((const char *const *) arguments, NULL, error);
}

gboolean
vr_ovs_delete_port (const char *name, GError **error)
{
  const char *const arguments[] = { "--if-exists", "del-port", name, NULL };
  return call (arguments, NULL, error);
}
