/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captured Ethernet frames out of a pcap or pcapng file, of either byte order, read by libpcap. The
 * file is nothing to be trusted: it gives whole frames that can be sent, or one error. */
#pragma once

#include <stdio.h>

#include <glib.h>

#define VR_CAPTURE_FRAMES_MAX 1000000
#define VR_CAPTURE_BYTES_MAX (256u << 20) /* of all frames */
#define VR_CAPTURE_SPAN_MAX_NS (24 * 3600 * 1000000000ull)

typedef struct {
  guint8 *bytes; /* from the destination's MAC address on, without FCS; owned */
  guint length;  /* bytes */
} VrCaptureFrame;

typedef struct {
  char *name; /* of the file, owned */
  VrCaptureFrame *frames;
  guint64 *gaps_ns; /* from each frame to the next; the last one's, to the first of a repetition, is
                       the mean of the others */
  guint count;
  guint64 period_ns; /* the sum of the gaps; 0 where the file tells no times */
  guint64 bytes;     /* of all frames, without FCS */
} VrCapture;

/* Reads the file to its end. `name` is for messages. A frame that is stamped earlier than the one
 * before it counts as of the same time. VR_ERROR_USAGE for a file that is none of these, is cut
 * off, is damaged, is empty, or holds too much, and for a frame, which the message numbers from 1,
 * that is not Ethernet's, was not captured whole, or is longer than a test frame may be;
 * VR_ERROR_HOST for one that cannot be read. */
VrCapture *vr_capture_load (const char *name, GError **error);
/* The same from an open file, which is closed. */
VrCapture *vr_capture_read (FILE *file, const char *name, GError **error);
void vr_capture_free (VrCapture *capture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrCapture, vr_capture_free)

/* VR_ERROR_USAGE, with the number of the first frame that does not fit interface `ifname`; VLAN
 * tags are not counted in an MTU. */
gboolean vr_capture_check_mtu (const VrCapture *capture, guint mtu, const char *ifname,
                               GError **error);
