/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a port is made of. */
#include "model/vr-lab.h"

#include <string.h>

gboolean
vr_port_is_test (const VrPort *port)
{
  return strcmp (port->device, "test") == 0;
}

gboolean
vr_port_is_internal (const VrPort *port)
{
  return strcmp (port->device, "internal") == 0;
}

gboolean
vr_port_is_of_host (const VrPort *port)
{
  return !vr_port_is_test (port) && !vr_port_is_internal (port);
}

gboolean
vr_port_is_on_linux_bridge (const VrPort *port)
{
  return port->attach == VR_ATTACH_BRIDGE || port->attach == VR_ATTACH_HUB;
}

gboolean
vr_port_is_on_ovs (const VrPort *port)
{
  return port->attach == VR_ATTACH_OVS || port->attach == VR_ATTACH_VHOST_USER;
}

const char *
vr_attach_name (VrAttach attach)
{
  static const char *const names[] = { [VR_ATTACH_MACVTAP] = "macvtap",
                                       [VR_ATTACH_BRIDGE] = "bridge",
                                       [VR_ATTACH_OVS] = "ovs",
                                       [VR_ATTACH_HUB] = "hub",
                                       [VR_ATTACH_VHOST_USER] = "vhost-user" };
  return names[attach];
}

static const char *
bridge_role (const VrPort *port)
{
  return port->vlan != 0 ? "switch" : "bridge";
}

static const char *
bridge_of (const VrPort *port)
{
  return port->vlan != 0 ? vr_attach_name (port->attach) : port->name;
}

const char *
vr_port_bridge_name (const VrPort *port, const char *lab, char ifname[VR_IFNAME_SIZE])
{
  return vr_name_ifname (lab, bridge_role (port), bridge_of (port), ifname);
}

char *
vr_port_bridge_alias (const VrPort *port, const char *lab)
{
  return vr_name_alias (lab, bridge_role (port), bridge_of (port));
}
