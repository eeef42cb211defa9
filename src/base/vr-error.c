/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"

#include <errno.h>

GQuark
vr_error_quark (void)
{
  return g_quark_from_static_string ("vr-error-quark");
}

int
vr_error_exit_status (const GError *error)
{
  if (error == NULL)
    return 0;
  return error->domain == VR_ERROR ? error->code : VR_ERROR_INTERNAL;
}

static VrErrorCode
code_of_errno (int errnum, VrErrorCode otherwise)
{
  switch (errnum) {
  case EPERM:
  case EACCES:
    return VR_ERROR_PERMISSION;
  case EBUSY:
    return VR_ERROR_BUSY;
  default:
    return otherwise;
  }
}

void
vr_error_set_errno (GError **error, VrErrorCode code, int errnum, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VR_ERROR, code_of_errno (errnum, code), "%s: %s", text, g_strerror (errnum));
}
