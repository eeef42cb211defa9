/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hosts lack for claims, of machines as they were captured. */
#include "campaign/vr-need.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"

typedef struct {
  VrSite site;
  char *root;
  VrNeedHost *host;
} Fixture;

static void
open_fixture (Fixture *f, const char *name)
{
  g_autoptr (GError) error = NULL;
  f->root = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts", name, NULL);
  f->site = (VrSite){ .root_dir = f->root };
  f->host = vr_need_host_new (&f->site, &error);
  g_assert_no_error (error);
}

static void
close_fixture (Fixture *f)
{
  vr_need_host_free (f->host);
  g_free (f->root);
}

static void
check_lack (const char *name, const char *need, const char *lack)
{
  Fixture f;
  open_fixture (&f, name);
  g_autofree char *found = vr_need_lack (need, f.host);
  if (lack == NULL)
    g_assert_null (found);
  else if (found == NULL || strstr (found, lack) == NULL)
    g_error ("%s, %s: \"%s\" does not say \"%s\"", name, need, found, lack);
  close_fixture (&f);
}

static void
test_lacks (void)
{
  check_lack ("laptop", "cpus 8", NULL);
  check_lack ("laptop", "cpus 9", "needs 9 CPUs, and this host has 8");
  check_lack ("laptop", "pktgen", NULL);
  check_lack ("devhost", "pktgen", "no module pktgen");
  check_lack ("laptop", "openvswitch", "ovs-vswitchd does not run");
  check_lack ("laptop", "dpdk", "needs Open vSwitch with DPDK: what describes a host");
  check_lack ("laptop", "vhost", "/dev/vhost-net cannot be opened: No such file");
}

#define EXPERIMENT                                                                                 \
  "[experiment]\nprofile = lab.conf\nneeds = cpus 3\n[factor q]\nkey = port.left.queue-length\n"   \
  "levels = 5, 6\n[claim c]\nsays = x\nalong = q\norder = 5 > 6\nneeds = openvswitch, cpus 1\n"

/* What the host lacks outlives it as a text; the whole experiment is refused for its own needs. */
static void
test_experiment (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  g_autoptr (VrExperiment) experiment
      = vr_experiment_parse (EXPERIMENT, "/nowhere/exp.conf", &error);
  g_assert_no_error (error);
  open_fixture (&f, "devhost");
  g_autofree char *lacks = vr_need_lacks (experiment, f.host);
  g_autofree char *cpus = vr_need_lack_of_text ("cpus 3", lacks);
  g_autofree char *ovs = vr_need_lack_of_text ("openvswitch", lacks);
  g_assert_cmpstr (cpus, ==, "needs 3 CPUs, and this host has 2");
  g_assert_cmpstr (ovs, ==, "needs Open vSwitch, and ovs-vswitchd does not run here");
  g_assert_null (vr_need_lack_of_text ("cpus 1", lacks));
  g_assert_false (vr_need_check_host (experiment, f.host, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "exp needs 3 CPUs, and this host has 2"));
  close_fixture (&f);
  open_fixture (&f, "laptop");
  g_assert_true (vr_need_check_host (experiment, f.host, NULL));
  close_fixture (&f);
}

/* A machine where Open vSwitch runs, and a vhost-net that opens. */
static void
test_present (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("vrkit-need-XXXXXX", &error);
  g_autofree char *from
      = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts", "devhost", ".", NULL);
  g_autofree char *script = g_strdup_printf (
      "cp -r '%s' '%s' && mkdir -p '%s/proc/77' '%s/dev' && echo ovs-vswitchd > '%s/proc/77/comm' "
      "&& : > '%s/dev/vhost-net'",
      from, root, root, root, root, root);
  g_autofree char *removal = g_strdup_printf ("rm -r -- '%s'", root);
  const char *make[] = { "sh", "-c", script, NULL }, *remove[] = { "sh", "-c", removal, NULL };
  int status;
  g_assert_true (g_spawn_sync (NULL, (char **) make, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, &error));
  g_assert_cmpint (status, ==, 0);
  const VrSite site = { .root_dir = root };
  g_autoptr (VrNeedHost) host = vr_need_host_new (&site, &error);
  g_assert_no_error (error);
  g_assert_null (vr_need_lack ("openvswitch", host));
  g_assert_null (vr_need_lack ("vhost", host));
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/need/lacks", test_lacks);
  g_test_add_func ("/need/experiment", test_experiment);
  g_test_add_func ("/need/present", test_present);
  return g_test_run ();
}
