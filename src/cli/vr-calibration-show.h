/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is stored of a router's calibration, told to who asks for it. */
#pragma once

#include "cli/vr-cli.h"

/* Where calibrations are kept, unless an option says otherwise. */
#define VR_CALIBRATIONS "/var/lib/vrkit/calibrations"

typedef struct {
  const char *argument;  /* of the command line: a lab's name or its profile */
  const char *lab;       /* its name */
  const char *router;    /* NULL: the lab's only one */
  const char *contract;  /* packets a second, of which is told what they take; NULL: of none */
  const char *directory; /* NULL: the usual one */
} VrCalibrationAsked;

/* The file of a router of a lab. The caller owns it. */
char *vr_calibration_stored (const char *directory, const char *lab, const char *router);

/* The value of an option, above 0; NULL leaves `rate_pps` as it is. VR_ERROR_USAGE. */
gboolean vr_calibration_rate (const char *option, const char *text, guint64 *rate_pps,
                              GError **error);

/* Prints it, and whether it still holds. Returns the exit status. */
int vr_calibration_show (const VrCli *cli, const VrCalibrationAsked *asked, GError **error);
