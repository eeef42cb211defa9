/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An XDP program in an interface's driver that passes every frame: several drivers have zero-copy
 * queues only beside one (i40e_xsk_wakeup() and its like). */
#pragma once

/* On the interface of the caller's network namespace. Returns a descriptor, with which the program
 * goes when it is closed, however the process ends; or less than 0, an errno. */
int vr_xdp_program_attach (const char *ifname);
