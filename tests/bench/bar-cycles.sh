#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What 100 cycles of up and down leave, beyond what the first left: on the host, by the program and a
# guest; in one process, by the library and a router without one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly cycles=100
daemon=$(pgrep -xo 'libvirtd|virtqemud') || fail "no libvirtd runs"
readonly daemon

resident_kib () { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

# What is there, a line a kind.
things () {
  printf 'descriptors %d\n' "$(find "/proc/$daemon/fd" -mindepth 1 | wc -l)"
  printf 'interfaces %d\n' "$(ip -o link show | wc -l)"
  printf 'namespaces %d\n' "$(ip netns list | wc -l)"
  printf 'cgroups %d\n' "$(find /sys/fs/cgroup -type d \( -path '*/machine*' -o -name '*vrkit*' \) | wc -l)"
  printf 'mounts %d\n' "$(wc -l </proc/self/mounts)"
  printf 'files %d\n' "$(find /run/vrkit /run/libvirt /run/netns /var/lib/libvirt /var/log/libvirt \
    /dev/shm 2>/dev/null | wc -l)"
}

# settled COMMAND: what it prints, once that no longer changes: libvirtd's threads, and the kernel's
# namespaces, end a little after the down.
settled () {
  local last now
  last=$("$@")
  for _ in {1..20}; do
    sleep 0.5
    now=$("$@")
    [[ $now != "$last" ]] || break
    last=$now
  done
  printf '%s\n' "$last"
}

cycle () {
  "$VRKIT" up --quiet "$BENCH_SOURCE/profiles/monolithic.conf" 2>"$BENCH_DIR/up.err" \
    || fail "up: $(<"$BENCH_DIR/up.err")"
  "$VRKIT" down --quiet monolithic
}

by_program () {
  local first last i memory memory_last
  cycle
  first=$(settled things)
  memory=$(resident_kib "$daemon")
  for ((i = 1; i < cycles; i++)); do
    cycle
    [[ $i != 10 ]] || note "resident memory of libvirtd after 11 cycles: $(resident_kib "$daemon") KiB"
  done
  last=$(settled things)
  memory_last=$(resident_kib "$daemon")
  note "$cycles cycles of monolithic.conf by the program; after the first:" "${first//$'\n'/, };" \
    "after the last: ${last//$'\n'/, }; resident memory of libvirtd $memory and $memory_last KiB"
  figure cycles-left "$(paste -d ' ' <(printf '%s\n' "$first") <(printf '%s\n' "$last") \
    | awk '$4 > $2 { more += $4 - $2 } END { print more + 0 }')"
}

# cycle_native FILE: a line a cycle.
cycle_native () {
  "$BENCH_TOOLS/cycle" "$BENCH_SOURCE/profiles/native.conf" "$cycles" "${VRKIT_RUN_DIR:-/run/vrkit}" \
    "$VRKIT_IMAGES" "${LIBVIRT_DEFAULT_URI:-qemu:///system}" >"$1"
}

# tell_cycles FILE WITH
tell_cycles () {
  note "$cycles cycles of native.conf in one process, $2: descriptors, resident KiB and allocated bytes after" \
    "the first, the tenth and the last: $(awk 'NR == 1 || NR == 10 || NR == 100 { print $16 " " $18 " " $20 }' \
      "$1" | paste -sd ',')"
}

# What malloc and GLib keep of what was freed, thread by thread, grows slowly and ends at a few hundred KiB: it
# would hide what vrkit itself keeps.
by_library () {
  local lines=$BENCH_DIR/library
  cycle_native "$lines-cached"
  tell_cycles "$lines-cached" "with malloc's and GLib's caches"
  G_SLICE=always-malloc GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0 cycle_native "$lines"
  tell_cycles "$lines" "without them"
  figure cycles-descriptors "$(awk 'NR == 1 { a = $16 } END { print $16 - a }' "$lines")"
  figure cycles-memory "$(awk 'NR == 10 { a = $18 } END { print $18 - a }' "$lines")"
}

by_library
by_program
