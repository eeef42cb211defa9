# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Taking shipped profiles up as they are: the lab comes up, each of its routers forwards frames of IPv4 and of
# IPv6 in both directions, and down leaves nothing. Not a test itself: it is sourced, and is not executable.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"
# shellcheck source-path=SCRIPTDIR source=ovs-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/ovs-common.sh"

# The profiles are looked at, and not the program: it is that of a user.
VRKIT=${VRKIT_TEST_PLAIN:-$VRKIT_TEST_BUILD}/vrkit

up_pid=
# shellcheck disable=SC2317  # a trap calls it
leave_profiles () {
  [[ -z $up_pid ]] || wait "$up_pid" || true
  leave_switch
}
trap leave_profiles EXIT

# routers_of PROFILE: those that the outside sees.
routers_of () {
  sed -nE 's/^\[(router|pvr|msr) ([^]]*)\].*/\2/p' "$1"
}

# begin_up NAME: in the background; wait_up tells its exit status.
begin_up () {
  "$VRKIT" up --quiet --timeout 300s "$VRKIT_TEST_SOURCE/profiles/$1.conf" >"$TEST_DIR/$1.up" 2>&1 &
  up_pid=$!
}

# Fewer frames than any queue has room for: none is lost because a guest has to wait for a CPU. One that waits
# for seconds may give up asking for a neighbour, though, so there are three tries; in `result` is the last.
# Without ROUTER ("") the way is that of the options alone.
# frames_pass LAB ROUTER [OPTION…]
frames_pass () {
  local lab=$1 router=$2
  shift 2
  for _ in 1 2 3; do
    result=$("$VRKIT" load "$lab" ${router:+--router "$router"} --json --settle 500ms --ceiling never --size 128 --rate 400 \
      --stream 'count=20 ip=4' --stream 'count=20 ip=6' "$@" 2>"$TEST_DIR/load" | jq --slurp --compact-output '.[-1]') \
      || true
    ! json_is '.lost == 0' <<<"$result" || return 0
    diag "$lab: $router: $(jq -c '[.stages[] | select(.count != 0) | {id, count}]' <<<"$result" 2>/dev/null || true)"
  done
}

# all_came NAME: of the last load.
all_came () {
  is "$(jq -c '[.streams[] | .sent, .received]' <<<"$result" 2>/dev/null || cat "$TEST_DIR/load")" '[20,20,20,20]' "$1"
}

# gateway LAB PORT 4|6, far_end LAB PORT 4|6: the router of a port's far end, and its own address.
gateway () { ip -n "vrkit-$1-$2" "-$3" -j route show default | jq -r '.[0].gateway // empty'; }
far_end () {
  ip -n "vrkit-$1-$2" "-$3" -j address show dev "$2" scope global | jq -r '[.[].addr_info[]?.local][0] // empty'
}

# one_hop LAB FROM TO: a trace between two ports shows the one router in between.
declare -A traced
one_hop () {
  local way to
  [[ -z ${traced[$*]:-} ]] || return 0
  traced[$*]=yes
  for way in 4 6; do
    to=$(far_end "$1" "$3" "$way")
    is "$(trace "$1" "$2" "$to")" "$(gateway "$1" "$2" "$way") $to" "$1: a trace of IPv$way from $2 to $3 shows one hop"
  done
}

# forwards LAB ROUTER: there, and back unless both ends are one port.
forwards () {
  local from to
  frames_pass "$1" "$2"
  all_came "$1: $2 forwards IPv4 and IPv6"
  read -r from to < <(jq -r '"\(.from) \(.to)"' <<<"$result") || true
  [[ $from != "$to" ]] || return 0
  frames_pass "$1" "$2" --from "$to" --to "$from"
  all_came "$1: $2 forwards back"
  one_hop "$1" "$from" "$to"
  one_hop "$1" "$to" "$from"
}

# Routers in a row, a network more than them: echoes go through all and come back, and so do the frames of a
# load through a chain.
declare -rA in_a_row=([chain]=3 [hubs]=2 [static]=2 [vlans]=3)

chain_passes () {
  frames_pass chain '' --from left --to right
  all_came "chain: IPv4 and IPv6 through all"
  is "$(jq -c '[.router, .hops, .ttl_right]' <<<"$result")" '["r1,r2,r3",3,40]' "chain: each router lowers the TTL"
  frames_pass chain '' --from right --to left
  all_came "chain: and back"
}

# row_forwards NAME
row_forwards () {
  local last=$((in_a_row[$1] + 1)) ttl=$((64 - in_a_row[$1])) way=198.18.1.1 way6=2001:2:0:1::1 i
  for ((i = 2; i < last; i++)); do
    way+=" 198.18.$i.2"
    way6+=" 2001:2:0:$i::2"
  done
  is "$(trace "$1" left "198.18.$last.2")" "$way 198.18.$last.2" "$1: a trace shows each router, in its place"
  is "$(trace "$1" left "2001:2:0:$last::2")" "$way6 2001:2:0:$last::2" "$1: so does one of IPv6"
  is "$(echoes "$1" left "198.18.$last.2" $ttl)" 3 "$1: IPv4 there and back"
  is "$(echoes "$1" left "2001:2:0:$last::2" $ttl)" 3 "$1: IPv6 there and back"
  [[ $1 != chain ]] || chain_passes
}

# Between any two of the ports a packet passes the two routers at its ends.
mesh_forwards () {
  local way from to near far pair
  for way in 'left right 1 2 12' 'left low 1 3 13' 'right low 2 3 23'; do
    read -r from to near far pair <<<"$way"
    is "$(echoes mesh "$from" "198.18.$far.2" 62)" 3 "mesh: IPv4 from $from to $to and back"
    is "$(echoes mesh "$from" "2001:2:0:$far::2" 62)" 3 "mesh: IPv6 from $from to $to and back"
    is "$(trace mesh "$from" "198.18.$far.2")" "198.18.$near.1 198.18.$pair.$far 198.18.$far.2" \
      "mesh: a trace from $from to $to shows the routers of both"
    is "$(trace mesh "$to" "2001:2:0:$near::2")" "2001:2:0:$far::1 2001:2:0:$pair::$near 2001:2:0:$near::2" \
      "mesh: and so does one of IPv6 back"
    frames_pass mesh '' --from "$from" --to "$to"
    all_came "mesh: frames from $from to $to"
    is "$(jq -c '[.router, .ttl_right]' <<<"$result")" "[\"r$near,r$far\",40]" "mesh: by two routers"
    frames_pass mesh '' --from "$to" --to "$from"
    all_came "mesh: and back"
  done
}

# bridge_of NAME PORT: the host's name for it.
bridge_of () {
  "$VRKIT" status --json "$1" | jq -r --arg port "$2" '.labs[].ports[] | select(.name == $port) | .ifname'
}

# learned BRIDGE: how many addresses a bridge of Linux has learned.
learned () {
  bridge fdb show br "$1" | grep -vc permanent || true
}

# known NAME: the neighbours of r1 on the port `pair`, and in which states they are.
known () {
  "$VRKIT" exec "$1" r1 -- ip neigh show dev pair | sed -E 's/ lladdr [^ ]*//; s/ router//; s/ *$//' | sort | paste -sd ' '
}

# What tells an interconnect from others, once packets have passed it.
hubs_differs () {
  is "$(learned "$(bridge_of hubs pair)")" 0 "hubs: the hub has learned nothing"
}
static_differs () {
  check "static: the bridge has learned addresses" test "$(learned "$(bridge_of static pair)")" -gt 0
  is "$(known static)" '198.18.2.2 PERMANENT 2001:2:0:2::2 PERMANENT' "static: r1 has r2 as its one neighbour, for good"
  is "$("$VRKIT" exec static r1 -- grep OutNeighborSolicits /proc/net/dev_snmp6/pair | tr -s ' \t' ' ')" \
    'Icmp6OutNeighborSolicits 0' "static: and has never asked for it"
}
vlans_differs () {
  local switch
  switch=$(bridge_of vlans near)
  is "$(bridge_of vlans far)" "$switch" "vlans: both pairs are on one switch"
  is "$(ovs-appctl fdb/show "$switch" | sed -nE 's/^ *[0-9]+ +([0-9]+) .*/\1/p' | sort | uniq -c | tr -s ' \n' ' ')" \
    ' 2 12 2 23 ' "vlans: two addresses in each VLAN, and none elsewhere"
}

# Those that are taken up by tests of their own: lab-up, msr, msr-control, control, control-cores
# and ovs-dpdk.
readonly own_tests='^(monolithic|msr-2-2|msr-2-2-cp|tenants|balance|vhost-user|vhosts)$'

# profiles_with PATTERN, profiles_without PATTERN: the names of the others that have such a line, or none.
profiles_with () {
  grep -lE "$1" -- "$VRKIT_TEST_SOURCE"/profiles/*.conf | xargs -n 1 basename -s .conf | grep -vE "$own_tests"
}
profiles_without () {
  grep -LE "$1" -- "$VRKIT_TEST_SOURCE"/profiles/*.conf | xargs -n 1 basename -s .conf | grep -vE "$own_tests"
}

# take_up NAME…: while one lab forwards, the next comes up.
take_up () {
  local names=("$@") name status router i
  need_guests
  use_labs "${names[@]}"
  remember_traces
  start_switch
  begin_up "${names[0]}"
  for ((i = 0; i < ${#names[@]}; i++)); do
    name=${names[i]}
    status=0
    wait "$up_pid" || status=$?
    is "$status$(<"$TEST_DIR/$name.up")" 0 "$name: up"
    ((i + 1 == ${#names[@]})) || begin_up "${names[i + 1]}"
    if [[ -n ${in_a_row[$name]:-} ]]; then
      row_forwards "$name"
      ! declare -F "${name}_differs" >/dev/null || "${name}_differs"
    elif declare -F "${name}_forwards" >/dev/null; then
      "${name}_forwards"
    else
      for router in $(routers_of "$VRKIT_TEST_SOURCE/profiles/$name.conf"); do
        forwards "$name" "$router"
      done
    fi
    run_vrkit down "$name"
    assert_status 0 "$name: down"
  done
  assert_no_trace "nothing of any of them is left"
}
