/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-task.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"

#define PID_DIRECTORY "/run/libvirt/qemu"
/* The argument of -name, as libvirt has it. */
#define NAME_ARGUMENT "guest="

static const char *const role_names[] = {
  [VR_TASK_VCPU] = "vcpu",   [VR_TASK_EMULATOR] = "emulator", [VR_TASK_IOTHREAD] = "iothread",
  [VR_TASK_VHOST] = "vhost", [VR_TASK_WORKER] = "worker",     [VR_TASK_PIT] = "kvm-pit",
  [VR_TASK_PMD] = "pmd",     [VR_TASK_OTHER] = "other",
};

const char *
vr_task_role_name (VrTaskRole role)
{
  return role_names[role];
}

static gboolean
has_argument (pid_t process, const char *text)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) process);
  g_autofree char *command = NULL;
  gsize size;
  return process > 0 && g_file_get_contents (path, &command, &size, NULL)
         && memmem (command, size, text, strlen (text)) != NULL;
}

pid_t
vr_task_guest (const char *domain, const char *mark)
{
  g_autofree char *path = g_strdup_printf (PID_DIRECTORY "/%s.pid", domain);
  g_autofree char *name = g_strconcat (NAME_ARGUMENT, domain, ",", NULL);
  g_autofree char *text = NULL;
  guint64 pid;
  if (!g_file_get_contents (path, &text, NULL, NULL)
      || !g_ascii_string_to_unsigned (g_strchomp (text), 10, 1, G_MAXINT, &pid, NULL))
    return 0;
  return has_argument ((pid_t) pid, mark != NULL ? mark : name) ? (pid_t) pid : 0;
}

/* --- Guests -------------------------------------------------------------------------------------
 */

void
vr_task_guest_free (VrTaskGuest *guest)
{
  g_free (guest->name);
  g_free (guest->lab);
  g_free (guest);
}

gboolean
vr_task_has_threads (pid_t process)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", (int) process);
  struct stat status;
  /* A directory for each thread, beside . and .. (proc_task_getattr, fs/proc/base.c). */
  return stat (path, &status) == 0 && status.st_nlink > 3;
}

/* What stands in `text` behind `key`, up to `end`; NULL where it is not there. */
static char *
word_behind (const char *text, const char *key, char end)
{
  const char *begin = strstr (text, key);
  const char *stop = begin != NULL ? strchr (begin + strlen (key), end) : NULL;
  return stop != NULL ? g_strndup (begin + strlen (key), (gsize) (stop - begin) - strlen (key))
                      : NULL;
}

/* Configurations lie in LABS/LAB/, and QEMU is given their paths. */
VrTaskGuest *
vr_task_guest_read (pid_t process, const char *labs_dir)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) process);
  g_autofree char *within = g_strconcat (labs_dir, "/", NULL);
  g_autofree char *command = NULL;
  gsize size;
  if (!vr_task_has_threads (process) || !g_file_get_contents (path, &command, &size, NULL))
    return NULL;
  g_autoptr (VrTaskGuest) guest = g_new0 (VrTaskGuest, 1);
  guest->process = process;
  for (const char *argument = command; argument < command + size;
       argument += strlen (argument) + 1) {
    if (guest->name == NULL && g_str_has_prefix (argument, NAME_ARGUMENT))
      guest->name = word_behind (argument, NAME_ARGUMENT, ',');
    if (guest->lab == NULL)
      guest->lab = word_behind (argument, within, '/');
  }
  return guest->name != NULL ? g_steal_pointer (&guest) : NULL;
}

GPtrArray *
vr_task_guests (const char *labs_dir)
{
  GPtrArray *guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_task_guest_free);
  g_autoptr (GDir) entries = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint64 pid;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    VrTaskGuest *guest = g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &pid, NULL)
                             ? vr_task_guest_read ((pid_t) pid, labs_dir)
                             : NULL;
    if (guest != NULL)
      g_ptr_array_add (guests, guest);
  }
  return guests;
}

/* /proc/PID/smaps has of each mapping its Size, and further down its KernelPageSize, proc(5). */
guint64
vr_task_huge_kib (pid_t process, guint64 page_kib)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps", (int) process);
  g_autofree char *text = NULL;
  guint64 sum_kib = 0, size_kib = 0, kib;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  for (const char *line = text; *line != '\0'; line += strcspn (line, "\n"), line += *line != '\0')
    if (sscanf (line, "Size: %" G_GUINT64_FORMAT, &kib) == 1)
      size_kib = kib;
    else if (sscanf (line, "KernelPageSize: %" G_GUINT64_FORMAT, &kib) == 1 && kib == page_kib)
      sum_kib += size_kib;
  return sum_kib;
}

pid_t
vr_task_served (pid_t process)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) process);
  g_autofree char *name = NULL;
  int served = process;
  if (g_file_get_contents (path, &name, NULL, NULL))
    sscanf (name, "vhost-%d", &served);
  return served;
}

/* --- Single threads -----------------------------------------------------------------------------
 */

/* The state stands behind the name, proc(5). */
gboolean
vr_task_sleeps (pid_t tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) tid);
  g_autofree char *text = NULL;
  const char *rest = g_file_get_contents (path, &text, NULL, NULL) ? g_strrstr (text, ") ") : NULL;
  return rest != NULL && rest[strlen (") ")] != 'R';
}

/* The number behind `key` of /proc/TID/sched; FALSE where there is none. */
static gboolean
read_sched (const char *text, const char *key, gint64 *value)
{
  const char *line = strstr (text, key);
  const char *colon = line != NULL ? strchr (line, ':') : NULL;
  if (colon == NULL)
    return FALSE;
  *value = g_ascii_strtoll (colon + 1, NULL, 10);
  return TRUE;
}

gboolean
vr_task_is_spent (pid_t tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/sched", (int) tid);
  g_autofree char *text = NULL;
  gint64 runtime, deadline;
  return g_file_get_contents (path, &text, NULL, NULL)
         && read_sched (text, "\ndl.runtime", &runtime)
         && read_sched (text, "\ndl.deadline", &deadline) && runtime <= 0 && deadline != 0;
}

/* Takes role and index from the name. A thread's name is cut to 15 characters. */
static void
classify (VrTask *task, pid_t process)
{
  guint number;
  char rest;
  task->role = VR_TASK_OTHER;
  if (sscanf (task->name, "CPU %u/%c", &number, &rest) == 2) {
    task->role = VR_TASK_VCPU;
    task->index = number;
  } else if (sscanf (task->name, "IO iothread%u%c", &number, &rest) == 1) {
    task->role = VR_TASK_IOTHREAD;
    task->index = number;
  } else if (sscanf (task->name, "vhost-%u%c", &number, &rest) == 1 && (pid_t) number == process)
    task->role = VR_TASK_VHOST;
  else if (sscanf (task->name, "kvm-pit/%u%c", &number, &rest) == 1 && (pid_t) number == process)
    task->role = VR_TASK_PIT;
  else if (sscanf (task->name, "pmd-c%u/id%c", &number, &rest) == 2) {
    task->role = VR_TASK_PMD;
    task->index = number;
  } else if (strcmp (task->name, "worker") == 0)
    task->role = VR_TASK_WORKER;
  if (task->tid == process)
    task->role = VR_TASK_EMULATOR;
}

/* FALSE where the thread has ended. */
static gboolean
read_name (const char *directory, VrTask *task)
{
  g_autofree char *path = g_strdup_printf ("%s/%d/comm", directory, (int) task->tid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  g_strlcpy (task->name, g_strchomp (text), sizeof task->name);
  return TRUE;
}

/* Appends the tasks of a directory whose entries are numbers, that `wanted` wants. */
static gboolean
read_directory (const char *directory, pid_t process, gboolean (*wanted) (const VrTask *task),
                GArray *tasks)
{
  g_autoptr (GDir) entries = g_dir_open (directory, 0, NULL);
  const char *name;
  if (entries == NULL)
    return FALSE;
  while ((name = g_dir_read_name (entries)) != NULL) {
    guint64 tid;
    VrTask task = { 0 };
    if (!g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &tid, NULL))
      continue;
    task.tid = (pid_t) tid;
    if (!read_name (directory, &task))
      continue;
    classify (&task, process);
    if (wanted (&task))
      g_array_append_val (tasks, task);
  }
  return TRUE;
}

static gboolean
is_any (const VrTask *task)
{
  (void) task;
  return TRUE;
}

/* Before Linux 6.4, and where a module's parameter asks for it, vhost workers are processes of the
 * kernel; so is the timer of KVM. */
static gboolean
is_of_kernel (const VrTask *task)
{
  return task->role == VR_TASK_VHOST || task->role == VR_TASK_PIT;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const VrTask *x = a, *y = b;
  if (x->role != y->role)
    return x->role < y->role ? -1 : 1;
  if (x->index != y->index)
    return x->index < y->index ? -1 : 1;
  return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static void
number_workers (GArray *tasks)
{
  guint next = 0;
  for (guint i = 0; i < tasks->len; i++) {
    VrTask *task = &g_array_index (tasks, VrTask, i);
    if (task->role == VR_TASK_VHOST)
      task->index = next++;
  }
}

GArray *
vr_task_list (pid_t process, VrTasks which, GError **error)
{
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (VrTask));
  g_autofree char *directory = g_strdup_printf ("/proc/%d/task", (int) process);
  if (process <= 0 || !read_directory (directory, process, is_any, tasks)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "there is no process %d", (int) process);
    return NULL;
  }
  if (which == VR_TASKS_ALL)
    read_directory ("/proc", process, is_of_kernel, tasks);
  g_array_sort (tasks, compare);
  number_workers (tasks);
  return g_steal_pointer (&tasks);
}

static gboolean
is_switch (const VrTask *task)
{
  return g_str_has_prefix (task->name, "ovs-vswitchd");
}

static gboolean
is_poller (const VrTask *task)
{
  return task->role == VR_TASK_PMD;
}

gboolean
vr_task_switch_has (const char *library)
{
  g_autoptr (GArray) switches = g_array_new (FALSE, FALSE, sizeof (VrTask));
  g_autofree char *file = g_strconcat ("/", library, NULL);
  gboolean has = FALSE;
  read_directory ("/proc", 0, is_switch, switches);
  for (guint i = 0; i < switches->len && !has; i++) {
    g_autofree char *path
        = g_strdup_printf ("/proc/%d/maps", (int) g_array_index (switches, VrTask, i).tid);
    g_autofree char *maps = NULL;
    has = g_file_get_contents (path, &maps, NULL, NULL) && strstr (maps, file) != NULL;
  }
  return has;
}

GArray *
vr_task_pollers (void)
{
  g_autoptr (GArray) switches = g_array_new (FALSE, FALSE, sizeof (VrTask));
  GArray *pollers = g_array_new (FALSE, FALSE, sizeof (VrTask));
  read_directory ("/proc", 0, is_switch, switches);
  for (guint i = 0; i < switches->len; i++) {
    pid_t process = g_array_index (switches, VrTask, i).tid;
    g_autofree char *directory = g_strdup_printf ("/proc/%d/task", (int) process);
    read_directory (directory, process, is_poller, pollers);
  }
  g_array_sort (pollers, compare);
  return pollers;
}

const VrTask *
vr_task_find (const GArray *tasks, VrTaskRole role, guint index)
{
  for (guint i = 0; i < tasks->len; i++) {
    const VrTask *task = &g_array_index (tasks, VrTask, i);
    if (task->role == role && task->index == index)
      return task;
  }
  return NULL;
}
