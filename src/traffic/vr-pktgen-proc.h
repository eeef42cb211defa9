/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's pktgen as it is on this host: its module, and its proc files, of which each network
 * namespace has its own. */
#pragma once

#include "base/vr-fd.h"

/* What vrkit's devices in pktgen's files are called: the interface's name and this. */
#define VR_PKTGEN_TAG "@vrkit"

typedef struct {
  VrFd lock; /* one vrkit at a time; whether vrkit loaded the module is written in the file */
  char *path;
  gboolean is_ours; /* loaded by vrkit: unloaded when it is given back */
} VrPktgenModule;

/* Locks pktgen for this process, and loads the module where the kernel has it as one. What a
 * killed vrkit had loaded is unloaded first, and its devices with it. VR_ERROR_BUSY where another
 * vrkit has it, VR_ERROR_HOST where this kernel has none. */
gboolean vr_pktgen_module_take (VrPktgenModule *module, const char *run_dir, GError **error);
void vr_pktgen_module_give_back (VrPktgenModule *module);

/* Writes a line to file `name` of the namespace's pktgen (-1: the caller's own). VR_ERROR_KERNEL.
 */
gboolean vr_pktgen_write (int netns_fd, const char *name, const char *line, GError **error);
/* The text of a file, owned by the caller. VR_ERROR_KERNEL. */
char *vr_pktgen_read (int netns_fd, const char *name, GError **error);
/* The names of all files; NULL-terminated, owned by the caller. VR_ERROR_KERNEL. */
char **vr_pktgen_list (int netns_fd, GError **error);

typedef struct VrPktgenStart VrPktgenStart;

/* Has pktgen send all that the namespace's files tell it to, in a process of its own, since the
 * kernel answers when all is sent, or the asking process is killed: that stops pktgen. It ends with
 * this one. VR_ERROR_TRAFFIC. */
VrPktgenStart *vr_pktgen_start (int netns_fd, GError **error);
gboolean vr_pktgen_is_done (const VrPktgenStart *start);
/* Any number of times. */
void vr_pktgen_stop (VrPktgenStart *start);
/* Waits for its end. */
void vr_pktgen_start_free (VrPktgenStart *start);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrPktgenStart, vr_pktgen_start_free)
