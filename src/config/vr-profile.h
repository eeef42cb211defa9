/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A profile: the text that describes a lab. See vrkit-profile(5) for its syntax. */
#pragma once

#include "model/vr-lab.h"

/* A line's, a profile's (with all it includes) and a chain of includes' greatest size. */
#define VR_PROFILE_LINE_MAX 4096
#define VR_PROFILE_SIZE_MAX (64u << 20)
#define VR_PROFILE_DEPTH_MAX 16

/* The lab that the profile at `path` describes: defaults filled in, MACs derived, all checks
 * passed.
 *
 * One error, and no lab, otherwise; its message begins with "FILE:LINE: ".
 *   VR_ERROR_USAGE       there is no such file, or it is none
 *   VR_ERROR_PERMISSION  it may not be read
 *   VR_ERROR_PROFILE     anything in it, and a file that it includes and that cannot be read
 *
 * No text in the lab holds a control character; names, devices, paths and sysctls are limited to
 * the characters that vrkit-profile(5) lists. */
VrLab *vr_profile_load (const char *path, GError **error);

/* The same from `size` bytes at `text`, which need no final NUL. `file_name` stands in messages,
 * and `include` is relative to its directory; the file itself is not read. VR_ERROR_PROFILE. */
VrLab *vr_profile_parse (const char *text, gsize size, const char *file_name, GError **error);

/* The canonical text of a lab: every key whose value is not the default, and all MACs. Parsing it
 * gives the same lab, and printing that the same text. The caller owns it. */
char *vr_profile_print (const VrLab *lab);
