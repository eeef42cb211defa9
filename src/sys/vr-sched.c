/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-sched.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"

#define CPU_BITS (8 * sizeof (gulong))
/* NR_CPUS of the largest kernels. */
#define CPUS_MAX 8192

/* struct sched_attr of linux/sched/types.h, which older C libraries' sched.h does not go with. */
typedef struct {
  guint32 size;
  guint32 policy;
  guint64 flags;
  gint32 nice;
  guint32 priority;
  guint64 runtime_ns, deadline_ns, period_ns;
} Attributes;

static const struct {
  guint policy;
  const char *name;
} policies[] = {
  { SCHED_NORMAL, "other" }, { SCHED_BATCH, "batch" }, { SCHED_IDLE, "idle" },
  { SCHED_FIFO, "fifo" },    { SCHED_RR, "rr" },       { SCHED_DEADLINE, "deadline" },
};

const char *
vr_sched_policy_name (guint policy)
{
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    if (policies[i].policy == policy)
      return policies[i].name;
  return NULL;
}

guint
vr_sched_policy_parse (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    if (strcmp (policies[i].name, name) == 0)
      return policies[i].policy;
  return G_MAXUINT;
}

/* Sets the error of a call about `tid` from errno. */
static gboolean
fail (pid_t tid, const char *what, const char *meaning, GError **error)
{
  int errnum = errno;
  if (errnum == ESRCH)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "thread %d is gone", (int) tid);
  else
    vr_error_set_errno (error, VR_ERROR_KERNEL, errnum, "cannot %s of thread %d%s", what, (int) tid,
                        meaning);
  return FALSE;
}

gboolean
vr_sched_read (pid_t tid, VrSched *sched, GError **error)
{
  Attributes attr = { .size = sizeof attr };
  if (syscall (SYS_sched_getattr, tid, &attr, sizeof attr, 0) != 0)
    return fail (tid, "read the policy", "", error);
  *sched = (VrSched){
    .policy = attr.policy,
    .nice = attr.nice,
    .priority = attr.priority,
    .reset_on_fork = (attr.flags & SCHED_FLAG_RESET_ON_FORK) != 0,
  };
  /* Of other policies the runtime is the length of a slice, since Linux 6.12. */
  if (attr.policy == SCHED_DEADLINE) {
    sched->runtime_ns = attr.runtime_ns;
    sched->deadline_ns = attr.deadline_ns;
    sched->period_ns = attr.period_ns;
  }
  return TRUE;
}

/* What the kernel means by a refusal, kernel/sched/syscalls.c (core.c before 6.11). */
static const char *
meaning_of (const VrSched *sched, int errnum)
{
  gboolean realtime = sched->policy == SCHED_FIFO || sched->policy == SCHED_RR;
  if (sched->policy == SCHED_DEADLINE && errnum == EBUSY)
    return " (the root domain has not so much bandwidth left)";
  if (sched->policy == SCHED_DEADLINE && errnum == EPERM)
    return " (its CPUs are not all of its root domain's)";
  if (realtime && errnum == EPERM)
    return " (its cpu cgroup has no real-time runtime)";
  return "";
}

gboolean
vr_sched_write (pid_t tid, const VrSched *sched, GError **error)
{
  Attributes attr = {
    .size = sizeof attr,
    .policy = sched->policy,
    .nice = sched->nice,
    .priority = sched->priority,
    .flags = sched->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
  };
  if (sched->policy == SCHED_DEADLINE) {
    attr.runtime_ns = sched->runtime_ns;
    attr.deadline_ns = sched->deadline_ns;
    attr.period_ns = sched->period_ns;
  }
  if (syscall (SYS_sched_setattr, tid, &attr, 0) == 0)
    return TRUE;
  const char *name = vr_sched_policy_name (sched->policy);
  g_autofree char *what = g_strdup_printf ("set policy %s", name != NULL ? name : "?");
  return fail (tid, what, meaning_of (sched, errno), error);
}

GArray *
vr_sched_read_cpus (pid_t tid, GError **error)
{
  gulong mask[CPUS_MAX / CPU_BITS] = { 0 };
  if (syscall (SYS_sched_getaffinity, tid, sizeof mask, mask) < 0) {
    fail (tid, "read the CPUs", "", error);
    return NULL;
  }
  GArray *cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint cpu = 0; cpu < CPUS_MAX; cpu++)
    if ((mask[cpu / CPU_BITS] >> (cpu % CPU_BITS) & 1) != 0)
      g_array_append_val (cpus, cpu);
  return cpus;
}

gboolean
vr_sched_free_cpus (pid_t tid, GError **error)
{
  gulong mask[CPUS_MAX / CPU_BITS];
  memset (mask, 0xff, sizeof mask);
  return syscall (SYS_sched_setaffinity, tid, sizeof mask, mask) == 0
         || fail (tid, "set the CPUs to all", "", error);
}

gboolean
vr_sched_write_cpus (pid_t tid, const GArray *cpus, GError **error)
{
  gulong mask[CPUS_MAX / CPU_BITS] = { 0 };
  for (guint i = 0; i < cpus->len; i++) {
    guint cpu = g_array_index (cpus, guint, i);
    g_assert (cpu < CPUS_MAX);
    mask[cpu / CPU_BITS] |= 1ul << (cpu % CPU_BITS);
  }
  if (syscall (SYS_sched_setaffinity, tid, sizeof mask, mask) == 0)
    return TRUE;
  g_autofree char *list = vr_cpu_list_print (cpus);
  g_autofree char *what = g_strdup_printf ("set the CPUs to %s", list);
  return fail (tid, what, "", error);
}
