/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-scoreboard.h"

#include <string.h>

#include "campaign/vr-campaign-dir.h"

/* One claim of the board. All is borrowed but the marks. */
typedef struct {
  const VrScore *score;
  const VrClaimResult *result;
  char *paper; /* the letters that its row begins with; "" without a row */
  guint64 number;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;
  g_free (line->paper);
  g_free (line);
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  const Line *one = *(Line *const *) a, *other = *(Line *const *) b;
  gint order = strcmp (one->paper, other->paper);
  /* Claims without a row come last. */
  if (order != 0)
    return *one->paper == '\0' ? 1 : *other->paper == '\0' ? -1 : order;
  if (one->number != other->number)
    return one->number < other->number ? -1 : 1;
  return strcmp (one->score->experiment->name, other->score->experiment->name);
}

static GPtrArray *
lines_of (const GPtrArray *scores)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (line_free);
  for (guint i = 0; i < scores->len; i++) {
    const VrScore *score = scores->pdata[i];
    for (guint k = 0; k < score->results->len; k++) {
      const VrClaimResult *result = score->results->pdata[k];
      const char *row = result->claim->row != NULL ? result->claim->row : "";
      gsize letters = strcspn (row, "0123456789 ,");
      Line *line = g_new0 (Line, 1);
      line->score = score;
      line->result = result;
      line->paper = g_strndup (row, letters);
      line->number = g_ascii_strtoull (row + letters, NULL, 10);
      g_ptr_array_add (lines, line);
    }
  }
  g_ptr_array_sort (lines, compare_lines);
  return lines;
}

/* --- One line -----------------------------------------------------------------------------------
 */

/* A verdict of the board: those of claims, and that nothing is measured. */
typedef enum {
  BOARD_HOLDS,
  BOARD_DOES_NOT_HOLD,
  BOARD_NOT_SHOWN,
  BOARD_UNTESTED,
  BOARD_NOT_MEASURED,
  BOARDS
} Board;

/* In the sums; and in a line, and what JSON counts it by. */
static const struct {
  const char *sum, *name, *member;
} boards[BOARDS] = {
  [BOARD_HOLDS] = { "hold", "holds", "holds" },
  [BOARD_DOES_NOT_HOLD] = { "do not hold", "does not hold", "does_not_hold" },
  [BOARD_NOT_SHOWN] = { "not shown either way", "not shown", "not_shown" },
  [BOARD_UNTESTED] = { "cannot be tested", "cannot be tested", "cannot_be_tested" },
  [BOARD_NOT_MEASURED] = { "not measured", "not measured", "not_measured" },
};

static Board
board_of (const Line *line)
{
  static const Board of_verdicts[] = { [VR_VERDICT_HOLDS] = BOARD_HOLDS,
                                       [VR_VERDICT_NOT_SHOWN] = BOARD_NOT_SHOWN,
                                       [VR_VERDICT_UNTESTED] = BOARD_UNTESTED,
                                       [VR_VERDICT_DOES_NOT_HOLD] = BOARD_DOES_NOT_HOLD };
  gboolean is_unmeasured
      = line->score->table == NULL && line->score->failure == NULL && !line->result->is_lacking;
  return is_unmeasured ? BOARD_NOT_MEASURED : of_verdicts[line->result->verdict];
}

/* Figures or reason, and what is to be known of the campaign. The caller owns it. */
static char *
why_of (const Line *line)
{
  const VrScore *score = line->score;
  const VrClaimTable *table = score->table;
  gboolean is_figures = table != NULL || line->result->is_lacking;
  GString *why
      = g_string_new (is_figures || score->failure == NULL ? line->result->why : score->failure);
  if (table != NULL && score->failure != NULL)
    g_string_append_printf (why, "; %s", score->failure);
  if (table != NULL && table->done < table->planned)
    g_string_append_printf (why, "; %u of %u runs are done", table->done, table->planned);
  if (score->changed != NULL)
    g_string_append_printf (why, "; the %s has changed since",
                            strcmp (score->changed, VR_CAMPAIGN_PROFILE) == 0 ? "profile"
                                                                              : "experiment");
  return g_string_free (why, FALSE);
}

static gboolean
is_quick (const Line *line)
{
  return line->score->table != NULL && line->score->table->is_quick;
}

/* --- The whole ----------------------------------------------------------------------------------
 */

static void
count (const GPtrArray *lines, guint counts[BOARDS])
{
  memset (counts, 0, BOARDS * sizeof counts[0]);
  for (guint i = 0; i < lines->len; i++)
    counts[board_of (lines->pdata[i])]++;
}

static void
print_line (GString *text, const Line *line)
{
  g_autofree char *why = why_of (line);
  const char *row = line->result->claim->row;
  g_string_append_printf (text, "  %-8s %-20s %-16s %s%s\n", row != NULL ? row : "-",
                          line->score->experiment->name, boards[board_of (line)].name,
                          line->result->claim->says, is_quick (line) ? " (quick)" : "");
  g_string_append_printf (text, "  %-8s %-20s %-16s -> %s\n", "", "", "", why);
}

char *
vr_scoreboard_print (const GPtrArray *scores)
{
  g_autoptr (GPtrArray) lines = lines_of (scores);
  GString *text = g_string_new (NULL);
  guint counts[BOARDS];
  for (guint i = 0; i < lines->len; i++) {
    const Line *line = lines->pdata[i];
    if (i == 0 || strcmp (((const Line *) lines->pdata[i - 1])->paper, line->paper) != 0)
      g_string_append_printf (text, *line->paper != '\0' ? "Paper %s\n" : "Other claims\n",
                              line->paper);
    print_line (text, line);
  }
  count (lines, counts);
  g_string_append_printf (text, "%u claims of %u experiments:", lines->len, scores->len);
  for (guint i = 0; i < BOARDS; i++)
    g_string_append_printf (text, "%s %u %s", i > 0 ? "," : "", counts[i], boards[i].sum);
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

static void
add_line (JsonBuilder *builder, const Line *line)
{
  g_autofree char *why = why_of (line);
  const VrExperimentClaim *claim = line->result->claim;
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "paper", line->paper);
  vr_json_add_string (builder, "row", claim->row);
  vr_json_add_string (builder, "experiment", line->score->experiment->name);
  vr_json_add_string (builder, "claim", claim->name);
  vr_json_add_string (builder, "says", claim->says);
  if (board_of (line) == BOARD_NOT_MEASURED) {
    vr_json_add_string (builder, "verdict", boards[BOARD_NOT_MEASURED].name);
    vr_json_add_boolean (builder, "shown", FALSE);
  } else {
    vr_claim_verdict_add (builder, line->result->verdict);
  }
  vr_json_add_string (builder, "why", why);
  vr_json_add_boolean (builder, "quick", is_quick (line));
  vr_json_add_string (builder, "directory", line->score->directory);
  json_builder_end_object (builder);
}

char *
vr_scoreboard_json (const GPtrArray *scores)
{
  g_autoptr (GPtrArray) lines = lines_of (scores);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint counts[BOARDS];
  count (lines, counts);
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.claims/1");
  vr_json_add_number (builder, "experiments", scores->len);
  for (guint i = 0; i < BOARDS; i++)
    vr_json_add_number (builder, boards[i].member, counts[i]);
  json_builder_set_member_name (builder, "claims");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lines->len; i++)
    add_line (builder, lines->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}
