#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a router forwards, overloaded, by what is reserved for its vcpu, for its packet mover, and by the
# order of the two on one CPU.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/sweep.conf repetitions=3 length_ms=4000 period_ms=100
readonly shares=(10 20 30 40 50 60 70 80 89)
# A queue that is short, as the papers have it for this measurement; and more a second than any share of a
# CPU can forward, so that the share is the limit.
readonly queue=35 overload=120000

blast () {
  local source_mac router_mac
  source_mac=$(ip -n vrkit-sweep-left -o link show left | sed -n 's,.*link/ether \([^ ]*\) .*,\1,p')
  router_mac=$(jq -r '[.operations[] | select(.kind == "config")][0].payload' "$BENCH_DIR/plan" \
    | awk '$1 == "link" && $3 == "left" { print $2 }')
  "$BENCH_TOOLS/blast" vrkit-sweep-left left vrkit-sweep-right right "$source_mac" "$router_mac" \
    198.18.1.2 198.18.2.2 "$1" "$length_ms" >"$BENCH_DIR/blast" || fail "blast: $(<"$BENCH_DIR/blast")"
  awk '{ print $1 }' "$BENCH_DIR/blast"
}

# forwarded RATE: mean of the repetitions.
forwarded () {
  local i
  for ((i = 0; i < repetitions; i++)); do
    blast "$1"
  done | mean
}

tune () { "$VRKIT" tune --quiet sweep "$@" || fail "tune $*"; }

# sweep SELECTOR RATE SHARE…: per cent reserved, and frames a second forwarded.
sweep () {
  local selector=$1 rate=$2 share
  shift 2
  for share; do
    tune "schedule.r1.$selector=deadline $(awk -v s="$share" -v p=$period_ms \
      'BEGIN { printf "%d", s * p * 10 }')us/${period_ms}ms @1"
    printf '%s %s\n' "$share" "$(forwarded "$rate")"
  done
  tune "schedule.r1.$selector="
}

# Least squares: slope, intercept, R².
fit () {
  awk '{ n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2; yy += $2 * $2 }
    END { sxx = xx - x * x / n; sxy = xy - x * y / n; syy = yy - y * y / n
      print sxy / sxx, y / n - sxy / sxx * x / n, sxy * sxy / (sxx * syy) }'
}

# Points up to the peak: the first that no later one exceeds by 2 %, so that of points at the same height
# but for noise the first counts.
up_to_peak () {
  awk '{ line[NR] = $0; rate[NR] = $2 }
    END { for (i = 1; i <= NR; i++) {
        print line[i]
        for (j = i + 1; j <= NR && rate[j] <= 1.02 * rate[i]; j++) { }
        if (j > NR) exit
      } }'
}

points () { awk '{ printf "%s%s %.0f", (NR > 1 ? ", " : ""), $1, $2 }' "$1"; }

sed -e 's/^\[port .*/&\nqueue-length = '$queue'/' -e '1,/^name = /s/^name = .*/name = sweep/' \
  "$BENCH_SOURCE/profiles/monolithic.conf" >"$profile"
"$VRKIT" plan --json "$profile" >"$BENCH_DIR/plan"
trap '"$VRKIT" down --quiet sweep' EXIT
took_us "$VRKIT" up "$profile"
ip netns exec vrkit-sweep-left ping -q -c 3 -i 0.1 -w 10 198.18.2.2 >/dev/null || fail "nothing comes through"
forwarded $overload >/dev/null

sweep vcpu.0 $overload "${shares[@]}" >"$BENCH_DIR/vcpu"
read -r slope intercept square < <(up_to_peak <"$BENCH_DIR/vcpu" | fit)
note "vcpu reserved on CPU 1, $overload frames of 64 bytes a second offered, $repetitions x" \
  "$((length_ms / 1000)) s: per cent and forwarded a second: $(points "$BENCH_DIR/vcpu"); fit up to" \
  "the peak: slope $slope, intercept $intercept"
figure vcpu-line "$square"

# The mover's share at the peak, and reservations of parts of it.
tid=$("$VRKIT" threads --json sweep | jq '.threads[] | select(.selector == "emulator") | .tid')
begun=$(awk '{ print $1 }' "/proc/$tid/schedstat")
start_us=$(now_us)
peak=$(forwarded $overload)
peak_share=$(awk -v r=$(($(awk '{ print $1 }' "/proc/$tid/schedstat") - begun)) \
  -v t=$(($(now_us) - start_us)) 'BEGIN { printf "%.2f", r / t / 10 }')
mapfile -t parts < <(awk -v u="$peak_share" 'BEGIN { for (i = 1; i <= 9; i++) printf "%.2f\n", u * i / 10 }')
sweep mover.left $overload "${parts[@]}" >"$BENCH_DIR/mover"
read -r slope intercept square < <(fit <"$BENCH_DIR/mover")
note "packet mover (QEMU's main loop), $peak_share % of a CPU at its peak of $peak a second; reserved on" \
  "CPU 1, per cent and forwarded a second: $(points "$BENCH_DIR/mover"); R² $square, slope $slope," \
  "intercept $intercept"
figure mover-rises "$(awk 'NR > 1 { n++; if ($2 > last) up++ } { last = $2 } END { print up / n }' \
  "$BENCH_DIR/mover")"

# FIFO on one CPU: equal, the vcpu before the mover, the mover before the vcpu.
for order in '50 50' '60 50' '50 60'; do
  tune "schedule.r1.vcpu.0=fifo ${order% *} @1" "schedule.r1.mover.left=fifo ${order#* } @1"
  forwarded $overload
done >"$BENCH_DIR/fifo"
mapfile -t rates <"$BENCH_DIR/fifo"
note "fifo on CPU 1, queue of $queue, $overload a second offered, forwarded a second: equal priorities" \
  "${rates[0]}, vcpu higher ${rates[1]}, packet mover higher ${rates[2]}"
figure fifo-equal "$(divide "${rates[0]}" "${rates[1]}")"
figure fifo-vcpu "$(divide "${rates[1]}" "${rates[2]}")"
