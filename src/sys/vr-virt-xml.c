/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live domain's XML tells of it. */
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>

#include "sys/vr-virt-internal.h"

/* "+UID:+GID": as virConnectGetCapabilities() has it of the security model of users and groups. */
#define OWNER "/capabilities/host/secmodel[model='dac']/baselabel[1]"
#define AGENT_STATE "/domain/devices/channel/target[@name='org.qemu.guest_agent.0']/@state"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathObject, xmlXPathFreeObject)

/* The text at `xpath`, or NULL where it is empty or nothing is there. */
static char *
text_at (xmlXPathContext *context, const char *xpath)
{
  g_autoptr (xmlXPathObject) found = xmlXPathEvalExpression (BAD_CAST xpath, context);
  if (found == NULL || xmlXPathNodeSetIsEmpty (found->nodesetval))
    return NULL;
  xmlChar *text = xmlXPathCastNodeSetToString (found->nodesetval);
  char *copy = text != NULL && *text != '\0' ? g_strdup ((const char *) text) : NULL;
  xmlFree (text);
  return copy;
}

static gboolean
is_there (xmlXPathContext *context, const char *xpath)
{
  g_autoptr (xmlXPathObject) found = xmlXPathEvalExpression (BAD_CAST xpath, context);
  return found != NULL && !xmlXPathNodeSetIsEmpty (found->nodesetval);
}

/* libvirt calls the domain of a guest whose instructions are translated one of QEMU's own. */
static char *
accel_of (xmlXPathContext *context)
{
  g_autofree char *type = text_at (context, "/domain/@type");
  return g_strcmp0 (type, "qemu") == 0 ? g_strdup ("tcg") : g_steal_pointer (&type);
}

static xmlDoc *
parse (const char *xml)
{
  int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  return xmlReadDoc (BAD_CAST xml, NULL, NULL, options);
}

char *
vr_virt_xml_name (const char *xml)
{
  g_autoptr (xmlDoc) document = parse (xml);
  if (document == NULL)
    return NULL;
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
  return text_at (context, "/domain/name");
}

gboolean
vr_virt_is_emulated (const char *xml)
{
  g_autoptr (xmlDoc) document = parse (xml);
  if (document == NULL)
    return FALSE;
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
  g_autofree char *accel = accel_of (context);
  return g_strcmp0 (accel, "tcg") == 0;
}

void
vr_virt_xml_read (const char *xml, VrGuest *guest)
{
  g_autoptr (xmlDoc) document = parse (xml);
  if (document == NULL)
    return;
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
  xmlXPathRegisterNs (context, BAD_CAST "v", BAD_CAST VR_VIRT_NAMESPACE);
  xmlXPathRegisterNs (context, BAD_CAST "h", BAD_CAST VR_VIRT_HELD_NAMESPACE);
  guest->lab = text_at (context, "/domain/metadata/v:router/@lab");
  guest->router = text_at (context, "/domain/metadata/v:router/@router");
  guest->digest = text_at (context, "/domain/metadata/v:router/@digest");
  guest->pvr = text_at (context, "/domain/metadata/v:router/@pvr");
  guest->msr = text_at (context, "/domain/metadata/v:router/@msr");
  guest->part = text_at (context, "/domain/metadata/v:router/@part");
  guest->held = is_there (context, "/domain/metadata/h:queues");
  guest->owned = guest->lab != NULL && guest->router != NULL && guest->digest != NULL;
  guest->accel = accel_of (context);
  guest->emulator = text_at (context, "/domain/devices/emulator");
  g_autofree char *agent = text_at (context, AGENT_STATE);
  guest->agent_connected = g_strcmp0 (agent, "connected") == 0;
}

void
vr_virt_xml_read_owner (const char *xml, uid_t *user, gid_t *group)
{
  guint owner = 0, of_group = 0;
  g_autoptr (xmlDoc) document = parse (xml);
  if (document != NULL) {
    g_autoptr (xmlXPathContext) context = xmlXPathNewContext (document);
    g_autofree char *label = text_at (context, OWNER);
    if (label == NULL || sscanf (label, "+%u:+%u", &owner, &of_group) != 2)
      owner = of_group = 0;
  }
  *user = owner;
  *group = of_group;
}
