/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-xdp-version.h"

const char *
vr_xdp_version_libxdp (void)
{
  return VRKIT_LIBXDP_VERSION;
}

const char *
vr_xdp_version_libbpf (void)
{
  return VRKIT_LIBBPF_VERSION;
}
