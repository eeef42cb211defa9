# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the shell tests share: TAP, running the program, and looking for what a lab left behind.
# Sourced; wants VRKIT_TEST_BUILD (the build directory) and leaves VRKIT, RUN_STATUS, RUN_OUT, RUN_ERR,
# and TEST_DIR, a scratch directory that goes with the test.
set -euo pipefail

: "${VRKIT_TEST_BUILD:?must name the build directory (tests/run sets it)}"
VRKIT=${VRKIT:-$VRKIT_TEST_BUILD/vrkit}
RUN_STATUS=0 RUN_OUT='' RUN_ERR=''
TEST_DIR=$(mktemp -d)
tap_count=0
tap_failed=0
remembered_traces=''
my_labs=()
planned=''
trap leave_scratch EXIT

# Lines of a diagnosis; standard output, so that it stays in order with the tests.
diag () {
  printf '%s\n' "$*" | sed 's/^/# /'
}

ok () {
  tap_count=$((tap_count + 1))
  printf 'ok %d - %s\n' "$tap_count" "$1"
}

# not_ok NAME [DIAGNOSIS…]
not_ok () {
  tap_count=$((tap_count + 1))
  tap_failed=$((tap_failed + 1))
  printf 'not ok %d - %s\n' "$tap_count" "$1"
  shift
  (($# == 0)) || diag "$@"
}

# skip NAME REASON
skip () {
  tap_count=$((tap_count + 1))
  printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# The end of each trap on EXIT. bash leaves a script without a word of its own where `set -e` or a
# `$(<file)` of a file that is gone ends it: this says at which command.
leave_scratch () {
  [[ -n $planned ]] || diag "ended before its plan, at: $BASH_COMMAND"
  rm -rf -- "$TEST_DIR"
}

# Ends a test of which nothing can run.
skip_all () {
  planned=none
  printf '1..0 # SKIP %s\n' "$1"
  exit 77
}

# The last call of a test: prints the plan, and exits.
plan () {
  planned=$tap_count
  printf '1..%d\n' "$tap_count"
  exit $((tap_failed > 0))
}

# is GOT WANTED NAME
is () {
  if [[ $1 == "$2" ]]; then
    ok "$3"
  else
    not_ok "$3" "got:    $1" $'\n'"wanted: $2"
  fi
}

# check NAME COMMAND…: the command succeeds.
check () {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    ok "$name"
  else
    not_ok "$name" "$* failed:" $'\n'"$output"
  fi
}

# json_is FILTER: the last JSON value on standard input is as the jq filter says. By itself jq 1.6
# agrees to anything where there is none.
json_is () {
  jq --slurp --exit-status "length > 0 and (.[-1] | ($1))" >/dev/null 2>&1
}

# shows FILTER NAME: the JSON that the last run_vrkit printed, the last object of it.
shows () {
  if json_is "$1" <<<"$RUN_OUT"; then
    ok "$2"
  else
    not_ok "$2" "not so: $1" $'\n'"exit status $RUN_STATUS" $'\n'"$RUN_OUT" $'\n'"$RUN_ERR"
  fi
}

# wait_until SECONDS COMMAND…: fails when it does not succeed within the time.
wait_until () {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.05
  done
}

# Runs the program; how it went is in RUN_STATUS, RUN_OUT and RUN_ERR.
run_vrkit () {
  RUN_STATUS=0
  "$VRKIT" "$@" </dev/null >"$TEST_DIR/run.out" 2>"$TEST_DIR/run.err" || RUN_STATUS=$?
  RUN_OUT=$(<"$TEST_DIR/run.out")
  RUN_ERR=$(<"$TEST_DIR/run.err")
}

# assert_status WANTED NAME: of the last run_vrkit.
assert_status () {
  if ((RUN_STATUS == $1)); then
    ok "$2"
  else
    not_ok "$2" "exit status $RUN_STATUS, not $1" $'\n'"$RUN_OUT" $'\n'"$RUN_ERR"
  fi
}

# assert_out GLOB NAME, assert_err GLOB NAME: what the last run_vrkit printed holds the glob.
assert_out () {
  # shellcheck disable=SC2053  # a pattern is wanted
  if [[ $RUN_OUT == *$1* ]]; then
    ok "$2"
  else
    not_ok "$2" "standard output does not hold: $1" $'\n'"$RUN_OUT"
  fi
}

assert_err () {
  # shellcheck disable=SC2053  # a pattern is wanted
  if [[ $RUN_ERR == *$1* ]]; then
    ok "$2"
  else
    not_ok "$2" "standard error does not hold: $1" $'\n'"$RUN_ERR"
  fi
}

require_root () {
  ((EUID == 0)) || skip_all "needs root"
}

# Where a test that runs says the names of its labs: a file for each, of its pid.
tests_dir=/run/vrkit-tests

# say_labs NAME…: to tests beside this one.
say_labs () {
  mkdir -p "$tests_dir"
  printf '%s\n' "$@" >>"$tests_dir/$$"
}

unsay_labs () {
  rm -f -- "$tests_dir/$$"
  rmdir -- "$tests_dir" 2>/dev/null || true
}

# Those of the labs that are up, and of the tests that run.
all_labs () {
  local entry
  for entry in /run/vrkit/labs/*; do
    [[ ! -e $entry ]] || printf '%s\n' "${entry##*/}"
  done
  for entry in "$tests_dir"/*; do
    [[ ! -d /proc/${entry##*/} ]] || cat -- "$entry"
  done
}

# lab_patterns NAME…: of what bears the names of labs, a line each.
lab_patterns () {
  local name
  for name; do
    printf '%s\n' "vrkit[-:]${name}[-:.]" "labs/${name}\$"
  done
}

# Patterns of what belongs to labs that are not in my_labs: where a test names its labs, somebody may have
# others on this host meanwhile. Tests that have no labs call what they make vrkit-test.
labs_of_others () {
  local name
  ((${#my_labs[@]} > 0)) || return 0
  lab_patterns test virttest
  all_labs 2>/dev/null | while read -r name; do
    [[ " ${my_labs[*]} " == *" $name "* ]] || lab_patterns "$name"
  done
}

# Is there an Open vSwitch, and not this test's?
switch_is_foreign () {
  [[ -z ${OVS_RUNDIR-} ]] && pgrep -x ovs-vswitchd >/dev/null
}

# Everything on this host that is a lab's, a line each, sorted. The device of a bridge of Open vSwitch bears no
# lab's name, and so may be another test's where that has a switch.
traces () {
  local entry bare=yes
  ! switch_is_foreign || bare=no
  {
    ip -d -o link show \
      | awk -v bare="$bare" 'bare == "yes" || / alias / || !/ (openvswitch|tun) /' \
      | sed -nE 's/^[0-9]+: (vr[^:@]*)[:@](.* alias (.*))?.*/interface \1 \3/p' | sed 's/ *$//'
    ip netns list | sed -nE 's/^(vrkit[^ ]*).*/namespace \1/p'
    timeout 30 virsh --quiet --connect qemu:///system list --all --name 2>/dev/null \
      | sed -n 's/^vrkit-/domain &/p' || true
    find /sys/fs/cgroup -type d -name '*vrkit*' -printf 'cgroup %p\n' 2>/dev/null || true
    grep -aoE 'guest=vrkit[-][^,]*' /proc/[0-9]*/cmdline \
      | sed 's,/proc/\([0-9]*\)/cmdline:guest=,process \1 ,' || true
    for entry in "${VRKIT_RUN_DIR:-/run/vrkit}"/labs/*; do
      [[ ! -e $entry ]] || printf 'file %s\n' "$entry"
    done
  } 2>/dev/null | { grep -vE -f <(labs_of_others) || true; } | sort
}

# From here on, what is there now is not this test's.
remember_traces () {
  remembered_traces=$(traces)
}

new_traces () {
  comm -13 <(printf '%s\n' "$remembered_traces") <(traces)
}

# Is nothing new there, or something of this test's labs?
traces_are_decided () {
  local left
  left=$(new_traces)
  [[ -z $left ]] || ((${#my_labs[@]} == 0)) || grep -qE -f <(lab_patterns "${my_labs[@]}") <<<"$left"
}

# What is there that remember_traces had not seen. Where it bears no lab's name, it may be of a test beside
# this one, and then is not there for long.
left_behind () {
  wait_until 5 traces_are_decided || true
  new_traces
}

# assert_no_trace NAME: nothing of a lab is there that remember_traces had not seen.
assert_no_trace () {
  is "$(left_behind)" "" "$1"
}

# fake_image NAME: an image whose files are no kernel, but have the digests of their manifest.
fake_image () {
  local dir=$VRKIT_IMAGES/$1 file files=''
  mkdir -p "$dir"
  for file in vmlinuz initrd; do
    printf '%s of %s\n' "$file" "$1" >"$dir/$file"
    files+=$(jq -nc --arg name "$file" --arg sha256 "$(sha256sum <"$dir/$file" | cut -c 1-64)" \
               --argjson size "$(stat -c %s "$dir/$file")" '{$name, $sha256, size_bytes: $size}')
  done
  jq -s --arg name "$1" '{schema: "vrkit.image/1", $name, type: "router", kernel_version: "6.1.0",
      command_line: "", lock_sha256: ("0" * 64), wanted_lock_sha256: ("0" * 64),
      recipe_sha256: ("0" * 64), inputs_sha256: ("0" * 64), files: ., packages: []}' \
    <<<"$files" >"$dir/manifest.json"
}

# others_hold_it: whether vrkit has just refused what others on this host have now: CPU time, of all CPUs or
# of one, a CPU that a thread of another lab has alone, or one that somebody has taken from libvirt's cpuset.
others_hold_it () {
  ((RUN_STATUS == 5)) && grep -qE \
    "others on this host have|reservations and [0-9.]+ % of |exclusive to a thread of lab|not in libvirt's cpuset" \
    <<<"$RUN_ERR"
}

# experiment_is_right FILE: a dry run of it tells its runs; or, where it needs CPUs, vhost or an Open vSwitch,
# or one with DPDK, that this host has not, names them; or says what others have of the host now.
experiment_is_right () {
  local needed
  needed=$(sed -n 's/.*needs = .*cpus \([0-9]*\).*/\1/p' "$1" | head -n 1)
  run_vrkit run --dry-run "$1"
  if others_hold_it; then
    ok "${1##*/} is right, but for what others have"
  elif grep -q '^needs = .*dpdk' "$1" \
      && [[ $(ovs-vsctl --timeout=2 get Open_vSwitch . dpdk_initialized 2>/dev/null) != true ]]; then
    assert_err 'attach = vhost-user: ' "${1##*/} needs Open vSwitch with DPDK"
  elif grep -q '^needs = .*vhost' "$1" && [[ ! -e /dev/vhost-net ]]; then
    assert_err 'no vhost worker' "${1##*/} needs vhost"
  elif ((${needed:-1} > $(nproc --all))); then
    assert_err 'CPU * does not exist' "${1##*/} needs $needed CPUs"
  elif grep -q '^needs = openvswitch' "$1" && ! ovs-vsctl --timeout=2 show >/dev/null 2>&1; then
    assert_err 'attach = ovs: * Open vSwitch' "${1##*/} needs Open vSwitch"
  else
    assert_status 0 "${1##*/} is right"
  fi
}
