/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim-spec.h"

#include <string.h>

#include "base/vr-name.h"
#include "campaign/vr-claim-reading.h"
#include "campaign/vr-claim-text.h"
#include "campaign/vr-combination.h"
#include "campaign/vr-measure.h"
#include "campaign/vr-need.h"

static void
series_free (gpointer data)
{
  VrClaimSeries *series = data;
  g_array_unref (series->cells);
  g_free (series);
}

void
vr_claim_spec_free (VrClaimSpec *spec)
{
  g_ptr_array_unref (spec->series);
  g_free (spec->relations);
  g_free (spec);
}

/* --- Errors -------------------------------------------------------------------------------------
 */

/* Where the key stands, or the claim where it is not given. */
static const VrOrigin *
place_of (const VrClaimReading *reading, const char *key)
{
  const VrOrigin *origin = vr_places_get (reading->experiment->places, reading->claim, key, 0);
  return origin != NULL ? origin : &reading->claim->origin;
}

gboolean
vr_claim_reading_refuse (const VrClaimReading *reading, const char *key, GError **error,
                         const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return vr_places_error (error, place_of (reading, key), "[claim %s]: %s: %s",
                          reading->claim->name, key, text);
}

gboolean
vr_claim_reading_blame (const VrClaimReading *reading, const char *key, GError **error)
{
  return vr_places_prefix (error, place_of (reading, key), "[claim %s]: %s: ", reading->claim->name,
                           key);
}

const VrFactor *
vr_claim_reading_factor (const VrClaimReading *reading, guint index)
{
  return reading->experiment->factors->pdata[index];
}

/* --- Thresholds ---------------------------------------------------------------------------------
 */

typedef enum { KEY_MAY, KEY_MUST } KeyPresence;

#define OF(test) (1u << (test))
#define OF_RATIOS (OF (VR_CLAIM_RATIO) | OF (VR_CLAIM_SPREAD))

static const struct {
  const char *key;
  guint tests; /* OF() each that has it */
  KeyPresence presence;
} own_keys[] = {
  { "order", OF (VR_CLAIM_ORDER), KEY_MUST },
  { "margin", OF (VR_CLAIM_ORDER), KEY_MAY },
  { "of", OF_RATIOS, KEY_MUST },
  { "within", OF_RATIOS, KEY_MUST },
  { "r-squared", OF (VR_CLAIM_LINEAR), KEY_MUST },
  { "to-peak", OF (VR_CLAIM_LINEAR), KEY_MAY },
  { "points", OF (VR_CLAIM_LINEAR), KEY_MAY },
  { "fall", OF (VR_CLAIM_PLATEAU), KEY_MUST },
};

/* "ratio or spread" */
static char *
names_of (guint wanted, const char *const *tests)
{
  GString *names = g_string_new (NULL);
  for (guint i = 0; tests[i] != NULL; i++)
    if ((wanted & OF (i)) != 0)
      g_string_append_printf (names, "%s%s", names->len > 0 ? " or " : "", tests[i]);
  return g_string_free (names, FALSE);
}

/* A test has its keys, and none of another's. */
static gboolean
check_keys (const VrClaimReading *reading, GError **error)
{
  const char *const *tests = vr_schema_key (vr_schema_experiment (), "claim", "test")->words;
  for (guint i = 0; i < G_N_ELEMENTS (own_keys); i++) {
    gboolean is_given
        = vr_places_get (reading->experiment->places, reading->claim, own_keys[i].key, 0) != NULL;
    gboolean is_own = (own_keys[i].tests & OF (reading->claim->test)) != 0;
    g_autofree char *names = names_of (own_keys[i].tests, tests);
    if (is_given && !is_own)
      return vr_claim_reading_refuse (reading, own_keys[i].key, error,
                                      "is of test = %s, and this is of test = %s", names,
                                      tests[reading->claim->test]);
    if (is_own && !is_given && own_keys[i].presence == KEY_MUST)
      return vr_claim_reading_refuse (reading, own_keys[i].key, error,
                                      "test = %s needs it, and it is not given",
                                      tests[reading->claim->test]);
  }
  return TRUE;
}

static gboolean
read_share (const VrClaimReading *reading, const char *key, const char *text, double *share,
            GError **error)
{
  static const VrClaimRange range = { 0, 100, VR_BOUND_OPEN, "%" };
  if (text != NULL && !vr_claim_text_number (text, &range, share, error))
    return vr_claim_reading_blame (reading, key, error);
  *share /= 100;
  return TRUE;
}

static gboolean
read_confidence (const VrClaimReading *reading, GError **error)
{
  static const VrClaimRange range = { 50, 100, VR_BOUND_OPEN, "%" };
  VrClaimSpec *spec = reading->spec;
  const char *text = reading->claim->confidence;
  if (text == NULL) {
    spec->confidence = vr_experiment_confidence (reading->experiment);
    return TRUE;
  }
  if (!vr_claim_text_number (text, &range, &spec->confidence, error))
    return vr_claim_reading_blame (reading, "confidence", error);
  spec->confidence /= 100;
  return TRUE;
}

static gboolean
read_thresholds (const VrClaimReading *reading, GError **error)
{
  static const VrClaimRange determination = { 0, 1, VR_BOUND_CLOSED, NULL };
  const VrExperimentClaim *claim = reading->claim;
  VrClaimSpec *spec = reading->spec;
  if (claim->within != NULL
      && !vr_claim_text_bounds (claim->within, &spec->low, &spec->high, error))
    return vr_claim_reading_blame (reading, "within", error);
  if (claim->r_squared != NULL
      && !vr_claim_text_number (claim->r_squared, &determination, &spec->r_squared, error))
    return vr_claim_reading_blame (reading, "r-squared", error);
  return read_share (reading, "margin", claim->margin, &spec->margin, error)
         && read_share (reading, "fall", claim->fall, &spec->fall, error)
         && read_confidence (reading, error);
}

/* Without a controller, those of one would all be 0. */
static gboolean
check_controlled (const VrClaimReading *reading, GError **error)
{
  const char *name = reading->claim->measure;
  if (reading->experiment->control != NULL || !vr_measure_is_of_control (name))
    return TRUE;
  return vr_claim_reading_refuse (reading, "measure", error,
                                  "%s is of a controller, and none runs beside the load: a group "
                                  "[control] makes one",
                                  name);
}

static gboolean
read_measure (const VrClaimReading *reading, GError **error)
{
  const char *name = reading->claim->measure;
  guint count = vr_measure_count ();
  reading->spec->measure = vr_measure_find (name);
  if (reading->spec->measure < count)
    return check_controlled (reading, error);
  g_autofree const char **names = g_new0 (const char *, count + 1);
  for (guint i = 0; i < count; i++)
    names[i] = vr_measure_name (i);
  const char *meant = vr_name_suggest (name, names);
  g_autofree char *quoted = vr_name_quote (name);
  return vr_claim_reading_refuse (reading, "measure", error, "there is no measure \"%s\"%s%s%s",
                                  quoted, meant != NULL ? "; did you mean \"" : "",
                                  meant != NULL ? meant : "",
                                  meant != NULL ? "\"?" : ": see MEASURES in vrkit-experiment(5)");
}

/* --- Factors ------------------------------------------------------------------------------------
 */

static gboolean
find_factor (const VrClaimReading *reading, const char *key, const char *name, guint *index,
             GError **error)
{
  const GPtrArray *factors = reading->experiment->factors;
  g_autofree const char **names = g_new0 (const char *, factors->len + 1);
  for (guint i = 0; i < factors->len; i++) {
    names[i] = vr_claim_reading_factor (reading, i)->name;
    if (strcmp (names[i], name) == 0) {
      *index = i;
      return TRUE;
    }
  }
  const char *meant = vr_name_suggest (name, names);
  return vr_claim_reading_refuse (reading, key, error, "there is no factor %s%s%s%s", name,
                                  meant != NULL ? "; did you mean " : "",
                                  meant != NULL ? meant : "", meant != NULL ? "?" : "");
}

static gboolean
check_factors (const VrClaimReading *reading, GError **error)
{
  const VrExperimentClaim *claim = reading->claim;
  const VrFactor *along = vr_claim_reading_factor (reading, reading->along);
  if (claim->peak != NULL && claim->last != NULL)
    return vr_claim_reading_refuse (reading, "last", error,
                                    "there is peak as well: a series has one of the two");
  if (reading->reduced == reading->along)
    return vr_claim_reading_refuse (reading, claim->peak != NULL ? "peak" : "last", error,
                                    "%s is the factor of the series: name another", along->name);
  for (guint i = 0; i < reading->experiment->factors->len; i++)
    if (reading->where[i] != VR_LEVEL_ANY && (i == reading->along || i == reading->reduced))
      return vr_claim_reading_refuse (reading, "where", error, "%s is named by %s already",
                                      vr_claim_reading_factor (reading, i)->name,
                                      i == reading->along   ? "along"
                                      : claim->peak != NULL ? "peak"
                                                            : "last");
  return TRUE;
}

static gboolean
read_factors (VrClaimReading *reading, GError **error)
{
  const VrExperimentClaim *claim = reading->claim;
  const char *key = claim->peak != NULL ? "peak" : "last";
  const char *reduced = claim->peak != NULL ? claim->peak : claim->last;
  reading->reduced = NO_FACTOR;
  reading->where = claim->where != NULL
                       ? vr_combination_read (reading->experiment, claim->where, error)
                       : vr_combination_new (reading->experiment);
  if (reading->where == NULL)
    return vr_claim_reading_blame (reading, "where", error);
  return find_factor (reading, "along", claim->along, &reading->along, error)
         && (reduced == NULL || find_factor (reading, key, reduced, &reading->reduced, error))
         && check_factors (reading, error);
}

/* --- The whole ----------------------------------------------------------------------------------
 */

VrClaimSpec *
vr_claim_spec_new (const VrExperiment *experiment, const VrExperimentClaim *claim, GError **error)
{
  g_autoptr (VrClaimSpec) spec = g_new0 (VrClaimSpec, 1);
  spec->series = g_ptr_array_new_with_free_func (series_free);
  g_autoptr (GPtrArray) combinations = vr_combination_list (experiment, error);
  VrClaimReading reading
      = { .experiment = experiment, .claim = claim, .spec = spec, .combinations = combinations };
  gboolean good = combinations != NULL && check_keys (&reading, error)
                  && read_measure (&reading, error) && read_thresholds (&reading, error)
                  && read_factors (&reading, error) && vr_claim_reading_series (&reading, error);
  g_free (reading.where);
  return good ? g_steal_pointer (&spec) : NULL;
}

/* `target` is the struct of the group, whose place is `origin` and whose name is `group`. */
static gboolean
check_needs (const VrExperiment *experiment, gconstpointer target, const GPtrArray *needs,
             GError **error)
{
  for (guint i = 0; i < needs->len; i++)
    if (!vr_need_check (needs->pdata[i], error))
      return vr_places_prefix (error, vr_places_get (experiment->places, target, "needs", i),
                               "needs: ");
  return TRUE;
}

gboolean
vr_claim_spec_check (const VrExperiment *experiment, GError **error)
{
  if (!check_needs (experiment, experiment, experiment->needs, error))
    return FALSE;
  for (guint i = 0; i < experiment->claims->len; i++) {
    const VrExperimentClaim *claim = experiment->claims->pdata[i];
    g_autoptr (VrClaimSpec) spec = vr_claim_spec_new (experiment, claim, error);
    if (spec == NULL || !check_needs (experiment, claim, claim->needs, error))
      return FALSE;
  }
  return TRUE;
}
