/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-others.h"

#include <stdio.h>
#include <string.h>

#include "apply/vr-journal.h"
#include "apply/vr-own-group.h"
#include "base/vr-cpu-list.h"
#include "base/vr-name.h"
#include "lab/vr-admission.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-deadline-probe.h"
#include "sys/vr-sched.h"
#include "sys/vr-task.h"

typedef struct {
  const VrLab *lab;
  const VrLab *before; /* NULL: none */
  const char *labs_dir;
  VrPlanFacts *facts;
  GHashTable *seen;   /* processes whose threads are done: GUINT_TO_POINTER */
  GHashTable *coming; /* "DOMAIN/THREAD", or "VR_OP_SWITCH/pmd.CPU" → the VrComing that is not
                       * counted yet, borrowed */
} Search;

/* --- What the plan hangs on ---------------------------------------------------------------------
 */

static gboolean
has_thread (const VrLab *lab, gboolean (*wanted) (const VrThreadSchedule *thread))
{
  for (guint i = 0; i < lab->schedules->len; i++) {
    const VrSchedule *schedule = lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++)
      if (wanted (schedule->threads->pdata[k]))
        return TRUE;
  }
  return FALSE;
}

static gboolean
reserves (const VrThreadSchedule *thread)
{
  return thread->policy == VR_POLICY_DEADLINE;
}

static gboolean
is_auto (const VrThreadSchedule *thread)
{
  return thread->cpus_choice == VR_CPUS_AUTO;
}

static gboolean
is_choosy (const VrThreadSchedule *thread)
{
  return is_auto (thread) || thread->sharing == VR_CPUS_EXCLUSIVE;
}

/* --- Threads ------------------------------------------------------------------------------------
 */

/* "vcpu.0", of a vhost worker with its number among them. */
static char *
thread_of (const VrTask *task)
{
  const char *role = vr_task_role_name (task->role);
  return task->role == VR_TASK_EMULATOR ? g_strdup (role)
                                        : g_strdup_printf ("%s.%u", role, task->index);
}

/* The same of an operation's thread. */
static char *
thread_of_op (const VrOp *op)
{
  const char *worker = vr_op_get (op, "worker"), *slash = strchr (op->target, '/');
  if (worker != NULL)
    return g_strdup_printf ("%s.%s", vr_task_role_name (VR_TASK_VHOST), worker);
  return g_strdup (slash != NULL ? slash + 1 : "");
}

/* "vcpu.0 of router r1 of lab b" */
static char *
name_of (const char *lab, const char *domain, const char *thread)
{
  g_autofree char *prefix = lab != NULL ? vr_name_domain (lab, "") : NULL;
  if (prefix == NULL || !g_str_has_prefix (domain, prefix))
    return g_strdup_printf ("%s of guest %s", thread, domain);
  return g_strdup_printf ("%s of router %s of lab %s", thread, domain + strlen (prefix), lab);
}

/* Those that a schedule can name. */
static gboolean
is_scheduled (const VrTask *task)
{
  return task->role == VR_TASK_VCPU || task->role == VR_TASK_EMULATOR
         || task->role == VR_TASK_IOTHREAD || task->role == VR_TASK_VHOST;
}

static gboolean
is_own (const Search *search, const VrTaskGuest *guest)
{
  return g_strcmp0 (guest->lab, search->lab->name) == 0;
}

/* What a thread is about to have counts, and not what it has, unless that is more: then it is to
 * give it up, and may yet fail to. */
static gboolean
is_coming (const Search *search, const char *domain, const char *thread, guint64 share_ppm)
{
  g_autofree char *key = g_strconcat (domain, "/", thread, NULL);
  const VrComing *coming = g_hash_table_lookup (search->coming, key);
  if (coming != NULL && vr_plan_thread_share_ppm (coming->op) >= share_ppm)
    return TRUE;
  g_hash_table_remove (search->coming, key);
  return FALSE;
}

static void
add_guest (const Search *search, const VrTaskGuest *guest)
{
  if (!g_hash_table_add (search->seen, GINT_TO_POINTER (guest->process)) || is_own (search, guest))
    return;
  g_autoptr (GArray) tasks = vr_task_list (guest->process, VR_TASKS_ALL, NULL);
  for (guint i = 0; tasks != NULL && i < tasks->len; i++) {
    const VrTask *task = &g_array_index (tasks, VrTask, i);
    VrPlanOther other = { .share_ppm = vr_deadline_share (task->tid), .of_guest = TRUE };
    g_autofree char *thread = thread_of (task);
    if ((!is_scheduled (task) && other.share_ppm == 0)
        || is_coming (search, guest->name, thread, other.share_ppm))
      continue;
    other.name = name_of (guest->lab, guest->name, thread);
    other.cpus = vr_sched_read_cpus (task->tid, NULL);
    vr_plan_facts_add_other (search->facts, &other);
  }
}

static void
add_reservation (const Search *search, const VrReservation *reservation)
{
  pid_t process = vr_task_served (reservation->process);
  g_autoptr (VrTaskGuest) guest = vr_task_guest_read (process, search->labs_dir);
  if (guest != NULL) {
    add_guest (search, guest);
    return;
  }
  VrPlanOther other = { .share_ppm = reservation->share_ppm };
  g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) reservation->tid);
  g_autofree char *comm = NULL;
  if (g_file_get_contents (path, &comm, NULL, NULL))
    g_strchomp (comm);
  other.name
      = g_strdup_printf ("thread %d (%s)", (int) reservation->tid, comm != NULL ? comm : "unknown");
  other.cpus = vr_sched_read_cpus (reservation->tid, NULL);
  vr_plan_facts_add_other (search->facts, &other);
}

static gboolean
names_poller (const VrLab *lab, guint cpu)
{
  for (guint i = 0; lab != NULL && i < lab->schedules->len; i++) {
    const VrSchedule *schedule = lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++) {
      const VrThreadSelector *selector
          = &((const VrThreadSchedule *) schedule->threads->pdata[k])->selector;
      if (selector->role == VR_THREAD_PMD && selector->index == cpu)
        return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_own_poller (const Search *search, guint cpu)
{
  return names_poller (search->lab, cpu) || names_poller (search->before, cpu);
}

/* Whether it is of a thread of the switch for which the lab, or what it was before, reserves, or
 * another lab is about to reserve as much. */
static gboolean
is_counted (const Search *search, const GArray *pollers, const VrReservation *reservation)
{
  for (guint i = 0; i < pollers->len; i++) {
    const VrTask *task = &g_array_index (pollers, VrTask, i);
    g_autofree char *thread = thread_of (task);
    if (task->tid == reservation->tid)
      return is_own_poller (search, task->index)
             || is_coming (search, VR_OP_SWITCH, thread, reservation->share_ppm);
  }
  return FALSE;
}

static void
add_reservations (const Search *search)
{
  g_autoptr (GArray) pollers = vr_task_pollers ();
  g_autoptr (GArray) reservations = vr_deadline_reservations ();
  for (guint i = 0; i < reservations->len; i++) {
    const VrReservation *reservation = &g_array_index (reservations, VrReservation, i);
    if (!is_counted (search, pollers, reservation))
      add_reservation (search, reservation);
  }
}

static void
add_guests (const Search *search)
{
  g_autoptr (GPtrArray) guests = vr_task_guests (search->labs_dir);
  for (guint i = 0; i < guests->len; i++)
    add_guest (search, guests->pdata[i]);
}

static void
take_exclusive (VrPlanFacts *facts, const VrComing *coming, const GArray *cpus)
{
  for (guint i = 0; vr_op_get (coming->op, "exclusive") != NULL && cpus != NULL && i < cpus->len;
       i++)
    g_hash_table_insert (facts->taken, GUINT_TO_POINTER (g_array_index (cpus, guint, i)),
                         g_strdup (coming->lab));
}

static void
add_coming_thread (const Search *search, const VrComing *coming)
{
  const char *list = vr_op_get (coming->op, "cpus"), *target = coming->op->target;
  g_autofree char *domain = g_strndup (target, strcspn (target, "/"));
  g_autofree char *thread = thread_of_op (coming->op);
  gboolean polls = strcmp (domain, VR_OP_SWITCH) == 0;
  VrPlanOther other = { .share_ppm = vr_plan_thread_share_ppm (coming->op), .of_guest = !polls };
  other.name = polls ? g_strdup_printf ("%s of Open vSwitch, for lab %s", thread, coming->lab)
                     : name_of (coming->lab, domain, thread);
  other.cpus = list != NULL ? vr_cpu_list_parse (list) : NULL;
  take_exclusive (search->facts, coming, other.cpus);
  vr_plan_facts_add_other (search->facts, &other);
}

/* A thread of the switch that several labs name is one claim: the lab counts it as its own. */
static gboolean
is_own_coming (const Search *search, const VrComing *coming)
{
  guint cpu;
  return sscanf (coming->op->target, VR_OP_SWITCH "/pmd.%u", &cpu) == 1
         && is_own_poller (search, cpu);
}

/* What labs that are being changed will have, and threads of theirs have not yet. */
static void
add_coming (const Search *search)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, search->coming);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (!is_own_coming (search, value))
      add_coming_thread (search, value);
  }
}

/* By domain and thread; the values are borrowed. */
static GHashTable *
index_coming (const GPtrArray *coming)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < coming->len; i++) {
    VrComing *each = coming->pdata[i];
    g_autofree char *domain = g_strndup (each->op->target, strcspn (each->op->target, "/"));
    g_autofree char *thread = thread_of_op (each->op);
    g_autofree char *prefix = vr_name_domain (each->lab, "");
    if (g_str_has_prefix (domain, prefix) || strcmp (domain, VR_OP_SWITCH) == 0)
      g_hash_table_replace (index, g_strconcat (domain, "/", thread, NULL), each);
  }
  return index;
}

/* --- Places -------------------------------------------------------------------------------------
 */

/* The newest word of the journal counts. Without rights to it the plan is as if the lab were not
 * up.
 */
static void
add_placed (const VrSite *site, const VrLab *lab, VrPlanFacts *facts)
{
  g_autofree char *path = g_build_filename (site->run_dir, "labs", lab->name, "journal", NULL);
  g_autoptr (VrJournal) journal = vr_journal_peek (path, lab->name, NULL);
  GPtrArray *entries = journal != NULL ? vr_journal_entries (journal) : NULL;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    vr_plan_facts_add_placed (facts, ((const VrJournalEntry *) entries->pdata[i])->op);
}

static gboolean
either_has (const VrLab *lab, const VrLab *before,
            gboolean (*wanted) (const VrThreadSchedule *thread))
{
  return has_thread (lab, wanted) || (before != NULL && has_thread (before, wanted));
}

void
vr_others_add (const VrSite *site, const VrLab *lab, const VrLab *before, VrPlanFacts *facts)
{
  g_autofree char *labs_dir = g_build_filename (site->run_dir, "labs", NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) said = vr_admission_others (site, lab->name);
  g_autoptr (GHashTable) coming = index_coming (said);
  Search search = { lab, before, labs_dir, facts, seen, coming };
  gboolean is_offline = lab->host != NULL && lab->host->offline != NULL;
  /* A description of another machine cannot be asked. */
  if (strcmp (site->root_dir, "/") != 0)
    return;
  if (is_offline || either_has (lab, before, is_choosy))
    add_guests (&search);
  if (either_has (lab, before, reserves))
    add_reservations (&search);
  if (is_offline || either_has (lab, before, is_choosy) || either_has (lab, before, reserves))
    add_coming (&search);
  /* Who changes a lab has its journal already. */
  if (either_has (lab, before, is_auto) || (before == NULL && has_thread (lab, reserves)))
    add_placed (site, lab, facts);
}

GHashTable *
vr_others_own_groups (const VrSite *site, const VrLab *lab, const char *controller,
                      const char *partition)
{
  g_autofree char *labs_dir = g_build_filename (site->run_dir, "labs", NULL);
  g_autofree char *prefix = g_strconcat (partition, "/", NULL);
  g_autoptr (GPtrArray) guests = vr_task_guests (labs_dir);
  GHashTable *groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < guests->len; i++) {
    const VrTaskGuest *guest = guests->pdata[i];
    g_autofree char *path = g_strcmp0 (guest->lab, lab->name) == 0
                                ? vr_cgroup_of_thread (guest->process, controller, NULL)
                                : NULL;
    if (path != NULL && g_str_has_prefix (path, prefix))
      g_hash_table_add (groups,
                        g_strndup (path + strlen (prefix), strcspn (path + strlen (prefix), "/")));
  }
  return groups;
}

/* --- Real-time runtime --------------------------------------------------------------------------
 */

/* Domain → microseconds (GUINT_TO_POINTER): all threads of one guest are granted the same. */
static GHashTable *
coming_runtimes (const GPtrArray *said)
{
  GHashTable *runtimes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < said->len; i++) {
    const VrOp *op = ((const VrComing *) said->pdata[i])->op;
    const char *text = vr_op_get (op, "rt-runtime-us");
    guint64 runtime_us;
    if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_USEC_PER_SEC, &runtime_us, NULL))
      g_hash_table_replace (runtimes, g_strndup (op->target, strcspn (op->target, "/")),
                            GUINT_TO_POINTER ((guint) runtime_us));
  }
  return runtimes;
}

/* What the group right below `partition` that the guest is in has. */
static guint64
runtime_of_guest (const VrTaskGuest *guest, const char *partition)
{
  g_autofree char *path = vr_cgroup_of_thread (guest->process, "cpu", NULL);
  g_autofree char *prefix = g_strconcat (partition, "/", NULL);
  guint64 runtime_us = 0;
  if (path == NULL || !g_str_has_prefix (path, prefix))
    return 0;
  path[strlen (prefix) + strcspn (path + strlen (prefix), "/")] = '\0';
  vr_own_group_read_grant (path, &runtime_us, NULL);
  return runtime_us;
}

guint64
vr_others_coming_runtime_us (const VrSite *site, const VrLab *lab, const char *partition)
{
  g_autofree char *labs_dir = g_build_filename (site->run_dir, "labs", NULL);
  g_autoptr (GPtrArray) said = vr_admission_others (site, lab->name);
  g_autoptr (GHashTable) runtimes = coming_runtimes (said);
  g_autoptr (GPtrArray) guests
      = g_hash_table_size (runtimes) > 0 ? vr_task_guests (labs_dir) : NULL;
  for (guint i = 0; guests != NULL && i < guests->len; i++) {
    const VrTaskGuest *guest = guests->pdata[i];
    guint64 coming_us = GPOINTER_TO_UINT (g_hash_table_lookup (runtimes, guest->name));
    guint64 has_us = coming_us > 0 ? runtime_of_guest (guest, partition) : 0;
    g_hash_table_replace (runtimes, g_strdup (guest->name),
                          GUINT_TO_POINTER ((guint) (coming_us - MIN (has_us, coming_us))));
  }
  GHashTableIter iter;
  gpointer more_us;
  guint64 sum_us = 0;
  g_hash_table_iter_init (&iter, runtimes);
  while (g_hash_table_iter_next (&iter, NULL, &more_us))
    sum_us += GPOINTER_TO_UINT (more_us);
  return sum_us;
}
