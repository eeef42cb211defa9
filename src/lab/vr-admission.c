/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-admission.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-json.h"
#include "base/vr-name.h"
#include "lab/vr-lifecycle.h"
#include "lab/vr-store.h"

#define SCHEMA "vrkit.coming/1"
#define SUFFIX ".json"

struct VrAdmission {
  char *dir;
  char *path;
  VrFd turn; /* the lock of all who plan; -1 once it is said what comes */
  VrFd said; /* the lab's file, locked until the end */
};

static char *
dir_of (const VrSite *site)
{
  return vr_site_host_path (site, "coming");
}

static char *
path_of (const char *dir, const char *lab)
{
  g_autofree char *name = g_strconcat (lab, SUFFIX, NULL);
  return g_build_filename (dir, name, NULL);
}

/* --- Locks --------------------------------------------------------------------------------------
 */

static int
take_turn (const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "lock", NULL);
  g_auto (VrFd) fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock (fd, LOCK_EX) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock \"%s\"", path);
    return -1;
  }
  return vr_fd_steal (&fd);
}

/* A lock that goes with its process, and of which others see that it is held without having it
 * themselves for a moment, as with flock(). */
static gboolean
try_lock (int fd)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  return fcntl (fd, F_OFD_SETLK, &whole) == 0;
}

static gboolean
is_locked (const char *path)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 && fcntl (fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

static void
set_busy (const char *path, const char *lab, GError **error)
{
  g_autoptr (JsonNode) node = vr_json_read_object (path, SCHEMA, NULL);
  const char *pid = node != NULL ? vr_json_string (json_node_get_object (node), "process") : NULL;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is being changed by process %s: wait for it, or end it", lab,
               pid != NULL ? pid : "(unknown)");
}

/* --- Saying -------------------------------------------------------------------------------------
 */

/* In place: it is this very file that is locked. */
static gboolean
write_file (const VrAdmission *admission, const VrPlan *plan, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", SCHEMA);
  vr_json_add_string (builder, "process", pid);
  json_builder_set_member_name (builder, "threads");
  json_builder_begin_object (builder);
  for (guint i = 0; plan != NULL && i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->kind != VR_OP_THREAD)
      continue;
    json_builder_set_member_name (builder, op->target);
    vr_json_add_strings (builder, op->want);
  }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *text = vr_json_text (builder, VR_JSON_COMPACT);
  if (ftruncate (admission->said, 0) == 0 && lseek (admission->said, 0, SEEK_SET) == 0
      && vr_fd_write (admission->said, text, strlen (text)))
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write \"%s\"", admission->path);
  return FALSE;
}

VrAdmission *
vr_admission_new (const VrSite *site, const char *lab, GError **error)
{
  g_autofree char *dir = dir_of (site);
  if (g_mkdir_with_parents (dir, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", dir);
    return NULL;
  }
  g_autoptr (VrAdmission) admission = g_new0 (VrAdmission, 1);
  admission->said = -1;
  admission->turn = take_turn (dir, error);
  if (admission->turn < 0)
    return NULL;
  g_autofree char *path = path_of (dir, lab);
  g_auto (VrFd) fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", path);
    return NULL;
  }
  if (!try_lock (fd)) {
    set_busy (path, lab, error);
    return NULL;
  }
  admission->said = vr_fd_steal (&fd);
  admission->dir = g_steal_pointer (&dir);
  admission->path = g_steal_pointer (&path);
  return write_file (admission, NULL, error) ? g_steal_pointer (&admission) : NULL;
}

gboolean
vr_admission_say (VrAdmission *admission, const VrPlan *plan, GError **error)
{
  gboolean good = write_file (admission, plan, error);
  vr_fd_clear (&admission->turn);
  return good;
}

/* Whoever waits for the lab's file has the turn: nobody is left with one that is gone. */
void
vr_admission_free (VrAdmission *admission)
{
  if (admission->said >= 0) {
    if (admission->turn < 0)
      admission->turn = take_turn (admission->dir, NULL);
    unlink (admission->path);
  }
  vr_fd_clear (&admission->said);
  vr_fd_clear (&admission->turn);
  g_free (admission->path);
  g_free (admission->dir);
  g_free (admission);
}

VrPlan *
vr_admission_plan (const VrSite *site, const VrLab *lab, VrAdmission **admission, GError **error)
{
  g_autoptr (VrAdmission) held = vr_admission_new (site, lab->name, error);
  g_autoptr (VrPlan) plan = held != NULL ? vr_lab_plan (site, lab, error) : NULL;
  if (plan == NULL || !vr_admission_say (held, plan, error))
    return NULL;
  *admission = g_steal_pointer (&held);
  return g_steal_pointer (&plan);
}

/* --- Seeing -------------------------------------------------------------------------------------
 */

static void
coming_free (VrComing *coming)
{
  g_free (coming->lab);
  vr_op_free (coming->op);
  g_free (coming);
}

static void
add_thread (GPtrArray *all, const char *lab, const char *target, JsonNode *want)
{
  g_autoptr (GVariant) strings = vr_json_strings (want);
  if (strings == NULL)
    return;
  VrComing *coming = g_new0 (VrComing, 1);
  coming->lab = g_strdup (lab);
  coming->op = vr_op_new (VR_OP_THREAD, target, "coming", NULL);
  g_variant_unref (coming->op->want);
  coming->op->want = g_steal_pointer (&strings);
  g_ptr_array_add (all, coming);
}

static void
add_file (GPtrArray *all, const char *lab, const char *path)
{
  g_autoptr (JsonNode) node = vr_json_read_object (path, SCHEMA, NULL);
  JsonNode *threads
      = node != NULL ? json_object_get_member (json_node_get_object (node), "threads") : NULL;
  if (threads == NULL || !JSON_NODE_HOLDS_OBJECT (threads))
    return;
  JsonObject *object = json_node_get_object (threads);
  g_autoptr (GList) targets = json_object_get_members (object);
  for (GList *target = targets; target != NULL; target = target->next)
    add_thread (all, lab, target->data, json_object_get_member (object, target->data));
}

GPtrArray *
vr_admission_others (const VrSite *site, const char *lab)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) coming_free);
  g_autofree char *dir = dir_of (site);
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *other = g_str_has_suffix (name, SUFFIX)
                                 ? g_strndup (name, strlen (name) - strlen (SUFFIX))
                                 : NULL;
    g_autofree char *path = g_build_filename (dir, name, NULL);
    if (other != NULL && strcmp (other, lab) != 0 && vr_name_check ("lab", other, NULL)
        && is_locked (path))
      add_file (all, other, path);
  }
  return all;
}

void
vr_admission_forget (const VrSite *site, const char *lab)
{
  g_autofree char *dir = dir_of (site);
  g_autofree char *path = path_of (dir, lab);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  g_autoptr (VrAdmission) admission = vr_admission_new (site, lab, NULL);
}
