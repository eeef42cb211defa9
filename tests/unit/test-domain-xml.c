/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain XML: goldens in tests/golden/domain-*.xml (VRKIT_UPDATE_GOLDEN=1 rewrites them), and that
 * no text breaks out of its place. */
#include "plan/vr-domain-xml.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

static const VrDomainNic NICS[] = {
  { .ifname = "vr0123456789", .mac = { { 0x52, 0x54, 0, 1, 2, 3 } }, .queues = 1 },
  { .ifname = "vr9876543210", .mac = { { 0x52, 0x54, 0, 1, 2, 4 } }, .vhost = TRUE, .queues = 4 },
};

static VrDomainSpec
plain_spec (void)
{
  return (VrDomainSpec){ .lab = "monolithic",
                         .router = "r1",
                         .name = "vrkit-monolithic-r1",
                         .kernel = "/var/lib/vrkit/images/router/vmlinux",
                         .initrd = "/var/lib/vrkit/images/router/initrd",
                         .command_line = "console=ttyS0 quiet panic=-1",
                         .config_path = "/run/vrkit/labs/monolithic/r1.config",
                         .accel = "tcg",
                         .nic_model = "virtio",
                         .vcpus = 1,
                         .memory_mib = 128,
                         .nics = NICS,
                         .nic_count = 1 };
}

static void
assert_golden (const VrDomainSpec *spec, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/tests/golden/domain-%s.xml", VRKIT_SOURCE_DIR, name);
  g_autofree char *xml = vr_domain_xml (spec, NULL);
  g_autofree char *again = vr_domain_xml (spec, NULL);
  g_assert_cmpstr (xml, ==, again);
  if (g_getenv ("VRKIT_UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, xml, -1, NULL));
  g_autofree char *golden = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &golden, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (xml, ==, golden);
}

static void
test_tcg_one_nic (void)
{
  VrDomainSpec spec = plain_spec ();
  assert_golden (&spec, "tcg-one-nic");
}

static void
test_member (void)
{
  VrDomainSpec spec = plain_spec ();
  spec.pvr = "r";
  assert_golden (&spec, "member");
}

static void
test_kvm_vhost (void)
{
  VrDomainSpec spec = plain_spec ();
  VrDomainNic nics[] = { NICS[0], NICS[1] };
  nics[0].vhost = TRUE;
  spec.accel = "kvm";
  spec.nics = nics;
  spec.nic_count = 2;
  assert_golden (&spec, "kvm-two-vhost");
}

/* Beside a card of the kernel's: the memory of all is shared, and only one driver is named. */
static void
test_vhost_user (void)
{
  VrDomainSpec spec = plain_spec ();
  VrDomainNic nics[] = { NICS[0], NICS[1] };
  nics[1].vhost = FALSE;
  nics[1].socket = "/run/vrkit/labs/monolithic/vr9876543210.sock";
  spec.nics = nics;
  spec.nic_count = 2;
  assert_golden (&spec, "tcg-vhost-user");
}

/* With a switch and without. */
static void
test_hugepages (void)
{
  VrDomainSpec spec = plain_spec ();
  VrDomainNic nics[] = { NICS[0], NICS[1] };
  spec.hugepage_mib = 2;
  assert_golden (&spec, "tcg-hugepages");
  nics[0].socket = "/run/vrkit/labs/monolithic/vr9876543210.sock";
  spec.hugepage_mib = 1024;
  spec.nics = nics;
  assert_golden (&spec, "tcg-vhost-user-hugepages");
}

static void
test_e1000 (void)
{
  VrDomainSpec spec = plain_spec ();
  spec.nic_model = "e1000";
  spec.nic_count = 2;
  assert_golden (&spec, "tcg-e1000");
}

static void
test_emulator (void)
{
  VrDomainSpec spec = plain_spec ();
  spec.emulator = "/opt/qemu/bin/qemu-system-x86_64";
  spec.vcpus = 4;
  spec.memory_mib = 4096;
  spec.config_path = NULL;
  spec.nic_count = 0;
  assert_golden (&spec, "tcg-emulator-four-vcpus");
}

/* The text at an XPath of `xml`. */
static char *
evaluate (const char *xml, const char *xpath)
{
  xmlDoc *document = xmlReadDoc (BAD_CAST xml, NULL, NULL, XML_PARSE_NONET);
  g_assert_nonnull (document);
  xmlXPathContext *context = xmlXPathNewContext (document);
  xmlXPathRegisterNs (context, BAD_CAST "v", BAD_CAST VR_DOMAIN_NAMESPACE);
  g_autofree char *expression = g_strdup_printf ("string(%s)", xpath);
  xmlXPathObject *found = xmlXPathEvalExpression (BAD_CAST expression, context);
  g_assert_nonnull (found);
  char *text = g_strdup ((const char *) found->stringval);
  xmlXPathFreeObject (found);
  xmlXPathFreeContext (context);
  xmlFreeDoc (document);
  return text;
}

static void
assert_at (const char *xml, const char *xpath, const char *want)
{
  g_autofree char *text = evaluate (xml, xpath);
  g_assert_cmpstr (text, ==, want);
}

static void
test_escapes (void)
{
  static const char evil[] = "a'\"<b>&amp;]]>--><x y='\n\t\r";
  VrDomainSpec spec = plain_spec ();
  VrDomainNic nic = { .ifname = evil };
  spec.lab = spec.router = spec.name = spec.kernel = spec.initrd = evil;
  spec.command_line = spec.config_path = spec.emulator = evil;
  spec.nics = &nic;
  g_autofree char *xml = vr_domain_xml (&spec, NULL);
  static const char *const places[] = { "/domain/name",
                                        "/domain/os/kernel",
                                        "/domain/os/initrd",
                                        "/domain/os/cmdline",
                                        "/domain/devices/emulator",
                                        "/domain/sysinfo/entry/@file",
                                        "/domain/devices/interface/target/@dev",
                                        "/domain/metadata/v:router/@lab",
                                        "/domain/metadata/v:router/@router" };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    assert_at (xml, places[i], evil);
  assert_at (xml, "count(//x)", "0");
  assert_at (xml, "count(/domain/devices/*)", "7");
}

static void
test_forbidden_characters (void)
{
  VrDomainSpec spec = plain_spec ();
  spec.command_line = "a\001b\033c\xff\xef\xbf\xbfz";
  g_autofree char *xml = vr_domain_xml (&spec, NULL);
  assert_at (xml, "/domain/os/cmdline",
             "a\xef\xbf\xbd"
             "b\xef\xbf\xbd"
             "c\xef\xbf\xbd\xef\xbf\xbdz");
}

static void
test_digest (void)
{
  VrDomainSpec spec = plain_spec ();
  g_autofree char *digest = NULL, *other = NULL;
  g_autofree char *xml = vr_domain_xml (&spec, &digest);
  assert_at (xml, "/domain/metadata/v:router/@digest", digest);
  assert_at (xml, "/domain/metadata/v:router/@lab", "monolithic");

  g_autoptr (GString) bare = g_string_new (xml);
  const char *start = strstr (bare->str, "  <metadata>");
  const char *end = strstr (bare->str, "  <name>");
  g_string_erase (bare, start - bare->str, end - start);
  g_autofree char *of_bare = g_compute_checksum_for_string (G_CHECKSUM_SHA256, bare->str, -1);
  g_assert_cmpstr (of_bare, ==, digest);

  spec.memory_mib++;
  g_autofree char *more = vr_domain_xml (&spec, &other);
  g_assert_cmpstr (other, !=, digest);
}

static void
test_uuid (void)
{
  g_autofree char *one = vr_domain_uuid ("lab", "r1");
  g_autofree char *same = vr_domain_uuid ("lab", "r1");
  g_autofree char *shifted = vr_domain_uuid ("labr", "1");
  g_assert_cmpstr (one, ==, same);
  g_assert_cmpstr (one, !=, shifted);
  g_assert_true (g_uuid_string_is_valid (one));
  g_assert_cmpint (one[14], ==, '8');
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-xml/member", test_member);
  g_test_add_func ("/domain-xml/tcg-one-nic", test_tcg_one_nic);
  g_test_add_func ("/domain-xml/kvm-vhost", test_kvm_vhost);
  g_test_add_func ("/domain-xml/vhost-user", test_vhost_user);
  g_test_add_func ("/domain-xml/hugepages", test_hugepages);
  g_test_add_func ("/domain-xml/e1000", test_e1000);
  g_test_add_func ("/domain-xml/emulator", test_emulator);
  g_test_add_func ("/domain-xml/escapes", test_escapes);
  g_test_add_func ("/domain-xml/forbidden-characters", test_forbidden_characters);
  g_test_add_func ("/domain-xml/digest", test_digest);
  g_test_add_func ("/domain-xml/uuid", test_uuid);
  return g_test_run ();
}
