#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tests of inside/ on a Debian 13 lab host, whose vhost workers are threads of QEMU.
set -euo pipefail
exec "$(dirname -- "${BASH_SOURCE[0]}")/with-host" host-debian13
