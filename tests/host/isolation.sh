#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tenants that know nothing of one another: two multistage routers and one of parallel members, each a lab,
# with the same MAC and IP addresses and the same names. No packet of one reaches another, also where
# a guest of one, or who is at its port, takes the MAC addresses of another's inside.
# holds: guests
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

# Packets are looked at, and not the program: it is that of a user.
VRKIT=${VRKIT_TEST_PLAIN:-$VRKIT_TEST_BUILD}/vrkit

readonly labs=(red blue green)
readonly -A kind_of=([red]=msr [blue]=msr [green]=pvr) net_of=([red]=1 [blue]=2 [green]=3)
# Where packets are counted: its guests, and the far ends of its ports.
readonly -A places_of=([red]='r-lb1 r-br1 left right' [blue]='r-lb1 r-br1 left right' [green]='r-1 r-2 left right')
declare -A seen

need_guests
use_labs "${labs[@]}"
remember_traces
for lab in "${labs[@]}"; do
  {
    two_ports "$lab" | sed 's/^device = test$/&\nqueue-length = 1000/'
    cat <<END
[${kind_of[$lab]} r]
$([[ ${kind_of[$lab]} != msr ]] || echo 'routers = 1')
interface = left 198.18.1.1/24 mac=02:00:00:00:00:01
interface = right 198.18.2.1/24 mac=02:00:00:00:00:02
route = 198.19.0.0/16 via 198.18.2.100
END
  } >"$TEST_DIR/$lab.conf"
done

# inside LAB PLACE COMMAND…
inside () {
  case $2 in
    left | right) ip netns exec "vrkit-$1-$2" "${@:3}" ;;
    *) "$VRKIT" exec "$1" "$2" -- "${@:3}" ;;
  esac
}

# count_in LAB PLACE: what comes in there on any interface, by whose destinations it has.
count_in () {
  local links name rules='' counters=''
  links=$(inside "$1" "$2" ls /sys/class/net | grep -vx lo | paste -sd ,)
  for name in "${labs[@]}"; do
    counters+="counter $name { }; "
    rules+="ip daddr 198.19.${net_of[$name]}.0/24 counter name $name; "
  done
  inside "$1" "$2" nft "table netdev seen { $counters
    chain in { type filter hook ingress devices = { $links } priority -450; $rules }
  }"
}

# look LAB: leaves in seen[LAB/OF] how many packets to destinations of the lab OF were counted there.
look () {
  local place name count
  for name in "${labs[@]}"; do seen[$1/$name]=0; done
  for place in ${places_of[$1]}; do
    while read -r name count; do
      : $((seen[$1/$name] += count))
    done < <(inside "$1" "$place" nft -j list counters | jq -r '.nftables[].counter // empty | "\(.name) \(.packets)"')
  done
}

# mac LAB GUEST: its address inside.
mac () { inside "$1" "$2" cat /sys/class/net/r-inner/address; }

# forge LAB PLACE LINK SOURCES DESTINATIONS: echoes from there to some of the lab's own destinations, from each of
# these MAC addresses to each, and the link has its own again. Nobody answers them.
# shellcheck disable=SC2317  # check calls it
forge () {
  # shellcheck disable=SC2016  # for the place's shell
  inside "$1" "$2" sh -c '
    link=$1 net=$2 own=$(cat "/sys/class/net/$1/address")
    ip route replace "$net.64/26" dev "$link" || exit
    for source in $3; do
      ip link set "$link" address "$source" || exit
      host=64
      for mac in $4; do
        ip neighbour replace "$net.$host" lladdr "$mac" dev "$link" || exit
        ping -c 1 -W 1 -w 1 "$net.$host" >/dev/null 2>&1 &
        host=$((host + 1))
      done
      wait
    done
    ip neighbour flush dev "$link" to "$net.64/26" nud permanent
    ip link set "$link" address "$own" && ip route delete "$net.64/26" dev "$link"' \
    sh "$3" "198.19.${net_of[$1]}" "$4" "$5"
}

for lab in "${labs[@]}"; do
  run_vrkit up --timeout 180s "$TEST_DIR/$lab.conf"
  assert_status 0 "$lab is up"
  for place in ${places_of[$lab]}; do count_in "$lab" "$place"; done
done
for lab in "${labs[@]}"; do
  run_vrkit load "$lab" --from left --to right --router r --destination "198.19.${net_of[$lab]}.1" --rate 400 --count 200 \
    --flows 20 --json
  RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
  shows '.received == 200' "$lab forwards its own"
  look "$lab"
  check "and they were seen there" test "${seen[$lab/$lab]}" -ge 400
done

outer='02:00:00:00:00:01 02:00:00:00:00:02'
inner="$(mac blue r-lb1) $(mac blue r-br1)"
all=ff:ff:ff:ff:ff:ff
before=${seen[red/red]}
check "a back-end takes another's addresses" forge red r-br1 r-inner "$inner $outer" "$inner $outer $all $(mac red r-lb1)"
look red
# To all, and to its own balancer, from each of four.
check "what it sends to its own balancer comes there" test "${seen[red/red]}" -ge $((before + 8))
for lab in red green; do
  for port in left right; do
    check "who is at the port $port of $lab takes them" forge "$lab" "$port" "$port" "$inner" "$inner $outer $all"
  done
done
check "a member of parallel routers takes them" forge green r-1 left "$inner" "$inner $outer $all"

for lab in "${labs[@]}"; do
  look "$lab"
  for other in "${labs[@]}"; do
    [[ $lab == "$other" ]] || is "${seen[$lab/$other]}" 0 "no packet of $other was seen in $lab"
  done
done
for lab in "${labs[@]}"; do
  run_vrkit down "$lab"
  assert_status 0 "$lab: down"
done
assert_no_trace "nothing of any of them is left"
plan
