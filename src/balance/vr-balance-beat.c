/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-beat.h"

#include <endian.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>

#define INTERVAL_NS 100000000
/* IEEE Std 802, "Local Experimental EtherType 1": for what never leaves a network of one's own. */
#define PROTOCOL 0x88b5
#define SAID_SIZE 12

/* What a beat bears; the digest, in network byte order, only where it tells one. */
typedef struct {
  char said[SAID_SIZE];
  uint8_t digest[sizeof (uint64_t)];
} Payload;

static const char *const said[VR_BEAT_KINDS] = {
  [VR_BEAT_FORWARDS] = "vrkit beat 1", [VR_BEAT_WAITS] = "vrkit wait 1",
  [VR_BEAT_KEEPS] = "vrkit kept 1",    [VR_BEAT_LATE] = "vrkit late 1",
  [VR_BEAT_LEAVES] = "vrkit left 1",   [VR_BEAT_TELLS] = "vrkit told 1",
};

static bool
open_timer (VrBeat *beat)
{
  struct itimerspec every = { .it_interval.tv_nsec = INTERVAL_NS, .it_value.tv_nsec = INTERVAL_NS };
  beat->timer = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  return beat->timer >= 0 && timerfd_settime (beat->timer, 0, &every, NULL) == 0;
}

static struct sockaddr_ll
all_at (int ifindex)
{
  struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                 .sll_protocol = htons (PROTOCOL),
                                 .sll_ifindex = ifindex,
                                 .sll_halen = ETH_ALEN };
  memset (address.sll_addr, 0xff, ETH_ALEN);
  return address;
}

static bool
open_both (VrBeat *beat, const char *interface, int protocol, VrProblem *problem)
{
  struct sched_param lowest = { .sched_priority = 1 };
  int first = TC_PRIO_CONTROL;
  struct sockaddr_ll address = all_at ((int) if_nametoindex (interface));
  *beat = (VrBeat){ -1, -1 };
  if (address.sll_ifindex == 0)
    return vr_problem_set (problem, "no interface %s: %s", interface, strerror (errno));
  address.sll_protocol = htons ((uint16_t) protocol);
  (void) sched_setscheduler (0, SCHED_FIFO, &lowest);
  beat->socket = socket (AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (beat->socket >= 0 && open_timer (beat)
      && bind (beat->socket, (struct sockaddr *) &address, sizeof address) == 0) {
    (void) setsockopt (beat->socket, SOL_SOCKET, SO_PRIORITY, &first, sizeof first);
    return true;
  }
  vr_problem_set (problem, "no beats at %s: %s", interface, strerror (errno));
  if (beat->socket >= 0)
    close (beat->socket);
  if (beat->timer >= 0)
    close (beat->timer);
  *beat = (VrBeat){ -1, -1 };
  return false;
}

/* Bound to no protocol, it receives nothing. */
bool
vr_beat_open_sender (VrBeat *beat, const char *interface, VrProblem *problem)
{
  return open_both (beat, interface, 0, problem);
}

bool
vr_beat_open_hearer (VrBeat *beat, const char *interface, VrProblem *problem)
{
  return open_both (beat, interface, PROTOCOL, problem);
}

bool
vr_beat_wait (const VrBeat *beat)
{
  uint64_t passed;
  return read (beat->timer, &passed, sizeof passed) == sizeof passed;
}

static void
send_payload (const VrBeat *beat, const Payload *payload, size_t size)
{
  struct sockaddr_ll own = { 0 };
  socklen_t own_size = sizeof own;
  if (getsockname (beat->socket, (struct sockaddr *) &own, &own_size) != 0)
    return;
  struct sockaddr_ll to = all_at (own.sll_ifindex);
  (void) sendto (beat->socket, payload, size, MSG_DONTWAIT, (struct sockaddr *) &to, sizeof to);
}

void
vr_beat_send (const VrBeat *beat, VrBeatKind kind)
{
  Payload payload = { 0 };
  memcpy (payload.said, said[kind], SAID_SIZE);
  send_payload (beat, &payload, SAID_SIZE);
}

void
vr_beat_tell (const VrBeat *beat, uint64_t digest)
{
  uint64_t ordered = htobe64 (digest);
  Payload payload = { 0 };
  memcpy (payload.said, said[VR_BEAT_TELLS], SAID_SIZE);
  memcpy (payload.digest, &ordered, sizeof ordered);
  send_payload (beat, &payload, sizeof payload);
}

/* False where it is none. */
static bool
read_payload (const Payload *payload, ssize_t length, VrHeard *heard)
{
  uint64_t ordered = 0;
  if (length < SAID_SIZE)
    return false;
  for (VrBeatKind i = VR_BEAT_FORWARDS; i < VR_BEAT_KINDS; i++)
    if (memcmp (payload->said, said[i], SAID_SIZE) == 0) {
      if (i == VR_BEAT_TELLS && length < (ssize_t) sizeof *payload)
        return false;
      if (i == VR_BEAT_TELLS)
        memcpy (&ordered, payload->digest, sizeof ordered);
      heard->kind = i;
      heard->digest = be64toh (ordered);
      return true;
    }
  return false;
}

bool
vr_beat_next (const VrBeat *beat, VrHeard *heard)
{
  struct sockaddr_ll from = { 0 };
  Payload payload;
  ssize_t length;
  do {
    socklen_t size = sizeof from;
    length = recvfrom (beat->socket, &payload, sizeof payload, MSG_DONTWAIT,
                       (struct sockaddr *) &from, &size);
  } while (length >= 0
           && (from.sll_pkttype == PACKET_OUTGOING || !read_payload (&payload, length, heard)));
  if (length >= 0)
    memcpy (heard->mac, from.sll_addr, VR_BALANCE_MAC_SIZE);
  return length >= 0;
}
