/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks of one router; vr-check-lab.h is for everybody else. */
#pragma once

#include "config/vr-places.h"

/* Its interfaces, routes, neighbours and sysctls against one another and the ports. */
gboolean vr_check_router (const VrLab *lab, const VrPlaces *places, const VrRouter *router,
                          GError **error);

/* The key that says how many vcpus it has. */
const char *vr_check_vcpus_key (const VrRouter *router);

/* Its routes and neighbours against its interfaces, whose ports are known to exist. */
gboolean vr_check_paths (const VrLab *lab, const VrRouter *router, GError **error);

/* That whoever answers its gateways' ARP and neighbour discovery is not waited for in vain: each is
 * a neighbour of the profile or a test end. `who` names those that hear no answers. */
gboolean vr_check_gateways (const VrLab *lab, const VrRouter *router, const char *who,
                            GError **error);

/* The schedules of the lab's routers, whose interfaces are known to be good. */
gboolean vr_check_schedules (const VrLab *lab, const VrPlaces *places, GError **error);

/* The lab's tenants, whose routers are known to be good. */
gboolean vr_check_tenants (const VrLab *lab, const VrPlaces *places, GError **error);

/* What its cores are to follow; schedules and tenants are known to be good. */
gboolean vr_check_follow (const VrLab *lab, const VrPlaces *places, GError **error);

/* What is wanted of the host, against the schedules and ports; schedules are known to be good. */
gboolean vr_check_host_settings (const VrLab *lab, const VrPlaces *places, GError **error);

/* The port of that name; sets `error` with a suggestion where there is none. `key` is for it. */
const VrPort *vr_check_port_of (const VrLab *lab, const char *key, const char *name,
                                const VrOrigin *origin, GError **error);
