/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-guest-group.h"

#include <string.h>

#include "sys/vr-cgroup.h"

#define PARTITION "/machine"
#define PREFIX "qemu-"
#define SUFFIX ".libvirt-qemu"

gboolean
vr_guest_group_is (const char *name, const char *domain)
{
  if (!g_str_has_prefix (name, PREFIX) || !g_str_has_suffix (name, SUFFIX))
    return FALSE;
  const char *id = name + strlen (PREFIX);
  gsize digits = strspn (id, "0123456789");
  if (digits == 0 || id[digits] != '-')
    return FALSE;
  const char *middle = id + digits + 1;
  gsize length = strlen (domain);
  return strncmp (middle, domain, length) == 0 && strcmp (middle + length, SUFFIX) == 0;
}

gboolean
vr_guest_group_clear (const char *domain, GError **error)
{
  if (vr_cgroup_prune (PARTITION, vr_guest_group_is, domain, error))
    return TRUE;
  g_prefix_error (error, "guest %s is gone for libvirt, and what it leaves stays: ", domain);
  return FALSE;
}
