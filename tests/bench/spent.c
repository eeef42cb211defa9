/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a command, and writes what it spent into a file: milliseconds of wall time, and the most MiB
 * it had resident. spent FILE COMMAND… */
#include <glib.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  if (argc < 3) {
    fputs ("usage: spent FILE COMMAND…\n", stderr);
    return 2;
  }
  gint64 start_us = g_get_monotonic_time ();
  pid_t child = fork ();
  if (child == 0) {
    execvp (argv[2], argv + 2);
    _exit (127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4 (child, &status, 0, &usage) != child)
    return 1;
  double wall_ms = (double) (g_get_monotonic_time () - start_us) / 1000;
  FILE *file = fopen (argv[1], "we");
  if (file == NULL)
    return 1;
  fprintf (file, "%.1f %.1f\n", wall_ms, (double) usage.ru_maxrss / 1024);
  return fclose (file) == 0 && WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
