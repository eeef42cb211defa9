/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a back-end has the whole table of its control processor. BIRD tells the end of a table
 * (End-of-RIB, RFC 4724, section 2) in its log alone, where the protocol `control` traces events
 * and packets; so its log is followed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VR_SESSION_LINE_MAX 256
/* The ends that make a table whole: of IPv4, and of IPv6. */
#define VR_SESSION_ENDS 2
/* A BIRD that has a session writes a line each two seconds, its own KEEPALIVE; one that has written
 * none for so many looks hangs. Ticks of the beat, of 100 ms: the guest itself has run meanwhile.
 */
#define VR_SESSION_SILENT_LOOKS 60

/* Of all zeros but for the paths, and -1 in `file` and `process`: nothing was read yet. */
typedef struct {
  const char *path; /* of the log; the caller's */
  int file;         /* what is read now, -1 before there is one */
  const char
      *pid_path; /* of the file with BIRD's process id; the caller's, NULL: it is not watched */
  int process;   /* a descriptor of it, -1 where none is known to run */
  bool established;
  unsigned ends;   /* since it was established */
  unsigned silent; /* looks since BIRD wrote last */
  size_t length;   /* of the line that has no end yet */
  char line[VR_SESSION_LINE_MAX];
} VrSession;

/* Takes what comes next in the log: whole lines and parts. What does not fit into a line is left
 * out. */
void vr_session_take (VrSession *session, const char *text, size_t length);

/* Takes what has come since, also where BIRD has begun a new file. There may be no log yet. Of a
 * BIRD that has ended without a word the session is closed. */
void vr_session_follow (VrSession *session);

/* The session is established, the table that it began with has come, and BIRD does not hang. */
bool vr_session_is_whole (const VrSession *session);
