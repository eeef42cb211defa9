/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An interface that an XDP program runs on, for as long as this process lives: the kernel takes the
 * program off when its descriptor is closed, however the process ends. */
#pragma once

#include "balance/vr-balance.h"

typedef struct {
  int ifindex;
  int link;   /* descriptor, -1: none */
  int socket; /* keeps the interface promiscuous, -1: it need not be */
  bool native;
} VrAttachment;

#define VR_ATTACHMENT_NONE                                                                         \
  {                                                                                                \
    .link = -1, .socket = -1                                                                       \
  }

typedef enum { VR_ATTACH_NATIVE_IF_CAN, VR_ATTACH_GENERIC } VrAttachMode;

/* The interface's index; 0, with the problem, where there is none. */
int vr_attach_ifindex (const char *name, VrProblem *problem);

/* Keeps the driver from taking VLAN tags off the frames, where XDP would not see them, and attaches
 * the program: in the driver where that can, else in the kernel's receive path. A program of
 * somebody else's is a problem. */
bool vr_attach (VrAttachment *attachment, const char *name, int program, VrAttachMode mode,
                VrProblem *problem);

/* The interface takes frames for all MACs while it is attached. */
bool vr_attach_promiscuous (VrAttachment *attachment, const char *name, VrProblem *problem);

void vr_detach (VrAttachment *attachment);
