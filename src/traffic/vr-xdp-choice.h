/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the generator of AF_XDP is to send, by the words of xdp-tools and the kernel's
 * networking/af_xdp.rst. */
#pragma once

#include <glib.h>

typedef enum {
  VR_XDP_MODE_AUTO,   /* without an XDP program: the driver's zero-copy, else as skb */
  VR_XDP_MODE_SKB,    /* the kernel's generic path, which copies */
  VR_XDP_MODE_NATIVE, /* with a program in the driver, which passes all frames */
} VrXdpMode;

typedef enum {
  VR_XDP_COPY_AUTO, /* zero-copy, and copy where the driver has none */
  VR_XDP_COPY_COPY,
  VR_XDP_COPY_ZERO,
} VrXdpCopy;

typedef struct {
  VrXdpMode mode;
  VrXdpCopy copy;
} VrXdpChoice;

/* The options: "xdp-mode" of auto, skb or native, and "xdp-copy" of auto, copy or zerocopy; NULL
 * leaves it as it is. VR_ERROR_USAGE for another text. */
gboolean vr_xdp_choice_set (VrXdpChoice *choice, const char *key, const char *text, GError **error);

/* Whether anything but auto is chosen. */
gboolean vr_xdp_choice_is_made (const VrXdpChoice *choice);

/* VR_ERROR_USAGE for a choice that is made for another generator than "xdp" (NULL: "auto"), and
 * for zero-copy by the generic path. */
gboolean vr_xdp_choice_check (const VrXdpChoice *choice, const char *generator, GError **error);
