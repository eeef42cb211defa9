/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-session.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Behind BIRD's time, which has no '<'; as BIRD 2.0 writes them. */
#define MARK "<TRACE> control: "
#define BEGUN "BGP session established"
#define ENDED "Got END-OF-RIB"
#define CLOSED "BGP session closed"

static void
take_line (VrSession *session)
{
  session->line[session->length] = '\0';
  const char *said = strchr (session->line, '<');
  if (said == NULL || strncmp (said, MARK, strlen (MARK)) != 0)
    return;
  said += strlen (MARK);
  if (strcmp (said, BEGUN) == 0) {
    session->established = true;
    session->ends = 0;
  } else if (strcmp (said, CLOSED) == 0) {
    session->established = false;
  } else if (strcmp (said, ENDED) == 0) {
    session->ends++;
  }
}

void
vr_session_take (VrSession *session, const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (text[i] == '\n') {
      take_line (session);
      session->length = 0;
    } else if (session->length < sizeof session->line - 1) {
      session->line[session->length++] = text[i];
    }
}

static void
read_on (VrSession *session)
{
  char text[4096];
  ssize_t length;
  while (session->file >= 0 && (length = read (session->file, text, sizeof text)) > 0) {
    session->silent = 0;
    vr_session_take (session, text, (size_t) length);
  }
}

/* A log that has grown is renamed, and BIRD begins another. */
static bool
is_another (const VrSession *session)
{
  struct stat now, then;
  if (stat (session->path, &now) != 0)
    return false;
  return session->file < 0 || fstat (session->file, &then) != 0 || now.st_ino != then.st_ino
         || now.st_dev != then.st_dev;
}

static void
find_process (VrSession *session)
{
  long pid = 0;
  FILE *file = fopen (session->pid_path, "re");
  if (file != NULL && fscanf (file, "%ld", &pid) == 1 && pid > 0)
    session->process = (int) syscall (SYS_pidfd_open, pid, 0);
  /* Before it has written its file it has no session. */
  if (session->process < 0)
    session->established = false;
  if (file != NULL)
    fclose (file);
}

static void
look_at_process (VrSession *session)
{
  if (session->process < 0)
    find_process (session);
  struct pollfd ends = { .fd = session->process, .events = POLLIN };
  if (session->process < 0 || poll (&ends, 1, 0) <= 0)
    return;
  close (session->process);
  session->process = -1;
  session->established = false;
}

/* The old one is read to its end after it was renamed: it grows no more. */
void
vr_session_follow (VrSession *session)
{
  if (session->silent < VR_SESSION_SILENT_LOOKS)
    session->silent++;
  if (is_another (session)) {
    read_on (session);
    if (session->file >= 0)
      close (session->file);
    session->file = open (session->path, O_RDONLY | O_CLOEXEC);
  }
  read_on (session);
  if (session->pid_path != NULL)
    look_at_process (session);
}

bool
vr_session_is_whole (const VrSession *session)
{
  return session->established && session->ends >= VR_SESSION_ENDS
         && session->silent < VR_SESSION_SILENT_LOOKS;
}
