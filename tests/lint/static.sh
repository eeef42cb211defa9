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
mapfile -t tests < <(files 'tests/unit/*.c' 'tests/host/*.c' 'tests/fake-*.c')
mapfile -t scripts < <(shell_scripts)
check "clang-format has nothing to change" clang-format --dry-run --Werror "${sources[@]}"
check "shellcheck is silent" shellcheck --external-sources "${scripts[@]}"
check "cppcheck is silent" cppcheck --quiet --error-exitcode=1 --inline-suppr -j 2 \
  --enable=warning,portability,performance --library=gtk --suppressions-list=tests/lint/cppcheck \
  -I src "${compiled[@]}"

check "clang-tidy is silent" "$here/tidy-once" "$VRKIT_TEST_BUILD" -- "${compiled[@]}"
# But of variables that are there for their cleanup, as CMakeLists.txt has it.
check "clang has no warning of the tests" "$here/tidy-once" "$VRKIT_TEST_BUILD" --extra-arg=-Wno-unused-variable \
  --checks='-*,clang-diagnostic-*,misc-redundant-expression' -- "${tests[@]}"
plan
