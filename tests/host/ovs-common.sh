# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An Open vSwitch of the test's own, with private sockets and a private database. Not a test itself: it is
# sourced, after lab-common.sh, and is not executable.

# A second switch beside a running one would take the kernel's datapath from it.
if pgrep -x ovs-vswitchd >/dev/null; then
  printf 'Bail out! Open vSwitch runs on this host already: stop it for this test\n'
  exit 1
fi
export OVS_RUNDIR=$TEST_DIR/ovs OVS_LOGDIR=$TEST_DIR/ovs OVS_SYSCONFDIR=$TEST_DIR/ovs
links_before_switch=$(ip -o link show type tun | sed -E 's,^[0-9]*: ([^:]*):.*,\1,')
# Bridges of the test's, whose devices stay when the switch ends.
my_bridges=(ovs-netdev)

vsctl () { ovs-vsctl --timeout=20 "$@"; }

# Where Debian has the switch in two builds, it is not left to its alternatives which of them is run. A test
# may name the other.
switch_program=/usr/lib/openvswitch-switch/ovs-vswitchd

# By the name under which it is looked for, whatever the program is called.
run_switch () {
  [[ -e $switch_program ]] || switch_program=$(command -v ovs-vswitchd)
  ln -sf "$switch_program" "$OVS_RUNDIR/ovs-vswitchd"
  "$OVS_RUNDIR/ovs-vswitchd" --pidfile --detach --no-chdir --log-file 2>/dev/null
}

start_switch () {
  ovsdb-tool create "$OVS_RUNDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema
  ovsdb-server "$OVS_RUNDIR/conf.db" --remote="punix:$OVS_RUNDIR/db.sock" --pidfile --detach --no-chdir \
    --log-file 2>/dev/null
  vsctl --no-wait init
  run_switch
}

# begin_dpdk: in a switch that has it and runs: with memory that is not of huge pages and leaves no file, and
# one thread that polls, on the last CPU.
begin_dpdk () {
  local cpu=$(($(nproc --all) - 1))
  vsctl set Open_vSwitch . "other_config:dpdk-extra=\"--no-huge --legacy-mem --no-shconf --no-telemetry -m 512\"" \
    "other_config:pmd-cpu-mask=$(printf '0x%x' $((1 << cpu)))" other_config:dpdk-init=true
}

end_switch () {
  local file pid link
  for file in "$OVS_RUNDIR"/ovs-vswitchd.pid "$OVS_RUNDIR"/ovsdb-server.pid; do
    [[ -e $file ]] || continue
    pid=$(<"$file")
    kill "$pid" && wait_until 10 test ! -e "/proc/$pid"
  done
  for link in "${my_bridges[@]}"; do
    grep -qxF "$link" <<<"$links_before_switch" || ip link delete "$link" 2>/dev/null || true
  done
}

# The labs go before the switch that they are at.
# shellcheck disable=SC2154,SC2317  # lib.sh has my_labs; a trap calls it
leave_switch () {
  local name
  for name in "${my_labs[@]}"; do
    wait_until 20 "$VRKIT" down --quiet "$name" || true
  done
  end_switch
  leave
}

trap leave_switch EXIT
mkdir "$OVS_RUNDIR"
