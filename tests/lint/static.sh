#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What can be said of the sources without running them.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib.sh
. "$here/../lib.sh"
cd -- "$here/../.."

# files PATTERN…: of the tree, tracked or new, without what git ignores.
files () {
  git -c safe.directory="$PWD" ls-files --cached --others --exclude-standard -- "$@" \
    | while read -r file; do [[ ! -f $file ]] || printf '%s\n' "$file"; done
}

shell_scripts () {
  files | while read -r file; do
    if [[ $file == *.sh ]] || head -c 64 "$file" | grep -qaE '^#!/bin/(ba)?sh'; then
      printf '%s\n' "$file"
    fi
  done
}

mapfile -t sources < <(files '*.c' '*.h')
mapfile -t compiled < <(files 'src/*.c')
mapfile -t scripts < <(shell_scripts)
check "clang-format has nothing to change" clang-format --dry-run --Werror "${sources[@]}"
check "shellcheck is silent" shellcheck --external-sources "${scripts[@]}"
check "cppcheck is silent" cppcheck --quiet --error-exitcode=1 --inline-suppr -j 2 \
  --enable=warning,portability,performance --library=gtk --suppressions-list=tests/lint/cppcheck \
  -I src "${compiled[@]}"

# shellcheck disable=SC2317  # check calls it
tidy () {
  printf '%s\0' "${compiled[@]}" \
    | xargs -0 -P 2 -n 4 clang-tidy -p "$VRKIT_TEST_BUILD" --quiet 2>"$TEST_DIR/tidy.err"
}
check "clang-tidy is silent" tidy
plan
