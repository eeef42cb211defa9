/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "observe/vr-thread-meter.h"
#include "plan/vr-plan.h"
#include "sys/vr-netlink.h"
#include "sys/vr-ovs.h"
#include "sys/vr-quota.h"

/* An interface to read, behind the VrSnapshotPort of the same place. */
typedef struct {
  VrSnapshotPort port;
  VrNetlink *netlink; /* borrowed; NULL: the switch counts, not the kernel */
  char *switch_port;  /* its name there; else NULL */
  int index;
  gboolean is_tap;
  VrFd queue; /* tx_queue_len; -1 without */
} Card;

/* A thread to read, behind the VrSnapshotThread of the same place. */
typedef struct {
  VrSnapshotThread thread;
  VrThreadMeter meter;
  VrQuotaMeter quota;
} Task;

struct VrSnapshotReader {
  VrSnapshotSource source;
  GPtrArray *sockets; /* VrNetlink, owned: the host's first, then one a native router */
  GArray *cards;      /* Card */
  GPtrArray *threads; /* VrThreadStatus, owned, whose strings are those of `tasks` */
  GArray *tasks;      /* Task */
  guint absent;
};

static void
card_clear (gpointer data)
{
  Card *card = data;
  vr_fd_clear (&card->queue);
  g_free (card->switch_port);
}

static void
task_clear (gpointer data)
{
  Task *task = data;
  vr_thread_meter_clear (&task->meter);
  vr_quota_meter_clear (&task->quota);
}

/* --- Finding ------------------------------------------------------------------------------------
 */

static VrNetlink *
add_socket (VrSnapshotReader *reader, const char *netns, GError **error)
{
  VrNetlink *netlink = vr_netlink_new (netns, error);
  if (netlink != NULL)
    g_ptr_array_add (reader->sockets, netlink);
  return netlink;
}

static gboolean
is_known (const VrSnapshotReader *reader, const char *router, const char *port)
{
  for (guint i = 0; i < reader->cards->len; i++) {
    const VrSnapshotPort *known = &g_array_index (reader->cards, Card, i).port;
    if (strcmp (known->router, router) == 0 && strcmp (known->port, port) == 0)
      return TRUE;
  }
  return FALSE;
}

/* A guest's interface on a port with attach = vhost-user, of which the kernel knows nothing. */
static void
add_switch_card (VrSnapshotReader *reader, const VrSnapshotPort *port, const char *ifname)
{
  Card card = { .port = *port, .switch_port = g_strdup (ifname), .is_tap = TRUE, .queue = -1 };
  g_array_append_val (reader->cards, card);
}

/* A guest's interface is the host's, that of a native router its own. */
static gboolean
add_card (VrSnapshotReader *reader, const VrRouter *router, const VrPort *port, VrNetlink *netlink,
          GError **error)
{
  const char *lab = reader->source.lab->name;
  const char *owner = vr_router_interface_owner (router, port->name);
  gboolean is_native = router->kind == VR_KIND_NATIVE;
  g_autofree char *path = g_strconcat (owner, "/", port->name, NULL);
  char outer[VR_IFNAME_SIZE], inner[16];
  const char *ifname = is_native ? vr_plan_inner_name (port->name, inner)
                                 : vr_name_ifname (lab, "nic", path, outer);
  VrSnapshotPort described = { .router = owner, .port = port->name, .is_native = is_native };
  if (!is_native && port->attach == VR_ATTACH_VHOST_USER) {
    add_switch_card (reader, &described, ifname);
    return TRUE;
  }
  g_autoptr (GError) cause = NULL;
  g_autoptr (VrLink) link = vr_netlink_link (netlink, ifname, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (link == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "the interface %s of router %s on port %s is gone; `vrkit up` makes it anew",
                 ifname, owner, port->name);
    return FALSE;
  }
  g_autofree char *queue
      = g_strdup_printf ("%s/sys/class/net/%s/tx_queue_len", reader->source.root_dir, ifname);
  Card card = { .port = described,
                .netlink = netlink,
                .index = link->index,
                .is_tap = !is_native && port->attach != VR_ATTACH_MACVTAP,
                .queue = is_native ? -1 : open (queue, O_RDONLY | O_CLOEXEC) };
  g_array_append_val (reader->cards, card);
  return TRUE;
}

static gboolean
add_cards (VrSnapshotReader *reader, const VrRouter *router, VrNetlink *host, GError **error)
{
  const VrLab *lab = reader->source.lab;
  g_autofree char *netns
      = router->kind == VR_KIND_NATIVE ? vr_name_domain (lab->name, router->name) : NULL;
  VrNetlink *netlink = netns != NULL ? add_socket (reader, netns, error) : host;
  for (guint i = 0; netlink != NULL && i < router->interfaces->len; i++) {
    const VrInterface *interface = router->interfaces->pdata[i];
    const VrPort *port = vr_lab_port (lab, interface->port);
    if (!is_known (reader, vr_router_interface_owner (router, port->name), port->name)
        && !add_card (reader, router, port, netlink, error))
      return FALSE;
  }
  return netlink != NULL;
}

static gboolean
find_cards (VrSnapshotReader *reader, GError **error)
{
  const GPtrArray *routers = reader->source.lab->routers;
  VrNetlink *host = add_socket (reader, NULL, error);
  for (guint i = 0; host != NULL && i < routers->len; i++)
    if (!add_cards (reader, routers->pdata[i], host, error))
      return FALSE;
  return host != NULL;
}

/* What has ended since it was listed is left out. */
static gboolean
add_task (VrSnapshotReader *reader, const VrThreadStatus *status, GError **error)
{
  g_autoptr (GError) cause = NULL;
  Task task = { .thread = { .router = status->router,
                            .selector = status->selector,
                            .ports = status->ports,
                            .role = status->task.role,
                            .tid = status->task.tid },
                .meter = VR_THREAD_METER_INIT };
  if (vr_thread_meter_open (&task.meter, reader->source.root_dir, task.thread.tid, &cause))
    g_array_append_val (reader->tasks, task);
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static guint
count_absent (const VrSnapshotReader *reader)
{
  const GPtrArray *routers = reader->source.lab->routers;
  guint absent = 0;
  for (guint i = 0; i < routers->len; i++) {
    const VrRouter *router = routers->pdata[i];
    gboolean found = router->kind == VR_KIND_NATIVE;
    for (guint k = 0; k < reader->tasks->len && !found; k++)
      found = strcmp (g_array_index (reader->tasks, Task, k).thread.router, router->name) == 0;
    absent += found ? 0 : 1;
  }
  return absent;
}

static gboolean
find_tasks (VrSnapshotReader *reader, GError **error)
{
  reader->threads = reader->source.virt != NULL
                        ? vr_threads_read (reader->source.lab, reader->source.virt, error)
                        : g_ptr_array_new ();
  for (guint i = 0; reader->threads != NULL && i < reader->threads->len; i++) {
    const VrThreadStatus *status = reader->threads->pdata[i];
    if (status->selector != NULL && !add_task (reader, status, error))
      return FALSE;
  }
  reader->absent = reader->threads != NULL ? count_absent (reader) : 0;
  return reader->threads != NULL;
}

VrSnapshotReader *
vr_snapshot_open (const VrSnapshotSource *source, GError **error)
{
  g_autoptr (VrSnapshotReader) reader = g_new0 (VrSnapshotReader, 1);
  reader->source = *source;
  reader->sockets = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_netlink_free);
  reader->cards = g_array_new (FALSE, FALSE, sizeof (Card));
  g_array_set_clear_func (reader->cards, card_clear);
  reader->tasks = g_array_new (FALSE, FALSE, sizeof (Task));
  g_array_set_clear_func (reader->tasks, task_clear);
  if (!find_cards (reader, error) || !find_tasks (reader, error))
    return NULL;
  reader->source.virt = NULL;
  return g_steal_pointer (&reader);
}

void
vr_snapshot_close (VrSnapshotReader *reader)
{
  g_clear_pointer (&reader->cards, g_array_unref);
  g_clear_pointer (&reader->tasks, g_array_unref);
  g_clear_pointer (&reader->threads, g_ptr_array_unref);
  g_clear_pointer (&reader->sockets, g_ptr_array_unref);
  g_free (reader);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

/* As the table in the header has it. */
static void
take_counters (Card *card, const VrLinkCounters *link)
{
  VrSnapshotPort *port = &card->port;
  port->arrived_packets = card->is_tap ? link->tx_packets + link->tx_dropped : link->rx_packets;
  port->arrived_bytes = card->is_tap ? link->tx_bytes : link->rx_bytes;
  port->lost_packets = card->is_tap ? link->tx_dropped : link->rx_dropped;
  port->sent_packets = card->is_tap ? link->rx_packets : link->tx_packets;
  port->sent_bytes = card->is_tap ? link->rx_bytes : link->tx_bytes;
  port->unsent_packets = card->is_tap ? link->rx_dropped : link->tx_dropped;
}

/* One that the switch does not answer for is gone. The switch is asked once for all, as of which
 * `counted` is not NULL. */
static void
read_switch_card (Card *card, GHashTable **counted)
{
  if (*counted == NULL)
    *counted = vr_ovs_counters (NULL);
  const VrLinkCounters *found
      = *counted != NULL ? g_hash_table_lookup (*counted, card->switch_port) : NULL;
  card->port.is_there = found != NULL;
  if (found != NULL)
    take_counters (card, found);
}

static gboolean
read_card (Card *card, GError **error)
{
  VrLinkCounters counters;
  g_autoptr (GError) cause = NULL;
  char text[16] = "";
  card->port.is_there = vr_netlink_counters_at (card->netlink, card->index, &counters, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (card->port.is_there)
    take_counters (card, &counters);
  if (card->queue >= 0 && pread (card->queue, text, sizeof text - 1, 0) > 0)
    card->port.queue_length = (guint) g_ascii_strtoull (text, NULL, 10);
  return TRUE;
}

static void
read_task (Task *task)
{
  VrSnapshotThread *thread = &task->thread;
  VrThreadReading reading;
  thread->is_there = vr_thread_meter_read (&task->meter, &reading)
                     && vr_sched_read (thread->tid, &thread->sched, NULL);
  if (!thread->is_there)
    return;
  thread->quota_ns = thread->quota_period_ns = 0;
  if (vr_quota_binds (thread->sched.policy))
    vr_quota_meter_read (&task->quota, thread->tid, &thread->quota_ns, &thread->quota_period_ns);
  thread->cpu_time_ns = reading.cpu_time_ns;
  thread->wait_time_ns = reading.wait_time_ns;
  thread->last_cpu = reading.last_cpu;
}

/* Empty, with the room that an earlier reading has made. */
static GArray *
emptied (GArray **array, guint size)
{
  if (*array == NULL)
    *array = g_array_new (FALSE, FALSE, size);
  return g_array_set_size (*array, 0);
}

static void
take_tasks (VrSnapshotReader *reader, VrSnapshot *snapshot)
{
  emptied (&snapshot->threads, sizeof (VrSnapshotThread));
  for (guint i = 0; i < reader->tasks->len; i++) {
    Task *task = &g_array_index (reader->tasks, Task, i);
    read_task (task);
    snapshot->is_stale |= !task->thread.is_there;
    g_array_append_val (snapshot->threads, task->thread);
  }
}

static gboolean
take_cards (VrSnapshotReader *reader, VrSnapshot *snapshot, GError **error)
{
  g_autoptr (GHashTable) counted = NULL;
  emptied (&snapshot->ports, sizeof (VrSnapshotPort));
  for (guint i = 0; i < reader->cards->len; i++) {
    Card *card = &g_array_index (reader->cards, Card, i);
    if (card->switch_port != NULL)
      read_switch_card (card, &counted);
    else if (!read_card (card, error))
      return FALSE;
    snapshot->is_stale |= !card->port.is_there;
    g_array_append_val (snapshot->ports, card->port);
  }
  return TRUE;
}

gboolean
vr_snapshot_read (VrSnapshotReader *reader, VrSnapshot *snapshot, GError **error)
{
  snapshot->time_ns = reader->source.now_ns (NULL);
  snapshot->is_stale = FALSE;
  snapshot->absent = reader->absent;
  if (!take_cards (reader, snapshot, error))
    return FALSE;
  take_tasks (reader, snapshot);
  g_clear_pointer (&snapshot->cpus, g_array_unref);
  snapshot->cpus = vr_usage_read_cpus (reader->source.root_dir, error);
  return snapshot->cpus != NULL;
}

void
vr_snapshot_clear (VrSnapshot *snapshot)
{
  g_clear_pointer (&snapshot->ports, g_array_unref);
  g_clear_pointer (&snapshot->threads, g_array_unref);
  g_clear_pointer (&snapshot->cpus, g_array_unref);
}
