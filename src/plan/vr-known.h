/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The neighbours that a router or a far end has without the profile's naming them. */
#pragma once

#include "model/vr-lab.h"

/* `function` gets the port by which the neighbour is, its address and its MAC address. */
typedef void (*VrKnownFunction) (const char *port, const VrPrefix *address, const VrMac *mac,
                                 gpointer data);

/* Of a router: the far ends of test ports whose answers to ARP and neighbour discovery do not reach
 * it, as it is a member of a PVR or a back-end whose MSR has no control processor; and of ports
 * with neighbours = static those, and the other routers. But for addresses of its own `neighbour`
 * lines, and each address once. */
void vr_router_each_known (const VrLab *lab, const VrRouter *router, VrKnownFunction function,
                           gpointer data);

/* Of a test port's far end: the routers on the port, with neighbours = static. */
void vr_port_each_known (const VrLab *lab, const VrPort *port, VrKnownFunction function,
                         gpointer data);
