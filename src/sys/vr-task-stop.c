/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-task-stop.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

gboolean
vr_task_stop (pid_t tid)
{
  if (ptrace (PTRACE_SEIZE, tid, NULL, NULL) != 0)
    return FALSE;
  return ptrace (PTRACE_INTERRUPT, tid, NULL, NULL) == 0;
}

gboolean
vr_task_has_stopped (pid_t tid)
{
  return waitpid (tid, NULL, __WALL | WNOHANG) != 0;
}

void
vr_task_release (pid_t tid)
{
  ptrace (PTRACE_DETACH, tid, NULL, NULL);
}
