#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Campaigns of a native router: run, stored and exported; and what befalls them: runs that fail, full
# disks, databases that are locked, damaged or of another version.
# shellcheck source-path=SCRIPTDIR source=campaign-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/campaign-common.sh"

# --- From beginning to end ------------------------------------------------------------------------

write_experiment 2 'count = 100' >"$experiment"
run_campaign
assert_status 0 "a campaign"
is_of_schema campaign "it tells vrkit.campaign/1"
assert_err 'run 6 of 6, block 2, *received *lost 0' "a line an event"
no_lab_is_left "the lab is down"
holds_the_plan "a campaign"
is "$(query 'SELECT DISTINCT sent, received, lost FROM attempt')" '100|100|0' "each load is stored"
is "$(query 'SELECT how FROM attempt ORDER BY id LIMIT 2')" $'up\nas it is' "how the lab got there"
is "$(query "SELECT count(*) FROM attempt WHERE host_load_milli > 0 AND clocksource != ''")" 6 \
   "so is what the host was like"
is "$(cat "$store/experiment.conf")" "$(cat "$experiment")" "the experiment is stored"
run_vrkit plan "$TEST_DIR/campaign.conf"
is "$(sed 's/  # .*//' "$store/plan.txt")" "$(sed 's/  # .*//' "$TEST_DIR/run.out")" "the plan is stored"
run_vrkit validate "$store/profile.conf"
assert_status 0 "the profile is stored, and is valid"
RUN_OUT=$(cat "$store/manifest.json")
is_of_schema manifest "the manifest is of vrkit.manifest/1"
kernel_config=$(zcat /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null || true)
is "$(cat "$store/kernel.config" 2>/dev/null || true)" "$kernel_config" "the kernel's configuration is stored"
is "$(jq -r .host.kernel_config_sha256 "$store/manifest.json")" \
   "$([[ -z $kernel_config ]] || sha256sum <"$store/kernel.config" | cut -d ' ' -f 1)" "the manifest has its digest"
shows ".host.kernel == \"$(uname -r)\"" "it has this kernel"
shows '[.versions | .gsl, .json_glib, .libxdp, .libbpf | test("^[0-9]+[.][0-9]")] | all' "and versions of libraries"
shows '.versions.openvswitch == "" and .versions.dpdk == "" and (.tools.gnuplot | startswith("gnuplot "))' \
  "none of a switch that the lab does without, and that of gnuplot"

run_vrkit export --json "$store"
is_of_schema samples "export --json is of vrkit.samples/1"
shows '[.samples[].load | .schema == "vrkit.load/1" and .sent == 100] == [range(6) | true]' \
  "it has each load as it was measured"
run_vrkit export "$store"
is "$(wc -l <<<"$RUN_OUT")" 7 "export: a line a run, and one of names"
is "$(awk -F, '{ print NF }' <<<"$RUN_OUT" | sort -u | wc -l)" 1 "export: as many fields in each"
assert_out $'run,block,condition,rate,size,try,how,*\n1,1,*kpps,*,1,up,,*' "export: levels by factor"

run_campaign
fails 6 "is there already: --resume goes on" "a directory that is taken"
run_campaign --resume
assert_status 0 "a campaign that is done, resumed"
shows '.done == 6 and .measuring_ns == 0' "nothing is run again"

# --- The report -----------------------------------------------------------------------------------

run_vrkit report "$store"
assert_status 0 "report"
is "$RUN_OUT" "$store/report.html" "the page's path is printed"
is "$(cd "$store/figures" && echo *)" "cpu.dat cpu.gp cpu.png cpu.svg \
latency_p99_ns.dat latency_p99_ns.gp latency_p99_ns.png latency_p99_ns.svg \
received_pps.dat received_pps.gp received_pps.png received_pps.svg" "figures as SVG, PNG, data and script"
is "$(grep -c '<svg' "$store/report.html")" 3 "the page has all figures"
is "$(grep -c '^# "CPU' "$store/figures/cpu.dat")|$(grep -c '^"' "$store/figures/cpu.dat")" \
   "$(nproc)|$(($(nproc) * 3))" "that of the CPUs has a group a CPU, and a bar a condition"
is "$(awk '/^"/ { sum = 0; for (i = NF - 5; i <= NF; i++) sum += $i; print (sum >= 0 && sum < 100.01) }' \
        "$store/figures/cpu.dat" | sort -u)" 1 "no CPU does more than it can"
is "$(grep -c '<td>2kpps</td><td>64</td><td>2</td>' "$store/report.html")" 1 "and a row a condition, with its runs"
is "$(grep -oE "(src|href)=.[^#]|https?://[^\"]*" "$store/report.html" | sort -u)" \
  $'http://www.w3.org/1999/xlink\nhttp://www.w3.org/2000/svg' "it links to nothing outside"
# One start of a browser, which may ask nothing of a network: the proxy is none. Warnings of its own
# parts, as of a D-Bus that is not there, are not the page's.
cp "$VRKIT_TEST_SOURCE/tests/host/report-page.html" "$store/look.html"
HOME=$TEST_DIR/browser timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run \
  --user-data-dir="$TEST_DIR/browser" --allow-file-access-from-files --proxy-server=127.0.0.1:9 \
  --blink-settings=preferredColorScheme=0 --enable-logging=stderr --virtual-time-budget=10000 \
  --dump-dom "file://$store/look.html" >"$TEST_DIR/dom" 2>"$TEST_DIR/browser.err" || true
rm "$store/look.html"
RUN_OUT=$(sed -n 's,.*<pre id="found">\(.*\)</pre>.*,\1,p' "$TEST_DIR/dom" | sed 's/&amp;/\&/g')
shows '.width <= 360 and .overflow == 0' "a browser shows the page on a phone without a bar to the side"
shows '.figures == [true, true, true]' "with figures that have a size and texts"
shows '.requests == [] and .scripts == 0' "it asks for nothing, and runs nothing"
shows '.background == "rgb(22, 22, 22)" and (.text | unique) == ["rgb(238, 238, 238)"]' \
  "and in the dark its texts are bright, those of figures too"
is "$(grep CONSOLE "$TEST_DIR/browser.err" || true)" "" "the browser's console has nothing to say"
run_vrkit report --axis size "$store"
assert_status 0 "with another axis"
is "$(grep -v '^#' "$store/figures/received_pps.dat" | awk 'NF {print $1}' | sort -un | paste -sd ' ')" "64 512" \
  "the figure goes over it"
run_vrkit report --axis colour "$store"
assert_status 2 "an axis that is no factor is refused"
assert_err "--axis=colour: *it has: rate, size" "with what there is"

# --- Elsewhere ------------------------------------------------------------------------------------

run_vrkit report --axis rate "$store"
run_vrkit bundle "$store" -o "$TEST_DIR/one.tar.zst"
assert_status 0 "bundle"
is "$RUN_OUT" "$TEST_DIR/one.tar.zst" "its path is printed"
run_vrkit bundle --output "$TEST_DIR/two.tar.zst" "$store"
check "the same campaign gives the same bytes" cmp "$TEST_DIR/one.tar.zst" "$TEST_DIR/two.tar.zst"
is "$(tar --zstd -tf "$TEST_DIR/one.tar.zst" | grep -vxF bundle.json | sort)" \
   "$(cd "$store" && find . -type f ! -name lock -printf '%P\n' | sort)" "it holds all that the campaign has"
RUN_OUT=$(tar --zstd -xOf "$TEST_DIR/one.tar.zst" bundle.json)
is_of_schema bundle "its index is of vrkit.bundle/1"
first=$store store=$TEST_DIR/again
is "$(cd "$TEST_DIR" && "$VRKIT" run --dry-run --json one.tar.zst)" \
   "$("$VRKIT" run --dry-run --json "$experiment")" "run BUNDLE plans the same runs in the same order"
mv "$TEST_DIR/campaign.conf" "$TEST_DIR/away.conf"
run_vrkit run --json --directory "$store" "$TEST_DIR/one.tar.zst"
assert_status 0 "run BUNDLE, where the profile is not"
shows '.done == 6 and .failed == 0' "makes all runs"
is "$(query 'SELECT id, block, condition FROM run')" \
   "$(sqlite3 "$first/results.sqlite" 'SELECT id, block, condition FROM run')" "in the order of the first"
is "$(cat "$store"/{experiment,profile}.conf)" "$(cat "$first"/{experiment,profile}.conf)" "of the same texts"
is "$(jq -r .experiment.profile "$store/manifest.json")" "$TEST_DIR/one.tar.zst" "the manifest tells of the bundle"
run_vrkit run --json --resume --directory "$store" "$TEST_DIR/one.tar.zst"
is "$RUN_STATUS|$(jq .done <<<"$RUN_OUT")" "0|6" "it can be resumed by the bundle"
mv "$TEST_DIR/away.conf" "$TEST_DIR/campaign.conf"
no_lab_is_left "run BUNDLE: the lab is down"
run_vrkit compare --json "$TEST_DIR/one.tar.zst" "$store"
assert_status 0 "compare of a bundle and a directory"
is_of_schema compare "it is of vrkit.compare/1"
shows '.points_compared == 3 and .differences == [] and .a.only == [] and .b.only == []
       and ([.points[] | .a.runs == 2 and .b.runs == 2] | all)' "the two are of one making"
shows '[.points[] | .repeated == (.overlaps and .a.width_share <= 0.05 and .b.width_share <= 0.05)] | all' \
  "a point is repeated where the intervals overlap and are narrow"
sqlite3 "$store/results.sqlite" 'UPDATE attempt SET received_pps = 3000000 + id'
run_vrkit compare --exit-code "$first" "$store"
assert_status 1 "compare --exit-code: 1 where points are not repeated"
assert_out "0 of 3 points repeated" "it says how many are"
run_vrkit compare --column colour "$first" "$store"
assert_status 2 "compare refuses a column that is none"
sqlite3 "$store/results.sqlite" 'DELETE FROM level'
run_vrkit bundle "$store" --output "$TEST_DIR/odd.tar.zst"
run_vrkit compare "$first" "$TEST_DIR/odd.tar.zst"
assert_out "0 of 0 points repeated" "compare of a database that lacks levels finds no point of the other"
sqlite3 "$store/results.sqlite" "UPDATE campaign SET value = '7' WHERE key = 'confidence'"
run_vrkit compare "$first" "$store"
is "$RUN_STATUS|$(grep -c '^vrkit: .*confidence is "7"' <<<"$RUN_ERR")" "9|1" "compare refuses a confidence that is none"
head -c 2000 "$TEST_DIR/one.tar.zst" >"$TEST_DIR/cut.tar.zst"
run_vrkit run --directory "$TEST_DIR/never" "$TEST_DIR/cut.tar.zst"
is "$RUN_STATUS|$(grep -c '^vrkit: ' <<<"$RUN_ERR")|$(compgen -G "$TEST_DIR/never*")" "9|1|" \
   "a bundle that is cut off: status 9, one error, nothing left"
rm -r "$store"
store=$first

# --- Interrupted ----------------------------------------------------------------------------------

rm -r "$store"
write_experiment 1 'duration = 60s' >"$experiment"
"$VRKIT" run --directory "$store" "$experiment" >/dev/null 2>"$TEST_DIR/int.err" </dev/null &
pid=$!
check "the lab comes up" wait_until 60 test -e "/run/netns/vrkit-$lab-r1"
run_campaign --resume
is "$RUN_STATUS" 6 "a second process at the same time: status 6"
assert_err "vrkit: another process works on the campaign" "it says so"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
is "$status|$(grep -c '^vrkit: interrupted: .*--resume' "$TEST_DIR/int.err")" "1|1" \
   "interrupted: status 1, and it says how to go on"
is "$(query 'SELECT count(*) FROM attempt')" 0 "the run in hand is not stored"
query 'UPDATE run SET state = 1 WHERE id < 3'
run_vrkit run --dry-run --json --resume --directory "$store" "$experiment"
is "$(jq -c '[.runs[].run]' <<<"$RUN_OUT")" "$(query "SELECT json_group_array(id) FROM run WHERE id >= 3")" \
   "a dry run of its resumption tells the runs that are left"
query 'UPDATE run SET state = 1'
run_vrkit run --dry-run --resume --directory "$store" "$experiment"
assert_out '0 runs of * about 0 s' "and that there is none"
run_vrkit run --dry-run --directory "$store" "$experiment"
is "$RUN_STATUS" 6 "a dry run into a directory that is taken: status 6"
no_lab_is_left "interrupted: the lab is down"

# --- Runs that fail -------------------------------------------------------------------------------

rm -r "$store"
{
  printf '[experiment]\nprofile = campaign.conf\nrepetitions = 1\npause = 10ms\nretries = 1\n'
  printf '[factor mtu]\nkey = port.left.mtu\nlevels = 1500, 1300\n[load]\nsize = 1400\ncount = 10\n'
} >"$experiment"
run_campaign
assert_status 1 "a campaign with a run that fails"
shows '.runs == 2 and .done == 1 and .failed == 1' "the others are run"
is "$(query 'SELECT label, state, number, load IS NULL, reason != "" FROM attempt
               JOIN run ON run.id = run JOIN condition ON condition.id = condition
             ORDER BY label, number')" \
   $'mtu=1300|2|1|1|1\nmtu=1300|2|2|1|1\nmtu=1500|1|1|0|' \
   "it is tried again, and recorded with its reason"
no_lab_is_left "the lab is down"
run_vrkit export --json "$store"
is_of_schema samples "export of runs that failed is of vrkit.samples/1"

# --- Until intervals are narrow -------------------------------------------------------------------

# stopping WIDTH: an experiment of one block that may come to be four, with a claim.
stopping () {
  printf '[experiment]\nprofile = campaign.conf\nrepetitions = 1\npause = 10ms\nconfidence = 90%%\n'
  printf 'stop-width = %d\nmax-repetitions = 4\n[load]\ncount = 20\n' "$1"
  printf '[factor size]\nkey = load.size\nlevels = 64\n'
  printf '[claim c]\nsays = about 1000\ntest = ratio\nalong = size\nof = 64\nwithin = 900, 1100\n'
}

rm -r "$store"
stopping 1 >"$experiment"
run_vrkit run --dry-run "$experiment"
assert_out '1 runs of 1 conditions in 1 blocks*; up to 4 blocks while intervals are wider than 1 %' \
  "a dry run tells that there may be more blocks"
run_campaign
assert_status 0 "a campaign that goes on until intervals are narrow"
runs=$(query 'SELECT count(*) FROM run WHERE state = 1')
is "$(query 'SELECT count(*), max(block) FROM run')|$((runs >= 2 && runs <= 4))" "$runs|$runs|1" \
   "it has at least the two blocks that an interval needs, and no more than it may"
is "$(query "SELECT value FROM campaign WHERE key = 'repetitions'")" "$runs" "they are told"
is "$(jq .runs <<<"$RUN_OUT")" "$runs" "as they are at its end"
shows ".claims[0].why | contains(\" $runs blocks)\")" "a claim is judged by all blocks that there came to be"
query "DELETE FROM attempt WHERE run > 2; DELETE FROM run WHERE id > 2;
       UPDATE campaign SET value = 2 WHERE key = 'repetitions';
       UPDATE attempt SET received_pps = 1000"
run_campaign --resume
is "$RUN_STATUS|$(jq .done <<<"$RUN_OUT")" "0|2" "runs that are alike need no further block"
shows '.claims[0] | .verdict == "holds" and (.why | contains(" 2 blocks)"))' "a claim over them is judged by these"
query 'UPDATE attempt SET received_pps = 1000 * run'
run_campaign --resume
is "$RUN_STATUS|$(jq .done <<<"$RUN_OUT")" "0|4" "runs that differ get all that there may be"
shows '.claims[0] | .verdict == "does not hold" and (.why | contains(" 4 blocks)"))' "and the claim has them all"

# --- Searches -------------------------------------------------------------------------------------

rm -r "$store"
{
  printf '[experiment]\nprofile = campaign.conf\nrepetitions = 1\npause = 10ms\nretries = 0\n'
  printf '[factor upper]\nkey = search.upper\nlevels = 1kpps, 2kpps\n'
  printf '[factor ttl]\nkey = load.ttl\nlevels = 64, 1\n'
  printf '[conditions]\nexclude = upper=2kpps ttl=1\n'
  printf '[load]\nsettle = 50ms\n'
  printf '[search]\nlower = 500\nwidth = 20%%\ntrial = 200ms\npause = 0\ntester-tries = 50\n'
} >"$experiment"
run_campaign
assert_status 1 "a campaign of searches, of which one finds nothing"
shows '.done == 2 and .failed == 1' "the others find a rate"
is "$(query "SELECT label FROM attempt JOIN run ON run.id = run JOIN condition ON condition.id = condition
               WHERE reason LIKE 'the search found no rate: at 500/s more is lost%'")" "upper=1kpps ttl=1" \
   "that is recorded as its reason"
run_vrkit export --json "$store"
is_of_schema samples "what is stored is of vrkit.samples/1"
shows '[.samples[] | select(.load != null) | .load
        | .offered_pps == .search.goals[0].lower_pps and .search.found and .sent > 0] == [true, true]' \
  "a load at the rate that was found, with what the search told"
RUN_OUT=$(jq '[.samples[].load | values][0]' <<<"$RUN_OUT")
is_of_schema load "that is of vrkit.load/1"
RUN_OUT=$(jq .search <<<"$RUN_OUT")
is_of_schema search "and of vrkit.search/1"

# --- Another lab, experiment or host --------------------------------------------------------------

rm -r "$store"
write_experiment 1 'count = 100' >"$experiment"
run_vrkit up --quiet "$TEST_DIR/campaign.conf"
run_campaign
is "$RUN_STATUS" 6 "a lab that is up for somebody else: status 6"
assert_err "vrkit: lab $lab*is up already" "it says so"
run_vrkit status "$lab"
assert_status 0 "that lab is left alone"
run_vrkit down --quiet "$lab"
cp "$experiment" "$TEST_DIR/kept.conf"
printf '# changed\n' >>"$experiment"
run_campaign --resume
fails 2 "begun with another experiment" "a changed experiment"
cp "$TEST_DIR/kept.conf" "$experiment"
sed -i 's/"kernel" : "/&other-/' "$store/manifest.json"
run_campaign --resume
fails 4 "another host: host.kernel is *, and was \"other-" "a changed host"
run_campaign --resume --any-host
assert_status 0 "a changed host that is told of"
is "$(query "SELECT count(*) FROM note WHERE text LIKE 'resumed though host.kernel is%'")" 1 \
   "it is recorded"
run_campaign --resume --only rate=1kpps
is "$RUN_STATUS" 2 "another choice of runs cannot be resumed"

# --- The database ---------------------------------------------------------------------------------

mkfifo "$TEST_DIR/hold"
sqlite3 "$store/results.sqlite" <"$TEST_DIR/hold" >"$TEST_DIR/held" &
holder=$!
exec {hold}>"$TEST_DIR/hold"
printf 'BEGIN EXCLUSIVE;\nSELECT 1;\n' >&"$hold"
check "the database is locked" wait_until 20 test -s "$TEST_DIR/held"
run_campaign --resume
fails 6 "results.sqlite: another program has it locked" "a locked database"
exec {hold}>&-
wait "$holder"
version=$(query 'PRAGMA user_version')
query 'PRAGMA user_version = 99'
run_campaign --resume
fails 4 "results.sqlite: the database is of version 99" "a database of another version"
run_vrkit export "$store"
fails 4 "version 99" "export of it"
query "PRAGMA user_version = $version"
cp "$store/results.sqlite" "$TEST_DIR/good.sqlite"
pages=$(query 'PRAGMA page_count')
for ((page = 1; page < pages; page++)); do
  head -c 200 /dev/zero | tr '\0' '\377' \
    | dd of="$store/results.sqlite" bs=1 seek=$((page * $(query 'PRAGMA page_size'))) conv=notrunc \
         status=none
done
run_campaign --resume
fails 9 "results.sqlite: *damaged" "a damaged database"
run_vrkit export "$store"
fails 9 "results.sqlite: *damaged" "export of it"
printf 'no database\n' >"$store/results.sqlite"
run_campaign --resume
fails 9 "results.sqlite: this is no database" "no database"
run_vrkit export "$TEST_DIR"
fails 2 "there is no campaign" "export of something else"

# --- A full disk ----------------------------------------------------------------------------------

rm -r "$store"
mkdir "$TEST_DIR/mount-small"
store=$TEST_DIR/mount-small/store
write_experiment 20 'count = 10' >"$experiment"
mount -t tmpfs -o size=32k vrkit-test "$TEST_DIR/mount-small"
run_campaign
fails 4 "" "a disk that is full at the beginning"
is "$(ls "$TEST_DIR/mount-small")" "" "nothing is left there"
mount -o remount,size=$((160 + ${#kernel_config} / 1024 + 4))k "$TEST_DIR/mount-small"
run_campaign
fails 4 "results.sqlite*: the disk is full" "a disk that is full in the middle"
mount -o remount,size=16m "$TEST_DIR/mount-small"
check "some runs are done" test "$(query 'SELECT count(*) FROM run WHERE state = 1')" -gt 0
run_campaign --resume
assert_status 0 "with room again it is resumed"
holds_the_plan "a full disk"
plan
