/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroups that libvirt made for a guest as a whole. libvirtd removes them when it ends the guest,
 * and leaves them where the guest has ended while no libvirtd ran. Only src/apply includes it. */
#pragma once

#include <glib.h>

/* Removes what is left of them of a guest that libvirt does not know any more. VR_ERROR_BUSY where
 * a process is in one: then its QEMU runs, and libvirt has lost it. systemd sees to its machines by
 * itself. */
gboolean vr_guest_group_clear (const char *domain, GError **error);

/* Whether `name` is that of such a group: qemu-ID-DOMAIN.libvirt-qemu (virCgroupNewMachineManual,
 * vircgroup.c). */
gboolean vr_guest_group_is (const char *name, const char *domain);
