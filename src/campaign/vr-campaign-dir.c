/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-campaign-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/vr-error.h"
#include "campaign/vr-campaign-manifest.h"
#include "campaign/vr-kernel-config.h"
#include "config/vr-profile.h"
#include "host/vr-root.h"
#include "lab/vr-lifecycle.h"

#define LOCK "lock"
#define UNFINISHED ".new"

void
vr_campaign_dir_clear (VrCampaignDir *dir)
{
  g_clear_pointer (&dir->path, g_free);
  vr_fd_clear (&dir->lock);
}

char *
vr_campaign_dir_file (const char *path, const char *name)
{
  return g_build_filename (path, name, NULL);
}

/* The greatest N of the NAME-N below `base`; 0 where there is none. */
static guint64
last_number (const char *base, const char *name)
{
  g_autoptr (GDir) entries = g_dir_open (base, 0, NULL);
  g_autofree char *prefix = g_strconcat (name, "-", NULL);
  guint64 last = 0, number;
  const char *entry;
  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    if (g_str_has_prefix (entry, prefix)
        && g_ascii_string_to_unsigned (entry + strlen (prefix), 10, 1, G_MAXUINT32, &number, NULL))
      last = MAX (last, number);
  return last;
}

char *
vr_campaign_dir_next (const char *base, const char *name)
{
  return g_strdup_printf ("%s/%s-%" G_GUINT64_FORMAT, base, name, last_number (base, name) + 1);
}

char *
vr_campaign_dir_last (const char *base, const char *name)
{
  guint64 number = last_number (base, name);
  return number > 0 ? g_strdup_printf ("%s/%s-%" G_GUINT64_FORMAT, base, name, number) : NULL;
}

/* --- One process at a time ---------------------------------------------------------------------
 */

static gboolean
lock_dir (const char *path, VrFd *lock, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (path, LOCK);
  g_auto (VrFd) fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", file);
    return FALSE;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
                 "another process works on the campaign in \"%s\": wait for it, or end it", path);
    return FALSE;
  }
  *lock = vr_fd_steal (&fd);
  return TRUE;
}

gboolean
vr_campaign_dir_open (const char *path, VrCampaignDir *dir, GError **error)
{
  g_autofree char *results = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  if (!g_file_test (results, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "there is no campaign in \"%s\"", path);
    return FALSE;
  }
  g_auto (VrCampaignDir) opened = { g_strdup (path), -1 };
  if (!lock_dir (path, &opened.lock, error))
    return FALSE;
  *dir = (VrCampaignDir){ g_steal_pointer (&opened.path), vr_fd_steal (&opened.lock) };
  return TRUE;
}

/* --- Making ------------------------------------------------------------------------------------
 */

static gboolean
write_text (const char *path, const char *name, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *file = vr_campaign_dir_file (path, name);
  if (g_file_set_contents_full (file, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", file, cause->message);
  return FALSE;
}

static gboolean
write_manifest (const char *path, const VrSite *site, const VrRunTable *table, GError **error)
{
  g_autoptr (JsonNode) manifest = vr_campaign_manifest_new (site, table, error);
  if (manifest == NULL)
    return FALSE;
  g_autofree char *text = json_to_string (manifest, TRUE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return write_text (path, VR_CAMPAIGN_MANIFEST, line, error);
}

/* Where the host tells it; its digest is in the manifest. */
static gboolean
write_kernel_config (const char *path, const VrSite *site, GError **error)
{
  g_autofree char *release = vr_root_text (site->root_dir, "proc/sys/kernel/osrelease");
  g_autofree char *config = release != NULL ? vr_kernel_config (site->root_dir, release) : NULL;
  return config == NULL || write_text (path, VR_CAMPAIGN_KERNEL_CONFIG, config, error);
}

static gboolean
write_profile_and_plan (const char *path, const VrSite *site, const VrRunTable *table,
                        GError **error)
{
  const VrCondition *first = g_array_index (table->runs, VrPlannedRun, 0).condition;
  g_autoptr (VrLab) lab = vr_profile_load (table->experiment->profile, error);
  g_autoptr (VrPlan) plan = lab != NULL ? vr_lab_plan (site, first->lab, error) : NULL;
  if (plan == NULL)
    return FALSE;
  g_autofree char *profile = vr_profile_print (lab);
  g_autofree char *text = vr_plan_print (plan);
  return write_text (path, VR_CAMPAIGN_PROFILE, profile, error)
         && write_text (path, VR_CAMPAIGN_PLAN, text, error);
}

static gboolean
write_results (const char *path, const VrRunTable *table, const char *only, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  g_autoptr (VrResults) results = vr_results_create (file, table, only, error);
  return results != NULL;
}

static gboolean
fill (const char *path, const VrSite *site, const VrRunTable *table, const char *only,
      GError **error)
{
  return write_text (path, VR_CAMPAIGN_EXPERIMENT, table->experiment->text, error)
         && write_profile_and_plan (path, site, table, error)
         && write_manifest (path, site, table, error) && write_kernel_config (path, site, error)
         && write_results (path, table, only, error);
}

/* A directory that holds nothing may have been made beforehand. */
static gboolean
check_free (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS) || g_rmdir (path) == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "\"%s\" is there already: --resume goes on with a campaign, and another --directory "
               "begins one",
               path);
  return FALSE;
}

/* What a failure or a kill leaves in a directory that was being made, files that were not finished
 * included; of one that is locked, all but the lock. */
static void
empty_unfinished (const char *path, gboolean is_locked)
{
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *entry;
  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL) {
    g_autofree char *file = vr_campaign_dir_file (path, entry);
    if (!is_locked || strcmp (entry, LOCK) != 0)
      g_unlink (file);
  }
}

static void
remove_unfinished (const char *path)
{
  empty_unfinished (path, FALSE);
  g_rmdir (path);
}

gboolean
vr_campaign_dir_make (const char *path, const VrSite *site, const VrRunTable *table,
                      const char *only, VrCampaignDir *dir, GError **error)
{
  g_autofree char *unfinished = g_strconcat (path, UNFINISHED, NULL);
  if (!check_free (path, error))
    return FALSE;
  if (g_mkdir_with_parents (unfinished, 0755) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", unfinished);
    return FALSE;
  }
  g_auto (VrCampaignDir) made = { g_strdup (path), -1 };
  if (!lock_dir (unfinished, &made.lock, error))
    return FALSE;
  empty_unfinished (unfinished, TRUE);
  if (!fill (unfinished, site, table, only, error)) {
    remove_unfinished (unfinished);
    return FALSE;
  }
  if (rename (unfinished, path) != 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", path);
    remove_unfinished (unfinished);
    return FALSE;
  }
  *dir = (VrCampaignDir){ g_steal_pointer (&made.path), vr_fd_steal (&made.lock) };
  return TRUE;
}
