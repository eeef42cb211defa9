/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-need.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "lab/vr-facts.h"
#include "lab/vr-guest-facts.h"

#define CPUS "cpus "
#define CPUS_MAX 8192
#define VHOST "dev/vhost-net"

struct VrNeedHost {
  const VrSite *site;
  VrHost *host;
};

/* --- What there is ------------------------------------------------------------------------------
 */

static char *
lack_of_vhost (const VrNeedHost *host)
{
  g_autofree char *path = g_build_filename (host->site->root_dir, VHOST, NULL);
  g_auto (VrFd) fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd >= 0)
    return NULL;
  return g_strdup_printf ("needs vhost, and /" VHOST " cannot be opened: %s", g_strerror (errno));
}

static char *
lack_of_kvm (const VrNeedHost *host)
{
  VrKvmProbe probe;
  vr_guest_facts_probe_kvm (host->site, host->host, &probe);
  return probe.usable ? NULL : g_strdup_printf ("needs KVM: %s", probe.reason);
}

static char *
lack_of_pktgen (const VrNeedHost *host)
{
  return vr_host_feature (host->host, VR_HOST_FEATURE_PKTGEN) == VR_HOST_YES
             ? NULL
             : g_strdup ("needs pktgen, and this kernel has no module pktgen");
}

static char *
lack_of_openvswitch (const VrNeedHost *host)
{
  return vr_host_daemons (host->host).openvswitch
             ? NULL
             : g_strdup ("needs Open vSwitch, and ovs-vswitchd does not run here");
}

static char *
lack_of_dpdk (const VrNeedHost *host)
{
  g_autofree char *lack = vr_facts_lack_of_dpdk (host->site);
  return lack != NULL ? g_strdup_printf ("needs Open vSwitch with DPDK: %s", lack) : NULL;
}

static const struct {
  const char *word;
  char *(*lack) (const VrNeedHost *host);
} needs[] = {
  { "vhost", lack_of_vhost },   { "kvm", lack_of_kvm },
  { "pktgen", lack_of_pktgen }, { "openvswitch", lack_of_openvswitch },
  { "dpdk", lack_of_dpdk },
};

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

static guint
find_word (const char *text)
{
  guint i = 0;
  while (i < G_N_ELEMENTS (needs) && strcmp (needs[i].word, text) != 0)
    i++;
  return i;
}

gboolean
vr_need_check (const char *text, GError **error)
{
  guint count;
  return find_word (text) < G_N_ELEMENTS (needs) || read_cpus (text, &count)
         || vr_name_refuse (error, text,
                            "is none of cpus N, vhost, kvm, pktgen, openvswitch, dpdk");
}

/* --- The host -----------------------------------------------------------------------------------
 */

VrNeedHost *
vr_need_host_new (const VrSite *site, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (site->root_dir, error);
  if (host == NULL)
    return NULL;
  VrNeedHost *asked = g_new0 (VrNeedHost, 1);
  asked->site = site;
  asked->host = g_steal_pointer (&host);
  return asked;
}

void
vr_need_host_free (VrNeedHost *host)
{
  vr_host_free (host->host);
  g_free (host);
}

char *
vr_need_lack (const char *need, gpointer host)
{
  const VrNeedHost *asked = host;
  guint count;
  if (!read_cpus (need, &count))
    return needs[find_word (need)].lack (asked);
  if (asked->host->cpus->len >= count)
    return NULL;
  return g_strdup_printf ("needs %u CPUs, and this host has %u", count, asked->host->cpus->len);
}

/* --- Of an experiment ---------------------------------------------------------------------------
 */

/* "NEED: what is lacked" a line. */
static void
append_lacks (GString *text, const GPtrArray *all, VrNeedHost *host)
{
  for (guint i = 0; i < all->len; i++) {
    g_autofree char *lack = vr_need_lack (all->pdata[i], host);
    if (lack != NULL)
      g_string_append_printf (text, "%s: %s\n", (const char *) all->pdata[i], lack);
  }
}

char *
vr_need_lacks (const VrExperiment *experiment, VrNeedHost *host)
{
  GString *text = g_string_new (NULL);
  append_lacks (text, experiment->needs, host);
  for (guint i = 0; i < experiment->claims->len; i++)
    append_lacks (text, ((const VrExperimentClaim *) experiment->claims->pdata[i])->needs, host);
  return g_string_free (text, FALSE);
}

char *
vr_need_lack_of_text (const char *need, gpointer text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *head = g_strconcat (need, ": ", NULL);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, head))
      return g_strdup (*line + strlen (head));
  return NULL;
}

gboolean
vr_need_check_host (const VrExperiment *experiment, VrNeedHost *host, GError **error)
{
  for (guint i = 0; i < experiment->needs->len; i++) {
    g_autofree char *lack = vr_need_lack (experiment->needs->pdata[i], host);
    if (lack == NULL)
      continue;
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "experiment %s %s: measure it on another host; --dry-run tells its runs here",
                 experiment->name, lack);
    return FALSE;
  }
  return TRUE;
}
