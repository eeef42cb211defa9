/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text that tells a guest what router it is: one verb a line, as guest-image/README.md has it.
 * Every value is rendered from its parsed form, so that nothing else of a profile gets in. */
#pragma once

#include "model/vr-lab.h"

/* The configuration of a router of `lab`; the caller owns it. */
char *vr_guest_config (const VrLab *lab, const VrRouter *router);

/* For each setting, `function` gets name, value and the reason for it, in order. */
typedef void (*VrSysctlFunction) (const char *name, const char *value, const char *why,
                                  gpointer data);

/* The settings that make a router of a network stack, but for those that the profile sets itself:
 * forwarding, no duplicate address detection, no addresses from advertisements. To be made before
 * there are links, which take their defaults from them. */
void vr_router_each_stack_sysctl (const VrRouter *router, VrSysctlFunction function, gpointer data);

/* The profile's own, which may be of links. */
void vr_router_each_profile_sysctl (const VrRouter *router, VrSysctlFunction function,
                                    gpointer data);
