/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's pktgen: it makes and sends its frames itself, in a kernel thread of the CPU that we
 * are on. We tell it what and when through its proc files, and look now and then how far it is. */
#include "traffic/vr-generator.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/vr-error.h"
#include "traffic/vr-packet-socket.h"
#include "traffic/vr-pktgen-plan.h"
#include "traffic/vr-pktgen-proc.h"

#define LOOK_NS 20000000ull
#define STALL_NS 1000000000ull
#define REMOVE_WAIT_NS 2000000000ull
#define THREAD "kpktgend_"
#define NS_PER_US 1000u

typedef struct {
  VrGenerator base;
  VrPktgenModule module;
  const VrClock *clock;
  int netns_fd;
  char *device; /* its name in pktgen's files */
  char *thread; /* the kernel thread's, NULL: the device is not there */
} Pktgen;

static gboolean
tell (Pktgen *pktgen, const char *name, const char *line, GError **error)
{
  pktgen->base.system_calls++;
  return vr_pktgen_write (pktgen->netns_fd, name, line, error);
}

static void
rest (const Pktgen *pktgen, guint64 ns)
{
  const VrClock *clock = pktgen->clock;
  clock->wait_until (clock->data, clock->now_ns (clock->data) + ns);
}

/* --- Devices ------------------------------------------------------------------------------------
 */

/* The first device in pktgen's files that is ours, or is not; NULL: there is none. */
static char *
find_device (char **names, gboolean is_ours)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "pgctrl") != 0 && !g_str_has_prefix (names[i], THREAD)
        && g_str_has_suffix (names[i], VR_PKTGEN_TAG) == is_ours)
      return g_strdup (names[i]);
  return NULL;
}

/* Has every kernel thread give up its devices, which are all ours, and waits until they have. */
static gboolean
remove_devices (Pktgen *pktgen, char **names, GError **error)
{
  guint64 end_ns = pktgen->clock->now_ns (pktgen->clock->data) + REMOVE_WAIT_NS;
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], THREAD) && !tell (pktgen, names[i], "rem_device_all", error))
      return FALSE;
  do {
    g_auto (GStrv) now = vr_pktgen_list (pktgen->netns_fd, error);
    g_autofree char *left = now != NULL ? find_device (now, TRUE) : NULL;
    if (now == NULL || left == NULL)
      return now != NULL;
    rest (pktgen, LOOK_NS);
  } while (pktgen->clock->now_ns (pktgen->clock->data) < end_ns);
  g_set_error (
      error, VR_ERROR, VR_ERROR_BUSY,
      "pktgen does not give up its device: it waits for a frame that lies in a queue; take "
      "another generator, or bring that queue's reader back");
  return FALSE;
}

/* What a killed vrkit left goes; where somebody else uses pktgen here, `start` would start that
 * too. */
static gboolean
clear_devices (Pktgen *pktgen, char ***names, GError **error)
{
  *names = vr_pktgen_list (pktgen->netns_fd, error);
  if (*names == NULL)
    return FALSE;
  g_autofree char *foreign = find_device (*names, FALSE), *stale = find_device (*names, TRUE);
  if (foreign == NULL)
    return stale == NULL || remove_devices (pktgen, *names, error);
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "pktgen is set up for \"%s\" by somebody else: \"rem_device_all\" to its kernel "
               "thread in /proc/net/pktgen ends that; or take another generator",
               foreign);
  return FALSE;
}

/* Of the CPU that we are on, or where that came later than pktgen, the first. */
static char *
choose_thread (char **names)
{
  g_autofree char *mine = g_strdup_printf (THREAD "%d", sched_getcpu ());
  const char *chosen = NULL;
  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], mine) == 0 || (chosen == NULL && g_str_has_prefix (names[i], THREAD)))
      chosen = names[i];
  return g_strdup (chosen);
}

static gboolean
add_device (Pktgen *pktgen, const char *ifname, char **names, GError **error)
{
  g_autofree char *thread = choose_thread (names);
  pktgen->device = g_strconcat (ifname, VR_PKTGEN_TAG, NULL);
  g_autofree char *line = g_strdup_printf ("add_device %s", pktgen->device);
  if (thread == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "pktgen has no kernel thread");
    return FALSE;
  }
  if (!tell (pktgen, thread, line, error))
    return FALSE;
  pktgen->thread = g_steal_pointer (&thread);
  return TRUE;
}

static gboolean
set_up (Pktgen *pktgen, const VrGeneratorSpec *spec, GError **error)
{
  g_auto (GStrv) names = NULL;
  if (!clear_devices (pktgen, &names, error) || !add_device (pktgen, spec->ifname, names, error))
    return FALSE;
  g_auto (GStrv) lines = vr_pktgen_settings (&spec->streams[0], spec->frames);
  for (guint i = 0; lines[i] != NULL; i++)
    if (!tell (pktgen, pktgen->device, lines[i], error))
      return FALSE;
  /* Without it, newer kernels do not wait at the end for whoever has the last frame; older ones do
   * not know it. */
  tell (pktgen, pktgen->device, "flag !SHARED", NULL);
  return TRUE;
}

/* --- The generator ------------------------------------------------------------------------------
 */

static void
pktgen_free (VrGenerator *generator)
{
  Pktgen *pktgen = (Pktgen *) generator;
  if (pktgen->thread != NULL) {
    char *names[] = { pktgen->thread, NULL };
    remove_devices (pktgen, names, NULL);
  }
  vr_pktgen_module_give_back (&pktgen->module);
  g_free (pktgen->device);
  g_free (pktgen->thread);
  g_free (pktgen);
}

static VrGenerator *
pktgen_open (const VrGeneratorSpec *spec, GError **error)
{
  g_auto (VrPacketSocket) packet = { .fd = -1 };
  if (!vr_pktgen_check (spec->streams, spec->streams_count, error)
      || !vr_packet_socket_open (&packet, spec->netns_fd, spec->ifname, error))
    return NULL;
  Pktgen *pktgen = g_new0 (Pktgen, 1);
  pktgen->base
      = (VrGenerator){ .kind = vr_generator_pktgen (), .mode = "kernel", .mtu = packet.mtu };
  pktgen->clock = spec->clock;
  pktgen->netns_fd = spec->netns_fd;
  if (!vr_pktgen_module_take (&pktgen->module, spec->run_dir, error)
      || !set_up (pktgen, spec, error)) {
    pktgen_free (&pktgen->base);
    return NULL;
  }
  return &pktgen->base;
}

static gboolean
look (Pktgen *pktgen, VrPktgenStatus *status, GError **error)
{
  pktgen->base.system_calls++;
  g_autofree char *text = vr_pktgen_read (pktgen->netns_fd, pktgen->device, error);
  if (text == NULL || vr_pktgen_parse_status (text, status))
    return text != NULL;
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL, "pktgen's file \"%s\" does not tell its counts",
               pktgen->device);
  return FALSE;
}

/* Until all is sent, or nothing is for a second, or it is to end; then it is stopped. */
static gboolean
follow (Pktgen *pktgen, VrGeneratorRun *run, VrPktgenStart *start, GError **error)
{
  const VrClock *clock = pktgen->clock;
  guint64 start_ns = clock->now_ns (clock->data), moved_ns = start_ns;
  VrPktgenStatus status;
  while (!vr_pktgen_is_done (start)) {
    rest (pktgen, LOOK_NS);
    gboolean is_read = look (pktgen, &status, error);
    guint64 now_ns = clock->now_ns (clock->data);
    if (is_read && status.sent != atomic_load (run->count))
      moved_ns = now_ns;
    atomic_store (run->count, is_read ? status.sent : 0);
    if (!is_read || atomic_load (run->stopped) != 0
        || now_ns - moved_ns > MAX (STALL_NS, run->gap_ns)
        || (run->duration_ns != 0 && now_ns - start_ns > run->duration_ns))
      vr_pktgen_stop (start);
    if (!is_read)
      return FALSE;
  }
  return TRUE;
}

static gboolean
pktgen_run (VrGenerator *generator, VrGeneratorRun *run, GError **error)
{
  Pktgen *pktgen = (Pktgen *) generator;
  VrPktgenStatus status;
  g_autoptr (VrPktgenStart) start = vr_pktgen_start (pktgen->netns_fd, error);
  pktgen->base.system_calls++;
  if (start == NULL || !follow (pktgen, run, start, error) || !look (pktgen, &status, error))
    return FALSE;
  if (status.started_us == 0 && atomic_load (run->stopped) == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC, "pktgen has not begun to send");
    return FALSE;
  }
  atomic_store (run->count, status.sent);
  run->sent = status.sent;
  run->refused = status.dropped;
  run->duration_ns = (status.stopped_us - status.started_us) * NS_PER_US;
  return TRUE;
}

const VrGeneratorKind *
vr_generator_pktgen (void)
{
  static const VrGeneratorKind kind = {
    .name = "pktgen",
    .open = pktgen_open,
    .free = pktgen_free,
    .run = pktgen_run,
    .ttl = VR_PKTGEN_TTL,
  };
  return &kind;
}
