/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the running kernel was configured with. */
#pragma once

#include <glib.h>

/* The text of .config, below `root`: of /proc/config.gz, where the kernel keeps it; else
 * /boot/config-RELEASE, where distributions put it; else /lib/modules/RELEASE/config, or, of a
 * kernel built here, /lib/modules/RELEASE/build/.config. NULL where none can be read. The caller
 * owns it. */
char *vr_kernel_config (const char *root, const char *release);
