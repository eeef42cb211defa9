/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tester against itself: a trial over a veth pair between two network namespaces that are made
 * for it, on which nothing is lost but by the tester. */
#pragma once

#include "campaign/vr-trial.h"

/* Works between two interfaces, named as VrTrialRequest has them. */
typedef gboolean (*VrSelfTestCall) (const char *from, const char *to, gpointer data,
                                    GError **error);

/* Makes the pair and calls, in a thread whose namespaces have no names outside of it: nothing of
 * the pair is left, even where SIGKILL ends the process. As `call`, and VR_ERROR_PERMISSION without
 * root. */
gboolean vr_self_test_call (VrSelfTestCall call, gpointer data, GError **error);

/* Runs the request on the pair, whatever its lab, from and to. As vr_trial_run(). */
VrTrial *vr_self_test_run (const VrSite *site, const VrTrialRequest *request, GError **error);
