/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-lab.h"

#include <string.h>

VrInterface *
vr_router_interface (const VrRouter *router, const char *port)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    VrInterface *interface = router->interfaces->pdata[i];
    if (strcmp (interface->port, port) == 0)
      return interface;
  }
  return NULL;
}

guint
vr_interface_queues (const VrInterface *interface)
{
  return MAX (interface->queues, 1);
}

guint
vr_interface_workers (const VrLab *lab, const VrInterface *interface)
{
  gboolean polled = vr_lab_port (lab, interface->port)->attach == VR_ATTACH_VHOST_USER;
  return polled ? 0 : vr_interface_queues (interface);
}

VrInterface *
vr_router_worker (const VrLab *lab, const VrRouter *router, guint number, guint *queue)
{
  for (guint i = 0; i < router->interfaces->len; i++) {
    VrInterface *interface = router->interfaces->pdata[i];
    guint workers = vr_interface_workers (lab, interface);
    *queue = number;
    if (number < workers)
      return interface;
    number -= workers;
  }
  return NULL;
}

const VrPrefix *
vr_interface_address (const VrInterface *interface, int family)
{
  for (guint i = 0; i < interface->addresses->len; i++) {
    const VrPrefix *address = &g_array_index (interface->addresses, VrPrefix, i);
    if (address->family == family)
      return address;
  }
  return NULL;
}
