/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Emulated guests boot in turns. A boot keeps a CPU busy all the time, so more of them at once than
 * CPUs are no sooner done; they push what QEMU has translated out of each other's caches, and are
 * later: of eight by hand on two CPUs the last is there after 9.8 s, and after 7.8 s two at a time.
 */
#pragma once

#include <glib.h>

typedef struct VrBootTurns VrBootTurns;

/* Returns once the guest has booted, has ended, or has had long enough. Is called by several
 * threads at a time. */
typedef void (*VrBootWait) (const char *domain, gpointer data);

/* `at_once` guests at a time, one at least. */
VrBootTurns *vr_boot_turns_new (guint at_once, VrBootWait wait, gpointer data);
/* Returns when none is waited for any more. */
void vr_boot_turns_free (VrBootTurns *turns);

/* Waits until fewer than that many boot, and counts the caller's as one of them. */
void vr_boot_turns_begin (VrBootTurns *turns);
/* The caller's guest was started and is `domain`; NULL: was not, and another may have its turn. */
void vr_boot_turns_started (VrBootTurns *turns, const char *domain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrBootTurns, vr_boot_turns_free)
