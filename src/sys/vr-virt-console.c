/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial console: one thread copies what the guest says, the caller's what is typed. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>

#include "base/vr-fd.h"
#include "sys/vr-virt-internal.h"

#define ESCAPE 0x1d /* ^] */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStream, virStreamFree)

typedef struct {
  virStream *stream;
  int in_fd;
  int out_fd;
  VrFd ended_fd; /* an eventfd: the guest's side has ended */
} Console;

static gpointer
copy_from_guest (gpointer data)
{
  const Console *console = data;
  char buffer[4096];
  int size;
  do
    size = virStreamRecv (console->stream, buffer, sizeof buffer);
  while (size > 0 && vr_fd_write (console->out_fd, buffer, (gsize) size));
  eventfd_write (console->ended_fd, 1);
  return NULL;
}

static gboolean
send_all (virStream *stream, const char *data, gsize size)
{
  while (size > 0) {
    int sent = virStreamSend (stream, data, size);
    if (sent < 0)
      return FALSE;
    data += sent;
    size -= (gsize) sent;
  }
  return TRUE;
}

/* Returns when either side has ended or the escape was typed. */
static void
copy_to_guest (const Console *console)
{
  struct pollfd fds[] = { { .fd = console->in_fd, .events = POLLIN },
                          { .fd = console->ended_fd, .events = POLLIN } };
  char buffer[256];
  for (;;) {
    if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
      return;
    if (fds[1].revents != 0)
      return;
    if (fds[0].revents == 0)
      continue;
    gssize size = read (console->in_fd, buffer, sizeof buffer);
    if (size <= 0)
      return;
    const char *escape = memchr (buffer, ESCAPE, (gsize) size);
    gsize wanted = escape != NULL ? (gsize) (escape - buffer) : (gsize) size;
    if (!send_all (console->stream, buffer, wanted) || escape != NULL)
      return;
  }
}

static void
join (Console *console)
{
  struct termios saved, raw;
  gboolean terminal = tcgetattr (console->in_fd, &saved) == 0;
  if (terminal) {
    raw = saved;
    cfmakeraw (&raw);
    tcsetattr (console->in_fd, TCSAFLUSH, &raw);
  }
  GThread *reader = g_thread_new ("console", copy_from_guest, console);
  copy_to_guest (console);
  virStreamAbort (console->stream);
  g_thread_join (reader);
  if (terminal)
    tcsetattr (console->in_fd, TCSAFLUSH, &saved);
}

static gboolean
open_console (virDomain *domain, virStream *stream, GError **error)
{
  /* Asking for it forgets libvirt's last error. */
  const char *name = virDomainGetName (domain);
  if (virDomainOpenConsole (domain, NULL, stream, VIR_DOMAIN_CONSOLE_SAFE) == 0)
    return TRUE;
  const virError *cause = virGetLastError ();
  gboolean taken = cause != NULL && cause->code == VIR_ERR_OPERATION_FAILED;
  vr_virt_set_error (error, taken ? VR_ERROR_BUSY : VR_ERROR_KERNEL,
                     "cannot open the console of guest \"%s\"", name);
  return FALSE;
}

gboolean
vr_virt_console (VrVirt *virt, const char *domain, int in_fd, int out_fd, GError **error)
{
  g_autoptr (virConnect) connection = vr_virt_connect (virt, error);
  if (connection == NULL)
    return FALSE;
  g_autoptr (virDomain) found = virDomainLookupByName (connection, domain);
  if (found == NULL) {
    vr_virt_set_error (error, VR_ERROR_GUEST, "guest \"%s\" has no console", domain);
    return FALSE;
  }
  g_auto (VrFd) ended_fd = eventfd (0, EFD_CLOEXEC);
  if (ended_fd < 0) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot make an eventfd");
    return FALSE;
  }
  g_autoptr (virStream) stream = virStreamNew (connection, 0);
  if (stream == NULL || !open_console (found, stream, error))
    return FALSE;
  Console console = { .stream = stream, .in_fd = in_fd, .out_fd = out_fd, .ended_fd = ended_fd };
  join (&console);
  return TRUE;
}
