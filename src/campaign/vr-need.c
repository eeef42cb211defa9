/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-need.h"

#include <string.h>

#include "base/vr-name.h"

#define CPUS "cpus "
#define CPUS_MAX 8192

static const char *const words[] = { "vhost", "kvm", "pktgen", "openvswitch", NULL };

/* Whether it is "cpus N". */
static gboolean
read_cpus (const char *text, guint *count)
{
  guint64 number;
  if (!g_str_has_prefix (text, CPUS))
    return FALSE;
  text += strlen (CPUS);
  if (!g_ascii_string_to_unsigned (text + strspn (text, " "), 10, 1, CPUS_MAX, &number, NULL))
    return FALSE;
  *count = (guint) number;
  return TRUE;
}

gboolean
vr_need_check (const char *text, GError **error)
{
  guint count;
  return g_strv_contains (words, text) || read_cpus (text, &count)
         || vr_name_refuse (error, text, "is none of cpus N, vhost, kvm, pktgen, openvswitch");
}
