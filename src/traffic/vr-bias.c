/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-bias.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/vr-error.h"
#include "traffic/vr-generator.h"
#include "traffic/vr-packet-socket.h"

#define NS_PER_S 1000000000ull
#define PATIENCE_NS NS_PER_S
#define POLL_MS 100
#define STREAM 0xbfff /* an id that no trial has */

/* From kernel's errqueue.h, which clashes with time.h: the first of three stamps is the software's.
 */
typedef struct {
  struct timespec stamps[3];
} Stamps;

typedef struct {
  const VrBiasOptions *options;
  VrPacketSocket from, to; /* `from` of send() */
  VrGenerator *generator;  /* NULL: send() */
  int stamped_fd;          /* whose frames the kernel stamps as they leave; -1: none */
  VrFrame frame;
  guint8 bytes[VR_FRAME_SIZE_MAX];
} Measuring;

static gboolean
set_option (int fd, int level, int option, int value, GError **error)
{
  if (setsockopt (fd, level, option, &value, sizeof value) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "cannot have frames stamped by the kernel");
  return FALSE;
}

static gboolean
open_receiver (Measuring *measuring, GError **error)
{
  const VrBiasOptions *options = measuring->options;
  return vr_packet_socket_open (&measuring->to, options->to_netns_fd, options->to_ifname, error)
         && set_option (measuring->to.fd, SOL_SOCKET, SO_TIMESTAMPNS, 1, error)
         && vr_packet_socket_bind (&measuring->to, ETH_P_ALL, error);
}

static gboolean
open_plain (Measuring *measuring, GError **error)
{
  const VrBiasOptions *options = measuring->options;
  if (!vr_packet_socket_open (&measuring->from, options->from_netns_fd, options->from_ifname, error)
      || !set_option (measuring->from.fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, error)
      || !vr_packet_socket_bind (&measuring->from, 0, error))
    return FALSE;
  measuring->stamped_fd = measuring->from.fd;
  return TRUE;
}

static gboolean
open_generator (Measuring *measuring, const char *name, GError **error)
{
  const VrBiasOptions *options = measuring->options;
  const VrGeneratorSpec spec = { .netns_fd = options->from_netns_fd,
                                 .ifname = options->from_ifname,
                                 .length = measuring->frame.length,
                                 .xdp = options->xdp,
                                 .clock = options->clock };
  measuring->generator = vr_generator_open (name, &spec, error);
  if (measuring->generator != NULL && measuring->generator->stamped_fd != 0)
    measuring->stamped_fd = measuring->generator->stamped_fd;
  return measuring->generator != NULL;
}

/* By the generator of that name; NULL: by send(). */
static gboolean
open_all (Measuring *measuring, const char *name, GError **error)
{
  int stamping
      = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
  return open_receiver (measuring, error)
         && (name != NULL ? open_generator (measuring, name, error) : open_plain (measuring, error))
         && (measuring->stamped_fd < 0
             || set_option (measuring->stamped_fd, SOL_SOCKET, SO_TIMESTAMPING, stamping, error));
}

/* Reads a message, and the kernel's stamp of it (CLOCK_REALTIME); -1 where there is none yet. */
static gssize
read_stamped (int fd, int flags, guint8 *bytes, gsize size, guint64 *wall_ns)
{
  union {
    struct cmsghdr header;
    char bytes[512];
  } control;
  struct iovec vector = { bytes, size };
  struct msghdr message = { .msg_iov = &vector,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  gssize length = recvmsg (fd, &message, flags | MSG_DONTWAIT);
  if (length < 0)
    return -1;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (&message); c != NULL; c = CMSG_NXTHDR (&message, c)) {
    if (c->cmsg_level != SOL_SOCKET
        || (c->cmsg_type != SCM_TIMESTAMPNS && c->cmsg_type != SCM_TIMESTAMPING))
      continue;
    const struct timespec *stamp = ((const Stamps *) (const void *) CMSG_DATA (c))->stamps;
    *wall_ns = (guint64) stamp->tv_sec * NS_PER_S + (guint64) stamp->tv_nsec;
    return length;
  }
  return -1;
}

static gboolean
has_come (const Measuring *measuring, guint sequence, guint64 *wall_ns)
{
  guint8 bytes[VR_FRAME_SIZE_MAX];
  for (;;) {
    VrFrameSeen seen;
    gssize length = read_stamped (measuring->to.fd, 0, bytes, sizeof bytes, wall_ns);
    if (length < 0)
      return FALSE;
    if (vr_frame_parse (bytes, (gsize) length, &seen) == VR_FRAME_GOOD
        && seen.stamp.stream == STREAM && seen.stamp.sequence == sequence)
      return TRUE;
  }
}

static gboolean
wait_for_stamps (const Measuring *measuring, guint sequence, guint64 *sent_ns, guint64 *come_ns,
                 GError **error)
{
  const VrClock *clock = measuring->options->clock;
  guint64 deadline_ns = clock->now_ns (clock->data) + PATIENCE_NS;
  gboolean is_sent = measuring->stamped_fd < 0, is_come = FALSE;
  guint8 none[1];
  do {
    struct pollfd fds[] = { { .fd = is_sent ? -1 : measuring->stamped_fd },
                            { .fd = is_come ? -1 : measuring->to.fd, .events = POLLIN } };
    poll (fds, G_N_ELEMENTS (fds), POLL_MS);
    is_sent = is_sent || read_stamped (measuring->stamped_fd, MSG_ERRQUEUE, none, 1, sent_ns) >= 0;
    is_come = is_come || has_come (measuring, sequence, come_ns);
    if (is_sent && is_come)
      return TRUE;
  } while (clock->now_ns (clock->data) < deadline_ns);
  g_set_error (error, VR_ERROR, VR_ERROR_TRAFFIC,
               "the kernel did not stamp frame %u of those that the tester's latency is known by: "
               "its %s is missing",
               sequence, is_sent ? "arrival" : "departure");
  return FALSE;
}

/* As the sender does it: the stamp, and then the system call. */
static int
send_plain (Measuring *measuring, VrFrameStamp *stamp)
{
  const VrClock *clock = measuring->options->clock;
  stamp->time_ns = clock->now_ns (clock->data);
  vr_frame_stamp (&measuring->frame, measuring->bytes, stamp);
  return send (measuring->from.fd, measuring->bytes, measuring->frame.length, 0) < 0 ? errno : 0;
}

/* The frame before has come, so that there is room. */
static int
send_generated (Measuring *measuring, VrFrameStamp *stamp)
{
  const VrClock *clock = measuring->options->clock;
  VrGenerator *generator = measuring->generator;
  const guint length = (guint) measuring->frame.length;
  guint slot;
  if (generator->kind->room (generator, 1, &slot) == 0)
    return EAGAIN;
  guint8 *bytes = generator->kind->bytes (generator, slot);
  memcpy (bytes, measuring->bytes, length);
  stamp->time_ns = clock->now_ns (clock->data);
  vr_frame_stamp (&measuring->frame, bytes, stamp);
  generator->kind->put (generator, &length, 1);
  VrGeneratorFlush flush = generator->kind->flush (generator, 0);
  return flush.refused > 0 || (flush.taken == 0 && !generator->reads_late) ? MAX (flush.errnum, 1)
                                                                           : 0;
}

static gboolean
measure_frame (Measuring *measuring, guint sequence, VrBias *bias, GError **error)
{
  VrFrameStamp stamp = { .stream = STREAM, .sequence = sequence };
  int errnum = measuring->generator != NULL ? send_generated (measuring, &stamp)
                                            : send_plain (measuring, &stamp);
  guint64 sent_ns = 0, come_ns;
  if (errnum != 0) {
    vr_error_set_errno (error, VR_ERROR_TRAFFIC, errnum, "interface \"%s\" takes no frames",
                        measuring->options->from_ifname);
    return FALSE;
  }
  if (!wait_for_stamps (measuring, sequence, &sent_ns, &come_ns, error))
    return FALSE;
  guint64 stamp_wall_ns = stamp.time_ns - vr_clock_offset_ns (measuring->options->clock);
  /* Whoever asks two clocks may be held up between them: nothing comes before it is sent. */
  come_ns = MAX (come_ns, stamp_wall_ns);
  vr_histogram_add (&bias->told_ns, come_ns - stamp_wall_ns);
  if (measuring->stamped_fd < 0)
    return TRUE;
  sent_ns = CLAMP (sent_ns, stamp_wall_ns, come_ns);
  vr_histogram_add (&bias->kernel_ns, come_ns - sent_ns);
  vr_histogram_add (&bias->added_ns, sent_ns - stamp_wall_ns);
  return TRUE;
}

/* What the path tells of its frames; kernel and added are empty where the kernel stamps none. */
static gboolean
measure_path (const VrBiasOptions *options, const char *name, VrBias *bias, GError **error)
{
  g_autofree Measuring *measuring = g_new0 (Measuring, 1);
  *measuring = (Measuring){ .options = options, .from.fd = -1, .to.fd = -1, .stamped_fd = -1 };
  gboolean is_done = vr_frame_build (options->frame, measuring->bytes, sizeof measuring->bytes,
                                     &measuring->frame, error)
                     && open_all (measuring, name, error);
  for (guint i = 0; i < options->frames && is_done; i++)
    is_done = measure_frame (measuring, i, bias, error);
  g_clear_pointer (&measuring->generator, vr_generator_free);
  vr_packet_socket_clear (&measuring->from);
  vr_packet_socket_clear (&measuring->to);
  return is_done;
}

/* By what else is told: `other` has the kernel's part of the same way. */
static void
estimate (VrBias *bias, const VrBias *other)
{
  guint64 kernel_ns = vr_histogram_quantile (&other->kernel_ns, 0.5);
  bias->kernel_ns = other->kernel_ns;
  for (guint i = 0; i < VR_HISTOGRAM_BUCKETS; i++) {
    guint64 told_ns = CLAMP (vr_histogram_least (i), bias->told_ns.min, bias->told_ns.max);
    vr_histogram_add_times (&bias->added_ns, told_ns - MIN (told_ns, kernel_ns),
                            bias->told_ns.buckets[i]);
  }
}

gboolean
vr_bias_measure (const VrBiasOptions *options, VrBias *bias, GError **error)
{
  g_autofree VrBias *measured = g_new0 (VrBias, 1);
  g_autofree VrBias *other = g_new0 (VrBias, 1);
  gboolean is_packet = g_strcmp0 (options->generator, "packet") == 0;
  gboolean is_xdp = g_strcmp0 (options->generator, "xdp") == 0;
  measured->path = is_packet || is_xdp ? options->generator : "send";
  if (!measure_path (options, is_packet || is_xdp ? options->generator : NULL, measured, error)
      || (is_xdp && !measure_path (options, NULL, other, error)))
    return FALSE;
  if (is_xdp)
    estimate (measured, other);
  *bias = *measured;
  return TRUE;
}
