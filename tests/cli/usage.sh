#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A command line that is wrong: status 2, one line, and nothing is done.
# shellcheck disable=SC2016  # backticks are part of messages
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

export VRKIT_RUN_DIR=$TEST_DIR/run VRKIT_IMAGES=$TEST_DIR/images
profile=$TEST_DIR/lab.conf
cat >"$profile" <<END
[port left]
device = test
[router r1]
kind = native
interface = left 198.18.1.1/24
END

# misuse GLOB ARGUMENT…: refused with a message that holds the glob.
misuse () {
  local glob=$1
  shift
  run_vrkit "$@"
  is "$RUN_STATUS|$RUN_OUT|$(wc -l <"$TEST_DIR/run.err")" "2||1" "vrkit ${*@Q}: status 2, one line"
  assert_err "vrkit: *$glob" "vrkit ${*@Q}: says so"
}

run_vrkit
is "$RUN_STATUS|$RUN_OUT" "2|" "without a command: status 2"
assert_err "Usage: vrkit COMMAND" "without a command: the usage"

misuse 'no command "stauts": did you mean status?' stauts
misuse 'no command "-x"' -x
misuse 'no command "frobnicate"; `vrkit --help`' frobnicate
misuse 'no command ""' ''
misuse 'no command "a\\nb"' $'a\nb'
misuse 'usage: vrkit up *PROFILE' up
misuse 'usage: vrkit validate *PROFILE' validate
misuse 'usage: vrkit validate *PROFILE' validate "$profile" "$profile"
misuse 'usage: vrkit exec * LAB ROUTER -- COMMAND' exec lab
misuse 'usage: vrkit exec * LAB ROUTER -- COMMAND' exec lab r1
misuse 'usage: vrkit console' console lab
misuse 'usage: vrkit down' down
misuse 'usage: vrkit down' down lab --all
misuse 'usage: vrkit scale *NAME|PROFILE ROUTER=N' scale lab
misuse 'usage: vrkit load' load
misuse 'usage: vrkit run *EXPERIMENT' run
misuse '--resume goes on with the runs that were planned' run --resume --only a=b "$profile"
misuse 'usage: vrkit export *DIRECTORY' export
misuse 'there is no campaign' export "$TEST_DIR"
misuse '--repetitions=0: a number from 1 to 10000' run --repetitions 0 "$profile"
misuse 'cannot open "'*'No such file' run --dry-run "$TEST_DIR/none.conf"
misuse 'NAME: "a b" is not a valid lab name' down 'a b'
misuse 'NAME: "Lab" is not a valid lab name' load Lab
misuse 'NAME: "x;reboot" is not a valid lab name' status 'x;reboot'
misuse '--frob*`vrkit plan --help`' plan --frob "$profile"
misuse '-Z' status -Z
misuse '--graph is dot or mermaid, not "svg"' plan --graph svg "$profile"
misuse '--graph' plan "$profile" --graph
misuse '--timeout=soon: a duration from 1s to 24h' up --timeout soon "$profile"
misuse '--timeout=1ms: a duration from 1s to 24h' up --timeout 1ms "$profile"
misuse '--timeout=1ms: a duration from 1s to 24h' scale --timeout 1ms lab r=2
misuse '--timeout: ' exec --timeout soon lab r1 -- true
misuse '--count=0: 1 to 4294967296' load --count 0 lab
misuse '--count=5000000000' load --count 5000000000 lab
misuse '--count=many' load --count many lab
misuse '--rate=fast: a packet rate' load --rate fast lab
misuse '--rate=0: *above 0' load --rate 0 lab
misuse '--size=-1' load --size -1 lab
misuse '--size=9023' load --size 9023 lab
misuse '--flows=1000001: 1 to 1000000' load --flows 1000001 lab
misuse '--departures=soon: constant, poisson' load --departures soon lab
misuse '--ip=5: 4 or 6' load --ip 5 lab
misuse '--vlan=4095' load --vlan 4095 lab
misuse '--ttl=0: 1 to 255' load --ttl 0 lab
misuse '--stream: a stream has no "colour"; it has rate' load --stream 'colour=blue' lab
misuse '--stream: rate=0' load --stream 'rate=1k' --stream 'rate=0' lab
misuse '--duration=0: above 0' load --duration 0 lab
misuse '--duration: ' load --duration soon lab
misuse '--interval=0: above 0' load --interval 0 lab
misuse '--xdp-mode: "generic" is none of auto, skb, native' load --xdp-mode generic lab
misuse '--xdp-copy: "none" is none of auto, copy, zerocopy' load --xdp-copy none lab
misuse 'xdp-mode skb is of the generator xdp, not of auto: choose that' load --xdp-mode skb lab
misuse 'xdp-copy copy is of the generator xdp, not of packet' load --generator packet --xdp-copy copy lab
misuse 'xdp-mode skb copies each frame' search --generator xdp --xdp-mode skb --xdp-copy zerocopy lab
misuse '--self-test has interfaces of its own' load --self-test lab
misuse 'or --from and --to, or --self-test' load --from left
misuse 'usage: vrkit search' search
misuse 'or --from and --to, or --self-test' search --from left --upper 1k
misuse '--self-test has interfaces of its own' search --self-test --upper 1k lab
misuse '--upper is wanted' search lab
misuse '--upper=50%: a search knows no line rate that this were a share of: give packets or bits' search --upper 50% lab
misuse '--lower=1%: a search knows no line rate' search --upper 1k --lower 1% lab
misuse 'usage: vrkit control *LAB' control
misuse '--period=50ms: 100ms to 10s' control --period 50ms lab
misuse '--period=11s: 100ms to 10s' control --period 11s lab
misuse '--period: ' control --period soon lab
misuse '--for=0: above 0' control --for 0 lab
misuse '--dry-run: goes with --once' control --dry-run lab
misuse '--for=5s: goes without --once' control --once --for 5s lab
misuse '--metrics=127.0.0.1:0: goes without --once' control --once --metrics 127.0.0.1:0 lab
misuse '--detach: goes without --once' control --once --detach lab
misuse 'usage: vrkit calibrate *NAME' calibrate
misuse '--sizes=64,x: sizes in bytes' calibrate --sizes 64,x lab
misuse '--sizes=64,64: a size is there twice' calibrate --sizes 64,64 lab
misuse '--levels=0,50%: shares of a CPU' calibrate --levels 0,50% lab
misuse '--levels=120%: shares of a CPU' calibrate --levels 120% lab
misuse '--levels=50%,20%: shares are wanted in ascending order' calibrate --levels 50%,20% lab
misuse '--policy=fifo: deadline or quota' calibrate --policy fifo lab
misuse '--period=0: above 0' calibrate --period 0 lab
misuse '--repetitions=0: 1 to 1000' calibrate --repetitions 0 lab
misuse '--rate=0: above 0' calibrate --rate 0 lab
misuse '--contract=5kpps: goes with --show' calibrate --contract 5kpps lab
misuse '--contract: ' calibrate --show --contract fast lab
misuse '--tenants=0: a number is wanted, 1 to 100000' simulate --tenants 0
misuse '--tenants=many: a number is wanted' simulate --tenants many
misuse '--tenants=9: a recorded load (--load) has its own' simulate --tenants 9 --load /dev/null
misuse '--cores=5000: a number is wanted, 1 to 4096' simulate --cores 5000
misuse '1000 tenants on 2 cores: a core has room for 100' simulate --cores 2
misuse '--seed=-1: a number is wanted' simulate --seed -1
misuse '--period: 100ms to 10s' simulate --period 1ms
misuse '--duration: ' simulate --duration long
misuse '--duration: a period at least' simulate --duration 1ms
misuse 'would take hours' simulate --duration 8000h --period 100ms
misuse '--fill: ' simulate --fill much
misuse '--falsify=0.9: 0 to 0.5' simulate --falsify 90%
misuse '/dev/null: no line with a load' simulate --load /dev/null
misuse '/nonexistent: ' simulate --load /nonexistent
misuse 'lab lab is not up' calibrate --show lab
misuse 'usage: vrkit top *NAME' top
misuse '--interval=10ms: 100ms to 1h' top --interval 10ms lab
misuse '--interval: ' top --interval often lab
misuse '--count=-1: 0 or more' top --count -1 lab
misuse '--sort=size: name, offered, lost or use' top --sort size lab
misuse 'lab lab is not up' top --batch lab
misuse '--method: no method "guess": there are rfc2544, tst009, mlr' search --method guess --upper 1k lab
misuse 'the lower rate of 2000/s is above the upper of 1000/s' search --lower 2k --upper 1k lab
misuse '--upper: rate=fast: a packet rate' search --upper fast lab
misuse '--lower: rate=0' search --lower 0 --upper 1k lab
misuse '--width=0%: above 0 and below 100%, or a rate' search --width 0% --upper 1k lab
misuse '--width=100%: above 0 and below 100%' search --width 100% --upper 1k lab
misuse '--width: rate=0' search --width 0 --upper 1k lab
misuse '--width: rate=wide' search --width wide --upper 1k lab
misuse '--loss: "none" is not a share' search --loss none --upper 1k lab
misuse 'a loss ratio of 1: from 0 to below 1' search --loss 1 --upper 1k lab
misuse 'a loss ratio of 1: from 0 to below 1' search --method mlr --loss 0,100% --upper 1k lab
misuse 'each once, and in ascending order' search --method mlr --loss 1%,0 --upper 1k lab
misuse '2 loss ratios: method rfc2544 takes from 1 to 1' search --loss 0,1% --upper 1k lab
misuse '--loss: 9 ratios, at most 8' search --method mlr --loss 0,1%,2%,3%,4%,5%,6%,7%,8% --upper 1k lab
misuse '--max-repeat is no option of method rfc2544' search --max-repeat 3 --upper 1k lab
misuse '--verify-up-to is no option of method mlr' search -m mlr --verify-up-to 1% --upper 1k lab
misuse '--exceed is no option of method tst009' search -m tst009 --exceed 0.1 --upper 1k lab
misuse '--initial-trial is no option of method rfc2544' search --initial-trial 1s --upper 1k lab
misuse '--duration-sum is no option of method tst009' search -m tst009 --duration-sum 9s --upper 1k lab
misuse 'an exceed ratio of 1' search -m mlr --exceed 1 --upper 1k lab
misuse 'the duration sum of 0.5 s is less than a trial of 1 s' search -m mlr --duration-sum 500ms --upper 1k lab
misuse 'the initial trials of 2 s are longer' search -m mlr --initial-trial 2s --upper 1k lab
misuse '--max-repeat=0: 1 to 1000' search -m tst009 --max-repeat 0 --upper 1k lab
misuse '--trial=0: above 0' search --trial 0 --upper 1k lab
misuse '--max-trials=0: 1 to 1000000' search --max-trials 0 --upper 1k lab
misuse '--max-time: ' search --max-time soon --upper 1k lab
misuse '--tester-tries=none' search --tester-tries none --upper 1k lab
misuse '--pause: ' search --pause soon --upper 1k lab
misuse 'a stream of a search has no count' search --stream count=9 --upper 1k lab
misuse 'give it in pps or bit/s' search --stream rate=50% --upper 1k lab
misuse 'Unknown option --count' search --count 9 --upper 1k lab
misuse 'usage: vrkit image' image
misuse 'did you mean list' image lsit
misuse 'usage: vrkit image build' image build
misuse 'no recipe "rooter"*did you mean router' image build --recipes "$VRKIT_TEST_SOURCE/guest-image" rooter
misuse '--locked and --update-lock' image build --locked --update-lock router
misuse 'usage: vrkit image list' image list router
misuse 'bash, zsh and fish, not for "tcsh"' completion tcsh
misuse 'not "chapters"' man chapters
misuse 'absent.conf' validate "$TEST_DIR/absent.conf"
misuse "$TEST_DIR" validate "$TEST_DIR"

# Options by the environment, and which of the two wins.
VRKIT_GRAPH='dot' run_vrkit plan "$profile"
assert_out 'graph "lab" {' "VRKIT_GRAPH=dot is --graph=dot"
VRKIT_GRAPH='dot' run_vrkit plan --graph mermaid "$profile"
assert_out 'graph LR' "the command line wins over the environment"
VRKIT_JSON=1 run_vrkit validate "$profile"
assert_out '"vrkit.validate/1"' "VRKIT_JSON=1 is --json"
VRKIT_JSON=0 run_vrkit validate "$profile"
is "$RUN_OUT" "" "VRKIT_JSON=0 is not"
VRKIT_JSON='' run_vrkit validate "$profile"
is "$RUN_OUT" "" "an empty VRKIT_JSON is not"
VRKIT_QUIET=1 run_vrkit validate "$profile"
is "$RUN_STATUS|$RUN_OUT$RUN_ERR" "0|" "VRKIT_QUIET=1 is --quiet"
VRKIT_TIMEOUT=soon run_vrkit up "$profile"
is "$RUN_STATUS" 2 "a bad value of the environment: status 2"
assert_err "--timeout=soon" "a bad value of the environment: says so"
VRKIT_ROUTER=r9 run_vrkit plan --graph dot "$profile"
is "$RUN_STATUS" 0 "an option of another command means nothing"

run_vrkit plan --graph=dot -- "$profile"
is "$RUN_STATUS" 0 "-- ends the options"

check "nothing was made" test ! -e "$VRKIT_RUN_DIR" -a ! -e "$VRKIT_IMAGES"
plan
