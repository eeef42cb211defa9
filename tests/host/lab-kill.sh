#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# up and down killed by SIGKILL at their fault points, on the real host: whatever moment it was, the
# next down removes every trace and restores every value, and the next up succeeds.
# VRKIT_TEST_SEED chooses the moments of the sample anew. What is half made bears no lab's name yet, and must not
# be taken for a bridge of another test's switch.
# holds: switch
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs killed
my_links=(vkt-wan vkt-lan)
keep_state_in_memory
profile=$TEST_DIR/killed.conf
journal=${VRKIT_RUN_DIR:-/run/vrkit}/labs/killed/journal
complaints=''
RANDOM=${VRKIT_TEST_SEED:=$RANDOM}
diag "VRKIT_TEST_SEED=$VRKIT_TEST_SEED"

complain () {
  complaints+="$1"$'\n'
}

# The NICs of this test as they are: what a lab changes of them, and all that ethtool has.
nics () {
  local name
  for name in "${my_links[@]}"; do
    ip -d -j link show dev "$name" | jq -c '.[0] | [.ifname, .mtu, .flags, .promiscuity, .master]'
    ethtool --show-features "$name"
  done
}

# The journal as lines of id, kind, shared, in the order in which the entries were begun; only those
# that stand.
entries () {
  jq -rs '([.[] | .undone // empty] | map({key: tostring, value: true}) | from_entries) as $gone
          | .[] | select(.begin and ($gone[.begin | tostring] | not))
          | "\(.kind) \(.target)\t\(.kind)\t\(.shared)"' "$journal"
}

# Of entries: those that an undo of all takes one by one, last first. The others go along with what
# they are a part of.
undone_one_by_one () {
  tac | awk -F '\t' '$3 == "true" || $2 !~ /^(offloads|sysctl|address|neighbour|route)$/'
}

# die_at POINT COMMAND…: the program kills itself there.
die_at () {
  local point=$1
  shift
  # The shell itself tells standard error of a child that was killed.
  { VRKIT_FAULT_POINT=$point run_vrkit "$@"; } 2>/dev/null
  ((RUN_STATUS == 137)) || complain "$1 was not killed at $point: status $RUN_STATUS: $RUN_ERR"
}

# All but the wait for the guests: they need not boot for what comes next.
up_without_waiting () {
  die_at $(($(last_point $((${#plan_ids[@]} - 1))) + 1)) up "$profile"
}

is_last () {
  local last
  last=$(tail -n 1 <<<"$1" | cut -f 1)
  [[ $last == "$2" ]] || complain "was killed at $last, not at $2"
}

down_cleans () {
  local left
  run_vrkit down killed
  ((RUN_STATUS == 0)) || complain "down: status $RUN_STATUS: $RUN_ERR"
  left=$(left_behind)
  [[ -z $left ]] || complain "left: $left"
  [[ $(nics) == "$nics_before" ]] || complain "NICs are not as before: $(diff <(printf '%s\n' "$nics_before") <(nics))"
}

up_succeeds () {
  run_vrkit up "$profile"
  ((RUN_STATUS == 0)) || complain "the next up: status $RUN_STATUS: $RUN_ERR"
  run_vrkit status killed
  ((RUN_STATUS == 0)) || complain "status: $RUN_OUT"
}

verdict () {
  is "$complaints" "" "$1"
  complaints=''
}

# --- Where the fault points are -------------------------------------------------------------------
# An entry takes as many points as any other that is shared alike: the first ones are counted.

# The kinds that are journalled, of the table of all.
kinds_that_last () {
  sed -nE 's/^  \[VR_OP_([A-Z_]+)\] = .*VR_OP_LASTS.*/\1/p' "$VRKIT_TEST_SOURCE/src/apply/vr-backend.c" \
    | tr 'A-Z_' 'a-z-'
}

# learn_plan: the entries of a whole up of the profile (plan_ids, plan_kinds, plan_shared), and those
# that a whole down undoes one by one (undo_ids, undo_kinds, undo_shared).
learn_plan () {
  plan_ids=() plan_kinds=() plan_shared=()
  undo_ids=() undo_kinds=() undo_shared=()
  run_vrkit up "$profile"
  assert_status 0 "up, not killed"
  while IFS=$'\t' read -r id kind shared; do
    plan_ids+=("$id") plan_kinds+=("$kind") plan_shared+=("$shared")
  done < <(entries)
  while IFS=$'\t' read -r id kind shared; do
    undo_ids+=("$id") undo_kinds+=("$kind") undo_shared+=("$shared")
  done < <(entries | undone_one_by_one)
  down_cleans
  verdict "down, not killed"
}

# kill_up POINT: afterwards, how many entries it had begun (begun), and whether the last was done
# (ended).
kill_up () {
  die_at "$1" up "$profile"
  read -r begun ended < <(
    jq -rs '"\(map(select(.begin)) | length) \(.[-1] | has("done"))"' "$journal" 2>/dev/null)
  down_cleans
}

# kill_down POINT: afterwards, how many of the entries that go one by one still stood (standing).
kill_down () {
  up_without_waiting
  die_at "$1" down killed
  standing=$(entries | undone_one_by_one | wc -l)
  down_cleans
}

# count_up INDEX: counts the points of an entry, all before it being known: when it is begun, done
# but not on record, and how many it is until the next one is begun.
count_up () {
  local i shared=${plan_shared[$1]} first
  first=$(first_point "$1")
  before[$shared]=''
  for ((i = 0; i < 20; i++)); do
    kill_up $((first + i))
    ((begun <= $1 + 1)) || break
    [[ $begun == "$(($1 + 1))" && $ended == false ]] || continue
    : "${before[$shared]:=$i}"
    after[$shared]=$i
  done
  width[$shared]=$((i - before[$shared]))
  verdict "up killed at each of the ${width[$shared]} points of ${plan_ids[$1]}"
}

# The first point of an entry, the first after it is begun, and the last before it is on record.
first_point () {
  local i sum=1
  for ((i = 0; i < $1; i++)); do
    sum=$((sum + width[${plan_shared[i]}]))
  done
  echo "$sum"
}
begun_point () { echo $(($(first_point "$1") + before[${plan_shared[$1]}])); }
last_point () { echo $(($(first_point "$1") + after[${plan_shared[$1]}])); }

# count_down INDEX: the same on the way down: how many points it is until that is on record.
count_down () {
  local i shared=${undo_shared[$1]} first
  first=$(undo_point "$1")
  for ((i = 0; i < 20; i++)); do
    kill_down $((first + i))
    ((standing == ${#undo_ids[@]} - $1)) || break
  done
  undo_width[$shared]=$((i + 1))
  verdict "down killed at each of the ${undo_width[$shared]} points of ${undo_ids[$1]}"
}

# The first point of an entry on the way down.
undo_point () {
  local i sum=1
  for ((i = 0; i < $1; i++)); do
    sum=$((sum + undo_width[${undo_shared[i]}]))
  done
  echo "$sum"
}

# index_of VALUE ITEM…: of the first item that is it.
index_of () {
  local value=$1 item i=0
  shift
  for item; do
    [[ $item != "$value" ]] || break
    i=$((i + 1))
  done
  echo "$i"
}

declare -A before=() after=() width=() undo_width=()
for name in "${my_links[@]}"; do
  # A run that was itself killed may have left its own.
  ip link delete "$name" 2>/dev/null || true
  ip link add "$name" type veth peer name "$name-far"
done
nics_before=$(nics)
remember_traces

# --- At every kind of operation -------------------------------------------------------------------

{
  two_ports killed
  cat <<END
[port deck]
device = test
attach = bridge
[port wan]
device = vkt-wan
mtu = 1400
promiscuous = on
[port lan]
device = vkt-lan
attach = bridge
END
  router r1 1 "interface = deck 198.18.3.1/24" "interface = wan 198.18.4.1/24"
  router n1 2 "kind = native" "interface = deck 198.18.3.2/24" "interface = lan 198.18.5.2/24" \
    "neighbour = 198.18.5.9 52:54:00:00:00:09 lan" "route = 198.19.0.0/16 via 198.18.5.9"
} >"$profile"
learn_plan
# What else lasts is killed at elsewhere: knob in host-values.sh, nic in nic-values.sh, thread and rt-runtime
# in schedule.sh, exclusive there, too; ovs-bridge and ovs-port in ovs.sh.
elsewhere=(exclusive knob nic ovs-bridge ovs-port rt-runtime thread)
is "$(printf '%s\n' "${plan_kinds[@]}" "${elsewhere[@]}" | sort | uniq | xargs)" \
  "$(kinds_that_last | sort | xargs)" "a kill is tried at every kind of operation that lasts, here or elsewhere"
is "$(comm -12 <(printf '%s\n' "${plan_kinds[@]}" | sort -u) <(printf '%s\n' "${elsewhere[@]}"))" "" \
  "those that are left to others are none of this profile's"

count_up 0
count_up "$(index_of true "${plan_shared[@]}")"
count_down 0
count_down "$(index_of true "${undo_shared[@]}")"

while read -r kind; do
  i=$(index_of "$kind" "${plan_kinds[@]}")
  for point in $(begun_point "$i") $(last_point "$i"); do
    die_at "$point" up "$profile"
    is_last "$(entries)" "${plan_ids[i]}"
    down_cleans
    verdict "up killed $([[ $point == "$(last_point "$i")" ]] && echo after || echo before): $kind"
  done
done < <(printf '%s\n' "${plan_kinds[@]}" | sort -u)

while read -r kind; do
  i=$(index_of "$kind" "${undo_kinds[@]}")
  up_without_waiting
  die_at $(($(undo_point $((i + 1))) - 2)) down killed
  is_last "$(entries | undone_one_by_one | tac)" "${undo_ids[i]}"
  down_cleans
  verdict "down killed after: $kind"
done < <(printf '%s\n' "${undo_kinds[@]}" | sort -u)

# --- At a sample of moments, in a lab of five -----------------------------------------------------

{
  two_ports killed
  printf '[port wan]\ndevice = vkt-wan\nmtu = 1400\n'
  router r1 1 "interface = wan 198.18.4.1/24"
  for n in 2 3 4 5; do
    router "n$n" "$n" "kind = native" "interface = wan 198.18.4.$n/24" \
      "route = 198.19.$n.0/24 via 198.18.4.9"
  done
} >"$profile"
learn_plan
up_total=$(last_point $((${#plan_ids[@]} - 1)))
undo_total=$(($(undo_point "${#undo_ids[@]}") - 1 + ${#plan_ids[@]} - ${#undo_ids[@]}))
diag "${#plan_ids[@]} entries; points: $up_total up, $undo_total down"

for i in {1..12}; do
  point=$((1 + RANDOM % up_total))
  die_at "$point" up "$profile"
  ((i % 6 > 0)) || up_succeeds
  down_cleans
  verdict "five routers: up killed at $point of $up_total$( ((i % 6 > 0)) || echo ', and up again')"
done

for i in {1..12}; do
  point=$((1 + RANDOM % undo_total))
  up_without_waiting
  die_at "$point" down killed
  ((i % 6 > 0)) || up_succeeds
  down_cleans
  verdict "five routers: down killed at $point of $undo_total$( ((i % 6 > 0)) || echo ', and up again')"
done
plan
