/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's schedules reserve. */
#include <string.h>

#include "control/vr-contract-internal.h"

static gboolean
has_key (const VrCalibrateThread *thread, const VrThreadSchedule *row)
{
  g_autofree char *key = vr_thread_selector_print (&row->selector);
  return g_strv_contains ((const char *const *) thread->keys, key);
}

gboolean
vr_contract_is_row_of (const VrRouter *owner, const VrCalibrateThread *thread,
                       const VrRouter *router, const VrThreadSchedule *row)
{
  return owner == router && has_key (thread, row);
}

/* Two rows may mean one thread, QEMU's main loop, which has one reservation. */
static gboolean
is_second (const VrContractGuest *guest, const VrSchedule *schedule, guint index)
{
  const VrThreadSchedule *row = schedule->threads->pdata[index];
  for (guint i = 0; guest != NULL && i < guest->threads->len; i++) {
    const VrCalibrateThread *thread = guest->threads->pdata[i];
    for (guint k = 0; k < index; k++)
      if (has_key (thread, schedule->threads->pdata[k]) && has_key (thread, row))
        return TRUE;
  }
  return FALSE;
}

static gboolean
has_row (const VrSchedule *schedule, const VrThreadSchedule *row)
{
  g_autofree char *key = vr_thread_selector_print (&row->selector);
  gboolean has = FALSE;
  for (guint i = 0; schedule != NULL && !has && i < schedule->threads->len; i++) {
    const VrThreadSchedule *other = schedule->threads->pdata[i];
    g_autofree char *its = vr_thread_selector_print (&other->selector);
    has = strcmp (its, key) == 0;
  }
  return has;
}

void
vr_contract_reserved_by (const VrContractInput *input, const VrRouter *router,
                         const VrSchedule *schedule, const VrSchedule *own, VrContractReserved tell,
                         gpointer data)
{
  const VrContractGuest *guest = vr_contract_guest_of (input, router);
  for (guint i = 0; schedule != NULL && i < schedule->threads->len; i++) {
    const VrThreadSchedule *row = schedule->threads->pdata[i];
    if (vr_contract_share_of (row) > 0 && vr_router_has_thread (router, &row->selector)
        && !has_row (own, row) && !is_second (guest, schedule, i))
      tell (router, row, data);
  }
}

void
vr_contract_reserved (const VrContractInput *input, VrContractReserved tell, gpointer data)
{
  for (guint i = 0; i < input->lab->routers->len; i++) {
    const VrRouter *router = input->lab->routers->pdata[i];
    const VrSchedule *own = vr_lab_schedule (input->lab, router->name);
    const VrSchedule *common = vr_lab_schedule (input->lab, vr_router_outward (router));
    vr_contract_reserved_by (input, router, own, NULL, tell, data);
    if (common != own)
      vr_contract_reserved_by (input, router, common, own, tell, data);
  }
}
