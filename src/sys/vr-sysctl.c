/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "sys/vr-netns.h"

#define ROOT "/proc/sys/"
#define NAME_MAX_LENGTH 255
#define VALUE_MAX_LENGTH 4096

/* The name with slashes between its parts. */
static char *
relative_path (const char *name)
{
  char *path = g_strdup (name);
  if (name[strcspn (name, "./")] != '.')
    return path;
  for (char *p = path; *p != '\0'; p++)
    if (*p == '.' || *p == '/')
      *p = *p == '.' ? '/' : '.';
  return path;
}

static gboolean
is_name (const char *name)
{
  gsize length = strnlen (name, NAME_MAX_LENGTH + 1);
  if (length == 0 || length > NAME_MAX_LENGTH
      || strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_./-") != length)
    return FALSE;
  g_autofree char *path = relative_path (name);
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  for (char **part = parts; *part != NULL; part++)
    if ((*part)[strspn (*part, ".")] == '\0')
      return FALSE;
  return TRUE;
}

gboolean
vr_sysctl_check_name (const char *name, GError **error)
{
  if (is_name (name))
    return TRUE;
  g_autofree char *quoted = vr_name_quote (name);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "\"%s\" is not the name of a kernel parameter: at most %d characters of "
               "[A-Za-z0-9_./-], as net.ipv4.ip_forward, or net/ipv4/conf/eth0.100/forwarding",
               quoted, NAME_MAX_LENGTH);
  return FALSE;
}

/* The path of the parameter, or NULL. */
static char *
path_of (const char *netns, const char *name, GError **error)
{
  if (!vr_sysctl_check_name (name, error))
    return NULL;
  g_autofree char *path = relative_path (name);
  if (netns == NULL || g_str_has_prefix (path, "net/"))
    return g_strconcat (ROOT, path, NULL);
  g_set_error (
      error, VR_ERROR, VR_ERROR_PROFILE,
      "%s belongs to the whole host: in namespace %s only parameters below net. can be set", name,
      netns);
  return NULL;
}

typedef struct {
  const char *netns; /* or NULL */
  const char *name;
  const char *path;
  const char *wanted; /* set only */
  char **value;       /* get only */
} Access;

static gboolean
fail (const Access *access, int errnum, GError **error)
{
  const char *place = access->netns != NULL ? access->netns : "this namespace";
  if (errnum == ENOENT)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "there is no kernel parameter %s in %s (%s)",
                 access->name, place, access->path);
  else if (access->wanted != NULL)
    vr_error_set_errno (error, VR_ERROR_KERNEL, errnum, "cannot set %s to \"%s\" in %s",
                        access->name, access->wanted, place);
  else
    vr_error_set_errno (error, VR_ERROR_KERNEL, errnum, "cannot read %s in %s", access->name,
                        place);
  return FALSE;
}

static gboolean
read_value (gpointer data, GError **error)
{
  const Access *access = data;
  g_auto (VrFd) fd = open (access->path, O_RDONLY | O_CLOEXEC);
  char buffer[VALUE_MAX_LENGTH + 1];
  gssize length = fd >= 0 ? read (fd, buffer, VALUE_MAX_LENGTH) : -1;
  if (length < 0)
    return fail (access, errno, error);
  if (length > 0 && buffer[length - 1] == '\n')
    length--;
  *access->value = g_strndup (buffer, (gsize) length);
  return TRUE;
}

/* In one write: the kernel takes each write for a whole value. */
static gboolean
write_value (gpointer data, GError **error)
{
  const Access *access = data;
  g_auto (VrFd) fd = open (access->path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, access->wanted, strlen (access->wanted)) < 0)
    return fail (access, errno, error);
  return TRUE;
}

gboolean
vr_sysctl_get (const char *netns, const char *name, char **value, GError **error)
{
  g_autofree char *path = path_of (netns, name, error);
  if (path == NULL)
    return FALSE;
  Access access = { .netns = netns, .name = name, .path = path, .value = value };
  return vr_netns_call (netns, read_value, &access, error);
}

gboolean
vr_sysctl_set (const char *netns, const char *name, const char *value, GError **error)
{
  g_autofree char *path = path_of (netns, name, error);
  if (path == NULL)
    return FALSE;
  gsize length = strnlen (value, VALUE_MAX_LENGTH + 1);
  if (length == 0 || length > VALUE_MAX_LENGTH || strchr (value, '\n') != NULL) {
    g_autofree char *quoted = vr_name_quote (value);
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s: the value \"%s\" is not one line of 1 to %d characters", name, quoted,
                 VALUE_MAX_LENGTH);
    return FALSE;
  }
  Access access = { .netns = netns, .name = name, .path = path, .wanted = value };
  return vr_netns_call (netns, write_value, &access, error);
}
