/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-scale.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"

/* What may be scaled: as the profile has it, and how large it may be. */
typedef struct {
  const char *group;
  const char *key;
  guint most;
} Whole;

static const Whole pvr = { "pvr", "members", VR_PVR_MEMBERS_MAX };
static const Whole msr = { "msr", "routers", VR_MSR_ROUTERS_MAX };

static const Whole *
find_whole (const VrLab *lab, const char *name)
{
  if (vr_lab_pvr (lab, name) != NULL)
    return &pvr;
  return vr_lab_msr (lab, name) != NULL ? &msr : NULL;
}

static gboolean
refuse_name (const VrLab *lab, const char *name, GError **error)
{
  g_autofree char *quoted = vr_name_quote (name);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < lab->pvrs->len; i++)
    g_string_append_printf (names, ", %s", ((const VrPvr *) lab->pvrs->pdata[i])->common.name);
  for (guint i = 0; i < lab->msrs->len; i++)
    g_string_append_printf (names, ", %s", ((const VrMsr *) lab->msrs->pdata[i])->common.name);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "lab %s has no PVR or MSR \"%s\": %s%s%s",
               lab->name, quoted,
               vr_lab_router (lab, name) != NULL ? "it is a single router; " : "",
               names->len > 0 ? "there is " : "there is none",
               names->len > 0 ? names->str + strlen (", ") : "");
  return FALSE;
}

/* Its number among those that a size counts, from 1; 0: none of these. */
static guint
number_of (const VrLab *lab, const VrRouter *router)
{
  guint number = router->member;
  for (guint i = 0; router->part == VR_PART_BACKEND && i < lab->routers->len; i++) {
    const VrRouter *other = lab->routers->pdata[i];
    if (other->part == VR_PART_BACKEND && other->msr == router->msr)
      number++;
    if (other == router)
      break;
  }
  return number;
}

/* A schedule of a router that is not there is an error of the profile. */
static void
add_removals (const VrLab *lab, const VrRouter *router, GStrvBuilder *changes)
{
  const VrSchedule *schedule = vr_lab_schedule (lab, router->name);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    g_autofree char *selector = vr_thread_selector_print (&row->selector);
    g_autofree char *change = g_strdup_printf ("schedule.%s.%s=", router->name, selector);
    g_strv_builder_add (changes, change);
  }
}

void
vr_scale_add (const VrLab *lab, const char *name, guint number, GStrvBuilder *changes)
{
  const Whole *whole = find_whole (lab, name);
  g_autofree char *change = g_strdup_printf ("%s.%s.%s=%u", whole->group, name, whole->key, number);
  g_strv_builder_add (changes, change);
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (vr_router_is_of (router, name) && number_of (lab, router) > number)
      add_removals (lab, router, changes);
  }
}

/* "NAME=N" as changes of the profile. */
static gboolean
add_change (const VrLab *lab, const char *size, GStrvBuilder *changes, GError **error)
{
  const char *equals = strchr (size, '=');
  g_autofree char *quoted = vr_name_quote (size);
  g_autofree char *name
      = g_strndup (size, equals != NULL ? (gsize) (equals - size) : strlen (size));
  const Whole *whole = find_whole (lab, name);
  guint64 number;
  if (whole == NULL && equals != NULL)
    return refuse_name (lab, name, error);
  guint most = whole != NULL ? whole->most : VR_PVR_MEMBERS_MAX;
  if (equals == NULL || !g_ascii_string_to_unsigned (equals + 1, 10, 1, most, &number, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "\"%s\": a size is NAME=N, as r=3, with N from 1 to %u", quoted, most);
    return FALSE;
  }
  vr_scale_add (lab, name, (guint) number, changes);
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
