#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped profiles of routers that are several guests.
# Arguments are names of profiles: those instead.
# holds: switch guests
# shellcheck source-path=SCRIPTDIR source=profiles-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/profiles-common.sh"

names=("$@")
(($# > 0)) || mapfile -t names < <(profiles_with '^\[(pvr|msr) ')
take_up "${names[@]}"
plan
