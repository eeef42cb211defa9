/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of all commands that send: the path, the streams, and how they are told of meanwhile. */
#pragma once

#include "campaign/vr-trial.h"
#include "cli/vr-cli.h"

/* These options and those of the command, which end with an empty row; kept until the program
 * ends. */
const GOptionEntry *vr_traffic_options (const GOptionEntry *own);

/* Sets the request's from, to and router, beside its lab, and what sends and receives.
 * VR_ERROR_USAGE where they make no path, or there is no such tool; `command` is the name of the
 * command. */
gboolean vr_traffic_path (VrTrialRequest *request, const char *command, GError **error);
/* Whether the path is that of vr_self_test_call(). */
gboolean vr_traffic_is_self_test (void);

/* vr_stream_default() with the settings that are given as options. */
gboolean vr_traffic_defaults (VrStream *defaults, GError **error);
/* A setting of the stream, given as --KEY. */
gboolean vr_traffic_set (VrStream *stream, const char *key, const char *value, GError **error);
/* The first option that is given of those that make frames, without its dashes; NULL where none is.
 */
const char *vr_traffic_frame_option (void);
/* The streams of --stream, or one; the caller owns them. */
VrStream *vr_traffic_streams (const VrStream *defaults, guint *streams_count, GError **error);

/* The value of an option, above 0 and up to 24 h; NULL leaves `duration_ns` as it is. */
gboolean vr_traffic_duration (const char *option, const char *text, guint64 *duration_ns,
                              GError **error);

/* A line on the terminal that is written over, and its end. */
void vr_traffic_show_progress (VrTrialRequest *request);
void vr_traffic_end_progress (const VrTrialRequest *request);
