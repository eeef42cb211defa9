# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of whole labs share: labs that go with the test whatever becomes of it, and looking
# at a lab from outside the program. Not a test itself: it is sourced,
# and is not executable.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

VRKIT_TEST_SOURCE=${VRKIT_TEST_SOURCE:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)}
export VRKIT_IMAGES=${VRKIT_TEST_IMAGES:-/var/lib/vrkit/images}
my_links=()

# What is left when a test ends early goes all the same; a lab may be busy with rolling back.
# shellcheck disable=SC2317  # a trap calls it
leave () {
  local name
  trap - EXIT
  for name in "${my_labs[@]}"; do
    wait_until 20 "$VRKIT" down --quiet "$name" || true
  done
  for name in "${my_links[@]}"; do
    ip link delete "$name" 2>/dev/null || true
  done
  umount --quiet "$TEST_DIR"/mount* 2>/dev/null || true
  unsay_labs
  leave_scratch
}

# use_labs NAME…: the labs of this test, taken down at its end; somebody else's are left alone.
use_labs () {
  local name
  for name; do
    if [[ -e /run/vrkit/labs/$name ]]; then
      printf 'Bail out! lab %s is up on this host: vrkit down %s\n' "$name" "$name"
      exit 1
    fi
    my_labs+=("$name")
  done
  say_labs "$@"
}

# keep_state_in_memory: where /run is a disk, each of the many lines of a journal waits for it.
keep_state_in_memory () {
  [[ $(stat -fc %T /run) != tmpfs ]] || return 0
  chmod 755 "$TEST_DIR"
  mkdir "$TEST_DIR/mount"
  mount -t tmpfs -o mode=755 vrkit-test "$TEST_DIR/mount"
  export VRKIT_RUN_DIR=$TEST_DIR/mount
}

need_guests () {
  [[ -e $VRKIT_IMAGES/router/manifest.json ]] \
    || skip_all "no image of a router in $VRKIT_IMAGES (vrkit image build router)"
  timeout 20 virsh --quiet --connect qemu:///system version >/dev/null 2>&1 \
    || skip_all "no libvirt answers at qemu:///system"
}

# pid_of LAB ROUTER: of the guest's QEMU; 0 without.
pid_of () {
  local pid
  # Of a lab that is not as it should be, status ends with 1.
  pid=$("$VRKIT" status --json "$1" 2>/dev/null \
    | jq -r --arg router "$2" '.labs[].routers[] | select(.name == $router) | .pid') || true
  printf '%s\n' "${pid:-0}"
}

# planned PROFILE KIND FILTER: what the jq filter says of each operation of that kind.
planned () {
  "$VRKIT" plan --json "$1" \
    | jq -r --arg kind "$2" ".operations[] | select(.kind == \$kind) | $3"
}

# link_is NAME FILTER: a link of the host, as `ip` has it.
link_is () {
  ip -d -j link show dev "$1" 2>/dev/null | json_is ".[0] | $2"
}

# echoes LAB PORT ADDRESS TTL: how many of three echoes come back with that TTL, or that one came twice. After
# the first answer -W would wait for twice its round trip alone; -w waits, and asks again, until three are
# answered: then more than three answers may have been on their way.
echoes () {
  local output
  output=$(ip netns exec "vrkit-$1-$2" ping -n -c 3 -i 0.2 -w 20 "$3" 2>/dev/null) || true
  if [[ $output == *DUP!* ]]; then
    echo twice
  else
    grep -E "(ttl|hlim)=$4( |\$)" <<<"$output" | head -n 3 | wc -l
  fi
}

# host_values: what labs may change of the host as a whole, a line each.
host_values () {
  local file
  while read -r file; do
    printf '%s %s\n' "$file" "$(cat "$file" 2>/dev/null)"
  done < <({
    ls -d /sys/devices/system/cpu/cpu[0-9]*/{online,cpufreq/scaling_governor} \
      /proc/irq/[0-9]*/smp_affinity_list /proc/sys/kernel/sched_rt_runtime_us || true
    find /sys/fs/cgroup \( -name 'cpuset.cpu*' -o -name cpuset.sched_load_balance -o -name cpu.rt_runtime_us \
      -o -name cpu.cfs_quota_us -o -name cpu.max \) -not -name '*.effective' -not -name '*.pressure*'
  } 2>/dev/null | sort)
}

# trace LAB PORT ADDRESS: who answers a trace from there: each hop, and at last the address itself; * where nobody does.
trace () {
  local ttl output from hops=()
  for ((ttl = 1; ttl <= 8; ttl++)); do
    output=$(ip netns exec "vrkit-$1-$2" ping -n -c 1 -W 20 -t "$ttl" "$3" 2>/dev/null) || true
    from=$(sed -nE 's/^(From|[0-9]+ bytes from) ([0-9a-f.:]*[0-9a-f]):? .*/\2/p' <<<"$output" | head -n 1)
    hops+=("${from:-*}")
    [[ $output != *' bytes from '* ]] || break
  done
  printf '%s\n' "${hops[*]}"
}

# two_ports LAB: the beginning of a profile: a lab of two test ports, left and right.
two_ports () {
  cat <<END
[lab]
name = $1
[port left]
device = test
test-address = 198.18.1.100/24, 2001:2:0:1::100/64
test-gateway = 198.18.1.1, 2001:2:0:1::1
[port right]
device = test
test-address = 198.18.2.100/24, 2001:2:0:2::100/64
test-gateway = 198.18.2.1, 2001:2:0:2::1
END
}

# flows_of_one NETWORK COUNT: in `flows` the options of a load of so many flows that are a stream each, so that the
# order of each counts for itself; from there to where the load goes anyway.
flows_of_one () {
  local i
  flows=()
  for ((i = 1; i <= $2; i++)); do flows+=(--stream "rate=50 source=$1.$((200 + i))/24"); done
}

# router NAME N [LINE…]: a group of a profile: a router of that number on both test ports.
router () {
  printf '[router %s]\ninterface = left 198.18.1.%d/24 2001:2:0:1::%x/64\n' "$1" "$2" "$2"
  printf 'interface = right 198.18.2.%d/24 2001:2:0:2::%x/64\n' "$2" "$2"
  shift 2
  (($# == 0)) || printf '%s\n' "$@"
}

require_root
trap leave EXIT
