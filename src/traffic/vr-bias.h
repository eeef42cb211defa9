/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of the latency that the tester tells is its own: single frames over a path without a
 * router, each with the tester's stamp, taken before it leaves as a generator does it, and two of
 * the kernel's: when the driver had the frame (SOF_TIMESTAMPING_TX_SOFTWARE, kernel's
 * networking/timestamping.rst), and when it arrived. By the load's own generator where that is
 * "packet". The kernel stamps no frame of AF_XDP: of "xdp" the kernel's part is that of the same
 * frames by send() on a packet socket past the qdisc, and what is added is what is told of its own
 * frames less the median of that. Of others all is by send(). */
#pragma once

#include "traffic/vr-clock.h"
#include "traffic/vr-frame.h"
#include "traffic/vr-histogram.h"
#include "traffic/vr-xdp-choice.h"

typedef struct {
  int from_netns_fd, to_netns_fd; /* of the interfaces' network namespaces; -1: the caller's own */
  const char *from_ifname, *to_ifname;
  const VrFrameSpec *frame;
  const char *generator; /* as a load took it; NULL: send() */
  VrXdpChoice xdp;       /* of "xdp" */
  guint frames;          /* sent one after the other, each when the one before has come */
  const VrClock *clock;
} VrBiasOptions;

/* Of each frame, told is kernel and added; but of "xdp" added is an estimate. */
typedef struct {
  const char *path;      /* "packet", "xdp" or "send" */
  VrHistogram told_ns;   /* from the tester's stamp to the kernel's of arrival: what it tells */
  VrHistogram kernel_ns; /* from the kernel's stamp of sending to that of arrival */
  VrHistogram added_ns;  /* from the tester's stamp to the kernel's of sending: the bias */
} VrBias;

/* VR_ERROR_TRAFFIC where a frame or its stamp does not come within a second; else as
 * vr_generator_open(), vr_packet_socket_open() and vr_frame_build(). */
gboolean vr_bias_measure (const VrBiasOptions *options, VrBias *bias, GError **error);
