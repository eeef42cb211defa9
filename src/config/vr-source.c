/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "config/vr-places.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define READ_STEP 65536

void
vr_source_init (VrSource *source, GBytes *bytes, const char *path)
{
  g_autofree char *shown = vr_source_display (path);
  source->text = g_bytes_get_data (bytes, &source->size);
  gboolean marked = source->size >= 3 && memcmp (source->text, BYTE_ORDER_MARK, 3) == 0;
  source->next = marked ? 3 : 0;
  source->origin = (VrOrigin){ g_intern_string (shown), 0 };
}

/* C0 but the tab, DEL, and C1, which is 0xc2 and 0x80 to 0x9f in UTF-8. */
static gboolean
is_control (const char *p)
{
  guchar c = (guchar) p[0];
  return (c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && (guchar) p[1] < 0xa0);
}

static gboolean
check_line (const VrSource *source, gsize length, GError **error)
{
  const char *line = source->line;
  if (memchr (line, '\0', length) != NULL)
    return vr_places_error (error, &source->origin,
                            "the line holds a NUL byte: this must be text in UTF-8");
  const char *bad;
  if (!g_utf8_validate (line, (gssize) length, &bad))
    return vr_places_error (error, &source->origin,
                            "byte %u of the line is not UTF-8: save the file as UTF-8",
                            (guint) (bad - line) + 1);
  for (const char *p = line; *p != '\0'; p++)
    if (is_control (p))
      return vr_places_error (error, &source->origin,
                              "byte %u of the line is a control character (U+%04X): remove it",
                              (guint) (p - line) + 1, g_utf8_get_char (p));
  return TRUE;
}

static void
strip_comment (char *line)
{
  for (char *p = line; *p != '\0'; p++) {
    if (*p == '\t')
      *p = ' ';
    if ((*p == '#' || *p == ';') && (p == line || p[-1] == ' ')) {
      *p = '\0';
      return;
    }
  }
}

VrSourceState
vr_source_next (VrSource *source, GError **error)
{
  while (source->next < source->size) {
    const char *start = source->text + source->next;
    gsize rest = source->size - source->next;
    const char *end = memchr (start, '\n', rest);
    gsize length = end != NULL ? (gsize) (end - start) : rest;
    source->next += length + 1;
    source->origin.line++;
    if (length > 0 && start[length - 1] == '\r')
      length--;
    if (length > VR_PROFILE_LINE_MAX) {
      vr_places_error (error, &source->origin,
                       "the line has %" G_GSIZE_FORMAT " bytes, and at most %d are read: split it",
                       length, VR_PROFILE_LINE_MAX);
      return VR_SOURCE_ERROR;
    }
    memcpy (source->line, start, length);
    source->line[length] = '\0';
    if (!check_line (source, length, error))
      return VR_SOURCE_ERROR;
    strip_comment (source->line);
    g_strstrip (source->line);
    if (source->line[0] != '\0')
      return VR_SOURCE_LINE;
  }
  return VR_SOURCE_END;
}

char *
vr_source_display (const char *path)
{
  g_autofree char *valid = g_utf8_make_valid (path, -1);
  g_autoptr (GString) shown = g_string_new (NULL);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (g_unichar_isprint (c))
      g_string_append_unichar (shown, c);
    else
      g_string_append_printf (shown, "\\u%04x", c);
  }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

static gboolean
open_file (const char *path, VrSourceNature nature, VrFd *fd, GError **error)
{
  g_autofree char *shown = vr_source_display (path);
  /* A FIFO that nobody writes must not hold us up, nor a terminal become ours. */
  int flags = nature == VR_SOURCE_REGULAR ? O_NONBLOCK | O_NOCTTY : O_NOCTTY;
  g_auto (VrFd) opened = open (path, O_RDONLY | O_CLOEXEC | flags);
  if (opened < 0) {
    vr_error_set_errno (error, VR_ERROR_USAGE, errno, "cannot open \"%s\"", shown);
    return FALSE;
  }
  struct stat status;
  gboolean known = fstat (opened, &status) == 0;
  gboolean wrong
      = known
        && (nature == VR_SOURCE_REGULAR ? !S_ISREG (status.st_mode) : S_ISDIR (status.st_mode));
  if (!known || wrong) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\" is no file", shown);
    return FALSE;
  }
  *fd = vr_fd_steal (&opened);
  return TRUE;
}

GBytes *
vr_source_read (const char *path, VrSourceNature nature, gsize limit, GError **error)
{
  g_auto (VrFd) fd = -1;
  if (!open_file (path, nature, &fd, error))
    return NULL;
  g_autofree char *shown = vr_source_display (path);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gssize got = 1;
  while (got != 0 && bytes->len <= limit) {
    gsize used = bytes->len;
    g_byte_array_set_size (bytes, (guint) used + READ_STEP);
    got = TEMP_FAILURE_RETRY (read (fd, bytes->data + used, READ_STEP));
    if (got < 0) {
      vr_error_set_errno (error, VR_ERROR_USAGE, errno, "cannot read \"%s\"", shown);
      return NULL;
    }
    g_byte_array_set_size (bytes, (guint) (used + (gsize) got));
  }
  if (bytes->len > limit) {
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s:1: the text is larger than %u MiB with what it includes", shown,
                 VR_PROFILE_SIZE_MAX >> 20);
    return NULL;
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}
