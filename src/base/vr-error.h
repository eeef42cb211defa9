/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one error domain of vrkit. A code says what the caller can do, and is its exit status. */
#pragma once

#include <glib.h>

#define VR_ERROR (vr_error_quark ())

/* Each value is the program's exit status for an error of that code. */
typedef enum {
  VR_ERROR_UNWANTED = 1,   /* not as wanted: drift, a claim fails, loss above a limit */
  VR_ERROR_USAGE = 2,      /* the command line */
  VR_ERROR_PROFILE = 3,    /* the profile, recipe or experiment */
  VR_ERROR_HOST = 4,       /* the host lacks something */
  VR_ERROR_INFEASIBLE = 5, /* what is asked for does not fit this host */
  VR_ERROR_BUSY = 6,       /* somebody else has it: try again later, or free it */
  VR_ERROR_PERMISSION = 7, /* run as root, or with the right to */
  VR_ERROR_KERNEL = 8,     /* the kernel or a daemon refused an operation */
  VR_ERROR_VERIFY = 9,     /* what was read back is not what was set */
  VR_ERROR_GUEST = 10,     /* a guest failed: did not boot, crashed, command failed */
  VR_ERROR_TRAFFIC = 11,   /* the tester failed */
  VR_ERROR_INTERNAL = 70,  /* a bug in vrkit */
} VrErrorCode;

GQuark vr_error_quark (void);

/* The exit status that `error` maps to; 0 for NULL, 70 for a foreign domain. */
int vr_error_exit_status (const GError *error);

/* Sets `error` in VR_ERROR from errno: EPERM and EACCES become VR_ERROR_PERMISSION, EBUSY becomes
 * VR_ERROR_BUSY, everything else `code`. The message is the formatted text, then ": strerror". */
void vr_error_set_errno (GError **error, VrErrorCode code, int errnum, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
