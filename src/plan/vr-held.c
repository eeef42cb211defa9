/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/vr-held.h"

#include <string.h>

#include "base/vr-cpu-list.h"

/* A reservation on record. */
typedef struct {
  GArray *cpus; /* empty: anywhere */
  guint64 share_ppm;
} Held;

static void
held_free (Held *held)
{
  g_array_unref (held->cpus);
  g_free (held);
}

char *
vr_held_key (const GArray *cpus)
{
  return cpus != NULL ? vr_cpu_list_print (cpus) : g_strdup ("");
}

guint64
vr_held_beyond (const VrLedger *ledger, const char *key)
{
  const guint64 *beyond = g_hash_table_lookup (ledger->held, key);
  return beyond != NULL ? *beyond : 0;
}

guint64
vr_held_take (VrLedger *ledger, const char *key, guint64 excess_ppm)
{
  guint64 *beyond = g_hash_table_lookup (ledger->held, key);
  guint64 part = beyond != NULL ? MIN (*beyond, excess_ppm) : 0;
  if (part > 0)
    *beyond -= part;
  return excess_ppm - part;
}

/* NULL where the operation reserves nothing. */
static Held *
held_new (const VrOp *op)
{
  const char *list = vr_op_get (op, "cpus");
  guint64 share_ppm = vr_plan_thread_share_ppm (op);
  GArray *cpus = vr_cpu_list_parse (list != NULL ? list : "");
  if (share_ppm == 0 || cpus == NULL) {
    g_clear_pointer (&cpus, g_array_unref);
    return NULL;
  }
  Held *held = g_new0 (Held, 1);
  held->cpus = cpus;
  held->share_ppm = share_ppm;
  return held;
}

/* As vr-admit.c places wishes, those that may run anywhere last. */
static gint
compare_helds (gconstpointer a, gconstpointer b)
{
  const Held *x = *(const Held *const *) a, *y = *(const Held *const *) b;
  guint more = x->cpus->len - 1, less = y->cpus->len - 1;
  if (more != less)
    return more < less ? -1 : 1;
  if (x->share_ppm != y->share_ppm)
    return x->share_ppm < y->share_ppm ? -1 : 1;
  return vr_cpu_list_compare (x->cpus, y->cpus);
}

static GPtrArray *
helds_of (const VrPlanFacts *facts)
{
  GPtrArray *helds = g_ptr_array_new_with_free_func ((GDestroyNotify) held_free);
  GHashTableIter iter;
  gpointer op;
  g_hash_table_iter_init (&iter, facts->placed);
  while (g_hash_table_iter_next (&iter, NULL, &op)) {
    Held *held = held_new (op);
    if (held != NULL)
      g_ptr_array_add (helds, held);
  }
  g_ptr_array_sort (helds, compare_helds);
  return helds;
}

/* What does not fit of one. */
static guint64
pour (const VrLedger *ledger, const Held *held)
{
  g_autoptr (GPtrArray) set
      = held->cpus->len > 0 ? g_ptr_array_new () : vr_ledger_shared (ledger, VR_LEDGER_GUESTS);
  for (guint i = 0; i < held->cpus->len; i++) {
    VrLedgerCpu *cpu = vr_ledger_cpu (ledger, g_array_index (held->cpus, guint, i));
    if (cpu != NULL)
      g_ptr_array_add (set, cpu);
  }
  return vr_ledger_pour (ledger, set, held->share_ppm);
}

static void
add_beyond (VrLedger *ledger, const Held *held, guint64 excess_ppm)
{
  g_autofree char *key = vr_held_key (held->cpus);
  guint64 sum_ppm = vr_held_beyond (ledger, key) + excess_ppm;
  if (excess_ppm > 0)
    g_hash_table_replace (ledger->held, g_steal_pointer (&key),
                          g_memdup2 (&sum_ppm, sizeof sum_ppm));
}

void
vr_held_note (VrLedger *ledger)
{
  g_autoptr (GPtrArray) helds = helds_of (ledger->facts);
  gboolean lowers = ledger->ceiling_ppm < ledger->facts->deadline_ceiling_ppm
                    || ledger->cpus->len < ledger->facts->cpus->len;
  if (lowers || helds->len == 0)
    return;
  g_autoptr (GArray) rooms = g_array_copy (ledger->cpus);
  for (guint i = 0; i < helds->len; i++)
    add_beyond (ledger, helds->pdata[i], pour (ledger, helds->pdata[i]));
  g_autoptr (GPtrArray) all = vr_ledger_shared (ledger, VR_LEDGER_ALL);
  ledger->held_roaming_ppm = vr_ledger_pour (ledger, all, ledger->roaming_ppm);
  memcpy (ledger->cpus->data, rooms->data, rooms->len * sizeof (VrLedgerCpu));
}
