#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Help, man page, completion and README tell of the same commands and options.
# shellcheck disable=SC2016  # backticks are Markdown's
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

page=$(sed -E 's/\\f.//g; s/\\-/-/g' "$VRKIT_TEST_BUILD/man/vrkit.1")
readme=$VRKIT_TEST_SOURCE/README.md
declare -A options=()   # command -> its options as --help has them, sorted, one a line

# Each reads --help, the page or the completion, and prints options, sorted, one a line.
options_in_help () {
  sed -nE 's/^  (-., )?(--[a-z-]+).*/\2/p' | sort
}

options_in_page () {
  {
    sed -n "/^\.SS \"$1 /,/^\.S[SH] /p" <<<"$page"
    sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' <<<"$page"
  } | sed -nE 's/^(-., )?(--[a-z-]+)(=.*)?$/\2/p' | sort
}

options_in_completion () {
  (
    eval "$bash_completion"
    COMP_WORDS=(vrkit "$1" --) COMP_CWORD=2
    _vrkit
    printf '%s\n' "${COMPREPLY[@]}"
  ) | sort
}

answers_help () {
  run_vrkit "$1" --help
  is "$RUN_STATUS|$RUN_ERR" "0|" "$1 --help succeeds, with nothing on standard error"
  assert_out "vrkit $1 *Options:" "$1 --help says how it is used"
  options[$1]=$(options_in_help <<<"$RUN_OUT")
}

same_options () {
  is "$(options_in_page "$1")" "${options[$1]}" "$1: the man page has the options of --help"
  is "$(options_in_completion "$1")" "${options[$1]}" "$1: so has the completion"
}

has_line () {
  [[ $'\n'$1$'\n' == *$'\n'$2$'\n'* ]]
}

# What the README has as code: blocks, and what stands between backticks.
readme_code () {
  sed -nE '/^```/,/^```/p' "$readme"
  sed -E '/^```/,/^```/d' "$readme" | grep -oE '`[^`]+`' | tr -d '`'
}

# Every "vrkit COMMAND" is one, and every option beside it is its own; one that stands alone is of
# some command.
readme_is_right () {
  local line command option of wrong=''
  while read -r line; do
    of="${options[*]}"
    if [[ $line =~ (^|[^a-z./-])vrkit\ ([a-z][a-z-]*) ]]; then
      command=${BASH_REMATCH[2]}
      of=${options[$command]:-}
      [[ -n $of ]] || wrong+="no command: $line"$'\n'
    fi
    line="${line%% -- *} "
    while [[ $line =~ (\ |^)(--[a-z][a-z-]*) ]]; do
      option=${BASH_REMATCH[2]}
      line=${line#*"$option"}
      has_line "${of// /$'\n'}" "$option" || wrong+="no option: $option$line"$'\n'
    done
  done < <(readme_code | grep -vE '^(sudo )?cmake ')
  is "$wrong" "" "README names only commands and options that exist"
}

general=$("$VRKIT" --help)
bash_completion=$("$VRKIT" completion bash)
mapfile -t commands < <(sed -nE '/^Commands:/,/^$/ s/^  ([a-z][a-z-]*) .*/\1/p' <<<"$general")
check "there are commands" test "${#commands[@]}" -gt 5
for command in "${commands[@]}"; do
  answers_help "$command"
  same_options "$command"
done

is "$(sed -nE '/^\.SH COMMANDS/,/^\.SH OPTIONS/ s/^\.SS "([a-z-]+).*/\1/p' <<<"$page")" \
   "$(printf '%s\n' "${commands[@]}")" "the man page has the commands of --help"
for shell in bash zsh fish; do
  run_vrkit completion "$shell"
  missing=''
  for command in "${commands[@]}"; do
    [[ $RUN_OUT =~ [^a-z]${command}[^a-z] ]] || missing+="$command "
  done
  is "$missing" "" "the completion for $shell has all commands"
done
check "the completion for bash is a script" bash -n <(printf '%s\n' "$bash_completion")
readme_is_right

for word in --help -h help; do
  run_vrkit "$word"
  is "$RUN_STATUS|$RUN_ERR|$RUN_OUT" "0||$general" "vrkit $word says what vrkit --help does"
done
run_vrkit help up
is "$(options_in_help <<<"$RUN_OUT")" "${options[up]}" "help COMMAND is COMMAND --help"
run_vrkit --version
assert_out "vrkit [0-9]*.[0-9]*" "--version prints the version"
plan
