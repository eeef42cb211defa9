# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Routers outside the lab: BIRD in a network namespace, the one of the routers' own image, in a root of its
# own. Not a test: it is sourced, and is not executable.

bird_root=''
bird_pids=()

# bird_take IMAGE ROOT: takes BIRD and its libraries out of a router's image.
bird_take () {
  bird_root=$2
  mkdir -p "$bird_root"
  lz4 -dc "$1/initrd" | (cd "$bird_root" && cpio --quiet -id --no-absolute-filenames bin lib lib64 sbin \
    'usr/sbin/bird*' 'usr/lib64/*' 'usr/lib/*.so*' 'usr/lib/x86_64-linux-gnu/*.so*')
}

# bird_start NETNS NAME: by the configuration $bird_root/NAME.conf.
bird_start () {
  ip netns exec "$1" chroot "$bird_root" /usr/sbin/bird -f -c "/$2.conf" -s "/$2.ctl" -P "/$2.pid" \
    >"$bird_root/$2.log" 2>&1 &
  bird_pids+=($!)
}

# bird_tell NAME COMMAND…: what it answers.
bird_tell () {
  local name=$1
  shift
  chroot "$bird_root" /usr/sbin/birdc -s "/$name.ctl" "$@"
}

bird_stop () {
  local pid
  for pid in "${bird_pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  bird_pids=()
}
