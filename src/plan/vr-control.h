/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What BIRD is told in the control processor of an MSR, and in its back-ends: the one speaks with
 * other routers, and gives the others its routes by internal BGP over link-local addresses of the
 * internal network. */
#pragma once

#include "model/vr-lab.h"

/* Appends the lines of bird.conf, each after the verb "bird", of a control processor or a back-end
 * of an MSR that has one, where all MAC addresses are derived. Every value is rendered from its
 * parsed form. */
void vr_control_add (GString *text, const VrLab *lab, const VrRouter *router);
