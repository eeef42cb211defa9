/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which versions of QEMU a lab's guests run. */
#pragma once

#include "sys/vr-virt.h"

/* An a{ss}, path → what that program says of its version, in a line, of the guests of `lab` that
 * are there; without those that say nothing. NULL where libvirt does not list them. */
GVariant *vr_emulators_read (VrVirt *virt, const char *lab);
