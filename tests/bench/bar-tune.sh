#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit tune` of one thread: by the library, from call to read-back, and by the program, from its start
# to its end.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
state=
readonly profile=$BENCH_SOURCE/profiles/monolithic.conf rounds=41

change () { printf 'schedule.r1.vcpu.0=deadline %dms/100ms @1' $((20 + $1 % 2 * 10)); }

# shellcheck disable=SC2317  # a trap calls it
clean () {
  "$VRKIT" down --quiet monolithic || true
  [[ -z $state ]] || {
    umount --quiet "$state" || true
    rmdir "$state"
  }
}

trap clean EXIT
# As /run is wherever systemd is: on a disk, each line of the journal would wait for it.
if [[ $(stat -fc %T /run) != tmpfs ]]; then
  state=$(mktemp -d /run/vrkit-bench.XXXXXX)
  mount -t tmpfs -o mode=755 vrkit-bench "$state"
  export VRKIT_RUN_DIR=$state
fi
took_us "$VRKIT" up "$profile"
for ((i = 0; i <= rounds; i++)); do
  took_us "$VRKIT" tune --quiet monolithic "$(change "$i")"
  ((i == 0)) || printf '%d\n' "$TOOK_US"
done >"$BENCH_DIR/processes"
"$BENCH_TOOLS/tune" monolithic "$rounds" "${VRKIT_RUN_DIR:-/run/vrkit}" "$VRKIT_IMAGES" \
  "${LIBVIRT_DEFAULT_URI:-qemu:///system}" "$(change 0)" "$(change 1)" >"$BENCH_DIR/calls"
note "vrkit tune of one vcpu's reservation, $rounds times: slowest call" \
  "$(milliseconds "$(sort -g "$BENCH_DIR/calls" | tail -n 1)") ms, slowest process" \
  "$(milliseconds "$(sort -g "$BENCH_DIR/processes" | tail -n 1)") ms; state is kept on" \
  "$(stat -fc %T "${VRKIT_RUN_DIR:-/run}")"
figure tune-call "$(median <"$BENCH_DIR/calls" | awk '{ printf "%.3g", $1 / 1000 }')"
figure tune-process "$(median <"$BENCH_DIR/processes" | awk '{ printf "%.3g", $1 / 1000 }')"
