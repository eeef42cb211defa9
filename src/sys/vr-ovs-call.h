/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of Open vSwitch. Only the files of vr-ovs.h include it. */
#pragma once

#include <glib.h>

/* Runs ovs-vsctl or ovs-appctl, which both take --timeout; `arguments` follow that, and `answer`,
 * unless NULL, becomes what it printed. VR_ERROR_HOST, with the way out where it is known. */
gboolean vr_ovs_call (const char *program, const char *const *arguments, char **answer,
                      GError **error);
