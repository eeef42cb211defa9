# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the measurements share. Sourced by bar-NAME.sh; wants VRKIT (the program), VRKIT_IMAGES,
# BENCH_SOURCE (the tree), BENCH_TOOLS (the programs of this directory) and BENCH_DIR (scratch that
# goes with the measurement), all of which run sets.
set -euo pipefail
# Decimal points, and EPOCHREALTIME with one.
export LC_ALL=C

: "${VRKIT:?}" "${VRKIT_IMAGES:?}" "${BENCH_SOURCE:?}" "${BENCH_TOOLS:?}" "${BENCH_DIR:?}"

# What was done, for people.
note () { printf '# %s\n' "$*"; }

# figure BAR VALUE: what run holds against the bar.
figure () { printf 'figure %s %s\n' "$1" "$2"; }

fail () {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

now_us () { printf '%s' "${EPOCHREALTIME/./}"; }

# took_us COMMAND…: runs it, and leaves in TOOK_US how long it took.
took_us () {
  local start
  start=$(now_us)
  "$@" >"$BENCH_DIR/took.out" 2>&1 || {
    cat "$BENCH_DIR/took.out" >&2
    fail "$* failed"
  }
  # shellcheck disable=SC2034  # an answer
  TOOK_US=$(($(now_us) - start))
}

# --- Figures: numbers on standard input, one a line -------------------------------------------------

median () {
  sort -g | awk '{ v[NR] = $1 } END { if (NR == 0) exit 1
    printf "%.6g\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

mean () { awk '{ s += $1 } END { if (NR == 0) exit 1; printf "%.6g\n", s / NR }'; }

# The lower end of the two-sided 95 % confidence interval of the mean, by Student's t.
lower_bound () {
  awk 'BEGIN { split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 " \
                     "2.145 2.131 2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060", t, " ") }
    { s += $1; q += $1 * $1 }
    END { if (NR < 2 || NR > 26) exit 1
      m = s / NR; d = (q - NR * m * m) / (NR - 1); if (d < 0) d = 0
      printf "%.6g\n", m - t[NR - 1] * sqrt(d / NR) }'
}

# column N: of what comes in.
column () { awk -v n="$1" '{ print $n }'; }

# divide A B, milliseconds US
divide () { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4g\n", a / b }'; }
milliseconds () { awk -v us="$1" 'BEGIN { printf "%.0f\n", us / 1000 }'; }

# --- A lab that is controlled -------------------------------------------------------------------------

controlled_lab='' controlled_state='' controller=''

# shellcheck disable=SC2317  # a trap calls it
controlled_clean () {
  [[ -z $controller ]] || kill -TERM "$controller" 2>/dev/null || true
  "$VRKIT" down --quiet "$controlled_lab" || true
  [[ -z $controlled_state ]] || {
    umount --quiet "$controlled_state" || true
    rmdir "$controlled_state"
  }
}

# control_lab NAME: the lab goes with the measurement. Its state is in memory, as /run is wherever systemd is: on
# a disk, each line of the journal would wait for it.
control_lab () {
  controlled_lab=$1
  trap controlled_clean EXIT
  if [[ $(stat -fc %T /run) != tmpfs ]]; then
    controlled_state=$(mktemp -d /run/vrkit-bench.XXXXXX)
    mount -t tmpfs -o mode=755 vrkit-bench "$controlled_state"
    export VRKIT_RUN_DIR=$controlled_state
  fi
}

# tenant_profile RATE: a router with that contract. What moves packets has time of its own, so that the vcpu is
# the limit.
tenant_profile () {
  cat <<END
[port left]
device = test
queue-length = 200
test-address = 198.18.1.2/24
test-gateway = 198.18.1.1
[port right]
device = test
queue-length = 200
test-address = 198.18.2.2/24
test-gateway = 198.18.2.1
[router r1]
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
[schedule r1]
vcpu.0 = other @1
mover.left = deadline 4ms/10ms @0
mover.right = deadline 4ms/10ms @0
[tenant one]
routers = r1
rate = $1
END
}

# try_control LOG OPTION…: a controller (controller) that has begun to decide. FALSE: it refuses to, for what is
# in $BENCH_DIR/err.
try_control () {
  local into=$1 i
  shift
  rm -f "$into"
  "$VRKIT" control --quiet --log "$into" "$@" "$controlled_lab" >/dev/null 2>"$BENCH_DIR/err" &
  controller=$!
  for ((i = 0; i < 100; i++)); do
    [[ ! -s $into ]] || return 0
    kill -0 "$controller" 2>/dev/null || break
    sleep 0.1
  done
  controller=''
  return 1
}

start_control () { try_control "$@" || fail "control has ended: $(cat "$BENCH_DIR/err")"; }

end_control () {
  kill -TERM "$controller"
  wait "$controller" || fail "control has ended: $(cat "$BENCH_DIR/err")"
  controller=''
}

# Of the last minute: what else this machine does bears on the figures.
load_average () { cut -d ' ' -f 1 /proc/loadavg; }

# --- The guest of profiles/monolithic.conf, made by hand ----------------------------------------------
# The same kernel, initrd, command line, configuration and devices, on two macvtaps that ip made; what
# libvirt adds of its own is left away.

hand_pid=''
hand_name='' # of the fabric that the next guest is on
hand_names=()
hand_accel=tcg
hand_cpu=qemu64

# shellcheck disable=SC2317  # a trap calls it
hand_clean () {
  local name side
  hand_stop
  for name in "${hand_names[@]}"; do
    for side in left right; do
      ip link delete "$name-$side" 2>/dev/null || true
      ip netns delete "$name-$side" 2>/dev/null || true
    done
  done
}

hand_mac () { awk -v name="$1" '$1 == "link" && $3 == name { print $2 }' "$BENCH_DIR/hand.conf"; }

# hand_prepare PROFILE: takes from the plan what the guest by hand has in common with the lab's.
hand_prepare () {
  local plan=$BENCH_DIR/plan.json domain=$BENCH_DIR/domain.xml
  "$VRKIT" plan --json "$1" >"$plan"
  jq -j '[.operations[] | select(.kind == "config")][0].payload' "$plan" >"$BENCH_DIR/hand.conf"
  jq -r '[.operations[] | select(.kind == "domain")][0].payload' "$plan" >"$domain"
  hand_kernel=$(sed -n 's,^ *<kernel>\(.*\)</kernel>$,\1,p' "$domain")
  hand_initrd=$(sed -n 's,^ *<initrd>\(.*\)</initrd>$,\1,p' "$domain")
  hand_command_line=$(sed -n 's,^ *<cmdline>\(.*\)</cmdline>$,\1,p' "$domain")
  if grep -q '^<domain type="kvm">' "$domain"; then
    hand_accel=kvm
    hand_cpu=host
  fi
  trap hand_clean EXIT
}

# hand_side SIDE NETWORK: a far end in a namespace, and a macvtap on the near one.
hand_side () {
  local side=$1 network=$2 near=$hand_name-$1 tap=${hand_name}tap-$1
  ip netns add "$near"
  ip link add "$near" mtu 1500 type veth peer name "$side" netns "$near"
  ip link set "$near" addrgenmode none up
  ip -n "$near" link set "$side" addrgenmode none up
  ip -n "$near" address add "$network.2/24" dev "$side"
  ip -n "$near" route add default via "$network.1"
  ip netns exec "$near" ethtool -K "$side" tx off rx off gso off tso off gro off >/dev/null
  ethtool -K "$near" tx off rx off gso off tso off gro off >/dev/null
  ip link add link "$near" name "$tap" address "$(hand_mac "$side")" type macvtap mode bridge
  ip link set "$tap" txqueuelen 50 allmulticast on addrgenmode none up
}

# hand_fabric NAME: that the next guest is on.
hand_fabric () {
  hand_name=$1
  hand_names+=("$hand_name")
  hand_side left 198.18.1
  hand_side right 198.18.2
}

# nic SIDE DESCRIPTOR: QEMU's arguments.
hand_nic () {
  printf '%s\n' -netdev "tap,id=$1,fd=$2" -device \
    "virtio-net-pci,netdev=$1,mac=$(hand_mac "$1"),romfile=,csum=off,gso=off,host_tso4=off,host_tso6=off,host_ecn=off,host_ufo=off,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off"
}

hand_start () {
  local left right arguments
  exec {left}<>"/dev/tap$(<"/sys/class/net/${hand_name}tap-left/ifindex")"
  exec {right}<>"/dev/tap$(<"/sys/class/net/${hand_name}tap-right/ifindex")"
  mapfile -t arguments < <(hand_nic left "$left" && hand_nic right "$right")
  rm -f "$BENCH_DIR/agent"
  qemu-system-x86_64 -nodefaults -no-user-config -display none -machine "pc,accel=$hand_accel,usb=off" \
    -cpu "$hand_cpu" -m 128 -smp 1 -kernel "$hand_kernel" -initrd "$hand_initrd" \
    -append "$hand_command_line" -fw_cfg "name=opt/org.vrkit/config,file=$BENCH_DIR/hand.conf" \
    "${arguments[@]}" -device virtio-serial-pci \
    -chardev "socket,id=agent,path=$BENCH_DIR/agent,server=on,wait=off" \
    -device virtserialport,chardev=agent,name=org.qemu.guest_agent.0 \
    -chardev pty,id=console -serial chardev:console -device pvpanic \
    >"$BENCH_DIR/qemu.out" 2>&1 </dev/null &
  hand_pid=$!
  exec {left}>&- {right}>&-
}

# Until its agent tells what vrkit waits for, too.
hand_wait () {
  "$BENCH_TOOLS/ready" "$BENCH_DIR/agent" 60 >"$BENCH_DIR/hand.status" || {
    cat "$BENCH_DIR/qemu.out" >&2
    fail "the guest by hand did not come up: $(<"$BENCH_DIR/hand.status")"
  }
}

# Leaves in HAND_US how long the guest took from its start.
hand_boot () {
  local start
  start=$(now_us)
  hand_start
  hand_wait
  # shellcheck disable=SC2034  # an answer
  HAND_US=$(($(now_us) - start))
}

hand_stop () {
  [[ -n $hand_pid ]] || return 0
  kill "$hand_pid" 2>/dev/null || true
  wait "$hand_pid" 2>/dev/null || true
  hand_pid=''
}
