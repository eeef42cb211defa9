#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What plan prints, as text, JSON and graph, and what it refuses: all without root, and without a
# change of the host.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

export VRKIT_RUN_DIR=$TEST_DIR/run VRKIT_IMAGES=$TEST_DIR/images
schemas=$VRKIT_TEST_SOURCE/man/schemas
profiles=$VRKIT_TEST_SOURCE/profiles
profile=$TEST_DIR/lab.conf

# is_of_schema NAME: the last output is one JSON object, and as man/schemas/NAME.schema.json says.
is_of_schema () {
  local complaints
  complaints=$(jq -r --slurpfile schema "$schemas/$1.schema.json" \
                 -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1) || complaints+=" failed"
  is "$complaints" "" "$2"
}

# refuse STATUS NAME GLOB PROFILE: no plan, and why.
refuse () {
  printf '%s\n' "$4" >"$profile"
  run_vrkit plan "$profile"
  is "$RUN_STATUS|$RUN_OUT|${RUN_ERR//[!$'\n']/}" "$1||" "$2: status $1, one line, no output"
  assert_err "vrkit: *$3" "$2: says so"
}

# The profile that the rest is about; TCG, so that KVM need not be tried.
guests () {
  cat <<END
[lab]
name = sketch
[port left]
device = test
test-address = 198.18.1.2/24
[port right-hand]
device = test
[router r1]
accel = tcg
interface = left 198.18.1.1/24
interface = right-hand
$1
[router r2]
kind = native
interface = left
END
}

fake_image router
fake_image other
guests '' >"$profile"

run_vrkit plan "$profile"
is "$RUN_STATUS|$RUN_ERR" "0|" "a plan, with nothing on standard error"
text=$RUN_OUT
assert_out "domain vrkit-sketch-r1 " "it starts the guest"
assert_out "netns vrkit-sketch-r2 " "it makes the native router's namespace"
assert_out "netns vrkit-sketch-left " "it makes the test port's namespace"
assert_out "  # $profile:8: router r1" "it names places in the profile"
is "$(grep -vcE '^(# note: .+|[a-z]+ [^ ]+( [a-z0-9-]+=[^ ]*)*  # .+)$' <<<"$text")" 0 \
   "every line is a note, or KIND TARGET key=value # why"
printf '[tenant red]\nrouters = r1\nrate = 5kpps\n' >"$TEST_DIR/tenant"
cat "$profile" "$TEST_DIR/tenant" >"$TEST_DIR/with-tenant.conf"
run_vrkit plan "$TEST_DIR/with-tenant.conf"
assert_out "note: 1 tenant: \`vrkit control sketch\` holds their rates, while it runs" \
  "it says who holds what tenants are promised"
run_vrkit plan "$profile"
is "$RUN_OUT" "$text" "the same profile gives the same plan"
run_vrkit check --run-dir "$TEST_DIR/checked" --connect test:///nonexistent "$profile"
assert_status 4 "check of a lab with a guest, without libvirt"
assert_err "lab sketch cannot be brought up here: libvirt: no answer" "it says what is missing"
is "$(grep -c 'can be brought up here' <<<"$RUN_OUT")" 0 "it does not say that it can be brought up"
run_vrkit check --run-dir "$TEST_DIR/checked" --connect test:///nonexistent "$profiles/native.conf"
assert_status 0 "check of a lab without guests, without libvirt"
assert_out "lab native can be brought up here" "it can be brought up"

run_vrkit plan --json "$profile"
json=$RUN_OUT
is_of_schema plan "as JSON it is of vrkit.plan/1"
is "$(jq -r '.operations[] | "\(.kind) \(.target)"' <<<"$json")" \
   "$(grep -v '^#' <<<"$text" | cut -d ' ' -f 1,2)" "JSON and text have the same operations"
is "$(jq -r '[.operations[] | "\(.kind) \(.target)"] as $ids
             | .operations | to_entries[] | .key as $at | .value.needs[]
             | select(. as $need | $ids[:$at] | index($need) | not)' <<<"$json")" "" \
   "what an operation needs stands before it"
is "$(jq '[.operations[] | "\(.kind) \(.target)"] | length - (unique | length)' <<<"$json")" 0 \
   "no operation stands twice"

# Shapes: in both languages every edge joins nodes that were declared.
run_vrkit plan --graph dot "$profile"
is "$(sed -n '1p;$p' <<<"$RUN_OUT")" $'graph "sketch" {\n}' "dot: one graph"
is "$(sed '1d;$d' <<<"$RUN_OUT" \
      | grep -vcE '^  (([a-z0-9_]+) \[shape=(box|ellipse), label="[^"]*"\]|[a-z0-9_]+ -- [a-z0-9_]+ \[label="[^"]*"\]);$')" \
   0 "dot: nodes and edges, and nothing else"
nodes=$(sed -nE 's/^  ([a-z0-9_]+) \[shape.*/\1/p' <<<"$RUN_OUT" | sort)
is "$nodes" $'port_left\nport_right_hand\nrouter_r1\nrouter_r2' "dot: ports and routers are nodes"
edges=$(sed -nE 's/^  ([a-z0-9_]+) -- ([a-z0-9_]+) .*/\1 \2/p' <<<"$RUN_OUT" | sort)
is "$edges" $'router_r1 port_left\nrouter_r1 port_right_hand\nrouter_r2 port_left' \
   "dot: interfaces are edges"
run_vrkit plan --graph mermaid "$profile"
is "$(sed -nE 's/^  ([a-z0-9_]+)(\(\[|\[).*/\1/p' <<<"$RUN_OUT" | sort)" "$nodes" \
   "mermaid: the same nodes"
is "$(sed -nE 's/^  ([a-z0-9_]+) ---\|.*\| ([a-z0-9_]+)$/\1 \2/p' <<<"$RUN_OUT" | sort)" "$edges" \
   "mermaid: the same edges"

run_vrkit validate --json "$profile"
is_of_schema validate "validate --json is of vrkit.validate/1"
run_vrkit image list --json
is_of_schema images "image list --json is of vrkit.images/1"

memory_mib=$(($(sed -nE 's/^MemTotal: *([0-9]+) kB/\1/p' /proc/meminfo) / 1024))
refuse 5 "more memory than the host has" "$profile:8: *this host has * MiB" \
  "$(guests "memory = $((memory_mib + 1))M")"
guests '' >"$profile"
(
  cd "$TEST_DIR"
  "$VRKIT" plan --json --images images "$profile" | jq -r '.operations[].payload // empty' >domain.xml
)
check "a directory that was given relative to here is absolute for libvirt" \
  grep -qF "<kernel>$TEST_DIR/images/router/" "$TEST_DIR/domain.xml"
refuse 4 "an image that is not there" 'no such image*vrkit image build absent' \
  "$(guests 'image = absent')"
printf 'x' >>"$VRKIT_IMAGES/other/initrd"
refuse 9 "an image of another size" "$VRKIT_IMAGES/other/initrd*build it anew" \
  "$(guests 'image = other')"
fake_image other
printf 'INITRD' | dd of="$VRKIT_IMAGES/other/initrd" conv=notrunc status=none
refuse 9 "an image that fails its digest" "$VRKIT_IMAGES/other/initrd*SHA-256*build it anew" \
  "$(guests 'image = other')"
run_vrkit image verify other
is "$RUN_STATUS|$RUN_OUT" "9|" "image verify: status 9"
cp -r "$VRKIT_TEST_SOURCE/guest-image" "$TEST_DIR/recipes"
rm -f "$TEST_DIR/recipes/host-debian12.lock"
run_vrkit image build --locked --recipes "$TEST_DIR/recipes" --cache "$TEST_DIR/cache" \
  --images "$TEST_DIR/built" host-debian12
assert_status 4 "a host's image by a lock that is not there"
assert_err 'host-debian12.lock" cannot be kept to: there is none' "it is said before anything is done"
check "nothing was fetched" test ! -e "$TEST_DIR/cache"
run_vrkit image verify
is "$RUN_STATUS|${RUN_OUT%% *}|$(wc -l <<<"$RUN_OUT")" "9|router|1" "image verify of all goes on to the good one"
printf '{' >"$VRKIT_IMAGES/other/manifest.json"
refuse 4 "a manifest that is none" "$VRKIT_IMAGES/other/manifest.json" "$(guests 'image = other')"
refuse 4 "an interface that is not there" "device = vrnone0: this host has no such interface" \
  "[port left]
device = vrnone0
[router r1]
kind = native
interface = left"
refuse 4 "vhost without KVM" "vhost = on" "$(guests 'vhost = on')"
# A kernel that does not tell is tried.
bridged=$(sed -e 's/^attach = ovs$/attach = bridge/' -e 's/^\[router .*/&\nkind = native/' "$profiles/vlans.conf")
config=$(zcat /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null || true)
if [[ -n $config ]] && ! grep -qx 'CONFIG_BRIDGE_VLAN_FILTERING=y' <<<"$config"; then
  refuse 4 "VLANs of a bridge where there are none" \
    "\[port near\] vlan = 12: bridges of this kernel know no VLANs*attach = ovs, or remove the key" "$bridged"
else
  printf '%s\n' "$bridged" >"$profile"
  run_vrkit plan "$profile"
  assert_out " vlan=12 " "VLANs of a bridge are planned"
fi

for profile in "$profiles"/*.conf; do
  sed -E 's/^\[(router|pvr|msr) .*/&\naccel = tcg/' "$profile" >"$TEST_DIR/${profile##*/}"
  if grep -q '^accel' "$profile"; then
    cp "$profile" "$TEST_DIR"
  fi
  run_vrkit plan --json "$TEST_DIR/${profile##*/}"
  is_of_schema plan "the shipped profile ${profile##*/} has a plan"
done

is "$(find "$VRKIT_RUN_DIR" -type f 2>/dev/null | grep -vE '/host/(tsc|[a-z]+-probe)\.json$' || true)" "" \
  "no state was made but what the host has told of itself"
plan
