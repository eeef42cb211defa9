/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-place-internal.h"

static gboolean
is_auto (const VrWish *wish)
{
  return wish->schedule->cpus_choice == VR_CPUS_AUTO;
}

/* The largest first: what is small finds room in what that leaves. */
static gint
compare_shares (gconstpointer a, gconstpointer b)
{
  const VrWish *x = *(const VrWish *const *) a, *y = *(const VrWish *const *) b;
  guint64 less = vr_wish_share_ppm (x), more = vr_wish_share_ppm (y);
  return less > more ? -1 : less < more;
}

static VrPlaceGroup
group_of (const GPtrArray *wishes, const VrWish *wish)
{
  VrPlaceGroup group = { .wishes = wishes, .home = -1 };
  while (!vr_place_together (wishes->pdata[group.begin], wish))
    group.begin++;
  group.end = group.begin + 1;
  while (group.end < wishes->len && vr_place_together (wishes->pdata[group.end], wish))
    group.end++;
  return group;
}

static gboolean
place_sorted (VrLedger *ledger, const GPtrArray *wishes, const GPtrArray *sorted,
              VrCpusSharing sharing, GError **error)
{
  for (guint i = 0; i < sorted->len; i++) {
    VrWish *wish = sorted->pdata[i];
    if (wish->schedule->sharing != sharing)
      continue;
    VrPlaceGroup group = group_of (wishes, wish);
    if (!vr_place_wish (ledger, &group, wish, error))
      return FALSE;
    g_autofree char *choice = wish->choice;
    wish->choice = g_strconcat (choice, ", the largest reservations first, so that all fit", NULL);
  }
  return TRUE;
}

gboolean
vr_place_anew (VrLedger *ledger, const GPtrArray *wishes, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  for (guint i = 0; i < wishes->len; i++)
    if (is_auto (wishes->pdata[i]))
      g_ptr_array_add (sorted, wishes->pdata[i]);
  /* Stable, says its documentation. */
  g_ptr_array_sort (sorted, compare_shares);
  return place_sorted (ledger, wishes, sorted, VR_CPUS_EXCLUSIVE, error)
         && place_sorted (ledger, wishes, sorted, VR_CPUS_SHARED, error);
}

gboolean
vr_place_forget (const GPtrArray *wishes)
{
  gboolean reserves = FALSE;
  for (guint i = 0; i < wishes->len; i++) {
    VrWish *wish = wishes->pdata[i];
    if (!is_auto (wish))
      continue;
    reserves = reserves || vr_wish_share_ppm (wish) > 0;
    g_array_set_size (wish->cpus, 0);
    g_clear_pointer (&wish->choice, g_free);
  }
  return reserves;
}
