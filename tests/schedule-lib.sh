# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Schedules of a lab's threads, compared with the kernel's own answer. Sourced after lib.sh by tests of
# the host and of the lab hosts; wants LAB, the name of a lab with one router r1.

# tid_of SELECTOR: of a thread of the lab.
tid_of () {
  "$VRKIT" threads --json "$LAB" \
    | jq -r --arg selector "$1" '.threads[] | select(.selector == $selector) | .tid'
}

# tid_of_another: of a thread of the guest's QEMU that no selector names.
tid_of_another () {
  "$VRKIT" threads --json "$LAB" | jq -r 'first(.threads[] | select(.role == "other") | .tid)'
}

# kernel_says TID: policy and CPUs, as util-linux and /proc have them; newer ones tell of the length of a
# slice, too.
kernel_says () {
  printf '%s %s\n' "$(chrt --pid "$1" | sed -E '/ runtime parameter:/d; s/^.*: //' \
    | paste -sd ' ')" \
    "$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$1/status")"
}

# limits_of TID: its nice value, and its group's quota and period in microseconds, "none" without a limit.
limits_of () {
  local path quota period=''
  path=$(sed -nE 's/^[0-9]+:([^:]*,)?cpu(,[^:]*)?://p' "/proc/$1/cgroup")
  if [[ -n $path ]]; then
    quota=$(<"/sys/fs/cgroup/cpu$path/cpu.cfs_quota_us")
    period=$(<"/sys/fs/cgroup/cpu$path/cpu.cfs_period_us")
  else
    path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")/cpu.max
    read -r quota period < <(cat "$path" 2>/dev/null || echo max)
  fi
  [[ $quota != max && $quota != -1 ]] || quota=none period=''
  printf '%s %s%s\n' "$(sed 's/^.*) //' "/proc/$1/stat" | cut -d ' ' -f 17)" "$quota" "${period:+/$period}"
}

# Everything of the host that schedules may touch, whoever's it is.
host_state () {
  local tid file
  while read -r tid; do
    printf '%s %s\n' "$tid" "$(kernel_says "$tid")"
    grep -E ':(cpu|cpuset|cpu,cpuacct)?:' "/proc/$tid/cgroup"
  done < <("$VRKIT" threads --json "$LAB" | jq -r '.threads[].tid')
  while read -r file; do
    printf '%s %s\n' "$file" "$(<"$file")"
  done < <(find /sys/fs/cgroup -path '*/machine*' \( -name cpuset.cpus -o -name 'cpuset.cpus.*' \
    -o -name cpu.rt_runtime_us -o -name cpu.cfs_quota_us -o -name cpu.max \) | sort)
  # Elsewhere services come and go, and no group has any.
  {
    find /sys/fs/cgroup -not -path '*/machine*' -name cpuset.cpus.partition \
      -exec grep -Hvx member {} +
    find /sys/fs/cgroup -not -path '*/machine*' -name cpuset.cpus.exclusive -exec grep -H . {} +
  } | sort || true
}

# Value of a thread's key, what limits_of says of it then, and what chrt says.
policies=(
  'other|0 none|SCHED_OTHER 0'
  'other -5|-5 none|SCHED_OTHER 0'
  'idle|0 none|SCHED_IDLE 0'
  'fifo 50|0 none|SCHED_FIFO|SCHED_RESET_ON_FORK 50'
  'rr 10|0 none|SCHED_RR|SCHED_RESET_ON_FORK 10'
  'deadline 20ms/100ms|0 none|SCHED_DEADLINE|SCHED_RESET_ON_FORK 0 20000000/100000000/100000000'
  'deadline 10ms/50ms/100ms|0 none|SCHED_DEADLINE|SCHED_RESET_ON_FORK 0 10000000/50000000/100000000'
  'quota 30ms/100ms|0 30000/100000|SCHED_OTHER 0'
)

# walk_policies SELECTOR TID ALL [CPUS]…: each policy, free and on each of the sets of CPUs; ALL is what
# the thread may use when it is free.
walk_policies () {
  local selector=$1 tid=$2 all=$3 row value limits says cpus name
  shift 3
  for row in "${policies[@]}"; do
    IFS='|' read -r value limits says <<<"$row"
    for cpus in '' "$@"; do
      name="$selector = $value${cpus:+ @$cpus}"
      run_vrkit tune "$LAB" "schedule.r1.$selector=$value${cpus:+ @$cpus}"
      if ((RUN_STATUS == 0)); then
        is "$(kernel_says "$tid") $(limits_of "$tid")" "$says ${cpus:-$all} $limits" "$name"
      else
        assert_status 0 "$name"
      fi
    done
  done
}

# Brings up the lab that the tests of a lab host share, since a guest takes a minute to boot there: one
# router with two vcpus by KVM, and vhost with two queues on one port. Where it is up, that is done at once;
# the last test takes it down, and finds no trace that was not there before the first.
up_kvm_lab () {
  if [[ ! -e $kvm_profile ]]; then
    sed -e "s/^name = monolithic\$/name = $LAB/" \
      -e '/^\[router r1\]/a vhost = on\naccel = kvm\nvcpus = 2' -e '/^interface = left/s/$/ queues=2/' \
      "$VRKIT_TEST_SOURCE/profiles/monolithic.conf" >"$kvm_profile"
    traces >"$kvm_profile.traces"
  fi
  # shellcheck disable=SC2034  # assert_no_trace reads it
  remembered_traces=$(<"$kvm_profile.traces")
  run_vrkit up --timeout 300s "$kvm_profile"
}
kvm_profile=/run/vrkit-test-kvm.conf
