/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which versions of QEMU a lab's guests run. */
#pragma once

#include "model/vr-lab.h"
#include "sys/vr-virt.h"

/* An a{ss}, path → "QEMU 7.2.22", of the guests of the lab that are there; without those that say
 * nothing. Only a program that the profile names is started for it: of its own choice libvirt knows
 * the version. NULL where libvirt does not list them. */
GVariant *vr_emulators_read (VrVirt *virt, const VrLab *lab);
