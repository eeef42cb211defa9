/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-scale.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"

static gboolean
refuse_name (const VrLab *lab, const char *name, GError **error)
{
  g_autofree char *quoted = vr_name_quote (name);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < lab->pvrs->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                            ((const VrPvr *) lab->pvrs->pdata[i])->common.name);
  if (vr_lab_router (lab, name) != NULL)
    g_string_prepend (names, names->len > 0 ? "it is a single router; PVRs are "
                                            : "it is a single router, and the lab has no PVR");
  else
    g_string_prepend (names, names->len > 0 ? "PVRs are " : "the lab has none");
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no PVR \"%s\": %s", lab->name, quoted,
               names->str);
  return FALSE;
}

/* "NAME=N" as a change of the profile. */
static gboolean
add_change (const VrLab *lab, const char *size, GStrvBuilder *changes, GError **error)
{
  const char *equals = strchr (size, '=');
  g_autofree char *quoted = vr_name_quote (size);
  guint64 members;
  if (equals == NULL
      || !g_ascii_string_to_unsigned (equals + 1, 10, 1, VR_PVR_MEMBERS_MAX, &members, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "\"%s\": a size is NAME=N, as r=3, with N from 1 to %d", quoted,
                 VR_PVR_MEMBERS_MAX);
    return FALSE;
  }
  g_autofree char *name = g_strndup (size, (gsize) (equals - size));
  if (vr_lab_pvr (lab, name) == NULL)
    return refuse_name (lab, name, error);
  g_autofree char *change = g_strdup_printf ("pvr.%s.members=%" G_GUINT64_FORMAT, name, members);
  g_strv_builder_add (changes, change);
  return TRUE;
}

static char **
changes_of (const VrSite *site, const char *name, const char *const *sizes, GError **error)
{
  g_auto (VrRecord) record = { 0 };
  g_autoptr (GStrvBuilder) changes = g_strv_builder_new ();
  if (!vr_name_check ("lab", name, error) || !vr_tune_read (site, name, &record, error))
    return NULL;
  g_autoptr (VrLab) lab
      = vr_profile_parse (record.profile, strlen (record.profile), record.profile_path, error);
  if (lab == NULL)
    return NULL;
  for (; *sizes != NULL; sizes++)
    if (!add_change (lab, *sizes, changes, error))
      return NULL;
  return g_strv_builder_end (changes);
}

gboolean
vr_lab_scale (const VrSite *site, const char *name, const char *const *sizes, VrTuneMode mode,
              const VrLabOptions *options, VrOutcome *outcome, GError **error)
{
  g_auto (GStrv) changes = changes_of (site, name, sizes, error);
  if (changes == NULL)
    return FALSE;
  VrTuneRequest request = {
    .lab = name, .changes = (const char *const *) changes, .kind = VR_TUNE_ROUTERS, .mode = mode
  };
  return vr_tune_run (site, &request, options, outcome, error);
}
