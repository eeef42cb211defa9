# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A path with a known limit: two namespaces, and between them a third that forwards through a token
# bucket. Sourced by the search's test and its measurement.
#
# The bucket lets LIMIT frames of 64 bytes a second pass, and before it loses one it takes up ROOM more:
# its tokens, and its queue. So of a trial of T seconds LIMIT T + ROOM frames come through, and the greatest
# rate without loss is
#     LIMIT + ROOM / T
# as long as the sender is on time. A sender that was held up catches up by up to 10 ms of its rate at
# once, for which the bucket could not save tokens while it was full; then the rest of the trial has so
# much less room, and loses already above
#     LIMIT + (ROOM - RATE 10 ms) / T
# With ROOM >= RATE 10 ms it loses nothing below LIMIT, whatever the sender does.

limit_prefix=vrkit-test-limit-$$

limit_exec () {
  local side=$1
  shift
  ip netns exec "$limit_prefix-$side" "$@"
}

limit_ip () {
  local side=$1
  shift
  ip -n "$limit_prefix-$side" "$@"
}

limit_mac () { limit_ip "$1" -j link show "$2" | jq -r '.[0].address'; }

# limit_at NETNS INTERFACE RATE ROOM: the bucket, at its way out. It does not see the FCS.
limit_at () {
  local frame=60
  ip netns exec "$1" tc qdisc add dev "$2" root tbf rate $(($3 * frame * 8))bit \
    burst $(($4 * frame / 2)) limit $(($4 * frame / 2))
}

# limit_make RATE ROOM: frames a second, and frames; leaves in LIMIT_PATH the options of the way through.
limit_make () {
  local side
  for side in left middle right; do
    ip netns add "$limit_prefix-$side"
  done
  limit_ip middle link add left type veth peer name port netns "$limit_prefix-left"
  limit_ip middle link add right type veth peer name port netns "$limit_prefix-right"
  limit_ip left link set port up
  limit_ip right link set port up
  for side in left right; do
    limit_ip middle link set "$side" up
  done
  limit_ip middle address add 198.18.5.1/24 dev left
  limit_ip middle address add 198.18.6.1/24 dev right
  limit_exec middle sysctl -qw net.ipv4.ip_forward=1
  limit_ip middle neighbour add 198.18.6.2 dev right nud permanent lladdr "$(limit_mac right port)"
  limit_at "$limit_prefix-middle" right "$1" "$2"
  # shellcheck disable=SC2034  # an answer
  LIMIT_PATH=(--from "$limit_prefix-left/port" --to "$limit_prefix-right/port" --source 198.18.5.2/24
              --destination 198.18.6.2 --next-hop "$(limit_mac middle left)")
}

# limit_found RATE ROOM MILLISECONDS GOAL WIDTH: a filter for the lines that a search printed as JSON: for
# goal number GOAL, whose loss ratio is P, it found the limit of trials that long, within the width. At
# the rates around it a share P is lost, so they are the limit's over 1 - P; a frame more or less may be
# on its way through the bucket at the end.
limit_found () {
  printf '%s' ".[-1].goals[$4] as \$goal | .[-1] | (1 - \$goal.loss_ratio) as \$whole
    | ($3 / 1000) as \$s | ($1 + $2 / \$s) as \$limit
    | .found and .end == \"complete\" and (.partial | not) and (.tester_limited | not)
      and \$goal.narrow and \$goal.upper_pps - \$goal.lower_pps <= $5
      and \$goal.lower_pps <= (\$limit + 1 / \$s) / \$whole
      and \$goal.upper_pps * (1 + 0.01 / \$s / \$whole) >= (\$limit - 1 / \$s) / \$whole
      and \$goal.throughput_pps <= \$limit + 1 / \$s
      and \$goal.throughput_pps >= \$goal.lower_pps * \$whole - 1"
}

# shellcheck disable=SC2317  # a trap calls it
limit_remove () {
  local side
  for side in left middle right; do
    ip netns delete "$limit_prefix-$side" 2>/dev/null || true
  done
}

# limit_count: from now on the packet filters at both ends of the middle's path count the test frames: as
# they come in from the left, and as they come to the right.
limit_count () {
  local side
  for side in middle right; do
    limit_exec "$side" nft -f - <<'RULES'
table inet count {
  counter frames { }
  chain arriving {
    type filter hook prerouting priority raw
    udp dport 9 counter name frames
  }
}
RULES
  done
}

# limit_counted SIDE: frames, of middle (what was sent) or right (what came).
limit_counted () {
  limit_exec "$1" nft -j list counter inet count frames | jq '.nftables[] | .counter // empty | .packets'
}
