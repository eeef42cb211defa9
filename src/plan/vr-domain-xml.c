/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-domain-xml.h"

#include <libxml/xmlwriter.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlTextWriter, xmlFreeTextWriter)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlBuffer, xmlBufferFree)

static gboolean
is_xml_character (gunichar c)
{
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

static gboolean
is_plain (const char *text)
{
  for (; *text != '\0'; text++)
    if (*text < 0x20 || *text > 0x7e)
      return FALSE;
  return TRUE;
}

/* Text as XML 1.0 (section 2.2) can hold it: the writer escapes the rest. Nearly all is plain and
 * stays as it is; else `owned` becomes what is returned. */
static const char *
clean (const char *text, char **owned)
{
  if (is_plain (text))
    return text;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *result = g_string_new (NULL);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (result, is_xml_character (c) ? c : 0xfffd);
  }
  *owned = g_string_free (result, FALSE);
  return *owned;
}

static void
attribute (xmlTextWriter *writer, const char *name, const char *value)
{
  g_autofree char *owned = NULL;
  xmlTextWriterWriteAttribute (writer, BAD_CAST name, BAD_CAST clean (value, &owned));
}

/* Opens an element with attributes: pairs of name and value, ended by NULL. */
static void G_GNUC_NULL_TERMINATED
open_element (xmlTextWriter *writer, const char *name, ...)
{
  va_list args;
  va_start (args, name);
  xmlTextWriterStartElement (writer, BAD_CAST name);
  for (const char *key = va_arg (args, const char *); key != NULL;
       key = va_arg (args, const char *))
    attribute (writer, key, va_arg (args, const char *));
  va_end (args);
}

static void
close_element (xmlTextWriter *writer)
{
  xmlTextWriterEndElement (writer);
}

static void
leaf (xmlTextWriter *writer, const char *name, const char *key, const char *value)
{
  open_element (writer, name, key, value, NULL);
  close_element (writer);
}

static void
text_element (xmlTextWriter *writer, const char *name, const char *text)
{
  g_autofree char *owned = NULL;
  xmlTextWriterWriteElement (writer, BAD_CAST name, BAD_CAST clean (text, &owned));
}

static void
write_identity (xmlTextWriter *writer, const VrDomainSpec *spec)
{
  g_autofree char *uuid = vr_domain_uuid (spec->lab, spec->router);
  text_element (writer, "name", spec->name);
  text_element (writer, "uuid", uuid);
  open_element (writer, "memory", "unit", "MiB", NULL);
  xmlTextWriterWriteFormatString (writer, "%" G_GUINT64_FORMAT, spec->memory_mib);
  close_element (writer);
  open_element (writer, "vcpu", "placement", "static", NULL);
  xmlTextWriterWriteFormatString (writer, "%u", spec->vcpus);
  close_element (writer);
}

/* A switch maps the memory of its guests, and so that has to be a file: an anonymous one. Such a
 * file of huge pages needs no file system of theirs to be mounted. */
static void
write_memory_backing (xmlTextWriter *writer, const VrDomainSpec *spec)
{
  gboolean shared = FALSE;
  for (guint i = 0; i < spec->nic_count; i++)
    shared |= spec->nics[i].socket != NULL;
  if (!shared && spec->hugepage_mib == 0)
    return;
  open_element (writer, "memoryBacking", NULL);
  if (spec->hugepage_mib != 0) {
    g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, spec->hugepage_mib);
    open_element (writer, "hugepages", NULL);
    open_element (writer, "page", "size", size, "unit", "M", NULL);
    close_element (writer);
    close_element (writer);
  }
  leaf (writer, "source", "type", "memfd");
  if (shared)
    leaf (writer, "access", "mode", "shared");
  close_element (writer);
}

/* i440fx has neither the bridges nor the root ports of q35 for the guest to walk. */
static void
write_boot (xmlTextWriter *writer, const VrDomainSpec *spec)
{
  if (spec->config_path != NULL) {
    open_element (writer, "sysinfo", "type", "fwcfg", NULL);
    open_element (writer, "entry", "name", "opt/org.vrkit/config", "file", spec->config_path, NULL);
    close_element (writer);
    close_element (writer);
  }
  open_element (writer, "os", NULL);
  open_element (writer, "type", "arch", "x86_64", "machine", "pc", NULL);
  xmlTextWriterWriteString (writer, BAD_CAST "hvm");
  close_element (writer);
  text_element (writer, "kernel", spec->kernel);
  text_element (writer, "initrd", spec->initrd);
  text_element (writer, "cmdline", spec->command_line);
  close_element (writer);
}

/* ACPI tells the guest of fw_cfg and of pvpanic. */
static void
write_machine (xmlTextWriter *writer, gboolean kvm)
{
  open_element (writer, "features", NULL);
  open_element (writer, "acpi", NULL);
  close_element (writer);
  open_element (writer, "apic", NULL);
  close_element (writer);
  close_element (writer);
  if (kvm)
    open_element (writer, "cpu", "mode", "host-passthrough", "check", "none", NULL);
  else
    open_element (writer, "cpu", "mode", "custom", "match", "exact", "check", "none", NULL);
  if (!kvm)
    text_element (writer, "model", "qemu64");
  close_element (writer);
  text_element (writer, "on_poweroff", "destroy");
  text_element (writer, "on_reboot", "destroy");
  text_element (writer, "on_crash", "preserve");
}

/* What joins or splits packets, or leaves a checksum to be made later. */
static void
write_no_offloads (xmlTextWriter *writer)
{
  open_element (writer, "host", "csum", "off", "gso", "off", "tso4", "off", "tso6", "off", "ecn",
                "off", "ufo", "off", NULL);
  close_element (writer);
  open_element (writer, "guest", "csum", "off", "tso4", "off", "tso6", "off", "ecn", "off", "ufo",
                "off", NULL);
  close_element (writer);
}

/* Left out, libvirt would take vhost, and without it userspace, silently; of vhost-user there is
 * but one. */
static const char *
driver_of (const VrDomainNic *nic)
{
  if (nic->socket != NULL)
    return NULL;
  return nic->vhost ? "vhost" : "qemu";
}

static void
write_nic (xmlTextWriter *writer, const VrDomainNic *nic, const char *model)
{
  char mac[VR_MAC_TEXT_SIZE];
  const char *driver = driver_of (nic);
  open_element (writer, "interface", "type", nic->socket != NULL ? "vhostuser" : "ethernet", NULL);
  leaf (writer, "mac", "address", vr_mac_print (&nic->mac, mac));
  if (nic->socket != NULL)
    open_element (writer, "source", "type", "unix", "path", nic->socket, "mode", "server", NULL);
  else
    open_element (writer, "target", "dev", nic->ifname, "managed", "no", NULL);
  close_element (writer);
  leaf (writer, "model", "type", model);
  if (strcmp (model, "virtio") == 0) {
    open_element (writer, "driver", driver != NULL ? "name" : NULL, driver, NULL);
    if (nic->queues > 1)
      xmlTextWriterWriteFormatAttribute (writer, BAD_CAST "queues", "%u", nic->queues);
    if (!nic->offloads)
      write_no_offloads (writer);
    close_element (writer);
  }
  leaf (writer, "rom", "enabled", "no");
  close_element (writer);
}

static void
write_devices (xmlTextWriter *writer, const VrDomainSpec *spec)
{
  open_element (writer, "devices", NULL);
  if (spec->emulator != NULL)
    text_element (writer, "emulator", spec->emulator);
  open_element (writer, "controller", "type", "usb", "model", "none", NULL);
  close_element (writer);
  for (guint i = 0; i < spec->nic_count; i++)
    write_nic (writer, &spec->nics[i], spec->nic_model);
  open_element (writer, "serial", "type", "pty", NULL);
  leaf (writer, "target", "port", "0");
  close_element (writer);
  open_element (writer, "channel", "type", "unix", NULL);
  open_element (writer, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
  close_element (writer);
  close_element (writer);
  leaf (writer, "memballoon", "model", "none");
  leaf (writer, "panic", "model", "isa");
  close_element (writer);
}

static char *
write_domain (const VrDomainSpec *spec)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  g_autoptr (xmlTextWriter) writer = xmlNewTextWriterMemory (buffer, 0);
  gboolean kvm = strcmp (spec->accel, "kvm") == 0;
  xmlTextWriterSetIndent (writer, 1);
  xmlTextWriterSetIndentString (writer, BAD_CAST "  ");
  open_element (writer, "domain", "type", kvm ? "kvm" : "qemu", NULL);
  write_identity (writer, spec);
  write_memory_backing (writer, spec);
  write_boot (writer, spec);
  write_machine (writer, kvm);
  write_devices (writer, spec);
  /* Else libvirt gives the kernel and the initrd, which guests share, to the user of each QEMU, and
   * takes them away when it ends. */
  open_element (writer, "seclabel", "type", "none", "model", "dac", NULL);
  close_element (writer);
  close_element (writer);
  xmlTextWriterFlush (writer);
  return g_strconcat ((const char *) xmlBufferContent (buffer), "\n", NULL);
}

/* The metadata, indented as a child of the domain. */
static char *
write_metadata (const VrDomainSpec *spec, const char *digest)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  g_autoptr (xmlTextWriter) writer = xmlNewTextWriterMemory (buffer, 0);
  open_element (writer, "vrkit:router", "xmlns:vrkit", VR_DOMAIN_NAMESPACE, "lab", spec->lab,
                "router", spec->router, "digest", digest, NULL);
  if (spec->pvr != NULL)
    attribute (writer, "pvr", spec->pvr);
  if (spec->msr != NULL) {
    attribute (writer, "msr", spec->msr);
    attribute (writer, "part", spec->part);
  }
  close_element (writer);
  if (spec->pvr != NULL) {
    open_element (writer, "held:queues", "xmlns:held", VR_DOMAIN_HELD_NAMESPACE, NULL);
    close_element (writer);
  }
  xmlTextWriterFlush (writer);
  return g_strdup_printf ("  <metadata>\n    %s\n  </metadata>\n",
                          (const char *) xmlBufferContent (buffer));
}

/* The digest is of all but the metadata that bear it: these are put in behind the first line. */
char *
vr_domain_xml (const VrDomainSpec *spec, char **digest)
{
  g_autofree char *text = write_domain (spec);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_autofree char *metadata = write_metadata (spec, sum);
  const char *rest = strchr (text, '\n') + 1;
  char *xml = g_strdup_printf ("%.*s%s%s", (int) (rest - text), text, metadata, rest);
  if (digest != NULL)
    *digest = g_steal_pointer (&sum);
  return xml;
}

char *
vr_domain_uuid (const char *lab, const char *router)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *parts[] = { "vrkit", lab, router };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_checksum_update (sum, (const guchar *) parts[i], (gssize) strlen (parts[i]) + 1);
  guint8 b[32];
  gsize size = sizeof b;
  g_checksum_get_digest (sum, b, &size);
  b[6] = (guint8) ((b[6] & 0x0f) | 0x80);
  b[8] = (guint8) ((b[8] & 0x3f) | 0x80);
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                          b[12], b[13], b[14], b[15]);
}
