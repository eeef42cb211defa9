#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What befalls labs from outside: what they need is missing, full or taken; they are interrupted, their
# guests die, libvirtd goes, their state is lost; and labs that share a NIC. Each is reported for what
# it is, and mended or undone.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs unlucky cramped a-b a share-one share-two
my_links=(vkt-nic)
profile=$TEST_DIR/unlucky.conf
native=$TEST_DIR/cramped.conf
{
  two_ports unlucky
  router r1 1
  router n1 3 "kind = native"
} >"$profile"
{
  two_ports cramped
  router n1 1 "kind = native"
} >"$native"

# refused STATUS NAME GLOB ARGUMENT…: one error with that status, and nothing is left.
refused () {
  local status=$1 name=$2 glob=$3
  shift 3
  run_vrkit "$@"
  is "$RUN_STATUS|$(grep -c '^vrkit: ' <<<"$RUN_ERR")" "$status|1" "$name: status $status, one error"
  assert_err "vrkit: *$glob" "$name: says so"
  assert_no_trace "$name: nothing is left"
}

# --- What is missing ------------------------------------------------------------------------------

remember_traces
refused 4 "no libvirt" "qemu+unix:///system?socket=/nonexistent/socket" \
  up --connect 'qemu+unix:///system?socket=/nonexistent/socket' "$profile"
refused 4 "no image" "image = router*vrkit image build router" \
  up --images "$TEST_DIR/no-images" "$profile"

mkdir "$TEST_DIR/images"
cp -r "$VRKIT_IMAGES/router" "$TEST_DIR/images/router"
offset=$(($(stat -c %s "$TEST_DIR/images/router/initrd") / 2))
byte=$(od -An -tu1 -j "$offset" -N 1 "$TEST_DIR/images/router/initrd")
printf '%b' "\\x$(printf %02x $(((byte + 1) % 256)))" \
  | dd of="$TEST_DIR/images/router/initrd" bs=1 seek="$offset" conv=notrunc status=none
refused 9 "an image with a wrong byte" "router/initrd" up --images "$TEST_DIR/images" "$profile"
rm -r "$TEST_DIR/images"

# The build directory may be closed to others.
chmod 755 "$TEST_DIR"
install -m 755 "$VRKIT" "$TEST_DIR/vrkit"
printf '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups %s "$@"\n' "$TEST_DIR/vrkit" \
  >"$TEST_DIR/as-nobody"
chmod 755 "$TEST_DIR/as-nobody"
VRKIT=$TEST_DIR/as-nobody refused 7 "up without root" "needs root" up "$profile"
VRKIT=$TEST_DIR/as-nobody refused 7 "down without root" "needs root" down unlucky

# --- What is full ---------------------------------------------------------------------------------

# At every page that runs out: the lock, the journal, the record.
mkdir "$TEST_DIR/mount"
statuses=''
for pages in {0..6}; do
  mount -t tmpfs -o size=64k vrkit-test "$TEST_DIR/mount"
  dd if=/dev/zero of="$TEST_DIR/mount/full" bs=4k 2>/dev/null || true
  truncate -s $((4096 * (16 - pages))) "$TEST_DIR/mount/full"
  run_vrkit up --run-dir "$TEST_DIR/mount/run" "$native"
  statuses+="$RUN_STATUS:$(grep -c '^vrkit: .*No space left on device' <<<"$RUN_ERR") "
  [[ ! -d $TEST_DIR/mount/run/labs/cramped ]] || statuses+="(state is left) "
  umount "$TEST_DIR/mount"
done
is "$statuses" "4:1 4:1 4:1 4:1 4:1 4:1 4:1 " "up on a full disk: status 4, one error"
assert_no_trace "up on a full disk: nothing is left"

# --- On a terminal --------------------------------------------------------------------------------

# Progress is one line that is written over: what stays begins a line of its own.
{
  two_ports cramped
  router n1 1 "kind = native" "sysctl = net.ipv4.no_such_setting 1"
} >"$TEST_DIR/refused.conf"
for command in "up $TEST_DIR/refused.conf" "up $native" "down cramped"; do
  NO_COLOR=1 script --quiet --command "$VRKIT $command" /dev/null </dev/null
done | tr -d '\r' | sed "s/.*$(printf '\033')\\[K//" >"$TEST_DIR/typescript"
is "$(grep -oE '^(vrkit: .*no_such_setting|lab cramped is (up|down): )' "$TEST_DIR/typescript" \
        | sed 's/vrkit: .*/vrkit/')" \
  $'vrkit\nlab cramped is up: \nlab cramped is down: ' "progress on a terminal leaves no line half written"

# --- What is taken --------------------------------------------------------------------------------

name=$(planned "$profile" veth 'select(.want.peer == "left").target')
my_links+=("$name")
ip link add "$name" type bridge
ip link set dev "$name" alias "somebody else's"
remember_traces
refused 6 "an interface that is another's" "$name*somebody else's" up "$profile"
check "an interface that is another's: it is untouched" link_is "$name" \
  '.ifalias == "somebody else'\''s" and .linkinfo.info_kind == "bridge"'
ip link set dev "$name" alias ""
remember_traces
refused 6 "an interface that says of nobody whose it is" "$name is there already and bears no alias" \
  up "$profile"
check "an interface that says of nobody whose it is: it is untouched" link_is "$name" \
  '.linkinfo.info_kind == "bridge"'
ip link delete "$name"
remember_traces

{
  printf '[lab]\nname = a-b\n[port c]\ndevice = test\n'
  printf '[router r1]\nkind = native\ninterface = c 198.18.1.1/24\n'
} >"$TEST_DIR/a-b.conf"
{
  printf '[lab]\nname = a\n[port b-c]\ndevice = test\n'
  printf '[router r1]\nkind = native\ninterface = b-c 198.18.1.1/24\n'
} >"$TEST_DIR/a.conf"
run_vrkit up "$TEST_DIR/a-b.conf"
assert_status 0 "up of lab a-b"
remember_traces
refused 6 "a namespace of another lab" "vrkit-a-b-c*vrkit:a-b:" up "$TEST_DIR/a.conf"
run_vrkit status a-b
assert_status 0 "the other lab is untouched"
remembered_traces=''
run_vrkit down a-b
assert_status 0 "down of lab a-b"
remember_traces

# --- Two at once, and an interruption -------------------------------------------------------------

"$VRKIT" up "$profile" </dev/null >"$TEST_DIR/up.out" 2>&1 &
pid=$!
check "a guest starts" wait_until 30 test -e /run/libvirt/qemu/vrkit-unlucky-r1.pid
run_vrkit up "$profile"
is "$RUN_STATUS" 6 "a second up at the same time: status 6"
assert_err "being changed by process $pid" "it names the process"
run_vrkit down unlucky
is "$RUN_STATUS" 6 "a down at the same time: status 6"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
is "$status|$(grep -c '^vrkit: ' "$TEST_DIR/up.out")" "1|1" "up that is interrupted: status 1, one error"
is "$(grep -c interrupted "$TEST_DIR/up.out")" 1 "it says that it was interrupted"
assert_no_trace "up that is interrupted: nothing is left"

# --- Guests and libvirtd --------------------------------------------------------------------------

run_vrkit up "$profile"
assert_status 0 "up"
cp "$profile" "$TEST_DIR/other.conf"
run_vrkit up "$TEST_DIR/other.conf"
is "$RUN_STATUS" 6 "up of the same lab from another profile: status 6"
assert_err "$profile" "it names the profile that the lab is up from"
native_router=$(stat -L -c %i /run/netns/vrkit-unlucky-n1)

pid=$(pid_of unlucky r1)
kill -KILL "$pid"
check "libvirt notices that QEMU was killed" \
  wait_until 20 bash -c '! virsh --quiet --connect qemu:///system domid vrkit-unlucky-r1'
run_vrkit status unlucky
assert_status 1 "status of a lab whose guest was killed"
assert_out "not as it should be*r1 *guest *absent" "it says which one"
run_vrkit exec unlucky r1 -- true
is "$RUN_STATUS" 10 "exec in a guest that was killed: status 10"
run_vrkit up "$profile"
assert_status 0 "up starts it again"
check "it is another process" test "$(pid_of unlucky r1)" -ne "$pid" -a "$(pid_of unlucky r1)" -ne 0
is "$(stat -L -c %i /run/netns/vrkit-unlucky-n1)" "$native_router" "the other router is left alone"

run_vrkit exec --timeout 5s unlucky r1 -- sh -c 'echo c >/proc/sysrq-trigger'
is "$RUN_STATUS" 10 "a guest panics under its command: status 10"
check "libvirt notices the panic" \
  wait_until 20 bash -c 'virsh --connect qemu:///system domstate vrkit-unlucky-r1 | grep -q crashed'
run_vrkit status unlucky
assert_status 1 "status of a lab whose guest panicked"
assert_out "r1 *guest *crashed *panicked" "it says so"
run_vrkit up "$profile"
assert_status 0 "up starts it again"
is "$(stat -L -c %i /run/netns/vrkit-unlucky-n1)" "$native_router" "the other router is left alone"
is "$(echoes unlucky left 198.18.2.100 63)" 3 "it forwards"

# starter_of PID: the process whose command starts a daemon once more: itself, or tini above it.
starter_of () {
  local parent
  parent=$(ps -o ppid= -p "$1" | tr -d ' ')
  if [[ $(ps -o comm= -p "$parent") == tini ]]; then
    printf '%d' "$parent"
  else
    printf '%d' "$1"
  fi
}

# restart_libvirtd [PID]: as it was started: by systemd, or by hand. Meanwhile the process is killed.
restart_libvirtd () {
  local daemon arguments fd
  if [[ -d /run/systemd/system ]]; then
    systemctl stop libvirtd 2>/dev/null
    (($# == 0)) || kill -KILL "$1"
    systemctl start libvirtd
    return
  fi
  daemon=$(pgrep --exact --oldest libvirtd)
  mapfile -d '' -t arguments <"/proc/$(starter_of "$daemon")/cmdline"
  kill -TERM "$daemon"
  timeout 30 tail --pid="$daemon" -f /dev/null
  (($# == 0)) || kill -KILL "$1"
  # It must not hold what this test was given, such as a lock.
  (
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      ((fd < 3)) || exec {fd}>&-
    done
    setsid "${arguments[@]}" </dev/null >/dev/null 2>&1 &
  )
}

# Of a libvirtd that somebody watches on a terminal it is not known how to start it again.
can_restart_libvirtd () {
  local daemon
  daemon=$(pgrep --exact --oldest libvirtd)
  [[ -d /run/systemd/system || $(starter_of "$daemon") != "$daemon" ]] \
    || tr '\0' '\n' <"/proc/$daemon/cmdline" | grep -qE '^(-d|--daemon)$'
}

if can_restart_libvirtd; then
  pid=$(pid_of unlucky r1)
  restart_libvirtd
  check "libvirtd comes back" \
    wait_until 30 virsh --quiet --connect qemu:///system domid vrkit-unlucky-r1
  run_vrkit status unlucky
  assert_status 0 "status after a restart of libvirtd"
  is "$(pid_of unlucky r1)" "$pid" "the guest has not noticed"
  run_vrkit exec unlucky r1 -- echo answer
  is "$RUN_OUT" answer "exec after a restart of libvirtd"
  run_vrkit up "$profile"
  assert_err "nothing to change" "up after a restart of libvirtd has nothing to change"

  # libvirtd does not remove what it made for a guest that ended without it.
  restart_libvirtd "$pid"
  check "libvirtd comes back without the guest" wait_until 30 virsh --quiet --connect qemu:///system list
  run_vrkit down unlucky
  assert_status 0 "down after libvirtd and the guest were killed"
  assert_no_trace "down after libvirtd and the guest were killed: nothing is left"
  run_vrkit up "$profile"
  assert_status 0 "up again"
else
  skip "libvirtd is restarted" "libvirtd was started in a way of its own"
fi

rm -r /run/vrkit/labs/unlucky
run_vrkit status unlucky
assert_status 1 "status without the state directory"
run_vrkit down unlucky
assert_status 0 "down without the state directory"
assert_no_trace "down without the state directory: nothing is left"

# --- A NIC of the host ----------------------------------------------------------------------------

# nic: the NIC's values, as the kernel and ethtool have them.
nic () {
  ip -d -j link show dev vkt-nic | jq -c '.[0] | [.mtu, .flags, .promiscuity, .allmulti, .master]'
  ethtool --show-features vkt-nic
}

# share LAB N MTU: the profile of a lab with a router of that number on the NIC.
share () {
  printf '[lab]\nname = %s\n[port wan]\ndevice = vkt-nic\nmtu = %d\npromiscuous = on\n' "$1" "$3"
  printf '[router n1]\nkind = native\ninterface = wan 198.18.7.%d/24\n' "$2"
}

# flow ADDRESS: echoes from behind the NIC to a router, while something else goes on.
flow () {
  ip netns exec vkt-behind ping -n -i 0.02 -W 2 "$1" >"$TEST_DIR/flow" 2>&1 &
  flow=$!
}

# flowed NAME: they went on, and none was lost.
flowed () {
  wait_until 10 bash -c "(( \$(grep -c ttl= '$TEST_DIR/flow') > 10 ))" || true
  kill -INT "$flow"
  wait "$flow" || true
  is "$(grep -oE '[0-9.]+% packet loss' "$TEST_DIR/flow")" "0% packet loss" "$1"
}

ip netns add vkt-behind
trap 'ip netns delete vkt-behind 2>/dev/null || true; leave' EXIT
ip link add vkt-nic type veth peer name behind netns vkt-behind
ip -n vkt-behind address add 198.18.7.100/24 dev behind
ip -n vkt-behind link set behind up
share share-one 1 1400 >"$TEST_DIR/share-one.conf"
share share-two 2 1400 >"$TEST_DIR/share-two.conf"
share share-two 2 1300 >"$TEST_DIR/at-odds.conf"
remember_traces
before=$(nic)

run_vrkit up "$TEST_DIR/share-one.conf"
assert_status 0 "up on a NIC of the host"
check "the NIC is as the profile says" link_is vkt-nic \
  '.mtu == 1400 and (.flags | contains(["UP", "PROMISC"]))'
run_vrkit down share-one
assert_status 0 "down"
is "$(nic)" "$before" "the NIC is as it was"
assert_no_trace "nothing else is left"

for order in "one two" "two one"; do
  first=${order% *} last=${order#* }
  declare -A address=([one]=198.18.7.1 [two]=198.18.7.2)
  run_vrkit up "$TEST_DIR/share-one.conf"
  one=$RUN_STATUS
  run_vrkit up "$TEST_DIR/share-two.conf"
  is "$one|$RUN_STATUS" "0|0" "two labs share a NIC"
  check "both answer" ip netns exec vkt-behind ping -n -q -c 1 -W 5 "${address[$first]}"
  flow "${address[$last]}"
  run_vrkit down "share-$first"
  assert_status 0 "down of share-$first"
  flowed "share-$last goes on meanwhile"
  check "the NIC is as share-$last wants it" link_is vkt-nic \
    '.mtu == 1400 and (.flags | contains(["UP", "PROMISC"]))'
  run_vrkit down "share-$last"
  assert_status 0 "down of share-$last"
  is "$(nic)" "$before" "the NIC is as it was when the last lab has left it"
  assert_no_trace "nothing else is left"
done

run_vrkit up "$TEST_DIR/share-one.conf"
remember_traces
refused 6 "labs at odds over a NIC" "share-one*mtu*1400*1300" up "$TEST_DIR/at-odds.conf"
flow 198.18.7.1
flowed "the first lab goes on"
run_vrkit down share-one
is "$(nic)" "$before" "the NIC is as it was"
plan
