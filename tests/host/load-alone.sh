#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit load` without a lab: between two namespaces, and its self-test. Frames of every kind come, and
# the packet filter of the receiver's namespace counts as many; interruption gives the result so far.
# holds: self-test
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

VRKIT_TEST_SOURCE=${VRKIT_TEST_SOURCE:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)}
left=vrkit-test-alone-$$-l
right=vrkit-test-alone-$$-r

# shellcheck disable=SC2317  # a trap calls it
leave () {
  ip netns delete "$left" 2>/dev/null || true
  ip netns delete "$right" 2>/dev/null || true
  leave_scratch
}

require_root
trap leave EXIT
ip netns add "$left"
ip netns add "$right"
ip -n "$left" link add port mtu 9000 type veth peer name port mtu 9000 netns "$right"
ip -n "$left" link set port up
ip -n "$right" link set port up

# between ARGUMENT…: a load from the left to the right.
between () {
  run_vrkit load --from "$left/port" --to "$right/port" --json "$@"
}

# is_of_schema NAME TEST: the output is as man/schemas/NAME.schema.json says.
is_of_schema () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/$1.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "$2"
}

# counted COLUMN: of both packet filters in the right namespace, packets (1) or bytes (2).
counted () {
  {
    ip netns exec "$right" iptables -t raw -nvxL PREROUTING
    ip netns exec "$right" ip6tables -t raw -nvxL PREROUTING
  } | awk -v column="$1" '/dpt:9/ { sum += $column } END { print sum }'
}

# all_come FRAMES NAME: the last load lost nothing, and its sums hold.
all_come () {
  assert_status 0 "$2: status"
  is_of_schema load "$2: as its schema says"
  shows ".asked == $1 and .sent == $1 and .received == $1 and .lost == 0 and .corrupted == 0
         and .duplicated == 0 and .reordered == 0 and .misaddressed == 0 and .ttl_right == $1
         and (.partial | not)" "$2: all of $1 come whole"
  shows '.sent == .received + ([.stages[].count] | add)
         and ([.streams[].sent] | add) == .sent and ([.streams[].received] | add) == .received
         and ([.latency_histogram_ns.counts[]] | add) == .received
         and .latency_ns.min <= .latency_ns.p50 and .latency_ns.p50 <= .latency_ns.p99
         and .latency_ns.p99 <= .latency_ns.p99_99 and .latency_ns.p99_99 <= .latency_ns.max' \
    "$2: the sums hold"
}

# --- Kinds of frames ------------------------------------------------------------------------------

between --count 2000 --rate 20kpps
all_come 2000 "IPv4"
between --count 2000 --rate 20kpps --ip 6 --size 80
all_come 2000 "IPv6"
between --count 1000 --rate 20kpps --vlan 9
all_come 1000 "IPv4, tagged"
between --count 1000 --rate 20kpps --ip 6 --vlan 9 --size 84
all_come 1000 "IPv6, tagged"
between --count 1200 --rate 20kpps --size imix --departures poisson
all_come 1200 "IMIX, Poisson departures"
between --count 1000 --rate 20kpps --size 64,1518,9018 --departures burst:16
all_come 1000 "three sizes up to 9018, in bursts"
between --duration 500ms --rate 4kpps --warm-up 200ms --settle 50ms
is_of_schema load "for half a second: as its schema says"
shows '.asked == 2000 and .sent > 0 and .received == .sent' "for half a second: what is sent comes"

between --count 10 --rate 100pps
shows '.received == 10 and .duration_ns >= 100000000 and .sent_pps <= 100 and .sent_pps >= 98' \
  "ten frames at a hundred a second take a tenth of it"

between --ip 6 --size 79
assert_status 2 "IPv6 of 79 bytes is refused"
assert_err "least size for IPv6 is 80" "the least size is named"
between --ip 6 --vlan 9 --size 83
assert_err "least size for IPv6, tagged, is 84" "the least size with a tag is named"
between --size 63
assert_err "least size for IPv4 is 64" "the least size of IPv4 is named"
between --size 9022
assert_err "its MTU of 9000 allows 9018" "a frame above the MTU is refused"

between --count 500 --rate 0.01% --line-rate 10Gbit/s
all_come 500 "a share of a line rate"
shows '.offered_pps == 1488' "a share of a line rate: as many frames of 84 bytes on the line"
between --size imix --count 500 --rate 25% --line-rate 10Mbit/s
shows '.offered_pps == 836' "a share of a line rate: by the mean of the sizes"
between --rate 50%
assert_status 2 "a share of what a veth claims is refused"
assert_err '"port" has no speed that a rate could be a share of, being a veth: state one, such as --line-rate 10Gbit/s' \
  "and the way out is told"
ip -n "$left" link add bridge type bridge
ip -n "$left" link set bridge up
run_vrkit load --from "$left/bridge" --to "$right/port" --rate 50%
assert_status 2 "a share of an unknown speed is refused"
assert_err '"bridge" has no speed that a rate could be a share of: state one' "it, too"
ip -n "$left" link delete bridge
between --rate 50% --line-rate 0bit/s
assert_status 2 "a line rate of 0 is refused"
assert_err "above 0 and up to 1000Gbit/s" "with what it may be"

# A billion a second is beyond any tester: it says so, and what it did send was not lost.
between --count 50000 --rate 1000Mpps
shows '.tester_limited and .sent == 50000 and [.stages[] | select(.id == "path").count] == [0]' \
  "a rate out of reach is the tester's limit, and no loss between"

# --- Generators and receivers ---------------------------------------------------------------------

for generator in packet xdp; do
  between --generator "$generator" --count 2000 --rate 20kpps --size 64,1518 --flows 10
  all_come 2000 "by $generator"
  shows ".generator == \"$generator\" and .generator_mode == \"copy\" and .system_calls <= 2000
         and .receiver == \"exact\" and .receiver_why == null" "by $generator: it says so"
done
shows '.generator_why | contains("no zero-copy")' "a veth has no zero-copy, and it is said"
between --generator xdp --count 1000 --rate 20kpps --ip 6 --vlan 9 --size 84,4000
all_come 1000 "by xdp: IPv6, tagged, small and large"
between --generator xdp --size 4101
assert_err "AF_XDP sends frames of up to 4100 bytes, not of 4101: take --generator packet" \
  "by xdp: the largest frame is named"
between --generator xdp --xdp-mode skb --count 2000 --rate 20kpps
all_come 2000 "by xdp, skb"
shows '.generator_mode == "skb-copy" and .generator_why == null' "by xdp, skb: as asked for"
between --generator xdp --xdp-mode native --count 2000
assert_status 4 "by xdp, native: not at an MTU of 9000"
assert_err 'no XDP in the driver on "port" (take --xdp-mode skb or auto' "and the way out is named"
set_mtu () {
  ip -n "$left" link set port mtu "$1"
  ip -n "$right" link set port mtu "$1"
}
set_mtu 1500
between --generator xdp --xdp-mode native --xdp-copy copy --count 2000 --rate 20kpps --ceiling always
all_come 2000 "by xdp, native, copied"
shows '.generator_mode == "native-copy" and .ceiling_pps > 20000' "by xdp, native: so it is, and its ceiling, too"
between --generator xdp --xdp-mode native --xdp-copy zerocopy --count 2000
assert_status 4 "by xdp: a veth has no zero-copy"
assert_err 'no zero-copy on "port" (take --xdp-copy copy or auto)' "and the way out is named, too"
is "$(ip -n "$left" link show dev port | grep -c prog/xdp)" 0 "no program is left"
set_mtu 9000
VRKIT_GENERATOR=xdp between --count 10
shows '.generator == "xdp"' "a generator from the environment"
between --generator pigeon
assert_status 2 "a generator that is none"
assert_err '--generator: "pigeon" is no generator: there are auto, packet, xdp' "those that are, are named"

# Two loads, as they are stored.
between --count 1000 --rate 20kpps
printf '%s\n' "$RUN_OUT" >"$TEST_DIR/one.json"
between --count 3000 --rate 20kpps --interval 50ms
printf '%s\n' "$RUN_OUT" >"$TEST_DIR/two.json"
run_vrkit histogram --json "$TEST_DIR/one.json" "$TEST_DIR/two.json"
is_of_schema histogram "their latencies as of one: as its schema says"
is "$(jq -c '[.loads, .count, .latency_ns.min, .latency_ns.max]' <<<"$RUN_OUT")" \
   "$(jq -sc 'map(select(.schema == "vrkit.load/1"))
              | [length, (map(.received) | add), (map(.latency_ns.min) | min), (map(.latency_ns.max) | max)]' \
        "$TEST_DIR/one.json" "$TEST_DIR/two.json")" "with all that came, the least and the greatest"

between --receiver counting --count 2000 --rate 20kpps
assert_status 0 "counting: status"
is_of_schema load "counting: as its schema says"
shows '.receiver == "counting" and .received >= 2000 and .lost == 0
       and ([.duplicated, .reordered, .corrupted, .misaddressed, .foreign, .ttl_right, .latency_ns,
             .jitter_ns, .latency_histogram_ns, .streams[0].received, .streams[0].latency_ns]
            | all(. == null))' "counting: what counters do not tell is null"
run_vrkit load --from "$left/port" --to "$right/port" --receiver counting
assert_out 'receiver   counting' "counting: the table says so"
between --receiver both
assert_status 2 "a receiver that is none"

between --count 100 --rate 10kpps --ceiling always
shows '.ceiling_pps > 1000 and .received == 100' "the tester's ceiling is measured where it is asked for"
between --count 20000 --rate 1000Mpps --receiver counting
shows '.tester_limited and .ceiling_pps > 1000' "and where the sender fell short"
between --count 20000 --rate 1000Mpps --receiver counting --ceiling never
shows '.ceiling_pps == null' "and not where it is not to be"
between --ceiling sometimes
assert_status 2 "a word that says no time"

run_vrkit load --self-test --generator pktgen --departures poisson
assert_status 2 "pktgen: departures that it does not have"
assert_err "pktgen has constant departures alone*generator packet" "pktgen: the way out"
if [[ -d /proc/net/pktgen ]] || modprobe --quiet --dry-run pktgen; then
  skip "a kernel without pktgen" "this one has it"
else
  between --generator pktgen
  assert_status 4 "a kernel without pktgen"
  assert_err "this kernel has no pktgen*modprobe pktgen*generator packet" "it says so, and the way out"
  is "$(find /run/vrkit -name pktgen 2>/dev/null)" "" "and leaves no note"
fi

# The program and its own counter agree on what the sender calls the kernel for.
calls_agree () {
  local name=$1
  shift
  RUN_OUT=$(strace -f -q -e trace=sendto,clock_nanosleep,io_uring_enter -o "$TEST_DIR/calls" \
    "$VRKIT" load --from "$left/port" --to "$right/port" --json --receiver counting --ceiling never "$@") || true
  # Those beyond: a wakeup when zero-copy is tried, and waits for the last frames.
  shows "(.system_calls - $(grep -cE 'sendto\(.*NULL, 0, |clock_nanosleep|io_uring_enter' "$TEST_DIR/calls")) as \$d
         | \$d >= -3 and \$d <= 0" "$name: strace counts the same system calls"
}
if command -v strace >/dev/null; then
  for generator in packet xdp; do
    calls_agree "$generator, paced" --generator "$generator" --count 500 --rate 5kpps
    shows '.system_calls <= .sent' "$generator, paced: a call a departure"
    calls_agree "$generator, flat out" --generator "$generator" --count 6400 --rate 1000Mpps
    shows '.system_calls <= .sent / 16' "$generator, flat out: a call for 16 frames"
    RUN_OUT=$(strace -f -q -o /dev/null -e inject=io_uring_setup:error=EPERM \
      "$VRKIT" load --from "$left/port" --to "$right/port" --json --generator "$generator" --count 200) || true
    shows '.sent == 200 and .lost == 0 and .generator_sleep == "clock_nanosleep"
           and (.generator_why | contains("no io_uring: Operation not permitted"))' \
      "$generator, without io_uring: it sleeps in another way, and says so"
  done
else
  skip "strace counts the same system calls" "no strace"
fi

# --- Another one counts the same ------------------------------------------------------------------

ip netns exec "$right" iptables -t raw -A PREROUTING -p udp --dport 9
ip netns exec "$right" ip6tables -t raw -A PREROUTING -p udp --dport 9
between --ceiling never --stream 'rate=6kpps count=3000 size=64 flows=1000' \
  --stream 'rate=3kpps count=1500 size=128,512 ip=6 flows=5,random'
all_come 4500 "two streams"
shows '[.streams[] | [.id, .offered_pps, .sent]] == [[0, 6000, 3000], [1, 3000, 1500]]' \
  "two streams: each at its rate"
is "$(counted 1)" 4500 "the packet filter has counted as many"
# Of IP, so without 14 bytes of header and the FCS.
is "$(counted 2)" $((3000 * (64 - 18) + 750 * (128 - 18) + 750 * (512 - 18))) \
  "the packet filter has counted as many bytes"

# --- What it says meanwhile, and when it is interrupted -------------------------------------------

between --count 2000 --rate 2kpps --interval 200ms
assert_status 0 "a load with intervals"
is "$(jq -r .schema <<<"$RUN_OUT" | tail -1)" vrkit.load/1 "the last line is the result"
lines=$RUN_OUT
RUN_OUT=$(jq -c 'select(.schema == "vrkit.interval/1")' <<<"$lines")
check "there are intervals" test "$(wc -l <<<"$RUN_OUT")" -ge 2
is_of_schema interval "intervals are as their schema says"
RUN_OUT=$(jq -cs '[.[] | select(.schema == "vrkit.interval/1").sent]' <<<"$lines")
shows '. == sort and .[-1] <= 2000' "what was sent grows"

between --count 2500 --rate 2kpps --sample 10ms
assert_status 0 "a load with samples"
lines=$RUN_OUT
RUN_OUT=$(tail -n 1 <<<"$lines")
is_of_schema load "with samples, the last line is as its schema says"
samples=$(jq -c 'select(.schema == "vrkit.sample/1")' <<<"$lines")
is "$(jq .sampling.samples <<<"$RUN_OUT")" "$(wc -l <<<"$samples")" "it says how many there were"
shows '.sampling.cpu_time_ns > 0 and .sampling.cpu_time_ns < .duration_ns' "and what they took"
RUN_OUT=$samples
is_of_schema sample "samples are as their schema says"
RUN_OUT=$(jq -cs . <<<"$samples")
shows 'length >= 10 and ([.[].elapsed_ns] | . == sort)
       and ([.[].points[] | select(.id == "sender-port").count] | . == sort and .[-1] > .[0])' \
  "samples: what has passed grows"
shows '[.[] | select(.cpu)] | length >= 1 and all(.[]; .cpu_duration_ns >= 1000000000)' \
  "samples: the processors are looked at every second"
run_vrkit load --from "$left/port" --to "$right/port" --sample 10ms
assert_status 2 "samples without --json are refused"
between --sample 10us
assert_err "1ms or more" "more often than every ms is refused"

"$VRKIT" load --from "$left/port" --to "$right/port" --json --duration 60s --rate 1kpps \
  --interval 100ms >"$TEST_DIR/out" 2>&1 &
pid=$!
until grep -q '"sent":[1-9]' "$TEST_DIR/out" || ! kill -0 "$pid" 2>/dev/null; do
  sleep 0.05
done
kill -INT "$pid"
RUN_STATUS=0
wait "$pid" || RUN_STATUS=$?
RUN_OUT=$(tail -n 1 "$TEST_DIR/out")
assert_status 1 "interrupted: status"
shows '.partial and .sent > 0 and .sent < 60000 and .asked == 60000
       and .received == .sent and (.tester_limited | type) == "boolean"' \
  "interrupted: the result so far"

# Also while it waits for the last frames, which it could do for a minute.
# shellcheck disable=SC2317  # wait_until calls it
has_come () {
  local came
  came=$(ip netns exec "$right" cat /sys/class/net/port/statistics/rx_packets)
  ((came >= $1))
}
for receiver in exact counting; do
  before=$(ip netns exec "$right" cat /sys/class/net/port/statistics/rx_packets)
  "$VRKIT" load --from "$left/port" --to "$right/port" --json --count 100 --rate 10kpps --settle 60s \
    --interval 100ms --receiver "$receiver" >"$TEST_DIR/out" 2>&1 &
  pid=$!
  wait_until 30 has_come $((before + 100)) || true
  sleep 0.5
  kill -INT "$pid"
  start=$SECONDS
  RUN_STATUS=0
  wait "$pid" || RUN_STATUS=$?
  check "$receiver: interrupted while it waits, it ends at once" test $((SECONDS - start)) -lt 10
  RUN_OUT=$(tail -n 1 "$TEST_DIR/out")
  assert_status 1 "$receiver: interrupted while it waits: status"
  shows '.sent == 100 and .received >= 100 and .partial' "$receiver: the result so far, marked partial"
done

# --- A router that is no lab's ---------------------------------------------------------------------

ip -n "$left" address add 198.18.5.1/24 dev port
ip -n "$left" link add inside type veth peer name outside netns "$right"
ip -n "$left" address add 198.18.6.1/24 dev inside
ip -n "$left" link set inside up
ip -n "$right" link set outside up
ip netns exec "$left" sysctl -qw net.ipv4.ip_forward=1
ip -n "$left" neighbour add 198.18.6.2 dev inside nud permanent \
  lladdr "$(ip -n "$right" -j link show outside | jq -r '.[0].address')"
run_vrkit load --from "$right/port" --to "$right/outside" --json --count 1000 --rate 10kpps \
  --source 198.18.5.2/24 --destination 198.18.6.2 --flows 100 \
  --next-hop "$(ip -n "$left" -j link show port | jq -r '.[0].address')"
assert_status 0 "through a router between two interfaces"
shows '.received == 1000 and .ttl_right == 0' "the router has taken one from each TTL"

# 500 flows to the 245 addresses from .10 to .254: the first three flows to .10 are 0, 245 and 490. A frame
# counts as the router sends it on.
ip -n "$left" route add 198.19.4.0/24 via 198.18.6.2
for host in 9 10 254 255; do
  ip netns exec "$right" iptables -t raw -A PREROUTING -i outside -p udp --dport 9 -m ttl --ttl-eq 63 -d "198.19.4.$host"
done
run_vrkit load --from "$right/port" --to "$right/outside" --json --count 1000 --rate 10kpps \
  --source 198.18.5.2/24 --destination 198.19.4.10/24 --flows 500 \
  --next-hop "$(ip -n "$left" -j link show port | jq -r '.[0].address')"
assert_status 0 "to many destinations"
is_of_schema load "to many destinations: as its schema says"
shows '.received == 1000 and .duplicated == 0 and .streams[0].flows == {count: 500, order: "in-turn", destinations: 245}' \
  "to many destinations: all come, and the result says to how many"
is "$(ip netns exec "$right" iptables -t raw -nvxL PREROUTING | awk '$8 ~ /^198\.19\.4\./ { print $1 }' | xargs)" \
  "0 6 4 0" "to many destinations: the packet filter has counted what each is due"

# --- Faults ---------------------------------------------------------------------------------------

between --from "$left/none"
assert_status 11 "an interface that is not there"
assert_err 'no interface "none" in namespace' "it is named"
run_vrkit load --from "$left/port" --to vrkit-none
assert_err 'no interface "vrkit-none" to test on: one in another network namespace is NETNS/vrkit-none' \
  "how to name one of another namespace is said"
run_vrkit load --from "$left/port" --to "vrkit-none/port"
assert_err "vrkit-none" "a namespace that is not there is named"
ip -n "$right" link set port down
between
assert_status 11 "an interface that is down"
between --receiver counting
assert_status 11 "an interface that is down, and whose counters are all that is looked at"
assert_err '"port" is down, and counts nothing: bring it up' "it is said"
ip -n "$right" link set port up

# A tunnel without a route: its interface takes frames that it does not send.
for side in "$left 1 2" "$right 2 1"; do
  read -r netns own other <<<"$side"
  ip -n "$netns" address add "198.18.7.$own/32" dev port
  ip -n "$netns" link add over type vxlan id 5 local "198.18.7.$own" remote "198.18.7.$other" \
    dstport 4789
  ip netns exec "$netns" sysctl -qw net.ipv6.conf.over.disable_ipv6=1
  ip -n "$netns" link set over up
  ip -n "$netns" route add "198.18.7.$other/32" dev port
done
run_vrkit load --from "$left/over" --to "$right/over" --json --count 500
all_come 500 "through a tunnel"
ip -n "$left" route delete 198.18.7.2/32
run_vrkit load --from "$left/over" --to "$right/over" --json --count 500
assert_status 1 "a tunnel without a route loses frames"
shows '.sent == 500 and [.stages[] | select(.count != 0)] == [{id: "sender-queue", count: 500}]' \
  "lost at sender-queue, and at no other stage"

# held_receiver PID: the thread of a load that examines frames, held up for some seconds, so that its
# buffer of 32 MiB fills.
# shellcheck disable=SC2317  # wait_until calls it
held_receiver () {
  local file name
  for file in /proc/"$1"/task/*/comm; do
    # A thread that has ended meanwhile would end the shell in $(<"$file").
    read -r name 2>/dev/null <"$file" || continue
    [[ $name == vrkit-receiver ]] || continue
    file=${file%/comm}
    strace -qq -o /dev/null -p "${file##*/}" -e trace=poll \
      -e inject=poll:delay_enter=3000000:when=1 &
    return
  done
  return 1
}
# The kernel's own frames would be dropped with the others, and counted.
for netns in "$left" "$right"; do
  ip netns exec "$netns" sysctl -qw net.ipv6.conf.port.disable_ipv6=1
done
# run_held COMMAND [OPTION…]: as run_vrkit, with the receiver held up.
run_held () {
  local command=$1 pid
  shift
  "$VRKIT" "$command" --from "$left/port" --to "$right/port" --json --size 1518 "$@" >"$TEST_DIR/out" &
  pid=$!
  wait_until 30 held_receiver "$pid"
  RUN_STATUS=0
  wait "$pid" || RUN_STATUS=$?
  RUN_OUT=$(<"$TEST_DIR/out")
}
if command -v strace >/dev/null; then
  run_held load --receiver exact --count 120000 --rate 20kpps --settle 6s
  assert_status 1 "a buffer that is full loses frames"
  shows '.sent == 120000 and .lost > 0 and .tester_limited
         and ([.stages[] | select(.count != 0)] == [{id: "receiver-buffer", count: .lost}])' \
    "lost at receiver-buffer, and at no other stage; the tester was the limit"
  run_held search --lower 19kpps --upper 20kpps --trial 6s --tester-tries 1 --max-trials 1 --settle 6s
  assert_status 1 "a search with such a trial finds nothing"
  is "$(head -n 1 <<<"$RUN_OUT" | jq -r '[.receiver, .tester_limited, .verdict] | @text')" \
    '["exact",true,"tester"]' "and takes no counters instead: the tester was the limit"
else
  skip "a buffer that is full" "no strace"
fi

run_vrkit load --self-test --count 5000 --rate 20kpps --json
all_come 5000 "self-test"
shows '.latency_bias_ns | [.told, .kernel, .added]
       | all(.[]; 0 < .p50 and .min <= .p50 and .p50 <= .p99 and .p99 <= .max)
         and (.[0].mean - .[1].mean - .[2].mean | fabs) <= 2 and .[0].min >= .[1].min + .[2].min' \
  "self-test: the latency it tells is the kernel's and its own"
shows '.generator == "packet" and .latency_bias_ns.path == "packet"' "self-test: of its own generator's path"
run_vrkit load --self-test --count 100 --json --generator xdp
is_of_schema load "self-test by xdp: as its schema says"
shows '.latency_bias_ns | .path == "xdp" and .added.p50 > 0 and .kernel.p50 > 0 and .told.p50 > .kernel.p50' \
  "self-test by xdp: of that one, by an estimate"
run_vrkit load --self-test --count 100 --json --ip 6 --size 84 --vlan 5
shows '.latency_bias_ns.added.p50 > 0' "self-test, IPv6 and tagged: with its own latency, too"
run_vrkit load --self-test --count 100
check "self-test: the table has its own latency" grep -qE '^added( +[0-9.]+){6}$' <<<"$RUN_OUT"
is "$(ip netns list | grep -c vrkit-self-test || true)" 0 "nothing is left of the self-test"
plan
