/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-quota.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-fd.h"

#define QUOTA_1 "cpu.cfs_quota_us"
#define PERIOD_1 "cpu.cfs_period_us"
#define QUOTA_2 "cpu.max"
/* /proc/TID/cgroup has a line for each tree of version 1, with a path of NAME_MAX at a level. */
#define TEXT_MAX 8192

gboolean
vr_quota_binds (int policy)
{
  return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

/* "50000", "-1", "max": microseconds, or 0 where there is no limit. */
static guint64
limit_of (const char *text)
{
  guint64 limit_us;
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64 / 1000, &limit_us, NULL)
             ? limit_us * 1000
             : 0;
}

/* `period` is NULL where `quota` holds both. */
static void
parse (const char *quota, const char *period, guint64 *quota_ns, guint64 *period_ns)
{
  g_auto (GStrv) words = g_strsplit (quota, " ", 2);
  const char *second = words[0] != NULL ? words[1] : NULL;
  *quota_ns = words[0] != NULL ? limit_of (words[0]) : 0;
  if (period != NULL)
    second = period;
  *period_ns = *quota_ns != 0 && second != NULL ? limit_of (second) : 0;
}

gboolean
vr_quota_read (const char *path, guint64 *quota_ns, guint64 *period_ns, GError **error)
{
  VrCgroup group = { "cpu", path };
  gboolean first = vr_cgroup_version (group.controller) == 1;
  g_autofree char *quota = vr_cgroup_read (&group, first ? QUOTA_1 : QUOTA_2, error);
  g_autofree char *period
      = quota != NULL && first ? vr_cgroup_read (&group, PERIOD_1, error) : NULL;
  if (quota == NULL || (first && period == NULL))
    return FALSE;
  parse (quota, period, quota_ns, period_ns);
  return TRUE;
}

/* --- Again and again ----------------------------------------------------------------------------
 */

/* Without the final newline; FALSE where there is nothing. */
static gboolean
read_text (const char *path, char text[TEXT_MAX])
{
  g_auto (VrFd) fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  gssize size = fd >= 0 ? read (fd, text, TEXT_MAX - 1) : 0;
  text[MAX (size, 0)] = '\0';
  g_strchomp (text);
  return size > 0;
}

void
vr_quota_meter_clear (VrQuotaMeter *meter)
{
  g_clear_pointer (&meter->groups, g_free);
  g_clear_pointer (&meter->quota_file, g_free);
  g_clear_pointer (&meter->period_file, g_free);
}

static void
find_files (VrQuotaMeter *meter, pid_t tid, const char *groups)
{
  g_autofree char *path = vr_cgroup_of_thread (tid, "cpu", NULL);
  VrCgroup group = { "cpu", path };
  vr_quota_meter_clear (meter);
  meter->groups = g_strdup (groups);
  if (path == NULL)
    return;
  gboolean first = vr_cgroup_version (group.controller) == 1;
  meter->quota_file = vr_cgroup_file (&group, first ? QUOTA_1 : QUOTA_2);
  meter->period_file = first ? vr_cgroup_file (&group, PERIOD_1) : NULL;
}

void
vr_quota_meter_read (VrQuotaMeter *meter, pid_t tid, guint64 *quota_ns, guint64 *period_ns)
{
  char path[64], groups[TEXT_MAX], quota[TEXT_MAX], period[TEXT_MAX];
  *quota_ns = *period_ns = 0;
  g_snprintf (path, sizeof path, "/proc/%d/cgroup", (int) tid);
  if (!read_text (path, groups))
    return;
  if (g_strcmp0 (groups, meter->groups) != 0)
    find_files (meter, tid, groups);
  if (read_text (meter->quota_file, quota)
      && (meter->period_file == NULL || read_text (meter->period_file, period)))
    parse (quota, meter->period_file != NULL ? period : NULL, quota_ns, period_ns);
}
