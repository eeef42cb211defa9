#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tests of inside/ on a Debian 13 lab host: Linux 6.12, whose vhost workers are threads of QEMU.
# Of the SVM that QEMU emulates, its KVM may use the least: with more, the host resets. The program is
# the one that users get, where there is one: with sanitizers, which the other lab host has, it takes
# too long in here.
set -euo pipefail
export VRKIT_TEST_BUILD=${VRKIT_TEST_PLAIN:-$VRKIT_TEST_BUILD}
exec "$(dirname -- "${BASH_SOURCE[0]}")/with-host" host-debian13 --without 60-killed --without 12-no-macvtap \
  --without 30-ovs --without 35-bridge-vlans --append \
  'kvm_amd.npt=0 kvm_amd.nested=0 kvm_amd.avic=0 kvm_amd.vgif=0 kvm_amd.vls=0 kvm_amd.lbrv=0 kvm_amd.vnmi=0 kvm_amd.sev=0'
