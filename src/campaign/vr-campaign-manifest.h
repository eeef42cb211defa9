/* SPDX-License-Identifier: GPL-3.0-or-later */
/* On what, and with what, a campaign was measured: vrkit.manifest/1. */
#pragma once

#include "base/vr-json.h"
#include "campaign/vr-run-table.h"

/* Reads the machine. Versions of libvirt and QEMU are asked for where the table's labs have guests;
 * "" otherwise. */
JsonNode *vr_campaign_manifest_new (const VrSite *site, const VrRunTable *table, GError **error);

/* What of the host, the versions or the images is not the same in two manifests: "host.kernel is
 * \"6.1.0\", and was \"5.10.0\"", the first such; NULL where all is. The caller owns it. */
char *vr_campaign_manifest_difference (JsonNode *then, JsonNode *now);
