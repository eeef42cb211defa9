/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an experiment or a claim needs of the host. */
#pragma once

#include "host/vr-host.h"

/* Whether `text` is a need: "cpus N", "vhost", "kvm", "pktgen" or "openvswitch". VR_ERROR_PROFILE,
 * without a place. */
gboolean vr_need_check (const char *text, GError **error);
