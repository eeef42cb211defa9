/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-graph.h"

#include <string.h>

static const char *const format_names[]
    = { [VR_GRAPH_DOT] = "dot", [VR_GRAPH_MERMAID] = "mermaid" };

gboolean
vr_graph_format_parse (const char *text, VrGraphFormat *format)
{
  for (gsize i = 0; i < G_N_ELEMENTS (format_names); i++)
    if (strcmp (text, format_names[i]) == 0) {
      *format = (VrGraphFormat) i;
      return TRUE;
    }
  return FALSE;
}

/* What joins routers to the port, where it is no macvtap. */
static char *
port_label (const VrPort *port)
{
  if (port->attach == VR_ATTACH_MACVTAP)
    return g_strdup (port->device);
  if (port->vlan != 0)
    return g_strdup_printf ("%s, %s, VLAN %u", port->device, vr_attach_name (port->attach),
                            port->vlan);
  return g_strdup_printf ("%s, %s", port->device, vr_attach_name (port->attach));
}

/* Names hold only letters, digits and hyphens; in Mermaid a hyphen can begin an arrow. */
static char *
node_id (const char *role, const char *name)
{
  char *id = g_strconcat (role, "_", name, NULL);
  return g_strdelimit (id, "-", '_');
}

static void
add_node (GString *text, VrGraphFormat format, const char *role, const char *name,
          const char *label)
{
  gboolean is_port = strcmp (role, "port") == 0;
  g_autofree char *id = node_id (role, name);
  if (format == VR_GRAPH_DOT)
    g_string_append_printf (text, "  %s [shape=%s, label=\"%s\\n%s\"];\n", id,
                            is_port ? "ellipse" : "box", name, label);
  else
    g_string_append_printf (text, is_port ? "  %s([\"%s<br>%s\"])\n" : "  %s[\"%s<br>%s\"]\n", id,
                            name, label);
}

static void
add_edge (GString *text, VrGraphFormat format, const VrRouter *router, const VrInterface *interface)
{
  g_autofree char *from = node_id ("router", router->name);
  g_autofree char *to = node_id ("port", interface->port);
  char address[VR_PREFIX_TEXT_SIZE] = "no address";
  const char *label = address;
  if (interface->addresses->len > 0)
    vr_prefix_print (&g_array_index (interface->addresses, VrPrefix, 0), address);
  else if (router->msr != NULL && strcmp (interface->port, router->msr->inner) == 0)
    label = "inside";
  if (format == VR_GRAPH_DOT)
    g_string_append_printf (text, "  %s -- %s [label=\"%s\"];\n", from, to, label);
  else
    g_string_append_printf (text, "  %s ---|\"%s\"| %s\n", from, label, to);
}

static const char *
kind_of (const VrRouter *router)
{
  if (router->kind == VR_KIND_NATIVE)
    return "native";
  static const char *const parts[] = { [VR_PART_BALANCER] = "balancer",
                                       [VR_PART_BACKEND] = "back-end",
                                       [VR_PART_CONTROL] = "control processor" };
  if (router->part != VR_PART_NONE)
    return parts[router->part];
  return router->pvr != NULL ? router->pvr->common.name : "guest";
}

char *
vr_graph_print (const VrLab *lab, VrGraphFormat format)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (
      text, format == VR_GRAPH_DOT ? "graph \"%s\" {\n" : "---\ntitle: %s\n---\ngraph LR\n",
      lab->name);
  for (guint i = 0; i < lab->ports->len; i++) {
    const VrPort *port = lab->ports->pdata[i];
    g_autofree char *label = port_label (port);
    add_node (text, format, "port", port->name, label);
  }
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    add_node (text, format, "router", router->name, kind_of (router));
    for (guint j = 0; j < router->interfaces->len; j++)
      add_edge (text, format, router, router->interfaces->pdata[j]);
  }
  if (format == VR_GRAPH_DOT)
    g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
