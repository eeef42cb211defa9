#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab host is what this tier is for, and `vrkit check` sees it so.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"

is "$(cat /proc/1/comm)" systemd "systemd is the first program"
is "$(stat -fc %T /sys/fs/cgroup)" cgroup2fs "cgroups are of version 2 only"
is "$(cat /sys/module/apparmor/parameters/enabled)" Y "AppArmor is on"
check "libvirt is reached through its socket" systemctl is-active libvirtd.socket
is "$(cat /proc/sys/kernel/softlockup_panic /proc/sys/kernel/watchdog_thresh | xargs)" "1 60" \
  "CPUs that only spin end the machine"
check "guests can have KVM" test -c /dev/kvm

run_vrkit check
assert_status 0 "check finds a host that can run labs"
assert_out "ok *KVM *runs guest code" "check believes in this KVM"
assert_out "ok *libvirt" "check reaches libvirt"
assert_out "ok *vhost-net" "check sees vhost-net"
assert_out "ok *cgroups *cpuset is of v2" "check sees cgroup v2"
check "libvirtd is confined" grep -q '^libvirtd (enforce)' /sys/kernel/security/apparmor/profiles
plan
