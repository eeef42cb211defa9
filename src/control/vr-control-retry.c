/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-retry.h"

#include <string.h>

#define WAIT_MOST_NS 60000000000ull

void
vr_control_retry_clear (VrControlRetry *retry)
{
  g_clear_pointer (&retry->profile, g_free);
  g_clear_pointer (&retry->message, g_free);
  retry->wait_ns = retry->next_ns = 0;
}

gboolean
vr_control_retry_is_due (const VrControlRetry *retry, const char *profile, guint64 now_ns)
{
  return g_strcmp0 (retry->profile, profile) != 0 || now_ns >= retry->next_ns;
}

gboolean
vr_control_retry_fail (VrControlRetry *retry, const char *profile, const char *message,
                       guint64 period_ns, guint64 now_ns)
{
  gboolean is_same = g_strcmp0 (retry->profile, profile) == 0;
  gboolean is_told = is_same && g_strcmp0 (retry->message, message) == 0;
  retry->wait_ns = is_same ? CLAMP (retry->wait_ns * 2, period_ns, WAIT_MOST_NS) : period_ns;
  retry->next_ns = now_ns + retry->wait_ns;
  vr_control_retry_follow (retry, profile);
  g_free (retry->message);
  retry->message = g_strdup (message);
  return !is_told;
}

void
vr_control_retry_follow (VrControlRetry *retry, const char *profile)
{
  char *copy = g_strdup (profile);
  g_free (retry->profile);
  retry->profile = copy;
}
