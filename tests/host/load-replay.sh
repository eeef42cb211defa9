#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit load --replay` through a router: frames of a file come, at its own times or at a rate, the packet
# filter of the receiver counts as many, what the router drops is told, and bad files are refused.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

use_labs replay
file=$TEST_DIR/frames.pcap

# put HEX: its bytes.
put () {
  local hex=$1 escaped=
  while [[ -n $hex ]]; do
    escaped+="\\x${hex:0:2}"
    hex=${hex:2}
  done
  printf '%b' "$escaped"
}

# le32 N: in hex, the least byte first.
le32 () {
  local hex
  printf -v hex '%08x' "$1"
  printf '%s' "${hex:6:2}${hex:4:2}${hex:2:2}${hex:0:2}"
}

# pcap_header: of a file with times in us, of Ethernet.
pcap_header () {
  put "d4c3b2a1020004000000000000000000ffff000001000000"
}

# udp_frame TTL MARK PAYLOAD: in hex, from 198.18.1.100 to 198.18.2.100, with a payload of so many bytes.
udp_frame () {
  local ttl=$1 mark=$2 payload=$3 header sum=0 i total hex
  total=$((28 + payload))
  printf -v header '4500%04x00000000%02x110000c6120164c6120264' "$total" "$ttl"
  for ((i = 0; i < 40; i += 4)); do
    sum=$((sum + 0x${header:i:4}))
  done
  sum=$(((sum & 0xffff) + (sum >> 16)))
  printf -v hex '%04x' $((~((sum & 0xffff) + (sum >> 16)) & 0xffff))
  header=${header:0:20}$hex${header:24}
  printf -v hex '02000000000202000000000108 00%sc0000009%04x0000' "$header" $((8 + payload))
  for ((i = 0; i < payload; i++)); do
    printf -v hex '%s%02x' "$hex" "$mark"
  done
  printf '%s' "${hex// /}"
}

# record TIME-US HEX: a frame of a file.
record () {
  local length=$((${#2} / 2))
  put "$(le32 $(($1 / 1000000)))$(le32 $(($1 % 1000000)))$(le32 "$length")$(le32 "$length")$2"
}

# replays ARGUMENT…: a load that prints JSON.
replays () {
  run_vrkit load replay --json --replay "$file" "$@"
}

# sums_up NAME
sums_up () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/load.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" \
     "$1: the result is as its schema says"
  shows '.sent == .received + ([.stages[].count] | add)' "$1: sent is received and all stages"
}

# counted: packets that the receiver's packet filter has seen.
counted () {
  ip netns exec vrkit-replay-right iptables -t raw -nvxL PREROUTING \
    | awk '/dpt:9/ { sum += $1 } END { print sum }'
}

profile=$TEST_DIR/replay.conf
{
  two_ports replay
  router r1 1 "kind = native"
} >"$profile"
run_vrkit up --quiet "$profile"
assert_status 0 "the router is up"

# Forty frames of four kinds and sizes, 5 ms apart.
{
  pcap_header
  for ((n = 0; n < 40; n++)); do
    record $((n * 5000)) "$(udp_frame 64 $((n % 4)) $((32 + n % 4 * 100)))"
  done
} >"$file"
replays
assert_status 0 "at the file's own times"
sums_up "own times"
shows '.asked == 40 and .received == 40 and .lost == 0 and .duplicated == 0 and .offered_pps == 200
       and .replay != ""' "own times: all 40 come"
shows '.duration_ns >= 195000000' "own times: not before they are due"
replays --loops 3 --rate 1Mbit/s
assert_status 0 "three times over, at a rate"
shows '.received == 120 and .offered_pps == 548' "at a rate: that of the mean of the sizes"
replays --duration 100ms --count 1000
shows '.asked == 20 and .received == 20' "for 100 ms: what is due before"
replays --duration 200ms --rate 1kpps
shows '.asked == 200 and .sent > 0 and .received == .sent' "for 200 ms at a rate: over and over"

ip netns exec vrkit-replay-right iptables -t raw -A PREROUTING -p udp --dport 9
replays --count 100 --rate 2kpps
shows '.received == 100' "a hundred come"
# With the frames, of a signature, by which load finds that the router is ready.
check "the packet filter has counted as many" test "$(counted)" -ge 100 -a "$(counted)" -le 120

# Each fifth frame is at its last hop; and a file in which one frame stands twice in a row.
{
  pcap_header
  for ((n = 0; n < 50; n++)); do
    record 0 "$(udp_frame $((n % 5 == 0 ? 1 : 64)) $((n / 2)) 50)"
  done
} >"$file"
replays --rate 2kpps
assert_status 1 "the router drops some"
sums_up "TTL"
shows '.sent == 50 and .received == 40 and .lost == 10
       and ([.stages[] | select(.count != 0)] == [{id: "router-ttl", count: 10}])' \
  "ten are lost, for their TTL"
replays --duration 1s
assert_status 2 "a duration in a file without times is refused"
assert_err "tells no times that a duration could end" "with the reason"

# --- Bad files ------------------------------------------------------------------------------------

{
  pcap_header
  record 0 "$(udp_frame 64 1 50)"
  record 0 "$(udp_frame 64 1 1472)"
  record 0 "$(udp_frame 64 1 1473)"
} >"$file"
replays
assert_status 2 "a frame above the MTU is refused"
assert_err 'frame 3 of the file has 1519 bytes with FCS and does not fit interface "left": its MTU of 1500 allows 1518' \
  "with its number"
truncate --size=-7 "$file"
replays
assert_status 2 "a file that breaks off is refused"
assert_err "it breaks off after 2 frames" "with how far it goes"
printf 'no capture' >"$file"
replays
assert_status 2 "a file that is no capture is refused"
assert_err "no pcap or pcapng file" "with what would be one"
replays --size 64
assert_err "no --size with it" "a size with a replay is refused"
replays --loops -1
assert_err "--loops=-1: 1 or more" "a number of loops below 1 is refused"
rm "$file"
replays
assert_status 4 "a file that is not there"
run_vrkit down --quiet replay
assert_status 0 "the router is down"
plan
