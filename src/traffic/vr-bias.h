/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of the latency that the tester tells is its own: single frames over a path without a
 * router, by send() on a packet socket past the qdisc, whatever generator a load has, since
 * the kernel stamps no frame of AF_XDP; each with the tester's stamp, taken before as a generator
 * does it, and two of the kernel's: when the driver had
 * the frame (SOF_TIMESTAMPING_TX_SOFTWARE, kernel's networking/timestamping.rst), and when it
 * arrived. */
#pragma once

#include "traffic/vr-clock.h"
#include "traffic/vr-frame.h"
#include "traffic/vr-histogram.h"

/* What sends them, as a word. */
#define VR_BIAS_PATH "send"

typedef struct {
  int from_netns_fd, to_netns_fd; /* of the interfaces' network namespaces; -1: the caller's own */
  const char *from_ifname, *to_ifname;
  const VrFrameSpec *frame;
  guint frames; /* sent one after the other, each when the one before has come */
  const VrClock *clock;
} VrBiasOptions;

/* Of each frame, told is kernel and added. */
typedef struct {
  VrHistogram told_ns;   /* from the tester's stamp to the kernel's of arrival: what it tells */
  VrHistogram kernel_ns; /* from the kernel's stamp of sending to that of arrival */
  VrHistogram added_ns;  /* from the tester's stamp to the kernel's of sending: the bias */
} VrBias;

/* VR_ERROR_TRAFFIC where a frame or its stamp does not come within a second; else as
 * vr_packet_socket_open() and vr_frame_build(). */
gboolean vr_bias_measure (const VrBiasOptions *options, VrBias *bias, GError **error);
