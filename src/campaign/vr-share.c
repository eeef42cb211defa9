/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-share.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/vr-json.h"
#include "observe/vr-path.h"

static gboolean
add_member (GArray *members, const VrMemberCount *before, const VrMemberCount *after)
{
  if (before->number != after->number || after->received < before->received
      || after->forwarded < before->forwarded)
    return FALSE;
  VrShare share = { .number = after->number,
                    .received = after->received - before->received,
                    .forwarded = after->forwarded - before->forwarded };
  g_array_append_val (members, share);
  return TRUE;
}

/* Each flow has as many packets, so that a share of packets is one of flows. */
static void
test (VrShares *shares)
{
  double expected = (double) shares->flows * shares->expected;
  shares->is_tested = shares->members->len > 1 && expected >= VR_SHARE_FLOWS_LEAST;
  for (guint i = 0; shares->is_tested && i < shares->members->len; i++) {
    const VrShare *member = &g_array_index (shares->members, VrShare, i);
    double off = (double) shares->flows * member->share - expected;
    shares->chi_squared += off * off / expected;
  }
  if (shares->is_tested)
    shares->p = gsl_cdf_chisq_Q (shares->chi_squared, (double) (shares->members->len - 1));
}

VrShares *
vr_shares_new (const GArray *before, const GArray *after, guint64 flows)
{
  guint64 received = 0;
  if (after->len == 0 || before->len != after->len)
    return NULL;
  g_autoptr (VrShares) shares = g_new0 (VrShares, 1);
  shares->members = g_array_new (FALSE, FALSE, sizeof (VrShare));
  shares->flows = flows;
  shares->expected = 1.0 / after->len;
  for (guint i = 0; i < after->len; i++) {
    if (!add_member (shares->members, &g_array_index (before, VrMemberCount, i),
                     &g_array_index (after, VrMemberCount, i)))
      return NULL;
    received += g_array_index (shares->members, VrShare, i).received;
  }
  for (guint i = 0; received > 0 && i < after->len; i++) {
    VrShare *member = &g_array_index (shares->members, VrShare, i);
    member->share = (double) member->received / (double) received;
  }
  if (received > 0)
    test (shares);
  return g_steal_pointer (&shares);
}

void
vr_shares_free (VrShares *shares)
{
  g_array_unref (shares->members);
  g_free (shares);
}

static void
add_tested (JsonBuilder *builder, const VrShares *shares, const char *name, double value)
{
  vr_json_add_double (builder, name, shares->is_tested ? value : NAN);
}

void
vr_shares_add_json (const VrShares *shares, const char *pvr, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "balance");
  json_builder_begin_object (builder);
  vr_json_add_number (builder, "flows", shares->flows);
  vr_json_add_double (builder, "expected_share", shares->expected);
  add_tested (builder, shares, "chi_squared", shares->chi_squared);
  add_tested (builder, shares, "p", shares->p);
  json_builder_set_member_name (builder, "members");
  json_builder_begin_array (builder);
  for (guint i = 0; i < shares->members->len; i++) {
    const VrShare *member = &g_array_index (shares->members, VrShare, i);
    g_autofree char *name = g_strdup_printf ("%s-%u", pvr, member->number);
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "name", name);
    vr_json_add_number (builder, "received", member->received);
    vr_json_add_number (builder, "forwarded", member->forwarded);
    vr_json_add_double (builder, "share", member->share);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
vr_shares_add_table (const VrShares *shares, const char *pvr, GString *text)
{
  g_string_append_printf (text, "%-18s %12s %12s %8s %8s\n", "member", "received", "forwarded",
                          "share", "expected");
  for (guint i = 0; i < shares->members->len; i++) {
    const VrShare *member = &g_array_index (shares->members, VrShare, i);
    g_autofree char *name = g_strdup_printf ("%s-%u", pvr, member->number);
    g_string_append_printf (
        text, "%-18s %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %8.4f %8.4f\n", name,
        member->received, member->forwarded, member->share, shares->expected);
  }
  if (shares->is_tested)
    g_string_append_printf (text,
                            "%" G_GUINT64_FORMAT
                            " flows: chi-squared %.2f; hashing spreads them so "
                            "far, or farther, with p = %.3g\n",
                            shares->flows, shares->chi_squared, shares->p);
}
