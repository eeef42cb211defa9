#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The disk of a lab host: the same tree gives the same bytes in whatever order its files were made, and
# everything about a file is kept: kind, mode, owner, names, times, capabilities.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib.sh
. "$here/../lib.sh"
require_root
make_ext4=$(readlink -f "$here/../../guest-image/make-ext4")
readonly uuid=11111111-2222-3333-4444-555555555555

# tree DIRECTORY FILTER: the same tree, its entries made in the order that FILTER gives the numbers.
tree () {
  local number
  mkdir -p "$1/usr/bin" "$1/a b"
  for number in $(seq 200 | "$2"); do
    printf '%s' "$number" > "$1/usr/bin/program-$number"
    mkdir "$1/a b/$number"
  done
  chmod 4755 "$1/usr/bin/program-7"
  chown 5:6 "$1/a b"
  chmod 1770 "$1/a b"
  ln -s 'a b/1' "$1/link"
  chown -h 3:4 "$1/link"
  ln "$1/usr/bin/program-9" "$1/a b/9/nine"
  ln "$1/usr/bin/program-9" "$1/nine"
  mknod -m 622 "$1/loop" b 7 260
  mkfifo "$1/fifo"
  touch "$1/system\\x2dd.slice"
  truncate -s 5M "$1/holes"
  touch -d @1000000000 "$1/holes"
  cp /bin/true "$1/able"
  setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$1/able"
}

# make_disk NAME
make_disk () {
  "$make_ext4" "$TEST_DIR/$1" "$TEST_DIR/$1.img" 64M lab "$uuid" 1700000000
}

# stat_of PATH: what the disk says of it.
stat_of () {
  debugfs -R "stat \"$1\"" "$TEST_DIR/forth.img" 2> "$TEST_DIR/log"
}

# says PATH PATTERN NAME
says () {
  check "$3" grep -qE "$2" <(stat_of "$1")
}

tree "$TEST_DIR/forth" cat
make_disk forth
tree "$TEST_DIR/back" tac
make_disk back
is "$(sha256sum < "$TEST_DIR/back.img")" "$(sha256sum < "$TEST_DIR/forth.img")" \
  "files made in another order give the same bytes"
check "the file system is sound" e2fsck -fn "$TEST_DIR/forth.img"

says /usr/bin/program-7 'regular +Mode: +04755' "a file's mode"
says '/a b' 'directory +Mode: +01770' "a directory's mode"
says '/a b' '^User: +5 +Group: +6 ' "an owner"
says /link '^Fast link dest: "a b/1"' "a symbolic link"
says /link '^User: +3 +Group: +4 ' "and its owner"
says /nine '^Links: 3 ' "a file of three names"
is "$(stat_of '/a b/9/nine' | head -n 1)" "$(stat_of /usr/bin/program-9 | head -n 1)" "which are one"
says /loop 'block special +Mode: +0622' "a device"
says /loop 'number: 07:260' "and its numbers"
says /fifo '^Inode: .*FIFO' "a pipe"
says '/system\x2dd.slice' '^Inode: .*regular' "a name with a backslash, as systemd has them"
says /holes 'mtime: 0x3b9aca00' "a time of before the epoch"
says /able 'mtime: 0x6553f100' "and none of after"
says /able 'security\.capability \(20\)' "a capability"
is "$(debugfs -R 'cat /able' "$TEST_DIR/forth.img" 2> "$TEST_DIR/log" | sha256sum)" \
  "$(sha256sum < /bin/true)" "and content"
allocated=$(stat_of /holes | sed -n 's/.*Blockcount: //p')
is "$allocated" 0 "holes stay holes"

touch "$TEST_DIR/back/"$'a"b'
status=0
make_disk back 2> "$TEST_DIR/log" || status=$?
is "$status" 1 "a name that cannot be written is an error"
check "that names it" grep -qF 'a"b' "$TEST_DIR/log"
plan
