/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's packet generator (networking/pktgen.rst): what it can send, what its proc files are
 * told, and what they tell. Pure. */
#pragma once

#include "traffic/vr-stream.h"

/* Of the frames that pktgen makes: its TTL or hop limit cannot be set (net/core/pktgen.c,
 * fill_packet_ipv4() and fill_packet_ipv6()). */
#define VR_PKTGEN_TTL 32
/* It can vary the source port alone in order, and takes the port after the last one as a bound. */
#define VR_PKTGEN_FLOWS_MAX 64511

typedef struct {
  guint64 sent;                   /* frames that the device took */
  guint64 dropped;                /* frames that it dropped at once */
  guint64 started_us, stopped_us; /* of CLOCK_MONOTONIC; while it sends, stopped is now */
} VrPktgenStatus;

/* VR_ERROR_USAGE for what pktgen does not send: several streams, a replay, several sizes, random
 * gaps or bursts, another TTL, more flows, frames too small for its header of 16 bytes. */
gboolean vr_pktgen_check (const VrStream *streams, guint count, GError **error);

/* The lines for the device's file, in their order, of a stream that was checked; NULL-terminated,
 * owned by the caller. */
char **vr_pktgen_settings (const VrStream *stream, guint64 frames);

/* FALSE where the text of the device's file is not what it should be. */
gboolean vr_pktgen_parse_status (const char *text, VrPktgenStatus *status);
