/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tester against itself: a trial over a veth pair between two network namespaces that are made
 * for it, on which nothing is lost but by the tester. */
#pragma once

#include "campaign/vr-trial.h"

/* Runs the request on the pair, whatever its lab, from and to; `id` makes the names of the
 * namespaces its own. Nothing of the pair is left. As vr_trial_run(); VR_ERROR_PERMISSION without
 * root. */
VrTrial *vr_self_test_run (const VrSite *site, const VrTrialRequest *request, guint id,
                           GError **error);
