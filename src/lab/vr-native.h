/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in native routers, which are namespaces of the host. */
#pragma once

#include "sys/vr-virt.h"

/* Runs `argv` in the network namespace (NULL: in the caller's) to its end, with an empty standard
 * input. A command that fails is no error: see `result`, which holds nothing before. VR_ERROR_HOST
 * where there is no such namespace; VR_ERROR_GUEST: an unknown program, or not done within
 * `timeout_us`: it and all of its process group are then killed. It does not outlive the calling
 * thread. */
gboolean vr_native_exec (const char *netns, const char *const *argv, gint64 timeout_us,
                         VrExecResult *result, GError **error);
