/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For host tests of the balancer: its namespace with the interfaces left, right and inner, their
 * other ends l, r and i in another one, where the test is the outside and the back-ends, and the
 * program, started, told and read. All in a mount namespace of the test's own. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/vr-fd.h"
#include "sys/vr-netns.h"

#define FRAME_MAX 2048
#define WAIT_MS 20000
#define QUIET_MS 200
#define MARK 0x62616c61u

typedef enum { LEFT, RIGHT, INNER, SIDES } Side;

typedef struct {
  char *dir, *pins, *path;
  char *balancer, *peer; /* namespaces */
  int netns;             /* of the balancer */
  int sockets[SIDES];    /* at l, r and i */
  GPid pid;
  int out, err; /* the program's */
} Bench;

/* What the test sends and gets: a UDP packet's frame, whose payload is MARK and a number. */
typedef struct {
  guint8 bytes[FRAME_MAX];
  gsize size;
  int vlan; /* 0: untagged */
} Frame;

static const char *const inside[SIDES] = { "left", "right", "inner" };
static const char *const outside[SIDES] = { "l", "r", "i" };
static const guint8 router_macs[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
static const guint8 neighbour[6] = { 2, 0, 0, 0, 9, 9 };

static inline gboolean G_GNUC_PRINTF (1, 2) run (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  int status;
  return g_spawn_sync (NULL, argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL
                           | G_SPAWN_STDOUT_TO_DEV_NULL,
                       NULL, NULL, NULL, NULL, &status, NULL)
         && g_spawn_check_wait_status (status, NULL);
}

static inline gboolean
open_sockets (gpointer data, G_GNUC_UNUSED GError **error)
{
  Bench *b = data;
  int one = 1, size = 64 << 20;
  for (int i = 0; i < SIDES; i++) {
    struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                   .sll_protocol = htons (ETH_P_ALL),
                                   .sll_ifindex = (int) if_nametoindex (outside[i]) };
    b->sockets[i] = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons (ETH_P_ALL));
    g_assert_cmpint (b->sockets[i], >=, 0);
    g_assert_cmpint (
        setsockopt (b->sockets[i], SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one), ==, 0);
    g_assert_cmpint (setsockopt (b->sockets[i], SOL_PACKET, PACKET_AUXDATA, &one, sizeof one), ==,
                     0);
    g_assert_cmpint (setsockopt (b->sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size), ==,
                     0);
    g_assert_cmpint (bind (b->sockets[i], (struct sockaddr *) &address, sizeof address), ==, 0);
  }
  return TRUE;
}

/* With NAPI at the other end, which GRO gives it, a veth takes frames that XDP redirects to it. */
static inline void
bench_set_up (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  b->dir = g_dir_make_tmp ("balance-XXXXXX", NULL);
  b->pins = g_build_filename (b->dir, "bpf", "pins", NULL);
  b->path = g_build_filename (b->dir, "description", NULL);
  g_autofree char *bpf = g_path_get_dirname (b->pins);
  g_assert_cmpint (g_mkdir (bpf, 0700), ==, 0);
  g_assert_cmpint (mount ("bpf", bpf, "bpf", 0, NULL), ==, 0);
  b->balancer = g_strdup ("balancer");
  b->peer = g_strdup ("peer");
  vr_netns_create (b->balancer, NULL);
  vr_netns_create (b->peer, NULL);
  b->netns = vr_netns_open (b->balancer, NULL);
  g_assert_cmpint (b->netns, >=, 0);
  for (int i = 0; i < SIDES; i++) {
    g_assert_true (
        run ("ip -n %s link add name %s address 02:00:00:00:00:%02x type veth peer name %s "
             "netns %s",
             b->balancer, inside[i], i + 1, outside[i], b->peer));
    g_assert_true (run ("ip netns exec %s ethtool -K %s gro on", b->peer, outside[i]));
    g_assert_true (
        run ("ip netns exec %s sysctl -q -w net.ipv6.conf.%s.disable_ipv6=1", b->peer, outside[i]));
    g_assert_true (run ("ip -n %s link set dev %s up", b->peer, outside[i]));
    g_assert_true (run ("ip -n %s link set dev %s up", b->balancer, inside[i]));
  }
  g_assert_true (run ("ip -n %s address add 198.18.1.1/24 dev left", b->balancer));
  g_assert_true (run ("ip -n %s address add 2001:2:0:1::1/64 dev left nodad", b->balancer));
  g_assert_true (vr_netns_call (b->peer, open_sockets, b, NULL));
}

static inline void
bench_tear_down (Bench *b, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_cmpint (b->pid, ==, 0);
  g_autofree char *bpf = g_path_get_dirname (b->pins);
  for (int i = 0; i < SIDES; i++)
    close (b->sockets[i]);
  close (b->netns);
  vr_netns_delete (b->balancer, NULL);
  vr_netns_delete (b->peer, NULL);
  g_assert_false (g_file_test (b->pins, G_FILE_TEST_EXISTS));
  g_assert_cmpint (umount (bpf), ==, 0);
  g_rmdir (bpf);
  g_unlink (b->path);
  g_assert_cmpint (g_rmdir (b->dir), ==, 0);
  g_free (b->dir);
  g_free (b->pins);
  g_free (b->path);
  g_free (b->balancer);
  g_free (b->peer);
}

/* The description with both ports, the local addresses, and these back-ends' weights, the first of
 * 02:00:00:00:01:01. */
static inline void
describe (Bench *b, const char *policy, const int *weights, guint count)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_printf (text,
                   "policy %s\ninner inner\nouter left 02:00:00:00:00:01 1\n"
                   "outer right 02:00:00:00:00:02 2\nlocal 198.18.1.1\nlocal 2001:2:0:1::1\n",
                   policy);
  for (guint i = 0; i < count; i++)
    g_string_append_printf (text, "backend 02:00:00:00:01:%02x %d\n", i + 1, weights[i]);
  g_string_append (text, "end\n");
  g_assert_true (g_file_set_contents (b->path, text->str, -1, NULL));
}

/* One that outlives a test that fails holds its output open. */
static inline void
end_with_test (gpointer unused)
{
  (void) unused;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static inline void
enter_netns (gpointer data)
{
  end_with_test (NULL);
  if (setns (*(int *) data, CLONE_NEWNET) != 0)
    _exit (99);
}

/* The next line that the program prints, without its end. */
static inline char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  char c = '\0';
  while (c != '\n') {
    struct pollfd waited = { .fd = fd, .events = POLLIN };
    g_assert_cmpint (poll (&waited, 1, WAIT_MS), ==, 1);
    if (read (fd, &c, 1) != 1)
      break;
    if (c != '\n')
      g_string_append_c (line, c);
  }
  return g_string_free (line, FALSE);
}

static inline void
assert_line (int fd, const char *wanted)
{
  g_autofree char *line = read_line (fd);
  g_assert_cmpstr (line, ==, wanted);
}

static inline void
start (Bench *b, const char *mode)
{
  const char *argv[] = { VRKIT_BALANCE, "--pins", b->pins, b->path, NULL, NULL };
  g_autoptr (GError) error = NULL;
  if (strcmp (mode, "generic") == 0)
    argv[4] = "--generic";
  g_assert_true (g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                           enter_netns, &b->netns, &b->pid, NULL, &b->out, &b->err,
                                           &error));
}

static inline void
start_ready (Bench *b, const char *mode)
{
  static const Side order[SIDES] = { INNER, LEFT, RIGHT };
  start (b, mode);
  for (int i = 0; i < SIDES; i++) {
    g_autofree char *wanted = g_strdup_printf ("attached %s %s", inside[order[i]], mode);
    assert_line (b->out, wanted);
  }
  assert_line (b->out, "ready");
}

static inline int
wait_end (Bench *b)
{
  int status;
  g_assert_cmpint (waitpid (b->pid, &status, 0), ==, b->pid);
  b->pid = 0;
  close (b->out);
  close (b->err);
  return status;
}

static inline void
stop (Bench *b)
{
  g_assert_cmpint (kill (b->pid, SIGTERM), ==, 0);
  int status = wait_end (b);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* --- frames --------------------------------------------------------------------------------- */

static inline void
put_payload (Frame *frame, gsize at, guint16 port, guint32 number, gsize size)
{
  guint16 ports[2] = { htons (port), htons (9) };
  guint32 payload[2] = { htonl (MARK), htonl (number) };
  memcpy (frame->bytes + at, ports, sizeof ports);
  memcpy (frame->bytes + at + 8, payload, sizeof payload);
  frame->size = size;
}

/* Of host `host` outside, to 198.19.0.1 behind the router, `size` bytes long. */
static inline Frame
ipv4_frame (Side side, guint host, guint16 port, guint32 number, gsize size)
{
  Frame frame = { 0 };
  guint8 head[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_UDP };
  guint32 from = htonl (0xc6120200u + host), to = htonl (0xc6130001u);
  guint16 length = htons ((guint16) (size - 14));
  memcpy (head + 2, &length, 2);
  memcpy (head + 12, &from, 4);
  memcpy (head + 16, &to, 4);
  memcpy (frame.bytes, router_macs[side], 6);
  memcpy (frame.bytes + 6, neighbour, 6);
  frame.bytes[12] = 0x08;
  memcpy (frame.bytes + 14, head, sizeof head);
  put_payload (&frame, 34, port, number, size);
  return frame;
}

static inline Frame
ipv6_frame (Side side, guint host, guint16 port, guint32 number, gsize size)
{
  Frame frame = { 0 };
  guint8 head[40] = { 0x60, 0, 0, 0, 0, 0, IPPROTO_UDP, 64 };
  guint16 length = htons ((guint16) (size - 54));
  memcpy (head + 4, &length, 2);
  g_assert_cmpint (inet_pton (AF_INET6, "2001:2:0:2::", head + 8), ==, 1);
  g_assert_cmpint (inet_pton (AF_INET6, "2001:2:0:9::1", head + 24), ==, 1);
  head[22] = (guint8) (host >> 8);
  head[23] = (guint8) host;
  memcpy (frame.bytes, router_macs[side], 6);
  memcpy (frame.bytes + 6, neighbour, 6);
  frame.bytes[12] = 0x86;
  frame.bytes[13] = 0xdd;
  memcpy (frame.bytes + 14, head, sizeof head);
  put_payload (&frame, 54, port, number, size);
  return frame;
}

/* As `frame`, with a tag in it. */
static inline Frame
tagged (const Frame *frame, guint16 vlan)
{
  Frame with = { .size = frame->size + 4 };
  guint16 tag[2] = { htons (ETHERTYPE_VLAN), htons (vlan) };
  memcpy (with.bytes, frame->bytes, 12);
  memcpy (with.bytes + 12, tag, sizeof tag);
  memcpy (with.bytes + 16, frame->bytes + 12, frame->size - 12);
  return with;
}

static inline void
send_frame (const Bench *b, Side side, const Frame *frame)
{
  ssize_t sent;
  while ((sent = send (b->sockets[side], frame->bytes, frame->size, 0)) < 0 && errno == ENOBUFS)
    g_usleep (1000);
  g_assert_cmpint (sent, ==, frame->size);
}

/* The kernel hands a tag over beside the frame. */
static inline int
vlan_of (struct msghdr *message)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c)) {
    struct tpacket_auxdata aux;
    if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
      continue;
    memcpy (&aux, CMSG_DATA (c), sizeof aux);
    if ((aux.tp_status & TP_STATUS_VLAN_VALID) != 0)
      return aux.tp_vlan_tci;
  }
  return 0;
}

/* The next frame within the time; FALSE where none comes. */
static inline gboolean
next_frame (const Bench *b, Side side, int wait_ms, Frame *frame)
{
  struct pollfd waited = { .fd = b->sockets[side], .events = POLLIN };
  char control[256];
  struct iovec part = { frame->bytes, sizeof frame->bytes };
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  if (poll (&waited, 1, wait_ms) != 1)
    return FALSE;
  ssize_t size = recvmsg (b->sockets[side], &message, 0);
  g_assert_cmpint (size, >, 0);
  frame->size = (gsize) size;
  frame->vlan = vlan_of (&message);
  return TRUE;
}

/* Where the number lies, behind MARK; 0 where the frame is none of the test's. */
static inline guint32
number_of (const Frame *frame)
{
  guint32 mark = htonl (MARK), number;
  for (gsize at = 14; at + 8 <= frame->size; at++)
    if (memcmp (frame->bytes + at, &mark, sizeof mark) == 0) {
      memcpy (&number, frame->bytes + at + 4, sizeof number);
      return ntohl (number);
    }
  return 0;
}

/* The next of the test's own frames; others (the kernel's) are passed over. */
static inline gboolean
next_own (const Bench *b, Side side, int wait_ms, Frame *frame)
{
  while (next_frame (b, side, wait_ms, frame))
    if (number_of (frame) != 0)
      return TRUE;
  return FALSE;
}

/* What comes of one frame: where it is handed to, as the last byte of the back-end's MAC. */
static inline guint
ask (const Bench *b, Side side, const Frame *frame)
{
  Frame got;
  send_frame (b, side, frame);
  g_assert_true (next_own (b, INNER, WAIT_MS, &got));
  g_assert_cmpint (got.vlan, ==, side + 1);
  return got.bytes[5];
}

/* --- counters ------------------------------------------------------------------------------- */

static inline char *
counters (const Bench *b)
{
  const char *argv[] = { VRKIT_BALANCE, "--counters", "--pins", b->pins, NULL };
  char *output = NULL;
  int status;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  return output;
}

/* The number behind `key` in the line that begins with `line`. */
static inline guint64
counter (const Bench *b, const char *line, const char *key)
{
  g_autofree char *text = counters (b);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **each = lines; *each != NULL; each++) {
    g_auto (GStrv) words = g_strsplit (*each, " ", -1);
    if (!g_str_has_prefix (*each, line))
      continue;
    for (char **word = words; *word != NULL && word[1] != NULL; word++)
      if (strcmp (*word, key) == 0)
        return g_ascii_strtoull (word[1], NULL, 10);
  }
  g_error ("no \"%s … %s\" in:\n%s", line, key, text);
}
