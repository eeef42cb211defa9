#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Images, really built: the same lock gives the same bytes; locks, sources and the builder's checks
# with small packages made here; the router boots bare and says how its configuration went. Packages
# come from the cache of VRKIT_TEST_CACHE, and from the host's mirrors where that lacks them.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib.sh
. "$here/../lib.sh"
require_root

recipes=$(readlink -f "$here/../../guest-image")
cache=${VRKIT_TEST_CACHE:-/var/cache/vrkit}
export VRKIT_RECIPES=$recipes
guest=
trap '[[ -z $guest ]] || kill "$guest" 2> /dev/null || true; leave_scratch' EXIT

digests () {
  (cd "$1" && sha256sum initrd lock vmlinux vmlinuz)
}

# --- The router, twice -----------------------------------------------------------------------------

run_vrkit image build router --images "$TEST_DIR/one" --cache "$cache"
assert_status 0 "the router's image is built"
run_vrkit image build router --images "$TEST_DIR/two" --cache "$cache"
assert_status 0 "and once more, elsewhere"
is "$(digests "$TEST_DIR/two/router")" "$(digests "$TEST_DIR/one/router")" "both have the same bytes"
router=$TEST_DIR/one/router

run_vrkit image build router --images "$TEST_DIR/one" --cache "$cache"
assert_err "up to date" "a third build has nothing to do"
packed_bytes=$(($(stat -c %s "$router/vmlinuz") + $(stat -c %s "$router/initrd")))
check "kernel and initramfs take $((packed_bytes / 1024)) KiB, at most 40 MiB" \
  test "$packed_bytes" -le $((40 * 1024 * 1024))
is "$(grep -c :// "$router/lock" || true)" 0 "the lock names no host"
check "the unpacked kernel can be started by PVH" \
  grep -q 'Xen .*(0x00000012)' <(readelf --wide --notes "$router/vmlinux")

run_vrkit image verify router --images "$TEST_DIR/one"
assert_status 0 "verify finds it good"
run_vrkit image list --images "$TEST_DIR/one" --json
check "list says it in JSON" json_is '.schema == "vrkit.images/1" and .images[0].name == "router"' <<< "$RUN_OUT"

# --- Locks and sources, with small packages --------------------------------------------------------

pool=$TEST_DIR/pool
small=$TEST_DIR/small

# package NAME VERSION FILE… "PATH=SOURCE": a package of those files.
package () {
  local name=$1 version=$2 tree=$TEST_DIR/tree file
  shift 2
  rm -rf "$tree"
  mkdir -p "$tree/DEBIAN" "$pool"
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n' \
    "$name" "$version" > "$tree/DEBIAN/control"
  for file; do
    install -D "${file#*=}" "$tree/${file%%=*}"
  done
  dpkg-deb --root-owner-group --build "$tree" "$pool" > "$TEST_DIR/dpkg.log"
}

# recipe [LINE…]: a recipe of the packages "tool" and busybox, and further lines.
recipe () {
  mkdir -p "$small/files/usr/lib/vrkit"
  cp "$recipes/router/init" "$small/files/init"
  cp "$recipes/router/usr/lib/vrkit/agent" "$small/files/usr/lib/vrkit/agent"
  {
    printf '[image]\nname = small\ntype = router\n'
    printf '[kernel]\nfile = vmlinuz\nmodules = 6.1.0-test\n'
    printf '[packages]\nbusybox-static\ntool\n[files]\noverlay = files\n'
    (($# == 0)) || printf '%s\n' "$@"
  } > "$small/small.recipe"
}

build_small () {
  run_vrkit image build "$small/small.recipe" --images "$TEST_DIR/images" --cache "$TEST_DIR/cache" \
    --source "$pool" "$@"
}

mkdir -p "$small/6.1.0-test/kernel"
touch "$small/6.1.0-test/modules.order" "$small/6.1.0-test/modules.builtin"
cp "$router/vmlinuz" "$small/"
package busybox-static 1 "usr/bin/busybox=$(command -v busybox)"
printf '#!/bin/sh\n' > "$TEST_DIR/script"
package tool 1.0 "usr/bin/tool=$TEST_DIR/script"
recipe
build_small --update-lock
assert_status 0 "an image of a directory of packages and a local kernel"
check "its lock is written beside the recipe" test -s "$small/small.lock"
build_small --locked --force
assert_status 0 "the lock can be kept to"

initrd=$TEST_DIR/images/small/initrd
before=$(sha256sum "$initrd")
printf x | dd of="$initrd" bs=1 seek=1000 conv=notrunc status=none
run_vrkit image verify --images "$TEST_DIR/images"
assert_status 9 "verify finds a changed byte"
assert_err "initrd*SHA-256" "and names file and digest"
build_small --locked
is "$(sha256sum "$initrd")" "$before" "build mends it"

rm "$pool"/tool_* "$TEST_DIR"/cache/packages/*
package tool 1.1 "usr/bin/tool=$TEST_DIR/script"
build_small --locked --force
assert_status 4 "a version that is gone is an error with --locked"
assert_err "tool 1.0" "which names package and version"
build_small --force
assert_status 0 "and resolved anew without"
assert_err "changed: tool 1.0 -> 1.1" "which tells what changed"
is "$(jq -r '.packages[] | select(.name == "tool") | .version' "$TEST_DIR/images/small/lock")" 1.1 \
  "the image's lock has the new version"
is "$(jq -r '.packages[] | select(.name == "tool") | .version' "$small/small.lock")" 1.0 \
  "the recipe's lock stays as it is"
build_small
assert_err "up to date" "and the image counts as up to date"

build_small --update-lock
rm "$pool"/tool_* "$TEST_DIR"/cache/packages/*
printf '#!/bin/sh\nfalse\n' > "$TEST_DIR/script"
package tool 1.1 "usr/bin/tool=$TEST_DIR/script"
build_small --force
assert_status 9 "another file under the same version is refused"
assert_err "tool 1.1" "by name"
check "the old image is still there" "$VRKIT" image verify small --images "$TEST_DIR/images"

build_small --update-lock
recipe '[exclude]' 'packages = nothing'
build_small --locked --force
assert_status 4 "a lock of another recipe is an error with --locked"
build_small --force
assert_err "belongs to another recipe" "and resolved anew without"

# --- The lock of a host -----------------------------------------------------------------------------
# What installs a host's packages is Debian's, and takes minutes: here the builder only tells what it was given.

hosts=$TEST_DIR/hosts
cp -r "$recipes" "$hosts"
cat > "$hosts/build-host" << 'END'
#!/bin/bash
cd "$(dirname "$0")"
rm -f pins
[[ ! -e $1/pins ]] || cp "$1/pins" pins
for file in disk.img vmlinuz initrd; do printf x > "$1/out/$file"; done
printf 'kernel_version=6.1.0-test\npackage=tool %s amd64\n' "$(< installs)" > "$1/result"
END
printf '%s\n' '[image]' 'name = hosted' 'type = host' 'suite = bookworm' 'size = 1M' '[kernel]' 'file = vmlinuz' \
  'modules = 6.1.0-test' '[packages]' tool '[files]' 'overlay = host' > "$hosts/hosted.recipe"
cp -r "$small/vmlinuz" "$small/6.1.0-test" "$hosts/"

# build_hosted INSTALLED OPTION…
build_hosted () {
  printf '%s' "$1" > "$hosts/installs"
  shift
  run_vrkit image build hosted --recipes "$hosts" --images "$TEST_DIR/images" --cache "$TEST_DIR/cache" \
    --source "$pool" --force "$@"
}

build_hosted 1.1 --update-lock
assert_status 0 "a host's image"
check "of versions that no lock gives" test ! -e "$hosts/pins"
is "$(jq -r '.packages[] | "\(.name) \(.version)"' "$hosts/hosted.lock")" "tool 1.1" "its lock has what was installed"
build_hosted 1.1 --locked
assert_status 0 "a host's lock is kept to"
is "$(< "$hosts/pins")" $'Package: tool\nPin: version 1.1\nPin-Priority: 1001' "by what apt is to take"
build_hosted 1.2 --locked
assert_status 4 "something else was installed"
assert_err "tool 1.1 -> 1.2" "which is named"
mv "$pool"/tool_1.1_amd64.deb "$TEST_DIR/"
package tool 1.2 "usr/bin/tool=$TEST_DIR/script"
build_hosted 1.2 --locked
assert_status 4 "a version of a host's that is gone is an error with --locked"
assert_err "the source has no tool 1.1 any more" "which names package and version"
build_hosted 1.2
assert_status 0 "and resolved anew without"
check "by no lock" test ! -e "$hosts/pins"
assert_err "tool 1.1 -> 1.2" "which tells what changed"
rm "$pool"/tool_1.2_*
mv "$TEST_DIR/tool_1.1_amd64.deb" "$pool/"

# --- An archive of a past day ----------------------------------------------------------------------

# Such as the snapshot archive has: signed, and valid until a day that has passed.
archive=$TEST_DIR/archive
export GNUPGHOME=$TEST_DIR/gnupg
mkdir -m 700 "$GNUPGHOME"
mkdir -p "$archive/dists/bookworm/main/binary-amd64" "$archive/pool" "$TEST_DIR/keys"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key archive@example.org rsa2048 \
  sign never 2> "$TEST_DIR/gpg.log"
gpg --export > "$TEST_DIR/keys/archive.gpg"
gpgconf --kill gpg-agent
for deb in "$pool"/*.deb; do
  cp "$deb" "$archive/pool/"
  dpkg-deb --field "$deb"
  printf 'Filename: pool/%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" \
    "$(sha256sum "$deb" | cut -d ' ' -f 1)"
done > "$archive/dists/bookworm/main/binary-amd64/Packages"
(
  cd "$archive/dists/bookworm"
  printf 'Origin: Debian\nSuite: stable\nCodename: bookworm\nComponents: main\nArchitectures: amd64\n'
  printf 'Date: Sat, 07 Oct 2023 09:00:00 UTC\nValid-Until: Sat, 14 Oct 2023 09:00:00 UTC\nSHA256:\n'
  sha256sum main/binary-amd64/Packages | while read -r digest file; do
    printf ' %s %s %s\n' "$digest" "$(stat -c %s "$file")" "$file"
  done
) > "$archive/dists/bookworm/Release"
gpg --batch --quiet --clearsign --output "$archive/dists/bookworm/InRelease" "$archive/dists/bookworm/Release"
gpgconf --kill gpg-agent

# trusting DIR CMD…: CMD sees the keys of DIR where the host's apt has those that were added to it.
# shellcheck disable=SC2317  # run_vrkit calls it by the name in VRKIT
trusting () {
  # shellcheck disable=SC2016  # the inner shell's own
  unshare --mount --propagation private bash -c \
    'mount --bind "$1" /etc/apt/trusted.gpg.d && shift && exec "$@"' - "$@"
}

recipe
vrkit=$VRKIT
VRKIT=vrkit_trusting
# shellcheck disable=SC2317  # as above
vrkit_trusting () { trusting "$keys" "$vrkit" "$@"; }
mkdir "$TEST_DIR/no-keys"
keys=$TEST_DIR/no-keys pool=file:$archive
build_small --update-lock
assert_status 4 "an archive that is signed with no key of this host's is refused"
assert_err "signatures couldn't be verified" "for that"
rm -rf "$TEST_DIR/cache"
keys=$TEST_DIR/keys
build_small --update-lock
assert_status 0 "an archive of a past day"
is "$(jq -r '.packages[] | select(.name == "tool") | .version' "$small/small.lock")" 1.1 \
  "its versions are locked"
VRKIT=$vrkit pool=$TEST_DIR/pool

# --- Programs of vrkit's own ------------------------------------------------------------------------

recipe 'own = vrkit-absent'
build_small --force
assert_status 4 "a program that vrkit does not have is an error"
assert_err "own = vrkit-absent: vrkit has no such program for guests in \"$VRKIT_TEST_BUILD/guest\"" \
  "by name and place"
recipe 'own = vrkit-balance'
build_small --force
assert_status 0 "an image with vrkit's balancer"
is "$(lz4 -dc "$TEST_DIR/images/small/initrd" | cpio --quiet -i --to-stdout usr/sbin/vrkit-balance | sha256sum)" \
  "$(sha256sum < "$VRKIT_TEST_BUILD/guest/vrkit-balance")" "which is the one that was built"
recipe

# --- What the builder checks -----------------------------------------------------------------------

recipe '[modules]' 'load = frobnicate'
build_small --force
assert_status 4 "a module that the kernel has not is an error"
assert_err frobnicate "by name"
sed 's/^type = router/&\nprograms = frobnicate/' -i "$small/small.recipe"
sed '/^load/d' -i "$small/small.recipe"
build_small --force
assert_err "no program frobnicate" "so is a program that no package brings"
package tool 1.2 "usr/bin/tool=$(command -v jq)"
recipe
build_small --update-lock
assert_status 4 "so is a library that is missing"
assert_err "needs libjq" "by name"
printf '[image]\nname = small\nkind = router\n' > "$small/small.recipe"
build_small
assert_status 3 "a recipe with an unknown key is refused"
assert_err "small.recipe:3: unknown key" "with its place"

# --- The router boots ------------------------------------------------------------------------------

# boot CONFIG: starts the router with 128 MiB, and waits for the prompt of its console: the shell
# throws away what is typed before.
boot () {
  coproc CONSOLE {
    exec qemu-system-x86_64 -accel tcg -m 128 -nodefaults -display none -no-reboot -serial stdio \
      -kernel "$router/vmlinux" -initrd "$router/initrd" \
      -append "console=ttyS0 quiet panic=-1 $(jq -r .command_line "$router/manifest.json")" \
      -fw_cfg "name=opt/org.vrkit/config,file=$1" \
      -netdev hubport,id=n0,hubid=0 -device virtio-net-pci,romfile=,netdev=n0,mac=52:54:00:00:00:01 \
      -netdev hubport,id=n1,hubid=0 -device e1000,romfile=,netdev=n1,mac=52:54:00:00:00:02 \
      2> "$TEST_DIR/qemu.log"
  }
  guest=$CONSOLE_PID
  exec {to_guest}>&"${CONSOLE[1]}" {from_guest}<&"${CONSOLE[0]}"
  IFS= read -r -t 120 -d '#' _ <&"$from_guest" || diag "no prompt"
}

# ask COMMAND: what it prints in the guest, between two marks that the echo of the line does not hold.
ask () {
  local line started=''
  printf 'echo BEG""IN; %s; echo E""ND\n' "$1" >&"$to_guest"
  while IFS= read -r -t 120 line <&"$from_guest"; do
    line=${line%$'\r'}
    case $line in
      *BEGIN) started=yes ;;
      END) return 0 ;;
      *) [[ -z $started ]] || printf '%s\n' "$line" ;;
    esac
  done
  return 1
}

stop_guest () {
  kill "$guest" 2> /dev/null || true
  wait "$guest" 2> /dev/null || true
  guest=
  exec {to_guest}>&- {from_guest}<&-
}

# The shell is there before the router is.
readonly wait_for_status='until [ -s /run/vrkit/status ]; do sleep 1; done; cat /run/vrkit/status'

links='link 52:54:00:00:00:01 left 1500
link 52:54:00:00:00:02 right 1400'
printf 'vrkit-guest 1\nhostname r1\n%s\n%s\nend\n' "$links" \
  'sysctl net.ipv4.ip_forward 1
sysctl net.ipv6.conf.all.forwarding 1
address left 198.18.0.1/24
address right 198.18.1.1/24
address right 2001:2::1/64
neighbour 198.18.1.2 52:54:00:00:00:09 right
route 198.19.0.0/16 via 198.18.1.2
route 2001:2:0:1::/64 dev left' > "$TEST_DIR/good"
boot "$TEST_DIR/good"
status=$(ask "$wait_for_status") || true
is "${status%%$'\n'*}" ready "a router with 128 MiB is ready"
diag "$(sed -n 's/^uptime_ms /ready after ms of the guest: /p' <<< "$status")"
state=$(ask 'hostname; sysctl -n net.ipv6.conf.all.forwarding; ip -br address show right;
  ip route show 198.19.0.0/16; ip neigh show 198.18.1.2; ip -6 route show 2001:2:0:1::/64') || true
is "$(sed -n 1,2p <<< "$state" | paste -sd ' ')" "r1 1" "it has its name and forwards"
check "its addresses" grep -q 'right.*198.18.1.1/24 2001:2::1/64' <<< "$state"
check "its routes" grep -q '198.19.0.0/16 via 198.18.1.2 dev right' <<< "$state"
check "its neighbour" grep -q '198.18.1.2 dev right lladdr 52:54:00:00:00:09 PERMANENT' <<< "$state"
check "and its routes of IPv6" grep -q '^2001:2:0:1::/64 dev left' <<< "$state"
loaded=$(ask 'ip link add link left name left.5 type vlan id 5 && echo vlan
  nft add table inet x && nft list tables; tc qdisc add dev left root netem delay 1ms && echo netem
  bird --version 2>&1; dmesg | grep -c -i -E "oops|BUG:|call trace"') || true
check "modules load when they are needed" grep -q vlan <<< "$loaded"
check "nftables works" grep -q 'table inet x' <<< "$loaded"
check "so does the scheduler of packets" grep -q netem <<< "$loaded"
check "and BIRD" grep -q '^BIRD version' <<< "$loaded"
passed=$(ask 'ip netns add x; ip link set right netns x; ip -n x address add 198.18.0.2/24 dev right
  ip -n x link set right up; tc qdisc del dev left root; ping -c 3 -W 20 198.18.0.2') || true
check "packets pass between virtio and e1000" grep -q ', 0% packet loss' <<< "$passed"
is "${loaded##*$'\n'}" 0 "the kernel has no complaint"
stop_guest

printf 'vrkit-guest 1\n%s\naddress left 198.18.0.1/24\nroute 198.19.0.0/16 via 198.18.7.7\nend\n' "$links" \
  > "$TEST_DIR/bad"
boot "$TEST_DIR/bad"
status=$(ask "$wait_for_status") || true
is "${status%%$'\n'*}" failed "a router whose route cannot be has failed"
check "and says which" grep -q '198.19.0.0/16 via 198.18.7.7' <<< "$status"
stop_guest

printf 'vrkit-guest 1\nbeat nowhere\nend\n' > "$TEST_DIR/unheard"
boot "$TEST_DIR/unheard"
is "$(ask "$wait_for_status" | paste -sd ' ')" \
  "failed beat: vrkit-balance: no interface nowhere: No such device" \
  "a back-end that cannot be heard has failed, and says why"
stop_guest
plan
