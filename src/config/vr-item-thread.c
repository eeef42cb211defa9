/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row a policy: what its arguments are, how they are read, and how they are printed. */
#include "config/vr-item-thread.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "config/vr-item.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
/* Of SCHED_FIFO and SCHED_RR, MAX_RT_PRIO - 1 in include/linux/sched/prio.h. */
#define PRIORITY_MIN 1
#define PRIORITY_MAX 99
/* 1 << DL_SCALE, and the top bit is the kernel's: __checkparam_dl, kernel/sched/deadline.c. */
#define DEADLINE_RUNTIME_MIN_NS 1024
#define DEADLINE_PERIOD_MAX_NS (G_MAXUINT64 >> 1)
/* min_cfs_quota_period and max_cfs_quota_period: tg_set_cfs_bandwidth, kernel/sched/core.c. The
 * files of the cgroup take microseconds. */
#define QUOTA_MIN_NS 1000000
#define QUOTA_PERIOD_MAX_NS 1000000000
#define QUOTA_UNIT_NS 1000

static gboolean
read_nice (VrThreadSchedule *thread, const char *text, GError **error)
{
  gint64 nice;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, NICE_MIN, NICE_MAX, &nice, NULL))
    return vr_name_refuse (error, text, "is not a nice value, %d to %d", NICE_MIN, NICE_MAX);
  thread->nice = (gint) nice;
  return TRUE;
}

static gboolean
read_priority (VrThreadSchedule *thread, const char *text, GError **error)
{
  guint64 priority;
  if (!g_ascii_string_to_unsigned (text, 10, PRIORITY_MIN, PRIORITY_MAX, &priority, NULL))
    return vr_name_refuse (error, text, "is not a priority, %d to %d: the higher goes first",
                           PRIORITY_MIN, PRIORITY_MAX);
  thread->priority = (guint) priority;
  return TRUE;
}

/* As many durations as there are places for, separated by slashes. */
static gboolean
read_durations (const char *text, guint64 **places, guint count, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  for (guint i = 0; i < count; i++)
    if (!vr_unit_parse_duration (parts[i], places[i], error))
      return FALSE;
  return TRUE;
}

static guint
count_durations (const char *text)
{
  guint count = 1;
  for (; *text != '\0'; text++)
    count += *text == '/';
  return count;
}

static gboolean
check_deadline (const VrThreadSchedule *thread, const char *text, GError **error)
{
  if (thread->runtime_ns < DEADLINE_RUNTIME_MIN_NS)
    return vr_name_refuse (error, text,
                           "has a runtime of %" G_GUINT64_FORMAT
                           "ns, and the kernel takes %dns and more: raise it",
                           thread->runtime_ns, DEADLINE_RUNTIME_MIN_NS);
  if (thread->period_ns > DEADLINE_PERIOD_MAX_NS)
    return vr_name_refuse (error, text, "has a period above 2^63 ns, the kernel's limit: lower it");
  if (thread->runtime_ns > thread->deadline_ns || thread->deadline_ns > thread->period_ns)
    return vr_name_refuse (error, text,
                           "is not in order: runtime is at most the deadline, and the deadline at "
                           "most the period");
  return TRUE;
}

static gboolean
read_deadline (VrThreadSchedule *thread, const char *text, GError **error)
{
  guint64 *two[] = { &thread->runtime_ns, &thread->period_ns };
  guint64 *three[] = { &thread->runtime_ns, &thread->deadline_ns, &thread->period_ns };
  guint count = count_durations (text);
  if (count != 2 && count != 3)
    return vr_name_refuse (error, text,
                           "is not RUNTIME/PERIOD or RUNTIME/DEADLINE/PERIOD, as 50ms/200ms");
  if (!read_durations (text, count == 2 ? two : three, count, error))
    return FALSE;
  if (count == 2)
    thread->deadline_ns = thread->period_ns;
  return check_deadline (thread, text, error);
}

static gboolean
check_quota (const VrThreadSchedule *thread, const char *text, GError **error)
{
  if (thread->period_ns < QUOTA_MIN_NS || thread->period_ns > QUOTA_PERIOD_MAX_NS)
    return vr_name_refuse (error, text, "has a period that is not 1ms to 1s, the kernel's limits");
  if (thread->runtime_ns < QUOTA_MIN_NS)
    return vr_name_refuse (error, text,
                           "has a runtime below 1ms, the kernel's least: raise it, and the period "
                           "with it");
  if (thread->runtime_ns > thread->period_ns)
    return vr_name_refuse (error, text,
                           "gives a thread more than one CPU, which it cannot use: runtime is at "
                           "most the period; other has no quota");
  if (thread->runtime_ns % QUOTA_UNIT_NS != 0 || thread->period_ns % QUOTA_UNIT_NS != 0)
    return vr_name_refuse (error, text, "is not in whole microseconds, as cgroups take it");
  return TRUE;
}

static gboolean
read_quota (VrThreadSchedule *thread, const char *text, GError **error)
{
  guint64 *two[] = { &thread->runtime_ns, &thread->period_ns };
  if (count_durations (text) != 2)
    return vr_name_refuse (error, text, "is not RUNTIME/PERIOD, as 20ms/100ms");
  return read_durations (text, two, 2, error) && check_quota (thread, text, error);
}

static void
print_nice (const VrThreadSchedule *thread, GString *text)
{
  if (thread->nice != 0)
    g_string_append_printf (text, " %d", thread->nice);
}

static void
print_priority (const VrThreadSchedule *thread, GString *text)
{
  g_string_append_printf (text, " %u", thread->priority);
}

static void
print_durations (const VrThreadSchedule *thread, GString *text)
{
  g_autofree char *runtime = vr_unit_print_duration (thread->runtime_ns);
  g_autofree char *deadline = vr_unit_print_duration (thread->deadline_ns);
  g_autofree char *period = vr_unit_print_duration (thread->period_ns);
  gboolean implicit = thread->policy == VR_POLICY_QUOTA || thread->deadline_ns == thread->period_ns;
  g_string_append_printf (text, " %s%s%s/%s", runtime, implicit ? "" : "/",
                          implicit ? "" : deadline, period);
}

typedef struct {
  const char *syntax;
  guint arguments_min, arguments_max; /* how many words */
  gboolean (*read) (VrThreadSchedule *thread, const char *text, GError **error);
  void (*print) (const VrThreadSchedule *thread, GString *text);
} Policy;

static const Policy policies[VR_POLICIES] = {
  [VR_POLICY_OTHER] = { "other [NICE]", 0, 1, read_nice, print_nice },
  [VR_POLICY_IDLE] = { "idle", 0, 0, NULL, NULL },
  [VR_POLICY_FIFO] = { "fifo PRIORITY", 1, 1, read_priority, print_priority },
  [VR_POLICY_RR] = { "rr PRIORITY", 1, 1, read_priority, print_priority },
  [VR_POLICY_DEADLINE] = { "deadline RUNTIME/PERIOD or deadline RUNTIME/DEADLINE/PERIOD", 1, 1,
                           read_deadline, print_durations },
  [VR_POLICY_QUOTA] = { "quota RUNTIME/PERIOD", 1, 1, read_quota, print_durations },
};

static gboolean
read_policy_name (VrThreadSchedule *thread, const char *word, GError **error)
{
  const char *names[VR_POLICIES + 1] = { NULL };
  for (VrPolicy policy = 0; policy < VR_POLICIES; policy++) {
    names[policy] = vr_policy_name (policy);
    if (strcmp (names[policy], word) == 0) {
      thread->policy = policy;
      return TRUE;
    }
  }
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  const char *meant = vr_name_suggest (word, names);
  return vr_name_refuse (error, word, "is no policy, one of %s%s%s%s", all,
                         meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                         meant != NULL ? "\"?" : "");
}

/* "@1-3", "@auto". */
static gboolean
read_cpus (VrThreadSchedule *thread, const char *word, GError **error)
{
  if (strcmp (word, "@auto") == 0) {
    thread->cpus_choice = VR_CPUS_AUTO;
    return TRUE;
  }
  g_autoptr (GArray) cpus = vr_cpu_list_parse (word + 1);
  if (cpus == NULL)
    return vr_name_refuse (error, word, "is not a list of CPUs, as @1, @1-3, @1,3 or @auto");
  if (cpus->len == 0)
    return vr_name_refuse (error, word,
                           "names no CPU: write @1, @1-3 or @auto, or leave it out for any");
  g_array_append_vals (thread->cpus, cpus->data, cpus->len);
  thread->cpus_choice = VR_CPUS_LIST;
  return TRUE;
}

static gboolean
check_exclusive (const VrThreadSchedule *thread, GError **error)
{
  static const char exclusive[] = "exclusive";
  if (thread->policy != VR_POLICY_DEADLINE && thread->policy != VR_POLICY_FIFO
      && thread->policy != VR_POLICY_RR)
    return vr_name_refuse (error, exclusive,
                           "goes with deadline, fifo and rr, and the policy is %s: change either",
                           vr_policy_name (thread->policy));
  if (thread->cpus_choice == VR_CPUS_ANY)
    return vr_name_refuse (error, exclusive, "needs CPUs: write @1 exclusive, or @auto exclusive");
  return TRUE;
}

static gboolean
read_words (VrThreadSchedule *thread, char **words, GError **error)
{
  if (!read_policy_name (thread, words[0], error))
    return FALSE;
  const Policy *policy = &policies[thread->policy];
  char **next = words + 1;
  while (*next != NULL && **next != '@' && strcmp (*next, "exclusive") != 0)
    next++;
  guint arguments = (guint) (next - words) - 1;
  if (arguments < policy->arguments_min || arguments > policy->arguments_max) {
    g_autofree char *text = g_strjoinv (" ", words);
    return vr_name_refuse (error, text, "is not %s [@CPUS] [exclusive]", policy->syntax);
  }
  if (policy->read != NULL && !policy->read (thread, arguments > 0 ? words[1] : NULL, error))
    return FALSE;
  if (*next != NULL && **next == '@' && !read_cpus (thread, *next++, error))
    return FALSE;
  if (*next != NULL && strcmp (*next, "exclusive") == 0) {
    thread->sharing = VR_CPUS_EXCLUSIVE;
    next++;
  }
  if (*next != NULL)
    return vr_name_refuse (error, *next, "is one word too many: write %s [@CPUS] [exclusive]",
                           policy->syntax);
  return thread->sharing == VR_CPUS_SHARED || check_exclusive (thread, error);
}

gpointer
vr_item_read_thread (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  g_autoptr (VrThreadSchedule) thread = vr_thread_schedule_new ();
  thread->origin = value->origin;
  if (!vr_thread_selector_parse (value->key, &thread->selector, error)
      || !read_words (thread, words, error))
    return NULL;
  return g_steal_pointer (&thread);
}

char *
vr_item_print_thread (gconstpointer item)
{
  const VrThreadSchedule *thread = item;
  g_autofree char *selector = vr_thread_selector_print (&thread->selector);
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s = %s", selector, vr_policy_name (thread->policy));
  if (policies[thread->policy].print != NULL)
    policies[thread->policy].print (thread, text);
  if (thread->cpus_choice == VR_CPUS_LIST) {
    g_autofree char *cpus = vr_cpu_list_print (thread->cpus);
    g_string_append_printf (text, " @%s", cpus);
  } else if (thread->cpus_choice == VR_CPUS_AUTO) {
    g_string_append (text, " @auto");
  }
  if (thread->sharing == VR_CPUS_EXCLUSIVE)
    g_string_append (text, " exclusive");
  return g_string_free (text, FALSE);
}
