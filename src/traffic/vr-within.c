/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-within.h"

#include <errno.h>
#include <sched.h>

#include "base/vr-error.h"

typedef struct {
  int netns_fd, errnum;
  VrWithinFunc func;
  gpointer data;
  GThread *thread;
} Call;

static gpointer
enter_and_call (gpointer data)
{
  Call *call = data;
  call->errnum = setns (call->netns_fd, CLONE_NEWNET) == 0 ? call->func (call->data) : errno;
  return NULL;
}

/* A thread of its own enters the namespace, and ends there: there is no way back that could fail.
 */
gboolean
vr_within_call (int netns_fd, VrWithinFunc func, gpointer data, int *errnum, GError **error)
{
  if (netns_fd < 0) {
    *errnum = func (data);
    return TRUE;
  }
  Call call = { .netns_fd = netns_fd, .func = func, .data = data };
  g_autoptr (GError) cause = NULL;
  call.thread = g_thread_try_new ("vrkit-netns", enter_and_call, &call, &cause);
  if (call.thread == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "cannot start a thread: %s", cause->message);
    return FALSE;
  }
  g_thread_join (call.thread);
  *errnum = call.errnum;
  return TRUE;
}
