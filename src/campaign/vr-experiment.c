/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-experiment.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "campaign/vr-claim-spec.h"
#include "campaign/vr-summary.h"
#include "config/vr-reader.h"
#include "config/vr-source.h"
#include "config/vr-value.h"

#define SUFFIX ".conf"
#define SIZE_MAX_BYTES (1u << 20)

static void
factor_free (gpointer data)
{
  VrFactor *factor = data;
  g_free (factor->name);
  g_free (factor->key);
  g_free (factor->with);
  g_ptr_array_unref (factor->levels);
  g_free (factor);
}

/* What the rows of a group say of its texts. */
static void
clear_texts (const char *group, gpointer target)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_experiment (), &count);
  for (guint i = 0; i < count; i++)
    if (strcmp (keys[i].group, group) == 0 && keys[i].list == VR_LIST_NONE)
      vr_value_clear (&keys[i], G_STRUCT_MEMBER_P (target, keys[i].offset));
}

static void
claim_free (gpointer data)
{
  VrExperimentClaim *claim = data;
  clear_texts ("claim", claim);
  g_free (claim->name);
  g_ptr_array_unref (claim->needs);
  g_free (claim);
}

void
vr_experiment_free (VrExperiment *experiment)
{
  clear_texts ("experiment", experiment);
  if (experiment->load != NULL) {
    clear_texts ("load", experiment->load);
    g_ptr_array_unref (experiment->load->streams);
    g_free (experiment->load);
  }
  if (experiment->search != NULL) {
    clear_texts ("search", experiment->search);
    g_free (experiment->search);
  }
  g_free (experiment->control);
  if (experiment->conditions != NULL) {
    g_ptr_array_unref (experiment->conditions->exclude);
    g_ptr_array_unref (experiment->conditions->list);
    g_free (experiment->conditions);
  }
  g_ptr_array_unref (experiment->claims);
  g_ptr_array_unref (experiment->factors);
  g_ptr_array_unref (experiment->needs);
  g_clear_pointer (&experiment->places, vr_places_free);
  g_free (experiment->path);
  g_free (experiment->bundle);
  g_free (experiment->text);
  g_free (experiment);
}

const VrFactor *
vr_experiment_factor (const VrExperiment *experiment, const char *name)
{
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *factor = experiment->factors->pdata[i];
    if (strcmp (factor->name, name) == 0)
      return factor;
  }
  return NULL;
}

double
vr_experiment_confidence (const VrExperiment *experiment)
{
  static const double shares[]
      = { [VR_CONFIDENCE_90] = 0.9, [VR_CONFIDENCE_95] = 0.95, [VR_CONFIDENCE_99] = 0.99 };
  return shares[experiment->confidence];
}

/* --- Checks ------------------------------------------------------------------------------------
 */

static gboolean
check_levels (const VrFactor *factor, GError **error)
{
  if (factor->levels->len == 0)
    return vr_places_error (error, &factor->origin,
                            "[factor %s] has no levels: add levels = ONE, OTHER", factor->name);
  /* Those of a factor that goes along are told apart by the other's. */
  for (guint i = 0; factor->with == NULL && i < factor->levels->len; i++)
    for (guint k = 0; k < i; k++)
      if (strcmp (factor->levels->pdata[i], factor->levels->pdata[k]) == 0) {
        g_autofree char *quoted = vr_name_quote (factor->levels->pdata[i]);
        return vr_places_error (error, &factor->origin, "[factor %s] has the level \"%s\" twice",
                                factor->name, quoted);
      }
  return TRUE;
}

static gboolean
check_with (const VrExperiment *experiment, const VrFactor *factor, GError **error)
{
  if (factor->with == NULL)
    return TRUE;
  const VrFactor *other = vr_experiment_factor (experiment, factor->with);
  if (other == NULL || other == factor)
    return vr_places_error (error, &factor->origin,
                            "[factor %s] goes with %s, and there is no other factor of that name",
                            factor->name, factor->with);
  if (other->with != NULL)
    return vr_places_error (error, &factor->origin,
                            "[factor %s] goes with %s, which goes with %s itself: write with = %s",
                            factor->name, factor->with, other->with, other->with);
  if (other->levels->len != factor->levels->len)
    return vr_places_error (error, &factor->origin,
                            "[factor %s] has %u levels, and %s, which it goes with, has %u",
                            factor->name, factor->levels->len, other->name, other->levels->len);
  return TRUE;
}

static gboolean
check_name_alone (const VrExperiment *experiment, const VrFactor *factor, GError **error)
{
  for (guint i = 0; i < experiment->factors->len; i++) {
    const VrFactor *other = experiment->factors->pdata[i];
    if (other->key != NULL
        && (g_strcmp0 (other->with, factor->name) == 0
            || g_strcmp0 (factor->with, other->name) == 0))
      return TRUE;
  }
  return vr_places_error (error, &factor->origin,
                          "[factor %s] varies nothing: give it a key, or let a factor that has one "
                          "go along with it",
                          factor->name);
}

static gboolean
check_keys (const VrExperiment *experiment, guint index, GError **error)
{
  const VrFactor *factor = experiment->factors->pdata[index];
  if (factor->key == NULL)
    return check_name_alone (experiment, factor, error);
  for (guint i = 0; i < index; i++) {
    const VrFactor *other = experiment->factors->pdata[i];
    if (g_strcmp0 (other->key, factor->key) == 0)
      return vr_places_error (error, &factor->origin, "[factor %s] varies %s, as [factor %s] does",
                              factor->name, factor->key, other->name);
  }
  return TRUE;
}

static gboolean
check_stop (const VrExperiment *experiment, GError **error)
{
  if (experiment->stop_width.is_given != experiment->max_repetitions.is_given)
    return vr_places_error (error, &experiment->origin,
                            "stop-width and max-repetitions go together: add %s",
                            experiment->stop_width.is_given ? "max-repetitions" : "stop-width");
  if (!experiment->max_repetitions.is_given
      || experiment->max_repetitions.value >= experiment->repetitions)
    return TRUE;
  return vr_places_error (error, &experiment->origin,
                          "max-repetitions is %u, and repetitions %u: it must not be less",
                          experiment->max_repetitions.value, experiment->repetitions);
}

static gboolean
check_quick (const VrExperiment *experiment, GError **error)
{
  const VrExperimentLoad *load = experiment->load;
  if (load->quick_duration == NULL || load->duration != NULL)
    return TRUE;
  return vr_places_error (error, vr_places_get (experiment->places, load, "quick-duration", 0),
                          "quick-duration is in place of duration, which is not given: add it");
}

/* A search's trials are as long, and as many frames, as it says. */
static gboolean
check_search (const VrExperiment *experiment, GError **error)
{
  static const char *const lengths[] = { "duration", "count", "quick-duration" };
  const VrExperimentSearch *search = experiment->search;
  if (search == NULL)
    return TRUE;
  if (search->quick_trial != NULL && search->trial == NULL)
    return vr_places_error (error, vr_places_get (experiment->places, search, "quick-trial", 0),
                            "quick-trial is in place of trial, which is not given: add it");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    const VrOrigin *origin = vr_places_get (experiment->places, experiment->load, lengths[i], 0);
    if (origin != NULL)
      return vr_places_error (error, origin,
                              "%s is of a load, and there is a group [search], whose trials are as "
                              "long as its key trial says: remove it",
                              lengths[i]);
  }
  return TRUE;
}

/* What a controller did is told of one load. */
static gboolean
check_control (const VrExperiment *experiment, GError **error)
{
  if (experiment->control == NULL || experiment->search == NULL)
    return TRUE;
  return vr_places_error (
      error, &experiment->control->origin,
      "[control] is of a load, and there is a group [search], whose trials come "
      "one after the other: remove one of them");
}

static gboolean
check_axis (const VrExperiment *experiment, GError **error)
{
  double number;
  if (experiment->axis == NULL)
    return TRUE;
  const VrOrigin *place = vr_places_get (experiment->places, experiment, "axis", 0);
  const VrFactor *factor = vr_experiment_factor (experiment, experiment->axis);
  if (factor == NULL)
    return vr_places_error (error, place, "axis: there is no factor %s", experiment->axis);
  for (guint i = 0; i < factor->levels->len; i++)
    if (!vr_summary_number (factor->levels->pdata[i], &number)) {
      g_autofree char *quoted = vr_name_quote (factor->levels->pdata[i]);
      return vr_places_error (error, place,
                              "axis: the level \"%s\" of factor %s is no quantity, and so no place "
                              "on an axis",
                              quoted, factor->name);
    }
  return TRUE;
}

static gboolean
check (const VrExperiment *experiment, GError **error)
{
  if (!check_stop (experiment, error) || !check_quick (experiment, error)
      || !check_search (experiment, error) || !check_control (experiment, error)
      || !check_axis (experiment, error))
    return FALSE;
  for (guint i = 0; i < experiment->factors->len; i++)
    if (!check_levels (experiment->factors->pdata[i], error)
        || !check_with (experiment, experiment->factors->pdata[i], error)
        || !check_keys (experiment, i, error))
      return FALSE;
  return TRUE;
}

/* --- Reading -----------------------------------------------------------------------------------
 */

static gboolean
set_name (VrExperiment *experiment, GError **error)
{
  if (experiment->name != NULL)
    return TRUE;
  g_autofree char *name = g_path_get_basename (experiment->path);
  if (g_str_has_suffix (name, SUFFIX))
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  if (!vr_name_check ("experiment", name, NULL)) {
    g_autofree char *quoted = vr_name_quote (name);
    return vr_places_error (error, &experiment->origin,
                            "the experiment has no name, and the file's, \"%s\", cannot be one: "
                            "write name = NAME into [experiment]",
                            quoted);
  }
  experiment->name = g_steal_pointer (&name);
  return TRUE;
}

/* The groups that may be left out are there all the same, and the path is absolute. */
static gboolean
complete (VrExperiment *experiment, GError **error)
{
  const VrOrigin *origin = &experiment->origin;
  if (experiment->profile == NULL)
    return vr_places_error (error, origin,
                            "there is no group [experiment]: begin with it, and give it a profile");
  for (guint i = 0; i < 2; i++) {
    const VrSchemaGroup *group
        = vr_schema_group (vr_schema_experiment (), i == 0 ? "load" : "conditions");
    if (vr_schema_instances (experiment, group) == 0)
      group->add (experiment, NULL, *origin);
  }
  g_autofree char *folder = g_path_get_dirname (experiment->path);
  g_autofree char *given = g_steal_pointer (&experiment->profile);
  experiment->profile = g_canonicalize_filename (given, folder);
  return set_name (experiment, error);
}

static gboolean
read_lines (VrExperiment *experiment, GError **error)
{
  g_autoptr (VrReader) reader = vr_reader_new (vr_schema_experiment (), experiment);
  g_autoptr (GBytes) bytes = g_bytes_new_static (experiment->text, strlen (experiment->text));
  g_autofree VrSource *source = g_new0 (VrSource, 1);
  VrCursor cursor = { .group = NULL };
  VrSourceState state;
  vr_source_init (source, bytes, experiment->path);
  experiment->origin = (VrOrigin){ source->origin.file, 1 };
  while ((state = vr_source_next (source, error)) == VR_SOURCE_LINE) {
    cursor.origin = source->origin;
    if (!vr_reader_line (reader, &cursor, source->line, error))
      return FALSE;
  }
  if (state != VR_SOURCE_END || !vr_reader_check_required (reader, error))
    return FALSE;
  experiment->places = g_steal_pointer (&reader->places);
  return TRUE;
}

VrExperiment *
vr_experiment_parse (const char *text, const char *path, GError **error)
{
  g_autoptr (VrExperiment) experiment = g_new0 (VrExperiment, 1);
  experiment->path = g_strdup (path);
  experiment->text = g_strdup (text);
  experiment->needs = g_ptr_array_new_with_free_func (g_free);
  experiment->factors = g_ptr_array_new_with_free_func (factor_free);
  experiment->claims = g_ptr_array_new_with_free_func (claim_free);
  if (!read_lines (experiment, error) || !complete (experiment, error) || !check (experiment, error)
      || !vr_claim_spec_check (experiment, error))
    return NULL;
  return g_steal_pointer (&experiment);
}

VrExperiment *
vr_experiment_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = vr_source_read (path, VR_SOURCE_REGULAR, SIZE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *text = g_strndup (data != NULL ? data : "", size);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  if (strlen (text) != size) {
    g_autofree char *shown = vr_source_display (path);
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
                 "%s:1: the text holds a NUL byte: this must be text in UTF-8", shown);
    return NULL;
  }
  return vr_experiment_parse (text, absolute, error);
}
