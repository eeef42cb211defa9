#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tests of inside/ on a Debian 12 lab host: systemd, cgroup v2, AppArmor, vhost-net, KVM guests. What
# does not depend on the kernel's or libvirt's version is shared out among the lab hosts.
set -euo pipefail
exec "$(dirname -- "${BASH_SOURCE[0]}")/with-host" host-debian12 --without 15-nic --without 25-pktgen
