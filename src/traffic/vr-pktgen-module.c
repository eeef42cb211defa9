/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/vr-error.h"
#include "traffic/vr-pktgen-proc.h"

#define MODULE "pktgen"
#define OWN_DIR "/proc/net/pktgen" /* every namespace has one */
#define LOADED "loaded by vrkit\n"
#define TRIES_MAX 10

/* Whether the descriptor's file is still the one of that name. */
static gboolean
is_same_file (int fd, const char *path)
{
  struct stat opened, named;
  return fstat (fd, &opened) == 0 && stat (path, &named) == 0 && opened.st_ino == named.st_ino
         && opened.st_dev == named.st_dev;
}

/* TRUE with `fd` at -1: it was removed meanwhile, another try is wanted. */
static gboolean
try_lock (const char *path, VrFd *fd, GError **error)
{
  g_auto (VrFd) opened = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (opened < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", path);
    return FALSE;
  }
  if (flock (opened, LOCK_EX | LOCK_NB) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "another vrkit sends with pktgen: one does at a time; wait until it is done, or "
                 "take another generator");
    return FALSE;
  }
  if (is_same_file (opened, path))
    *fd = vr_fd_steal (&opened);
  return TRUE;
}

static gboolean
lock (VrPktgenModule *module, const char *run_dir, GError **error)
{
  if (g_mkdir_with_parents (run_dir, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", run_dir);
    return FALSE;
  }
  for (guint tries = 0; tries < TRIES_MAX && module->lock < 0; tries++)
    if (!try_lock (module->path, &module->lock, error))
      return FALSE;
  if (module->lock >= 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY, "\"%s\" is removed as often as it is made",
               module->path);
  return FALSE;
}

static gboolean
is_there (void)
{
  return g_file_test (OWN_DIR, G_FILE_TEST_IS_DIR);
}

static gboolean
unload (void)
{
  return syscall (SYS_delete_module, MODULE, O_NONBLOCK) == 0;
}

static gboolean
load (GError **error)
{
  g_autoptr (GSubprocess) modprobe
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                          NULL, "modprobe", "--quiet", MODULE, NULL);
  if (modprobe != NULL && g_subprocess_wait_check (modprobe, NULL, NULL) && is_there ())
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST,
               "this kernel has no pktgen (`modprobe pktgen`, or a kernel with CONFIG_NET_PKTGEN): "
               "take the generator packet, xdp or auto");
  return FALSE;
}

/* Written before the module is loaded: what was loaded is known to be ours, whatever happens. */
static gboolean
load_as_ours (VrPktgenModule *module, GError **error)
{
  module->is_ours = TRUE;
  if (pwrite (module->lock, LOADED, strlen (LOADED), 0) != (ssize_t) strlen (LOADED)) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write \"%s\"", module->path);
    return FALSE;
  }
  return load (error);
}

gboolean
vr_pktgen_module_take (VrPktgenModule *module, const char *run_dir, GError **error)
{
  struct stat found = { .st_size = 0 };
  *module = (VrPktgenModule){ .lock = -1, .path = g_build_filename (run_dir, "pktgen", NULL) };
  gboolean is_done = lock (module, run_dir, error);
  if (is_done && fstat (module->lock, &found) == 0 && found.st_size > 0)
    module->is_ours = is_there () ? !unload () : FALSE;
  if (is_done && !is_there ())
    is_done = load_as_ours (module, error);
  if (!is_done)
    vr_pktgen_module_give_back (module);
  return is_done;
}

/* One that cannot be unloaded stays ours: the next one to take it does. */
void
vr_pktgen_module_give_back (VrPktgenModule *module)
{
  if (module->lock >= 0 && (!module->is_ours || !is_there () || unload ()))
    unlink (module->path);
  vr_fd_clear (&module->lock);
  g_clear_pointer (&module->path, g_free);
}
