/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an experiment or a claim needs of the host, and whether this host has it. */
#pragma once

#include "campaign/vr-experiment.h"
#include "host/vr-host.h"
#include "lab/vr-site.h"

/* Whether `text` is a need: "cpus N", "vhost", "kvm", "pktgen", "openvswitch" or "dpdk".
 * VR_ERROR_PROFILE, without a place. */
gboolean vr_need_check (const char *text, GError **error);

/* A host that is asked. The site is borrowed. Errors of vr_host_read(). */
typedef struct VrNeedHost VrNeedHost;
VrNeedHost *vr_need_host_new (const VrSite *site, GError **error);
void vr_need_host_free (VrNeedHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrNeedHost, vr_need_host_free)

/* What the host lacks for a need, "needs 3 CPUs, and this host has 2"; NULL where it has it. KVM is
 * probed, /dev/vhost-net opened. The caller owns it. A VrLackFunction (vr-claim-verdict.h), as the
 * next but one. */
char *vr_need_lack (const char *need, gpointer host);

/* What a host lacks of all that the experiment and its claims need, as a text to be kept with a
 * campaign; and what that says of one need. The caller owns them. */
char *vr_need_lacks (const VrExperiment *experiment, VrNeedHost *host);
char *vr_need_lack_of_text (const char *need, gpointer text);

/* VR_ERROR_HOST where the host lacks what the whole experiment needs. */
gboolean vr_need_check_host (const VrExperiment *experiment, VrNeedHost *host, GError **error);
