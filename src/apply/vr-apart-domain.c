/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-apart-domain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "sys/vr-cgroup.h"

#define CONTROLLER "cpuset"
#define CPUS "cpuset.cpus"
#define MEMS "cpuset.mems"
#define EXCLUSIVE "cpuset.cpu_exclusive"
#define BALANCE "cpuset.sched_load_balance"

#define PREFIX "/vrkit-"
/* Has no dot, as the groups of threads have. */
#define REST PREFIX "rest"

static const VrCgroup root = { CONTROLLER, "/" };
static const VrCgroup rest = { CONTROLLER, REST };

/* Neither labs nor routers have a dot in their names, and all selectors begin with one word. */
char *
vr_apart_domain_path (const char *target)
{
  g_autofree char *name = g_strdelimit (g_strdup (target), "/", '.');
  return g_strconcat ("/", name, NULL);
}

gboolean
vr_apart_domain_is (const char *path)
{
  return g_str_has_prefix (path, PREFIX) && strchr (path + 1, '/') == NULL
         && strchr (path, '.') != NULL;
}

/* --- Files --------------------------------------------------------------------------------------
 */

int
vr_apart_domain_take_turn (GError **error)
{
  g_autofree char *path = vr_cgroup_file (&root, ".");
  g_auto (VrFd) fd = path != NULL ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0 && flock (fd, LOCK_EX) == 0)
    return vr_fd_steal (&fd);
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock the tree of cpusets");
  return -1;
}

static gboolean
says (const VrCgroup *group, const char *file, const char *value)
{
  g_autofree char *text = vr_cgroup_read (group, file, NULL);
  return g_strcmp0 (text, value) == 0;
}

static GArray *
read_cpus (const VrCgroup *group, GError **error)
{
  g_autofree char *text = vr_cgroup_read (group, CPUS, error);
  GArray *cpus = text != NULL ? vr_cpu_list_parse (text) : NULL;
  if (text != NULL && cpus == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cgroup %s has the CPUs \"%s\", which are none",
                 group->path, text);
  return cpus;
}

static gboolean
write_cpus (const VrCgroup *group, const GArray *cpus, GError **error)
{
  g_autofree char *list = vr_cpu_list_print (cpus);
  return vr_cgroup_write (group, CPUS, list, error);
}

static gboolean
copy_mems (const VrCgroup *from, const VrCgroup *to, GError **error)
{
  g_autofree char *mems = vr_cgroup_read (from, MEMS, error);
  return mems != NULL && vr_cgroup_write (to, MEMS, mems, error);
}

static void
drop_cpus (GArray *cpus, const GArray *dropped)
{
  for (guint i = cpus->len; i-- > 0;)
    if (vr_cpu_list_has (dropped, g_array_index (cpus, guint, i)))
      g_array_remove_index (cpus, i);
}

/* The host's CPUs but those that a cpuset right below the root, whoever made it, has alone; of the
 * group `but` they count as free. */
static GArray *
free_cpus (const char *but, GError **error)
{
  g_auto (GStrv) names = vr_cgroup_children (&root);
  GArray *cpus = read_cpus (&root, error);
  for (char **name = names; cpus != NULL && *name != NULL; name++) {
    g_autofree char *path = g_strconcat ("/", *name, NULL);
    VrCgroup group = { CONTROLLER, path };
    if (strcmp (path, but) == 0 || !says (&group, EXCLUSIVE, "1"))
      continue;
    g_autoptr (GArray) taken = read_cpus (&group, NULL);
    drop_cpus (cpus, taken);
  }
  return cpus;
}

/* --- The rest of the host -----------------------------------------------------------------------
 */

/* Gives it what is nobody's alone, but for `taken`. */
static gboolean
fit_rest (const GArray *taken, GError **error)
{
  if (!vr_cgroup_exists (&rest))
    return TRUE;
  g_autoptr (GArray) cpus = free_cpus (REST, error);
  if (cpus == NULL)
    return FALSE;
  drop_cpus (cpus, taken);
  return write_cpus (&rest, cpus, error);
}

gboolean
vr_apart_domain_is_prepared (void)
{
  return says (&root, BALANCE, "0");
}

gboolean
vr_apart_domain_has_rest (void)
{
  return vr_cgroup_exists (&rest);
}

/* The group is there first: by it the flag is known to be ours. */
gboolean
vr_apart_domain_prepare (GError **error)
{
  return vr_apart_domain_is_prepared ()
         || (vr_cgroup_make (&rest, error) && copy_mems (&root, &rest, error)
             && fit_rest (NULL, error) && vr_cgroup_write (&rest, BALANCE, "1", error)
             && vr_cgroup_write (&root, BALANCE, "0", error));
}

gboolean
vr_apart_domain_finish (GError **error)
{
  return !vr_cgroup_exists (&rest)
         || (vr_cgroup_write (&root, BALANCE, "1", error) && vr_cgroup_remove (&rest, error));
}

/* --- A group ------------------------------------------------------------------------------------
 */

/* As long as it balances nothing, it divides and joins no domains. */
gboolean
vr_apart_domain_open (const char *path, const char *like, GError **error)
{
  VrCgroup group = { CONTROLLER, path }, model = { CONTROLLER, like };
  if (!vr_cgroup_make (&group, error) || !vr_cgroup_write (&group, BALANCE, "0", error))
    return FALSE;
  g_autoptr (GArray) cpus = free_cpus (path, error);
  return cpus != NULL
         && (like == NULL || strcmp (like, path) == 0 || copy_mems (&model, &group, error))
         && write_cpus (&group, cpus, error);
}

GArray *
vr_apart_domain_read (const char *path)
{
  VrCgroup group = { CONTROLLER, path };
  gboolean is_domain = says (&group, EXCLUSIVE, "1") && says (&group, BALANCE, "1")
                       && vr_apart_domain_is_prepared ();
  return is_domain ? read_cpus (&group, NULL) : NULL;
}

/* It is balanced before the rest gives the CPUs up, so that these are in a domain throughout. */
gboolean
vr_apart_domain_make (const char *path, const GArray *cpus, GError **error)
{
  VrCgroup group = { CONTROLLER, path };
  if (!write_cpus (&group, cpus, error) || !vr_cgroup_write (&group, BALANCE, "1", error)
      || !fit_rest (cpus, error))
    return FALSE;
  if (vr_cgroup_write (&group, EXCLUSIVE, "1", error))
    return TRUE;
  g_autofree char *list = vr_cpu_list_print (cpus);
  g_prefix_error (error, "another cpuset may have CPU %s, and must not: ", list);
  return FALSE;
}

gboolean
vr_apart_domain_end (const char *path, GError **error)
{
  VrCgroup group = { CONTROLLER, path };
  return !vr_cgroup_exists (&group)
         || (vr_cgroup_write (&group, EXCLUSIVE, "0", error) && fit_rest (NULL, error)
             && vr_cgroup_write (&group, BALANCE, "0", error));
}

gboolean
vr_apart_domain_remove (const char *path, GError **error)
{
  VrCgroup group = { CONTROLLER, path };
  return vr_apart_domain_end (path, error) && vr_cgroup_remove (&group, error);
}
