/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two locks, for people. */
#pragma once

#include "image/vr-lock.h"

/* Lines "NAME OLD -> NEW", "NAME NEW (added)", "NAME OLD (removed)", ordered by name. */
char **vr_lock_changes (const VrLock *before, const VrLock *after);
