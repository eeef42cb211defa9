#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cmake --install puts everything where a distribution would, and the program finds it there.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

prefix=$TEST_DIR/prefix
check "cmake --install" cmake --install "$VRKIT_TEST_BUILD" --prefix "$prefix"

for file in share/man/man1/vrkit{,-load,-search,-calibrate,-control,-simulate,-top}.1 share/man/man5/vrkit-{profile,experiment,image}.5 share/man/man7/vrkit-profiles.7 \
            share/bash-completion/completions/vrkit share/zsh/site-functions/_vrkit \
            share/fish/vendor_completions.d/vrkit.fish share/doc/vrkit/{README.md,LICENSE}; do
  check "$file is there" test -s "$prefix/$file"
done

check "the guests' balancer is there, and needs no library" \
  grep -q 'statically linked' <(file "$prefix/libexec/vrkit/guest/vrkit-balance")

# same_tree NAME: share/vrkit/NAME has the files of the source, with their modes.
same_tree () {
  local list='find . ( -type f -printf %P\040%m\n -o -type l -printf %P\040%l\n )'
  # shellcheck disable=SC2086  # words of a command
  is "$(cd "$prefix/share/vrkit/$1" && $list | sort)" \
     "$(cd "$VRKIT_TEST_SOURCE/$2" && $list | sort)" "share/vrkit/$1 is as the source has it"
}

unit=$prefix/lib/systemd/system/vrkit-control@.service
is "$(sed -nE 's@^ExecStart=/.*/vrkit (.*)@\1@p' "$unit")" "control \$VRKIT_CONTROL_OPTIONS %i" \
   "systemd is told how to control a lab"
is "$(sed -n 's/^EnvironmentFile=-//p' "$unit" | paste -sd ' ')" "/etc/vrkit/control /etc/vrkit/control-%i" \
   "and with which options"

same_tree profiles profiles
is "$(cd "$prefix/share/vrkit/experiments" && cat -- *.conf)" \
   "$(cd "$VRKIT_TEST_SOURCE/experiments" && cat -- *.conf)" \
   "share/vrkit/experiments has those of the source"
same_tree schemas man/schemas
same_tree guest-image guest-image

VRKIT=$prefix/bin/vrkit
for profile in "$prefix"/share/vrkit/profiles/*.conf; do
  run_vrkit validate "$profile"
  assert_status 0 "${profile##*/} is valid where it is installed"
done
for experiment in "$prefix"/share/vrkit/experiments/*.conf; do
  check "${experiment##*/} has its profile where it is installed" \
    test -e "${experiment%/*}/$(sed -n 's/^profile = //p' "$experiment")"
done
run_vrkit run --dry-run "$prefix/share/vrkit/experiments/native-rates.conf"
assert_status 0 "an experiment is right where it is installed"
run_vrkit image build rooter
assert_err "in \"$prefix/share/vrkit/guest-image\"*did you mean router" \
           "the installed program finds its recipes"
plan
