/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-host.h"

#include <glib/gstdio.h>

#include "base/vr-error.h"

static VrHost *
read_fixture (const char *name)
{
  g_autofree char *root = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts", name, NULL);
  g_autoptr (GError) error = NULL;
  VrHost *host = vr_host_read (root, &error);
  g_assert_no_error (error);
  return host;
}

static void
test_devhost (void)
{
  g_autoptr (VrHost) host = read_fixture ("devhost");
  g_assert_true (g_str_has_prefix (host->kernel_release, "6.18."));
  g_assert_cmpstr (host->cpus_online, ==, "0-1");
  g_assert_cmpuint (host->cpus->len, ==, 2);
  g_assert_false (host->is_smt);
  g_assert_cmpstr (host->microcode, ==, "0x1");
  g_assert_null (vr_host_cpu (host, 0)->governor);
  g_assert_cmpint (host->cgroup, ==, VR_HOST_CGROUP_HYBRID);
  g_assert_cmpstr (vr_host_controller (host, "cpuset")->mount, ==, "/sys/fs/cgroup/cpuset");
  g_assert_cmpuint (vr_host_controller (host, "cpuset")->version, ==, 1);
  g_assert_true (host->has_rt_groups);
  g_assert_cmpint (host->rt_group_runtime_us, ==, 950000);
  g_assert_true (host->has_deadline);
  g_assert_true (host->has_dev_kvm);
  g_assert_false (host->has_dev_vhost_net);
  g_assert_false (host->has_systemd);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_MACVTAP), ==, VR_HOST_YES);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_VHOST_NET), ==, VR_HOST_NO);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_PKTGEN), ==, VR_HOST_NO);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_BRIDGE), ==, VR_HOST_YES);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_BRIDGE_VLANS), ==, VR_HOST_NO);
  const VrHostNic *nic = vr_host_nic (host, "eth0");
  g_assert_cmpstr (nic->driver, ==, "virtio_net");
  g_assert_cmpuint (nic->irqs->len, ==, 3);
  g_assert_cmpuint (g_array_index (nic->irqs, guint, 0), ==, 37);
  g_assert_cmpuint (vr_host_nic (host, "lo")->irqs->len, ==, 0);
  g_assert_cmpuint (nic->rps_queues->len, ==, 1);
  g_assert_cmpuint (nic->xps_queues->len, ==, 0);
  g_assert_cmpstr (host->cpus_present, ==, "0-1");
  g_assert_cmpint (nic->speed_mbps, ==, 0);
  g_assert_true (nic->is_device);
  g_assert_false (vr_host_nic (host, "lo")->is_device);
}

static void
test_laptop (void)
{
  g_autoptr (VrHost) host = read_fixture ("laptop");
  g_assert_true (host->is_smt);
  g_assert_true (vr_host_daemons (host).irqbalance);
  g_assert_true (vr_host_daemons (host).tuned);
  g_assert_true (host->has_ksm);
  g_assert_false (vr_host_daemons (host).stalld);
  g_assert_true (host->has_systemd);
  g_assert_cmpstr (vr_host_cpu (host, 7)->governor, ==, "powersave");
  g_assert_cmpint (vr_host_cpu (host, 7)->core, ==, 12);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_MACVTAP), ==, VR_HOST_YES);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_VHOST_NET), ==, VR_HOST_YES);
  g_assert_cmpuint (host->swap_mib, ==, 8191);
  g_assert_cmpuint (host->swap_free_mib, ==, 7000);
  g_assert_cmpfloat (host->load[0], ==, 1.2);
  g_assert_cmpfloat (host->load[2], ==, 0.7);
  g_assert_true (vr_host_nic (host, "virbr0") == vr_host_nic (host, "virbr0"));
  g_assert_false (vr_host_nic (host, "enp0s31f6")->is_up);
  g_assert_true (vr_host_nic (host, "virbr0")->is_up);
  g_assert_false (vr_host_nic (host, "virbr0")->is_device);
}

static void
test_numa2 (void)
{
  g_autoptr (VrHost) host = read_fixture ("numa2");
  g_assert_false (host->is_smt);
  g_assert_cmpint (vr_host_cpu (host, 6)->numa, ==, 0);
  g_assert_cmpint (vr_host_cpu (host, 7)->numa, ==, 1);
  g_assert_cmpint (vr_host_cpu (host, 7)->package, ==, 1);
  g_assert_cmpint (vr_host_cpu (host, 7)->llc, ==, 1);
  g_assert_cmpint (vr_host_nic (host, "ens5f0")->numa, ==, 1);
  g_assert_cmpint (vr_host_nic (host, "ens5f0")->speed_mbps, ==, 10000);
  g_assert_cmpuint (vr_host_nic (host, "ens5f0")->mtu, ==, 9000);
  g_assert_cmpuint (vr_host_nic (host, "ens1f0")->irqs->len, ==, 2);
  g_assert_cmpuint (g_array_index (vr_host_nic (host, "ens1f0")->irqs, guint, 1), ==, 101);
  g_assert_cmpuint (vr_host_nic (host, "ens1f0")->rps_queues->len, ==, 4);
  g_assert_cmpstr (vr_host_nic (host, "ens1f0")->xps_queues->pdata[1], ==, "tx-1");
  g_assert_null (vr_host_nic (host, "bonding_masters"));
  g_assert_null (vr_host_nic (host, "../net/ens5f0"));
  g_assert_cmpuint (host->hugepages_2m.total, ==, 4096);
  g_assert_cmpuint (host->hugepages_1g.free, ==, 12);
  g_assert_cmpuint (host->memory_mib, ==, 385000);
}

static void
test_smt_off (void)
{
  g_autoptr (VrHost) host = read_fixture ("smt-off");
  g_assert_cmpuint (host->cpus->len, ==, 4);
  g_assert_false (host->is_smt);
  g_assert_null (vr_host_cpu (host, 4));
  /* This machine's caches have no id file. */
  g_assert_cmpint (vr_host_cpu (host, 1)->llc, ==, 0);
  g_assert_cmpint (vr_host_cpu (host, 3)->llc, ==, 2);
}

static void
test_isolcpus (void)
{
  g_autoptr (VrHost) host = read_fixture ("isolcpus");
  g_assert_cmpstr (host->cpus_isolated, ==, "2-3,6-7");
  g_assert_false (vr_host_cpu (host, 1)->isolated);
  g_assert_true (vr_host_cpu (host, 2)->isolated);
  g_assert_true (vr_host_cpu (host, 7)->isolated);
  g_assert_cmpint (host->sched_rt_runtime_us, ==, -1);
}

static void
test_cgroup1_rt (void)
{
  g_autoptr (VrHost) host = read_fixture ("cgroup1-rt");
  g_assert_cmpint (host->cgroup, ==, VR_HOST_CGROUP_V1);
  g_assert_cmpuint (host->controllers->len, ==, 4);
  g_assert_cmpstr (vr_host_controller (host, "cpu")->mount, ==, "/sys/fs/cgroup/cpu,cpuacct");
  g_assert_cmpstr (vr_host_controller (host, "memory")->mount, ==, "/mnt/memory tree");
  g_assert_true (host->has_rt_groups);
  g_assert_cmpint (host->rt_group_runtime_us, ==, 0);
  g_assert_true (host->has_deadline);
  g_assert_cmpuint (host->deadline_period_max_us, ==, 0);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_TUN), ==, VR_HOST_YES);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_VHOST_NET), ==, VR_HOST_NO);
  g_assert_cmpstr (host->clocksource, ==, "hpet");
}

static void
test_cgroup2 (void)
{
  g_autoptr (VrHost) host = read_fixture ("cgroup2");
  g_assert_cmpint (host->cgroup, ==, VR_HOST_CGROUP_V2);
  g_assert_null (vr_host_controller (host, "cpuset"));
  g_assert_cmpuint (vr_host_controller (host, "cpu")->version, ==, 2);
  g_assert_cmpstr (vr_host_controller (host, "cpu")->mount, ==, "/sys/fs/cgroup");
  g_assert_false (host->has_rt_groups);
  g_assert_cmpint (host->rt_group_runtime_us, ==, -1);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_MACVTAP), ==, VR_HOST_UNKNOWN);
  g_assert_cmpint (vr_host_feature (host, VR_HOST_FEATURE_BRIDGE_VLANS), ==, VR_HOST_UNKNOWN);
  g_assert_cmpint (vr_host_cpu (host, 0)->llc, ==, -1);
  g_assert_cmpint (vr_host_cpu (host, 0)->numa, ==, -1);
  g_assert_cmpint (vr_host_nic (host, "ens3")->speed_mbps, ==, 0);
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("vrkit-host-XXXXXX", NULL);
  g_assert_null (vr_host_read (root, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (g_strrstr (error->message, "/proc/sys/kernel/osrelease"));
  g_rmdir (root);
}

static void
test_this_machine (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrHost) host = vr_host_read ("/", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (host->cpus->len, >, 0);
  g_assert_nonnull (vr_host_nic (host, "lo"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/devhost", test_devhost);
  g_test_add_func ("/host/laptop", test_laptop);
  g_test_add_func ("/host/numa2", test_numa2);
  g_test_add_func ("/host/smt-off", test_smt_off);
  g_test_add_func ("/host/isolcpus", test_isolcpus);
  g_test_add_func ("/host/cgroup1-rt", test_cgroup1_rt);
  g_test_add_func ("/host/cgroup2", test_cgroup2);
  g_test_add_func ("/host/empty", test_empty);
  g_test_add_func ("/host/this-machine", test_this_machine);
  return g_test_run ();
}
