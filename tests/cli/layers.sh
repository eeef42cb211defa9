#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The house's walls: which layer includes which, which file owns a foreign library, who may print, exit
# and read the environment or the clock, and that every source says its licence. Greps; runs nothing.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly here root=${here%/tests/cli}
VRKIT_TEST_BUILD=${VRKIT_TEST_BUILD:-$root}
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$root/tests/lib.sh"
cd -- "$root/src"

# As DESIGN.md section 1 and the READMEs of src have it; every layer may include itself.
declare -rA may_include=(
  [base]=''
  [model]='base'
  [config]='base model'
  [image]='base config'
  [host]='base'
  [plan]='base model host'
  [sys]='base'
  [apply]='base model plan sys'
  [observe]='base model host plan sys'
  [lab]='base model config image host plan sys apply observe'
  [traffic]='base'
  [campaign]='base model config host image plan sys observe lab traffic'
  [balance]=''
  [control]='base model config host plan sys observe lab traffic campaign'
  [cli]='base model config image host plan sys apply observe lab traffic campaign control'
)

# PATTERN of an include and the files that may have it, as a glob.
readonly -a owners=(
  'libvirt/'    'sys/vr-virt*'
  'netlink/'    'sys/vr-netlink*'
  'libxml/'     'plan/vr-domain-xml.c sys/vr-virt-xml.c'
  'linux/kvm'   'sys/vr-kvm-probe*'
  'linux/if_packet' 'traffic/* balance/vr-balance-attach.c balance/vr-balance-beat.c'
  'bpf/'        'balance/* traffic/vr-xdp-program.c'
  'liburing'    'traffic/vr-bell*'
  'xdp/'        'traffic/vr-generator-xdp*'
  'pcap/'       'traffic/vr-capture.c'
  'sqlite3'     'campaign/vr-results*'
  'ncurses'     'cli/vr-screen.c'
  'archive'     'campaign/vr-bundle* sys/vr-initrd.c'
)

# Calls that only cli may make, and the files below it that may nevertheless, each with its reason.
readonly outward='getenv|setenv|g_getenv|g_get_environ|secure_getenv|printf|puts|putchar|vprintf|g_print|g_printerr|perror|exit|_exit|abort|g_get_monotonic_time|g_get_real_time|clock_gettime|gettimeofday|g_date_time_new_now_local|g_date_time_new_now_utc|time|sleep|usleep|nanosleep|g_usleep'
declare -rA outward_exceptions=(
  [traffic/vr-clock.c]='clock_gettime clock_nanosleep'          # the clock that is handed to everybody else
  [sys/vr-kvm-probe.c]='clock_gettime g_get_monotonic_time'     # the probe is a stopwatch
  [sys/vr-virt-domain.c]='g_get_monotonic_time g_usleep'        # how long libvirt may take to end a guest
  [sys/vr-virt-open.c]='g_get_monotonic_time'                  # how long libvirtd may say nothing
  [sys/vr-virt-events.c]='g_get_monotonic_time g_usleep'        # deadlines of waits for libvirt's events
  [sys/vr-virt-agent.c]='g_get_monotonic_time g_usleep'         # the same, for the guest's agent
  [sys/vr-netns.c]='abort'                                      # a thread lost in another's namespace
  [sys/vr-tsc.c]='g_usleep'                                     # two readings of a counter need some time between them
  [apply/vr-deadline.c]='g_usleep'                              # until the kernel has forgotten a reservation
  [apply/vr-host-guest.c]='g_get_monotonic_time g_usleep'       # until systemd has removed a guest's cgroups, and a guest waits no more
  [apply/vr-host-member.c]='g_usleep'                           # until a guest has forwarded what it has
  [sys/vr-tap-hold.c]='g_usleep'                                # libvirt tells nobody what it opens
  [sys/vr-tap-queue.c]='g_get_monotonic_time g_usleep'          # until a queue is empty
  [apply/vr-offline.c]='g_usleep'                               # until cpusets know of a CPU
  [balance/main.c]='printf puts'                                # a program of its own, in the guest
  [image/vr-process.c]='_exit'                                  # a child between fork and exec
  [traffic/vr-pktgen-proc.c]='_exit'                            # a child after fork
)

sources () {
  find . -name '*.[ch]' -printf '%P\n' | sort
}

# The file's text without comments and strings.
code_of () {
  sed -E 's/\\"//g; s/"[^"]*"/""/g' "$1" | awk '
    { line = $0
      while (1) {
        if (inside) { end = index (line, "*/"); if (!end) { line = ""; break }
                      line = substr (line, end + 2); inside = 0 }
        start = index (line, "/*"); if (!start) break
        rest = substr (line, start + 2); end = index (rest, "*/")
        if (end) line = substr (line, 1, start - 1) substr (rest, end + 2)
        else { line = substr (line, 1, start - 1); inside = 1; print line; line = ""; break } }
      print line }'
}

# verdict NAME FINDINGS: passes where there are none.
verdict () {
  if [[ -z $2 ]]; then
    ok "$1"
  else
    not_ok "$1" "$2"
  fi
}

# Whether $1 matches one of the globs in $2.
matches () {
  local glob
  local -a globs
  read -ra globs <<<"$2"
  for glob in "${globs[@]}"; do
    # shellcheck disable=SC2053  # a pattern is wanted
    [[ $1 != $glob ]] || return 0
  done
  return 1
}

check_known_layers () {
  local dir findings=''
  for dir in */; do
    [[ -v may_include[${dir%/}] ]] || findings+="$dir is no layer of this test's table"$'\n'
  done
  verdict 'every folder is a known layer' "$findings"
}

check_includes () {
  local layer=$1 file to findings=''
  while IFS=: read -r file to; do
    [[ $to == "$layer" || " ${may_include[$layer]} " == *" $to "* ]] \
      || findings+="$file includes $to/, and $layer may include: ${may_include[$layer]:-nothing}"$'\n'
  done < <(grep -rHoE --include='*.[ch]' '^ *# *include "[a-z]+/' "$layer" \
             | sed -E 's/:.*"/:/; s/\/$//')
  verdict "$layer includes only layers below it" "$findings"
}

check_local_includes () {
  local findings
  findings=$(grep -rnE --include='*.[ch]' '^ *# *include "[^/"]+"' . || true)
  verdict 'includes of our own name their layer' "$findings"
}

check_owner () {
  local pattern=$1 allowed=$2 file findings=''
  while IFS= read -r file; do
    matches "$file" "$allowed" || findings+="$file includes <$pattern…>"$'\n'
  done < <(grep -rlE --include='*.[ch]' "^ *# *include <$pattern" . | sed 's@^\./@@' | sort)
  verdict "only $allowed include <$pattern…>" "$findings"
}

check_outward () {
  local file call findings=''
  while IFS= read -r file; do
    [[ $file != cli/* ]] || continue
    while IFS= read -r call; do
      [[ -z $call || " ${outward_exceptions[$file]:-} " == *" $call "* ]] \
        || findings+="$file calls $call()"$'\n'
    done < <(code_of "$file" | grep -oE "(^|[^A-Za-z0-9_.>])($outward) ?\(" \
               | sed -E 's/^[^A-Za-z_]//; s/ ?\($//' | sort -u)
  done < <(sources)
  verdict 'below cli nothing prints, exits, reads the environment or the clock' "$findings"
}

check_first_lines () {
  local file findings=''
  while IFS= read -r file; do
    [[ $(head -n 1 "$file") == '/* SPDX-License-Identifier: G'*' */' ]] || findings+="$file"$'\n'
  done < <(sources)
  while IFS= read -r file; do
    grep -q '^# SPDX-License-Identifier: G' <(head -n 2 "$file") || findings+="$file"$'\n'
  done < <(find . ../tests ../cmake \( -name CMakeLists.txt -o -name '*.cmake' -o -name '*.sh' \) | sort)
  verdict 'every source begins with its licence' "$findings"
}

# An own header first, so that it stands by itself.
check_own_header () {
  local file first findings=''
  while IFS= read -r file; do
    [[ $file == *.c && -e ${file%.c}.h ]] || continue
    first=$(sed -nE 's/^ *# *include ["<]([^">]*)[">].*/\1/p' "$file" | head -n 1)
    [[ $first == "${file%.c}.h" ]] || findings+="$file includes $first first"$'\n'
  done < <(sources)
  verdict "every file includes its own header first" "$findings"
}

check_readmes () {
  local dir findings=''
  for dir in */; do
    if [[ ! -s ${dir}README.md ]]; then
      findings+="$dir has no README.md"$'\n'
    elif ! grep -q 'May use' "${dir}README.md" || ! grep -qi 'must not\|It alone' "${dir}README.md"; then
      findings+="${dir}README.md does not say what the layer may use, and must not"$'\n'
    fi
  done
  verdict 'every layer says what it may use' "$findings"
}

# A habit, not a law: told, and never a failure.
tell_long_files () {
  local lines file
  while read -r lines file; do
    ((lines <= 400)) || [[ $file == total ]] || diag "$file has $lines lines"
  done < <(sources | xargs wc -l)
  ok 'long files are told'
}

check_known_layers
for layer in "${!may_include[@]}"; do
  [[ -d $layer ]] && printf '%s\n' "$layer"
done | sort >"$TEST_DIR/layers"
while IFS= read -r layer; do
  check_includes "$layer"
done <"$TEST_DIR/layers"
check_local_includes
for ((i = 0; i < ${#owners[@]}; i += 2)); do
  check_owner "${owners[i]}" "${owners[i + 1]}"
done
check_outward
check_first_lines
check_own_header
check_readmes
tell_long_files
plan
