#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a router forwards, overloaded, by what is reserved for its vcpu, for its packet mover, and by the
# order of the two on one CPU.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# The period is the papers': of it what a thread loses each time it starts cold is a small part. The thread
# that is not reserved stays on the tester's CPU and comes before it, or what is left of the reserved one's
# CPU would be its own.
readonly profile=$BENCH_DIR/sweep.conf repetitions=8 length_ms=4000 period_ms=200 beside='other -10 @0'
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
  cat "$BENCH_DIR/blast" >>"$BENCH_DIR/tester"
  awk '{ print $1 }' "$BENCH_DIR/blast"
}

# What the tester itself fell short by in all blasts.
tester_note () {
  awk -v asked=$((overload * length_ms / 1000)) '
    { sent += $3; if (NR == 1 || $3 < least) least = $3; received += $5; dropped += $7 }
    END { printf "%.1f %% of the frames asked for were sent (in the worst blast %.1f %%), and the receiver " \
                 "lost %.2f %% of what came", 100 * sent / NR / asked, 100 * least / asked,
                 100 * dropped / (received + dropped + (received + dropped == 0)) }' "$BENCH_DIR/tester"
}

tune () { "$VRKIT" tune --quiet sweep "$@" || fail "tune $*"; }

# means: of lines KEY… VALUE, the mean of each key's values.
means () {
  awk '{ value = $NF; sub(/ [^ ]*$/, ""); sum[$0] += value; n[$0]++ }
    END { for (key in sum) printf "%s %.1f\n", key, sum[key] / n[key] }' | sort -g
}

# rounds ONE KEY…: `ONE KEY` for each, so often as repetitions says, up and down in turn, since the
# machine's own pace drifts: a line KEY VALUE each.
rounds () {
  local one=$1 round key down value
  shift
  mapfile -t down < <(printf '%s\n' "$@" | tac)
  for ((round = 0; round < repetitions; round++)); do
    for key in "$@"; do
      value=$("$one" "$key")
      printf '%s %s\n' "$key" "$value"
    done
    set -- "${down[@]}"
    mapfile -t down < <(printf '%s\n' "$@" | tac)
  done
}

# reserved SHARE: frames a second forwarded with as much per cent of a CPU for $selector.
# shellcheck disable=SC2317  # rounds calls it
reserved () {
  tune "schedule.r1.$selector=deadline $(awk -v s="$1" -v p=$period_ms \
    'BEGIN { printf "%d", s * p * 10 }')us/${period_ms}ms @1"
  blast $overload
}

# sweep SELECTOR OTHER SHARE…: per cent reserved for one, and frames a second forwarded in each round.
sweep () {
  local selector=$1 other=$2
  shift 2
  tune "schedule.r1.$other=$beside"
  rounds reserved "$@"
  tune "schedule.r1.$selector=" "schedule.r1.$other="
}

# ordered "VCPU MOVER": frames a second forwarded with these priorities.
# shellcheck disable=SC2317  # rounds calls it
ordered () {
  tune "schedule.r1.vcpu.0=fifo ${1% *} @1" "schedule.r1.mover.left=fifo ${1#* } @1"
  blast $overload
}

run_ns () { awk '{ print $1 }' "/proc/$1/schedstat"; }

# Least squares: slope, intercept, R².
fit () {
  awk '{ n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2; yy += $2 * $2 }
    END { sxx = xx - x * x / n; sxy = xy - x * y / n; syy = yy - y * y / n
      print sxy / sxx, y / n - sxy / sxx * x / n, sxy * sxy / (sxx * syy) }'
}

# tolerance: twice the standard error of the difference between two keys' means, in per cent of the greater
# mean, by what the rounds of each key differ (pooled: all keys have as many).
tolerance () {
  awk '{ n++; count[$1]++; sum[$1] += $2; squares[$1] += $2 * $2 }
    END {
      for (key in count) {
        keys++
        each = sum[key] / count[key]
        within += squares[key] - count[key] * each * each
        if (each > greatest) greatest = each
      }
      print 100 * 2 * sqrt(2 * within / (n - keys) / (n / keys)) / greatest
    }'
}

# up_to_peak TOLERANCE: points up to the peak, which is the first that no later one exceeds by more than
# TOLERANCE per cent: of points at the same height but for noise the first counts.
up_to_peak () {
  awk -v above="$(awk -v t="$1" 'BEGIN { print 1 + t / 100 }')" '{ line[NR] = $0; rate[NR] = $2 }
    END { for (i = 1; i <= NR; i++) {
        print line[i]
        for (j = i + 1; j <= NR && rate[j] <= above * rate[i]; j++) { }
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
blast $overload >/dev/null

sweep vcpu.0 mover.left "${shares[@]}" >"$BENCH_DIR/vcpu.rounds"
means <"$BENCH_DIR/vcpu.rounds" >"$BENCH_DIR/vcpu"
noise=$(tolerance <"$BENCH_DIR/vcpu.rounds")
up_to_peak "$noise" <"$BENCH_DIR/vcpu" >"$BENCH_DIR/rising"
points_fitted=$(wc -l <"$BENCH_DIR/rising")
figure vcpu-points "$points_fitted"
read -r slope intercept square < <(fit <"$BENCH_DIR/rising")
note "vcpu reserved on CPU 1, packet mover $beside, $overload frames of 64 bytes a second offered, $repetitions x" \
  "$((length_ms / 1000)) s: per cent and forwarded a second: $(points "$BENCH_DIR/vcpu"); fit up to" \
  "the peak, of $points_fitted points, one that is not $noise % higher being as high: slope $slope," \
  "intercept $intercept"
figure vcpu-line "$square"

# The mover's share of a CPU while it moves what it can, and reservations of parts of it.
tid=$("$VRKIT" threads --json sweep | jq '.threads[] | select(.selector == "emulator") | .tid')
for ((i = 0; i < repetitions; i++)); do
  begun=$(run_ns "$tid")
  peak=$(blast $overload)
  printf '%s %s\n' "$peak" "$(awk -v b="$begun" -v e="$(run_ns "$tid")" -v l=$length_ms \
    'BEGIN { print (e - b) / l / 1e4 }')"
done >"$BENCH_DIR/peak"
peak=$(column 1 <"$BENCH_DIR/peak" | mean)
peak_share=$(column 2 <"$BENCH_DIR/peak" | mean)
mapfile -t parts < <(awk -v u="$peak_share" 'BEGIN { for (i = 1; i <= 9; i++) printf "%.2f\n", u * i / 10 }')
sweep mover.left vcpu.0 "${parts[@]}" | means >"$BENCH_DIR/mover"
read -r slope intercept square < <(fit <"$BENCH_DIR/mover")
note "packet mover (QEMU's main loop), $peak_share % of a CPU at its peak of $peak a second; reserved on" \
  "CPU 1, per cent and forwarded a second: $(points "$BENCH_DIR/mover"); R² $square, slope $slope," \
  "intercept $intercept"
figure mover-rises "$(awk 'NR > 1 { n++; if ($2 > last) up++ } { last = $2 } END { print up / n }' \
  "$BENCH_DIR/mover")"

# FIFO on one CPU: equal, the vcpu before the mover, the mover before the vcpu.
rounds ordered '50 50' '60 50' '50 60' | means >"$BENCH_DIR/fifo"
of_order () { awk -v order="$1" '$1 " " $2 == order { print $3 }' "$BENCH_DIR/fifo"; }
equal=$(of_order '50 50') vcpu_higher=$(of_order '60 50') mover_higher=$(of_order '50 60')
note "fifo on CPU 1, queue of $queue, $overload a second offered, forwarded a second: equal priorities" \
  "$equal, vcpu higher $vcpu_higher, packet mover higher $mover_higher"
note "$(tester_note)"
figure fifo-equal "$(divide "$equal" "$vcpu_higher")"
figure fifo-vcpu "$(divide "$vcpu_higher" "$mover_higher")"
