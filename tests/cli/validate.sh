#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a bad profile gets: one line that says where and what, status 3, and a host that is untouched.
# shellcheck disable=SC2016  # a name tries to be a command
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

export VRKIT_RUN_DIR=$TEST_DIR/run VRKIT_IMAGES=$TEST_DIR/images
profile=$TEST_DIR/lab.conf
left='[port left]
device = test'
right='[port right]
device = test'
r1='[router r1]
interface = left 198.18.1.1/24'

# refused NAME COMMAND…: refused in one line, and nothing else is said.
refused () {
  local name=$1
  shift
  run_vrkit "$@" "$profile"
  is "$RUN_STATUS|$RUN_OUT|${RUN_ERR//[!$'\n']/}" "3||" "$name: $1: status 3, one line, no output"
}

# refuse NAME LINE GLOB PROFILE: refused at this line of the profile, with what the glob says.
refuse () {
  printf '%s\n' "$4" >"$profile"
  refused "$1" validate
  assert_err "vrkit: $profile:$2: *$3" "$1: says where and what"
}

accept () {
  printf '%s\n' "$2" >"$profile"
  run_vrkit validate "$profile"
  assert_status 0 "$1"
}

# A text of $1 characters.
long () {
  head -c "$1" /dev/zero | tr '\0' x
}

accept "a good profile" "$left
$r1"
accept "names of 31 characters" "[lab]
name = $(long 31)
[port $(long 31)]
device = test
[router $(long 31)]
interface = $(long 31)"

refuse "unknown key" 5 'memroy*did you mean "memory"' "$left
$r1
memroy = 256M"
refused "unknown key" plan
refused "unknown key" up --dry-run
refused "unknown key" check
refused "unknown key" down
refuse "unknown group" 1 'did you mean *router' "[ruoter r1]"
refuse "duplicate key" 6 'memory' "$left
$r1
memory = 128M
memory = 256M"
refuse "duplicate group" 5 'router' "$left
$r1
[router r1]"
refuse "unknown port" 4 'no port "lfet"; did you mean "left"' "$left
[router r1]
interface = lfet 198.18.1.1/24"
refuse "duplicate MAC" 6 '52:54:00:00:00:01*'"$profile:4" "$left
[router r1]
interface = left mac=52:54:00:00:00:01
[router r2]
interface = left mac=52:54:00:00:00:01"
refuse "duplicate address" 6 '198.18.1.1*'"$profile:4" "$left
$r1
[router r2]
interface = left 198.18.1.1/24"
refuse "two routers on an exclusive port" 7 'passthru' "$left
mode = passthru
$r1
[router r2]
interface = left 198.18.1.2/24"
refuse "gateway outside its subnet" 5 '198.18.9.1' "$left
$r1
route = 198.19.0.0/16 via 198.18.9.1"
refuse "neighbour outside its subnet" 5 '198.18.9.1' "$left
$r1
neighbour = 198.18.9.1 52:54:00:00:00:01 left"
refuse "test gateway outside its subnet" 4 '198.18.9.1' "$left
test-address = 198.18.1.2/24
test-gateway = 198.18.9.1
$r1"
refuse "address of a network" 4 '198.18.1.0' "$left
[router r1]
interface = left 198.18.1.0/24"
refuse "no address" 4 '198.18.1.256' "$left
[router r1]
interface = left 198.18.1.256/24"
refuse "prefix too long" 4 '33' "$left
[router r1]
interface = left 198.18.1.1/33"
refuse "MTU too large" 3 '65536*68 to 65535' "$left
mtu = 65536
$r1"
refuse "MTU too large for the card" 5 '16110' "$left
mtu = 20000
$r1
nic-model = e1000"
refuse "queue too long" 3 'queue-length*9999999*524288' "$left
queue-length = 9999999
$r1"
for vcpus in 0 256 -1 1.5 1e3 99999999999999999999 two; do
  refuse "vcpus = $vcpus" 5 "vcpus: *$vcpus*1 to " "$left
$r1
vcpus = $vcpus"
done
for memory in 0 1K 1025K 99999T 12X -1M; do
  refuse "memory = $memory" 5 "memory: *$memory" "$left
$r1
memory = $memory"
done

# Names that would be more than a name in a path, a shell, XML or a message.
for name in '../../etc' '.' 'a/b' 'a"b' "a'b" '<b>&amp;</b>' 'a$(reboot)' 'a;b' 'A' 'ä' '-a' '1a' \
            "$(long 32)" "$(long 300)"; do
  refuse "lab name ${name:0:40}" 2 'not a valid lab name' "[lab]
name = $name
$left
$r1"
  refuse "router name ${name:0:40}" 3 'not a valid router name' "$left
[router $name]"
  refuse "port name ${name:0:40}" 1 'not a valid port name' "[port $name]"
  refuse "image name ${name:0:40}" 5 'image: ' "$left
$r1
image = $name"
done
refuse "name with a blank" 3 'router' "$left
[router a b]"
refuse "name over two lines" 3 'router' "$left
[router a
b]"
refuse "control character" 5 'U+001B' "$left
$r1
image = $(printf 'a\033[2J')"
refuse "device as a path" 2 'device' '[port left]
device = ../../../etc/passwd'
refuse "emulator with arguments" 5 'emulator' "$left
$r1
emulator = /bin/sh -c reboot"
refuse "emulator by a relative path" 5 'emulator' "$left
$r1
emulator = qemu"
refuse "sysctl as a path" 5 'sysctl' "$left
$r1
sysctl = net/../../../etc/passwd 1"
refuse "sysctl outside net, kernel and vm" 5 'sysctl' "$left
$r1
sysctl = fs.file-max 1"
refuse "a host's sysctl by a native router" 6 'sysctl' "$left
$r1
kind = native
sysctl = vm.swappiness 1"
refuse "no router" 1 'no router' "$left
$right"
refuse "no group" 1 '' "memory = 256M"
refuse "no key" 2 '' "[lab]
= 3"
refuse "a line that is none" 2 '' "[lab]
words without an equals sign"
refuse "a line too long" 2 '4096' "[lab]
description = $(long 5000)"

refuse "100,000 routers" 4098 'at most 4096' "[lab]
$(seq -f '[router r%.0f]' 100000)"
refuse "a profile that includes itself" 1 'lab.conf' 'include = lab.conf'
refuse "a circle of includes" 1 '' 'include = circle.conf'
printf 'include = lab.conf\n' >"$TEST_DIR/circle.conf"
printf 'include = circle.conf\n' >"$profile"
refused "a circle of two" validate
assert_err "circle.conf:1: *lab.conf" "a circle of two: says where"
refuse "an include that is absent" 1 'absent.conf' 'include = absent.conf'
refuse "an include that is a directory" 1 '' 'include = .'

printf '[lab]\nname = \xff\xfe\n' >"$profile"
refused "no UTF-8" validate
printf '[lab]\nname = a\0b\n' >"$profile"
refused "a NUL" validate
head -c 100000 /dev/urandom >"$profile"
refused "noise" validate
: >"$profile"
refused "an empty profile" validate

check "nothing was made" test ! -e "$VRKIT_RUN_DIR" -a ! -e "$VRKIT_IMAGES"
for profile in "$VRKIT_TEST_SOURCE"/profiles/*.conf; do
  run_vrkit validate "$profile"
  assert_status 0 "the shipped profile ${profile##*/} is valid"
done
plan
