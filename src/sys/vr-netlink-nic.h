/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels, rings and interrupt coalescing of a NIC, as words. `netns` is a name of vr-netns.h, or
 * NULL for the calling thread's own. An absent interface is VR_ERROR_HOST. */
#pragma once

#include <glib.h>

/* In the order in which they are set. */
typedef enum {
  VR_NIC_CHANNELS, /* "4"; "4/2" where receiving and sending have channels of their own */
  VR_NIC_RX_RING,  /* packets, as the next */
  VR_NIC_TX_RING,
  VR_NIC_RX_USECS,
  VR_NIC_TX_USECS,
  VR_NIC_RX_FRAMES,
  VR_NIC_TX_FRAMES,
  VR_NIC_ADAPTIVE, /* "on" or "off"; "on/off" where receiving and sending differ */
  VR_NIC_SETTINGS
} VrNicSetting;

typedef struct {
  char *values[VR_NIC_SETTINGS];   /* owned; NULL: the device has no such setting */
  guint32 limits[VR_NIC_SETTINGS]; /* the most that it takes; 0: it does not tell */
} VrNicState;

/* "rx-ring", "adaptive-coalescing". */
const char *vr_nic_setting_name (VrNicSetting setting);

gboolean vr_nic_read (const char *netns, const char *ifname, VrNicState *state, GError **error);

/* Sets what is not NULL of `values`, in three steps: channels, rings, coalescing. A setting that
 * the device lacks and a value above its limit are VR_ERROR_HOST before its step; the steps before
 * stay taken. A device may round: read it back. */
gboolean vr_nic_write (const char *netns, const char *ifname,
                       const char *const values[VR_NIC_SETTINGS], GError **error);

void vr_nic_state_clear (VrNicState *state);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrNicState, vr_nic_state_clear)
