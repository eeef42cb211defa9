/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions of the libraries that the generator of AF_XDP is made of, "1.3.1": those that it was
 * built with. */
#pragma once

const char *vr_xdp_version_libxdp (void);
const char *vr_xdp_version_libbpf (void);
