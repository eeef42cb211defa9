#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped profiles of ports at Open vSwitch with DPDK, here one of the test's own: its threads move packets
# of both kinds in both directions between the ports' devices and the guest, are shown, and what is lost is
# mended while the guest runs on.
# Its switch polls on CPU 1, which others would miss.
# holds: switch host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"
# shellcheck source-path=SCRIPTDIR source=ovs-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/ovs-common.sh"

switch_program=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
[[ -x $switch_program ]] || skip_all "this host has no Open vSwitch with DPDK (openvswitch-switch-dpdk)"
need_guests
use_labs vhost-user vhosts
remember_traces
shipped=$VRKIT_TEST_SOURCE/profiles/vhost-user.conf
cpu=$(($(nproc --all) - 1))

kill_switch () {
  local pid
  pid=$(<"$OVS_RUNDIR/ovs-vswitchd.pid")
  kill -KILL "$pid"
  wait_until 10 test ! -e "/proc/$pid"
}

# huge_kib PID: of its memory, what is of huge pages.
huge_kib () {
  awk '/^Size:/ { size = $2 } /^KernelPageSize: *2048 / { sum += size } END { print sum + 0 }' "/proc/$1/smaps"
}

pool=/sys/kernel/mm/hugepages/hugepages-2048kB
huge_switch_mib=512
pages_before=$(<"$pool/nr_hugepages")
give_back () { echo "$pages_before" >"$pool/nr_hugepages"; }
trap 'give_back; leave_switch' EXIT

# loads_pass LAB ROUTER PORT PORT: there and back, IPv4 and IPv6.
loads_pass () {
  local way
  for way in "$3 $4" "$4 $3"; do
    run_vrkit load "$1" --from "${way% *}" --to "${way#* }" --router "$2" --size 1518 --rate 200 --json --settle 1s \
      --stream 'count=100 ip=4' --stream 'count=100 ip=6'
    RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
    shows '[.streams[].received] == [100, 100]' "$1: a load passes $2 whole: $way"
  done
}

run_vrkit up "$shipped"
assert_status 4 "without Open vSwitch: status"
assert_err "$shipped:*\[port left\] attach = vhost-user: the database of Open vSwitch does not answer*attach = bridge or macvtap does without" \
  "the port, the reason and the way out"
start_switch
run_vrkit up "$shipped"
assert_status 4 "with a switch without DPDK: status"
assert_err "$shipped:*\[port left\] attach = vhost-user: *dpdk_initialized is false*attach = ovs or bridge or macvtap does without" \
  "the port, the reason and the way out"
assert_no_trace "and nothing is there"

begin_dpdk
run_vrkit up --timeout 180s "$shipped"
assert_status 0 "up"
is "$(echoes vhost-user left 198.18.2.2 63)|$(echoes vhost-user left 2001:2:0:2::2 63)" "3|3" \
  "echoes pass the guest, by IPv4 and IPv6"
loads_pass vhost-user r1 left right
guest=$(planned "$shipped" ovs-port 'select(.want.type == "dpdkvhostuserclient") | .target' | head -n 1)
near=$(planned "$shipped" ovs-port 'select(.want.type == "dpdk") | .target' | head -n 1)
is "$(vsctl get Interface "$near" type)|$(vsctl get Interface "$guest" type)" 'dpdk|dpdkvhostuserclient' \
  "the switch has the port's device and the guest's card by DPDK"
check "and no interface of the kernel is the guest's" test ! -e "/sys/class/net/$guest"

# --- Its threads ------------------------------------------------------------------------------------

run_vrkit threads --json vhost-user
shows "[.threads[] | select(.role == \"pmd\") | .router, .selector, .ports, .cpus, .last_cpu] == [\"\", \"pmd.$cpu\", \"left,right\", \"$cpu\", $cpu]" \
  "the thread that polls is the lab's, on its CPU"
run_vrkit threads vhost-user
assert_out "- *pmd.$cpu *pmd-c*other*" "and is shown"
{
  cat "$shipped"
  printf '[schedule r1]\nvcpu.0 = other @%d\n' "$cpu"
} >"$TEST_DIR/beside.conf"
run_vrkit plan "$TEST_DIR/beside.conf"
assert_status 0 "a vcpu on its CPU: status"
assert_out "note: router r1: vcpu.0 is to run on CPU $cpu, which a polling thread of Open vSwitch is on*pmd-cpu-mask*" \
  "is told"
run_vrkit top --json --count 2 --interval 300ms vhost-user
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '([.queues[].port] == ["left", "right"]) and ([.threads[] | select(.router == "") | .selector] == ["pmd.'$cpu'"])' \
  "top has the guest's cards, and that thread"

# --- And scheduled ----------------------------------------------------------------------------------

poller () {
  local file
  file=$(grep -lx "pmd-c0$cpu/id:.*" "/proc/$(<"$OVS_RUNDIR/ovs-vswitchd.pid")"/task/*/comm)
  basename "${file%/comm}"
}

# thread: POLICY|PRIORITY|RUNTIME|AFFINITY|CPUSET-CGROUP, as the kernel has it.
thread () {
  local tid
  tid=$(poller)
  printf '%s|%s|%s\n' \
    "$(chrt -p "$tid" | sed -nE 's/.*(policy|priority|parameters): //p' | paste -sd ' ')" \
    "$(taskset -pc "$tid" | sed 's/.*: //')" \
    "$(grep -E '^[0-9]+:cpuset:' "/proc/$tid/cgroup" | cut -d: -f3)"
}
before=$(thread)
run_vrkit tune vhost-user "schedule.r1.pmd.$cpu=fifo 7"
assert_status 0 "a thread that polls becomes one of fifo"
is "$(thread)" "SCHED_FIFO|SCHED_RESET_ON_FORK 7|$cpu|/" "which the kernel has it be, where it was"
run_vrkit threads --json vhost-user
shows '[.threads[] | select(.role == "pmd") | .policy, .priority, .scheduled, .as_wanted] == ["fifo", 7, true, true]' \
  "threads tells so"
chrt -o -p 0 "$(poller)"
run_vrkit status vhost-user
assert_status 1 "one that somebody has changed: status"
assert_out "drift  thread ovs-vswitchd/pmd.$cpu: policy is other, wanted fifo" "which is named"
if [[ -d /sys/fs/cgroup/cpuset ]]; then
  run_vrkit tune vhost-user "schedule.r1.pmd.$cpu=deadline 30ms/100ms"
  assert_status 0 "and then of deadline"
  is "$(thread)" "SCHED_DEADLINE|SCHED_RESET_ON_FORK 0 30000000/100000000/100000000|$cpu|/libvirt-vrkit-pmd.$cpu" \
    "which the kernel has it be, in a cgroup of its own"
  run_vrkit top --json --count 2 --interval 2s vhost-user
  RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
  shows '.threads[] | select(.router == "") | .use | . > 0.27 and . < 0.33' \
    "and which has the 30 % that it was given, though it never sleeps"
  is "$(echoes vhost-user left 198.18.2.2 63)" 3 "with which echoes pass"
  run_vrkit status vhost-user
  assert_status 0 "the lab is as it was wanted"
else
  run_vrkit tune vhost-user "schedule.r1.pmd.$cpu=deadline 30ms/100ms"
  assert_status 4 "deadline, without cgroup version 1: status"
  assert_err "*pmd.$cpu: a thread of Open vSwitch gets no cgroup of its own but with cgroup version 1*write other*" \
    "and the way out"
fi
run_vrkit tune vhost-user "schedule.r1.pmd.$cpu="
assert_status 0 "it is left to the host again"
is "$(thread)" "$before" "as it was before"

# --- What is lost -----------------------------------------------------------------------------------

pid=$(pid_of vhost-user r1)
vsctl del-port "$guest"
run_vrkit status vhost-user
assert_status 1 "a port that was taken from its bridge: status"
assert_out "drift  ovs-port $guest: gone" "which is named"
run_vrkit up "$shipped"
assert_status 0 "up mends it"
is "$(echoes vhost-user left 198.18.2.2 63)" 3 "echoes pass again"
run_vrkit tune vhost-user "schedule.r1.pmd.$cpu=fifo 8"
assert_status 0 "its thread becomes one of fifo"
kill_switch
run_switch
is "$(echoes vhost-user left 198.18.2.2 63)" 3 "a switch that is started anew finds the guest"
is "$(pid_of vhost-user r1)" "$pid" "which has run on"
run_vrkit status vhost-user
assert_out "drift  thread ovs-vswitchd/pmd.$cpu: policy is other, wanted fifo" "its thread that polls is another"
run_vrkit up "$shipped"
assert_status 0 "up of a profile without it leaves it to the host"
is "$(thread)" "$before" "as the switch made it"

# --- Down -------------------------------------------------------------------------------------------

kill -KILL "$pid"
run_vrkit down vhost-user
assert_status 0 "down, of a guest that was killed"
is "$(vsctl list-br)" "" "the switch has no bridge"
assert_no_trace "nothing of the lab is left"
sed '/^\[router polled\]/,/^$/s/^memory = .*/&\nhugepages = 2M/' "$VRKIT_TEST_SOURCE/profiles/vhosts.conf" \
  >"$TEST_DIR/vhosts.conf"
echo 0 >"$pool/nr_hugepages"
run_vrkit up "$TEST_DIR/vhosts.conf"
assert_status 5 "without huge pages: status"
assert_err "$TEST_DIR/vhosts.conf:*\[router polled\] hugepages = 2M: its memory is 64 such pages*this host has 0 for it: write 64 more into $pool/nr_hugepages*" \
  "the router, what there is, and the way out"
echo 64 >"$pool/nr_hugepages"
run_vrkit up --timeout 180s "$TEST_DIR/vhosts.conf"
assert_status 0 "a guest of huge pages beside one at macvtaps: up"
is "$(huge_kib "$(pid_of vhosts polled)")" 131072 "whose memory is of huge pages"
run_vrkit up "$TEST_DIR/vhosts.conf"
assert_status 0 "up again, with no page free"
assert_err "nothing to change" "changes nothing"
loads_pass vhosts polled polled-left polled-right
loads_pass vhosts kernel left right
run_vrkit down vhosts
assert_status 0 "and down"
is "$(<"$pool/free_hugepages")" 64 "the huge pages are free again"
give_back
assert_no_trace "nothing of it is left"
# By AF_XDP, where the switch's DPDK has the driver for it.
sed 's/^attach = vhost-user$/&\ndriver = af-xdp/' "$shipped" >"$TEST_DIR/vhost-user.conf"
run_vrkit up --timeout 180s "$TEST_DIR/vhost-user.conf"
if grep -q /librte_net_af_xdp.so "/proc/$(<"$OVS_RUNDIR/ovs-vswitchd.pid")/maps"; then
  assert_status 0 "by AF_XDP: up"
  is "$(vsctl get Interface "$near" options:dpdk-devargs)" "\"net_af_xdp_$near,iface=$near\"" \
    "the switch has the port's device by that driver"
  check "and a program of XDP is on it" link_is "$near" '.xdp != null'
  is "$(echoes vhost-user left 198.18.2.2 63)|$(echoes vhost-user left 2001:2:0:2::2 63)" "3|3" "echoes pass"
  loads_pass vhost-user r1 left right
  run_vrkit down vhost-user
  assert_status 0 "and down"
else
  assert_status 4 "without AF_XDP: status"
  assert_err "$TEST_DIR/vhost-user.conf:*\[port left\] driver = af-xdp: *no net_af_xdp*driver = af-packet does without" \
    "the port, the reason and the way out"
fi
assert_no_trace "nothing of it is left"

# --- A switch of huge pages -------------------------------------------------------------------------

kill_switch
echo $((64 + huge_switch_mib / 2)) >"$pool/nr_hugepages"
vsctl --no-wait set Open_vSwitch . "other_config:dpdk-extra=\"--in-memory --no-telemetry -m $huge_switch_mib\""
run_switch
check "the switch's memory is of huge pages" \
  test "$(huge_kib "$(<"$OVS_RUNDIR/ovs-vswitchd.pid")")" -ge $((huge_switch_mib * 1024))
sed 's/^memory = .*/&\nhugepages = 2M/' "$shipped" >"$TEST_DIR/huge.conf"
run_vrkit up --timeout 180s "$TEST_DIR/huge.conf"
assert_status 0 "and a guest's, too: up"
is "$(huge_kib "$(pid_of vhost-user r1)")" 131072 "of which it is"
loads_pass vhost-user r1 left right
run_vrkit down vhost-user
assert_status 0 "and down"
assert_no_trace "nothing of it is left"
end_switch
is "$(<"$pool/free_hugepages")" "$(<"$pool/nr_hugepages")" "the huge pages are free again"
give_back
is "$(ip -o link show | grep -c ': ovs-netdev' || true)" "$(grep -cx ovs-netdev <<<"$links_before_switch" || true)" \
  "nothing is left of the switch"
plan
