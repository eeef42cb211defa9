/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every try of a campaign as a line of CSV or an object of JSON, one at a time, so that a campaign
 * of any length takes no memory. */
#pragma once

#include "campaign/vr-results.h"

/* CSV as RFC 4180 has it, but that lines end with LF: the line of names, and a try's. The factors'
 * names come after those of the run; what is not known is empty. The caller owns them. */
char *vr_export_csv_names (const char *const *factors);
char *vr_export_csv_line (const VrStoredAttempt *attempt);

/* An element of "samples" of vrkit.samples/1, with the whole load as it was measured. The caller
 * owns it. */
char *vr_export_json_element (const VrStoredAttempt *attempt, const char *const *factors);
