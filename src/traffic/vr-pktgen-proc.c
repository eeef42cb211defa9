/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-pktgen-proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/vr-error.h"
#include "traffic/vr-within.h"

/* Of the thread's own namespace. */
#define DIR_PATH "/proc/thread-self/net/pktgen"

/* --- Files --------------------------------------------------------------------------------------
 */

typedef struct {
  const char *name, *line;
  GString *text;
  GPtrArray *names;
} Access;

static int
open_file (const char *name, int flags)
{
  g_autofree char *path = g_build_filename (DIR_PATH, name, NULL);
  return open (path, flags | O_CLOEXEC);
}

static int
write_line (gpointer data)
{
  const Access *access = data;
  g_autofree char *line = g_strconcat (access->line, "\n", NULL);
  g_auto (VrFd) fd = open_file (access->name, O_WRONLY);
  return fd < 0 || write (fd, line, strlen (line)) < 0 ? errno : 0;
}

static int
read_text (gpointer data)
{
  const Access *access = data;
  g_auto (VrFd) fd = open_file (access->name, O_RDONLY);
  char part[4096];
  ssize_t length = fd < 0 ? -1 : read (fd, part, sizeof part);
  for (; length > 0; length = read (fd, part, sizeof part))
    g_string_append_len (access->text, part, length);
  return length < 0 ? errno : 0;
}

static int
read_names (gpointer data)
{
  const Access *access = data;
  DIR *dir = opendir (DIR_PATH);
  if (dir == NULL)
    return errno;
  for (const struct dirent *entry = readdir (dir); entry != NULL; entry = readdir (dir))
    if (entry->d_name[0] != '.')
      g_ptr_array_add (access->names, g_strdup (entry->d_name));
  closedir (dir);
  return 0;
}

static gboolean
call (int netns_fd, VrWithinFunc func, Access *access, GError **error)
{
  int errnum;
  if (!vr_within_call (netns_fd, func, access, &errnum, error))
    return FALSE;
  if (errnum == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_KERNEL, errnum, "pktgen refuses %s%s%s%s",
                      access->line != NULL ? "\"" : "", access->line != NULL ? access->line : "",
                      access->line != NULL ? "\" for " : "",
                      access->name != NULL ? access->name : "its files");
  return FALSE;
}

gboolean
vr_pktgen_write (int netns_fd, const char *name, const char *line, GError **error)
{
  Access access = { .name = name, .line = line };
  return call (netns_fd, write_line, &access, error);
}

char *
vr_pktgen_read (int netns_fd, const char *name, GError **error)
{
  Access access = { .name = name, .text = g_string_new (NULL) };
  gboolean is_read = call (netns_fd, read_text, &access, error);
  return g_string_free (access.text, !is_read);
}

char **
vr_pktgen_list (int netns_fd, GError **error)
{
  Access access = { .names = g_ptr_array_new_with_free_func (g_free) };
  gboolean is_read = call (netns_fd, read_names, &access, error);
  if (!is_read) {
    g_ptr_array_unref (access.names);
    return NULL;
  }
  g_ptr_array_add (access.names, NULL);
  return (char **) g_ptr_array_free (access.names, FALSE);
}

/* --- Sending ------------------------------------------------------------------------------------
 */

struct VrPktgenStart {
  int netns_fd;
  GThread *thread;
  atomic_int pid;     /* of the process that asks; 0: none yet */
  atomic_int is_done; /* it has ended, and waits to be reaped */
};

/* In the child: only calls that are safe between fork and exec. A terminal's signals are meant for
 * the parent, which then kills this. */
static void
ask (int fd)
{
  static const char line[] = "start\n"; /* of which the kernel drops the last character */
  sigset_t all;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  _exit (write (fd, line, sizeof line - 1) < 0);
}

static int
start_and_wait (gpointer data)
{
  VrPktgenStart *start = data;
  g_auto (VrFd) fd = open_file ("pgctrl", O_WRONLY);
  pid_t pid = fd < 0 ? -1 : fork ();
  if (pid == 0)
    ask (fd);
  atomic_store (&start->pid, pid);
  siginfo_t info;
  while (pid > 0 && waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
    ;
  return 0;
}

static gpointer
run_start (gpointer data)
{
  VrPktgenStart *start = data;
  int errnum;
  g_autoptr (GError) ignored = NULL;
  if (!vr_within_call (start->netns_fd, start_and_wait, start, &errnum, &ignored) || errnum != 0)
    atomic_store (&start->pid, -1);
  atomic_store (&start->is_done, 1);
  return NULL;
}

VrPktgenStart *
vr_pktgen_start (int netns_fd, GError **error)
{
  VrPktgenStart *start = g_new0 (VrPktgenStart, 1);
  g_autoptr (GError) cause = NULL;
  start->netns_fd = netns_fd;
  start->thread = g_thread_try_new ("vrkit-pktgen", run_start, start, &cause);
  if (start->thread != NULL)
    return start;
  g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "cannot start a thread: %s", cause->message);
  g_free (start);
  return NULL;
}

gboolean
vr_pktgen_is_done (const VrPktgenStart *start)
{
  return atomic_load (&start->is_done) != 0;
}

/* Not reaped before vr_pktgen_start_free(), so that no other process has its number. */
void
vr_pktgen_stop (VrPktgenStart *start)
{
  pid_t pid = atomic_load (&start->pid);
  if (pid > 0)
    kill (pid, SIGKILL);
}

void
vr_pktgen_start_free (VrPktgenStart *start)
{
  g_thread_join (start->thread);
  pid_t pid = atomic_load (&start->pid);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  g_free (start);
}
