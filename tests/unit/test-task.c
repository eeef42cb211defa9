/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose guest a process runs: this program plays QEMU, whose arguments it is given. */
#include "sys/vr-task.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABS "/run/vrkit/labs"

static gpointer
wait_for_end (gpointer unused)
{
  char byte;
  (void) unused;
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  exit (0);
}

/* Has two threads, as QEMU has several, until its input ends. */
static int
play_guest (void)
{
  GThread *thread = g_thread_new ("CPU 0/TCG", wait_for_end, NULL);
  if (write (STDOUT_FILENO, "x", 1) == 1)
    g_thread_join (thread);
  return 1;
}

typedef struct {
  GPid pid;
  int input;
} Guest;

static void
guest_start (Guest *guest, const char *name, const char *config)
{
  char *argv[] = { (char *) "/proc/self/exe", (char *) "-name", (char *) name,
                   (char *) "-fw_cfg",        (char *) config,  NULL };
  g_autoptr (GError) error = NULL;
  int output;
  char byte;
  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &guest->pid,
                            &guest->input, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (output, &byte, 1), ==, 1);
  close (output);
}

static void
guest_stop (Guest *guest)
{
  close (guest->input);
  g_spawn_close_pid (guest->pid);
}

/* No prefix makes one lab another's: neither that of a lab's name, nor that of a domain's. */
static void
test_guests (void)
{
  static const struct {
    const char *name, *config;
    const char *domain, *lab;
  } rows[] = {
    { "guest=vrkit-a-b-r1,debug-threads=on", "name=c,file=" LABS "/a/b-r1-0123.conf",
      "vrkit-a-b-r1", "a" },
    { "guest=vrkit-a-b-r1,debug-threads=on", "name=c,file=" LABS "/a-b/r1-0123.conf",
      "vrkit-a-b-r1", "a-b" },
    { "guest=vrkit-a-r1,debug-threads=on", "name=c,file=/tmp/labs/a/r1-0123.conf", "vrkit-a-r1",
      NULL },
    { "guest=web,debug-threads=on", "file=/web.img", "web", NULL },
    { "guests=web,x", "guest", NULL, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    Guest process;
    guest_start (&process, rows[i].name, rows[i].config);
    g_autoptr (VrTaskGuest) guest = vr_task_guest_read (process.pid, LABS);
    g_autoptr (GPtrArray) all = vr_task_guests (LABS);
    guint found = 0;
    for (guint k = 0; k < all->len; k++)
      found += ((const VrTaskGuest *) all->pdata[k])->process == process.pid;
    g_assert_cmpstr (guest != NULL ? guest->name : NULL, ==, rows[i].domain);
    g_assert_cmpstr (guest != NULL ? guest->lab : NULL, ==, rows[i].lab);
    g_assert_cmpuint (found, ==, rows[i].domain != NULL);
    g_assert_true (vr_task_has_threads (process.pid));
    g_assert_cmpint (vr_task_served (process.pid), ==, process.pid);
    guest_stop (&process);
  }
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "-name") == 0)
    return play_guest ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/guests", test_guests);
  return g_test_run ();
}
