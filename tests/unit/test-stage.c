/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where lost packets are said to have gone: the sum, faults at each stage, packets of others; and a
 * router's counters out of its kernel's texts. */
#include <string.h>

#include "base/vr-error.h"
#include "observe/vr-router-counters.h"
#include "observe/vr-stage.h"

#define SENT 1000
#define BASE 77 /* what a counter has before */

/* Points that count what passes, of a guest behind macvtaps, and those that count drops. */
static const VrPoint passed[]
    = { VR_POINT_SENT,      VR_POINT_SENDER_PORT,  VR_POINT_LOWER_IN,   VR_POINT_NIC_IN,
        VR_POINT_ROUTER_IN, VR_POINT_FORWARDED,    VR_POINT_ROUTER_OUT, VR_POINT_NIC_OUT,
        VR_POINT_LOWER_OUT, VR_POINT_RECEIVER_PORT };
static const VrPoint dropped[]
    = { VR_POINT_QUEUE_DROPPED, VR_POINT_NO_ROUTE,       VR_POINT_TTL,
        VR_POINT_ERROR,         VR_POINT_BUFFER_DROPPED, VR_POINT_DAMAGED };

/* All that was sent passes all points, but for `lost` that do not pass `from` and those after it.
 */
static VrCounters
count_path (VrPoint from, guint64 lost)
{
  VrCounters counters = { .known = 0 };
  for (guint i = 0; i < G_N_ELEMENTS (passed); i++)
    vr_counters_set (&counters, passed[i], passed[i] >= from ? SENT - lost : SENT);
  for (guint i = 0; i < G_N_ELEMENTS (dropped); i++)
    vr_counters_set (&counters, dropped[i], 0);
  return counters;
}

static void
assert_sum (const GArray *stages, gint64 lost)
{
  gint64 sum = 0;
  for (guint i = 0; i < stages->len; i++)
    sum += g_array_index (stages, VrStage, i).lost;
  g_assert_cmpint (sum, ==, lost);
  g_assert_cmpstr (g_array_index (stages, VrStage, stages->len - 1).id, ==, "unattributed");
}

static void
assert_all_at (const VrCounters *counted, const char *stage, guint64 lost)
{
  g_autoptr (GArray) stages = vr_stage_attribute (counted, lost);
  assert_sum (stages, (gint64) lost);
  for (guint i = 0; i < stages->len; i++) {
    const VrStage *found = &g_array_index (stages, VrStage, i);
    g_assert_cmpint (found->lost, ==, strcmp (found->id, stage) == 0 ? (gint64) lost : 0);
  }
}

/* Through three routers: points that each of them has are sums, of which what was passed on counts
 * once; so the same losses are told as of one. */
static void
test_chain (void)
{
  static const struct {
    guint64 into[3], out[3]; /* of each router's interfaces */
    guint64 full;            /* in the second router's queue */
    const char *stage;
    guint64 lost;
  } cases[] = {
    { { 1000, 1000, 1000 }, { 1000, 1000, 1000 }, 0, "", 0 },
    { { 1000, 993, 993 }, { 1000, 993, 993 }, 0, "lower-in", 7 },
    { { 1000, 1000, 993 }, { 1000, 993, 993 }, 7, "macvtap-queue", 7 },
    { { 1000, 1000, 1000 }, { 1000, 1000, 993 }, 0, "macvtap-transmit", 7 },
  };
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    VrCounters before = { .known = 0, .passed_on = BASE }, after = { .known = 0 };
    for (guint i = 0; i < G_N_ELEMENTS (passed); i++) {
      vr_counters_set (&before, passed[i], BASE);
      vr_counters_set (&after, passed[i],
                       BASE + (passed[i] > VR_POINT_NIC_OUT ? cases[c].out[2] : SENT));
    }
    vr_counters_set (&before, VR_POINT_QUEUE_DROPPED, BASE);
    vr_counters_set (&after, VR_POINT_QUEUE_DROPPED, BASE + cases[c].full);
    guint64 into = 0, out = 0;
    for (guint i = 0; i < 3; i++) {
      into += cases[c].into[i];
      out += cases[c].out[i];
    }
    vr_counters_set (&after, VR_POINT_NIC_IN, BASE + into);
    vr_counters_set (&after, VR_POINT_NIC_OUT, BASE + out);
    for (guint i = VR_POINT_ROUTER_IN; i <= VR_POINT_ROUTER_OUT; i++)
      if (vr_counters_has (&after, i))
        vr_counters_set (&after, i, BASE + into - cases[c].full);
    after.passed_on = BASE + cases[c].out[0] + cases[c].out[1];
    VrCounters counted = vr_counters_between (&before, &after);
    g_assert_cmpuint (counted.value[VR_POINT_NIC_OUT], ==, cases[c].out[2]);
    assert_all_at (&counted, cases[c].stage, cases[c].lost);
  }
  /* An interface within was made anew. */
  VrCounters before = count_path (VR_POINT_SENT, 0), after = before;
  before.passed_on = 1;
  VrCounters counted = vr_counters_between (&before, &after);
  g_assert_false (vr_counters_has (&counted, VR_POINT_ROUTER_IN));
  g_assert_true (vr_counters_has (&counted, VR_POINT_QUEUE_DROPPED));
  g_assert_true (vr_counters_has (&counted, VR_POINT_LOWER_OUT));
}

/* Between an MSR's first balancer and its last nothing is known to be lost at one place. */
static void
test_inside_an_msr (void)
{
  VrCounters counted = count_path (VR_POINT_FORWARDED, 7);
  counted.known &= ~(1u << VR_POINT_ROUTER_IN | 1u << VR_POINT_ROUTER_OUT | 1u << VR_POINT_NIC_OUT);
  vr_counters_set (&counted, VR_POINT_GATE_OUT, SENT - 7);
  assert_all_at (&counted, "unattributed", 7);
  counted = count_path (VR_POINT_LOWER_OUT, 7);
  counted.known &= ~(1u << VR_POINT_ROUTER_IN | 1u << VR_POINT_ROUTER_OUT | 1u << VR_POINT_NIC_OUT);
  vr_counters_set (&counted, VR_POINT_GATE_OUT, SENT);
  assert_all_at (&counted, "lower-out", 7);
}

static void
test_gaps (void)
{
  static const struct {
    VrPoint point;
    const char *stage;
  } gaps[] = { { VR_POINT_SENDER_PORT, "sender-queue" },
               { VR_POINT_LOWER_IN, "lower-in" },
               { VR_POINT_NIC_IN, "lower-in" },
               { VR_POINT_ROUTER_IN, "router-ring" },
               { VR_POINT_ROUTER_OUT, "router-transmit" },
               { VR_POINT_NIC_OUT, "macvtap-transmit" },
               { VR_POINT_LOWER_OUT, "lower-out" },
               { VR_POINT_RECEIVER_PORT, "lower-out" } };
  for (guint i = 0; i < G_N_ELEMENTS (gaps); i++) {
    VrCounters counted = count_path (gaps[i].point, 40);
    assert_all_at (&counted, gaps[i].stage, 40);
  }
}

static void
test_drops (void)
{
  static const struct {
    VrPoint point, next; /* that counts the drop, and that they do not pass any more */
    const char *stage;
  } drops[] = { { VR_POINT_QUEUE_DROPPED, VR_POINT_ROUTER_IN, "macvtap-queue" },
                { VR_POINT_NO_ROUTE, VR_POINT_FORWARDED, "router-no-route" },
                { VR_POINT_TTL, VR_POINT_FORWARDED, "router-ttl" },
                { VR_POINT_ERROR, VR_POINT_FORWARDED, "router-error" },
                { VR_POINT_BUFFER_DROPPED, VR_POINTS, "receiver-buffer" },
                { VR_POINT_DAMAGED, VR_POINTS, "receiver-damaged" } };
  for (guint i = 0; i < G_N_ELEMENTS (drops); i++) {
    VrCounters counted = count_path (drops[i].next, 40);
    vr_counters_set (&counted, drops[i].point, 40);
    assert_all_at (&counted, drops[i].stage, 40);
  }
}

/* What vanishes inside the router for a reason that it does not count is nobody's. */
static void
test_unattributed (void)
{
  VrCounters counted = count_path (VR_POINT_FORWARDED, 40);
  assert_all_at (&counted, "unattributed", 40);
}

/* A queue that is full, a ring, a bad TTL and a full buffer at once. */
static void
test_many (void)
{
  VrCounters counted = count_path (VR_POINT_ROUTER_IN, 100 + 30);
  vr_counters_set (&counted, VR_POINT_QUEUE_DROPPED, 100);
  vr_counters_set (&counted, VR_POINT_TTL, 7);
  for (guint i = VR_POINT_FORWARDED; i <= VR_POINT_RECEIVER_PORT; i++)
    if (vr_counters_has (&counted, i))
      vr_counters_set (&counted, i, SENT - 137);
  vr_counters_set (&counted, VR_POINT_BUFFER_DROPPED, 5);
  g_autoptr (GArray) stages = vr_stage_attribute (&counted, 142);
  assert_sum (stages, 142);
  g_assert_cmpint (vr_stage_lost (stages, "macvtap-queue"), ==, 100);
  g_assert_cmpint (vr_stage_lost (stages, "router-ring"), ==, 30);
  g_assert_cmpint (vr_stage_lost (stages, "router-ttl"), ==, 7);
  g_assert_cmpint (vr_stage_lost (stages, "receiver-buffer"), ==, 5);
  g_assert_cmpint (vr_stage_lost (stages, "no-such-stage"), ==, 0);
}

/* Neighbour discovery passes the first points and ends at the router: nothing was lost, and nothing
 * is said to be. Drops of others are told as they were counted, and the sum still holds. */
static void
test_others (void)
{
  VrCounters counted = count_path (VR_POINTS, 0);
  vr_counters_set (&counted, VR_POINT_SENDER_PORT, SENT + 2);
  vr_counters_set (&counted, VR_POINT_LOWER_IN, SENT + 2);
  vr_counters_set (&counted, VR_POINT_ROUTER_OUT, SENT + 1);
  assert_all_at (&counted, "unattributed", 0);
  vr_counters_set (&counted, VR_POINT_NO_ROUTE, 3);
  g_autoptr (GArray) stages = vr_stage_attribute (&counted, 1);
  assert_sum (stages, 1);
  g_assert_cmpint (vr_stage_lost (stages, "router-no-route"), ==, 3);
  g_assert_cmpint (vr_stage_lost (stages, "unattributed"), ==, -2);
}

/* All 40 are lost on the way out of the router, and two packets of others, which the receiver has
 * seen, pass there meanwhile: they hide none of the 40. */
static void
test_foreign (void)
{
  VrCounters counted = count_path (VR_POINT_ROUTER_OUT, 40);
  for (guint i = 0; i < G_N_ELEMENTS (passed); i++)
    if (passed[i] >= VR_POINT_ROUTER_OUT)
      counted.value[passed[i]] += 2;
  counted.foreign = 2;
  assert_all_at (&counted, "router-transmit", 40);
  /* One that came from nearer than the router makes no loss where there was none. */
  counted.foreign = 3;
  assert_all_at (&counted, "router-transmit", 40);
}

/* A point that is not known makes no stage; the gap shows at the next one. */
static void
test_unknown (void)
{
  VrCounters counted = { .known = 0 };
  vr_counters_set (&counted, VR_POINT_SENT, SENT);
  vr_counters_set (&counted, VR_POINT_SENDER_PORT, SENT);
  vr_counters_set (&counted, VR_POINT_FAR_PORT, SENT - 9);
  assert_all_at (&counted, "path", 9);
  g_autoptr (GArray) stages = vr_stage_attribute (&counted, 9);
  g_assert_cmpuint (stages->len, ==, 3);
}

/* Of a guest that was not heard, what its queue had no room for is known, and what it did not let
 * out again is nobody's: not that of the macvtap behind it either. */
static void
test_silent (void)
{
  VrCounters counted = count_path (VR_POINT_ROUTER_OUT, 40 + 100);
  for (guint i = VR_POINT_ROUTER_IN; i <= VR_POINT_ROUTER_OUT; i++)
    counted.known &= ~(1u << i);
  vr_counters_set (&counted, VR_POINT_QUEUE_DROPPED, 100);
  g_autoptr (GArray) stages = vr_stage_attribute (&counted, 140 + 3);
  assert_sum (stages, 143);
  g_assert_cmpint (vr_stage_lost (stages, "macvtap-queue"), ==, 100);
  g_assert_cmpint (vr_stage_lost (stages, "unattributed"), ==, 43);
  for (guint i = 0; i < stages->len; i++)
    g_assert_cmpstr (g_array_index (stages, VrStage, i).id, !=, "macvtap-transmit");
  counted = count_path (VR_POINT_LOWER_OUT, 40);
  for (guint i = VR_POINT_ROUTER_IN; i <= VR_POINT_ROUTER_OUT; i++)
    counted.known &= ~(1u << i);
  assert_all_at (&counted, "lower-out", 40);
}

static void
test_between (void)
{
  VrCounters before = { .known = 0 }, after = { .known = 0 };
  vr_counters_set (&before, VR_POINT_SENDER_PORT, BASE);
  vr_counters_set (&after, VR_POINT_SENDER_PORT, BASE + SENT);
  vr_counters_set (&before, VR_POINT_NIC_IN, BASE);
  vr_counters_set (&after, VR_POINT_NIC_IN, BASE - 1);
  vr_counters_set (&after, VR_POINT_NIC_OUT, BASE);
  VrCounters counted = vr_counters_between (&before, &after);
  g_assert_true (vr_counters_has (&counted, VR_POINT_SENDER_PORT));
  g_assert_cmpuint (counted.value[VR_POINT_SENDER_PORT], ==, SENT);
  g_assert_false (vr_counters_has (&counted, VR_POINT_NIC_IN));
  g_assert_false (vr_counters_has (&counted, VR_POINT_NIC_OUT));
}

static char dev[] = "Inter-|   Receive                            |  Transmit\n"
                    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
                    "packets errs drop fifo colls carrier compressed\n"
                    "    lo:      10       1    0    0    0     0          0         0       10  "
                    "     1    0    0    0     0       0          0\n"
                    "  left:  640000   10001    0    0    0     0          0         0      600  "
                    "     6    0    0    0     0       0          0\n"
                    "right-left:  1   5    0    0    0     0          0         0      1  7  0  0\n"
                    " right:     120       2    0    0    0     0          0         0   620000  "
                    "  9901    0    3    0     0       0          0\n";
static char snmp[] = "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams "
                     "InUnknownProtos InDiscards FragFails\n"
                     "Ip: 1 64 10001 60 2 9900 0 1 4\n"
                     "Icmp: InMsgs\nIcmp: 5\n";
static char netstat[] = "TcpExt: SyncookiesSent IPReversePathFilter\n"
                        "TcpExt: 0 30\n"
                        "IpExt: InNoRoutes InTruncatedPkts InCsumErrors\n"
                        "IpExt: 40 100 10\n";
static char snmp6[] = "Ip6InReceives                   \t90\n"
                      "Ip6InHdrErrors                  \t3\n"
                      "Ip6InTooBigErrors               \t200\n"
                      "Ip6InNoRoutes                   \t7\n"
                      "Ip6OutForwDatagrams             \t80\n";

static void
test_router (void)
{
  VrRouterTexts texts = { .dev = dev, .snmp = snmp, .netstat = netstat, .snmp6 = snmp6 };
  VrCounters counters = { .known = 0 };
  g_autoptr (GError) error = NULL;
  g_assert_true (vr_router_counters_parse (&texts, "left", "right", &counters, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (counters.value[VR_POINT_ROUTER_IN], ==, 10001);
  g_assert_cmpuint (counters.value[VR_POINT_ROUTER_OUT], ==, 9901);
  g_assert_cmpuint (counters.value[VR_POINT_FORWARDED], ==, 9900 + 80);
  g_assert_cmpuint (counters.value[VR_POINT_TTL], ==, 60 - 10 + 3);
  g_assert_cmpuint (counters.value[VR_POINT_NO_ROUTE], ==, 40 + 7);
  g_assert_cmpuint (counters.value[VR_POINT_ERROR], ==, 2 + 1 + 4 + 10 + 100 + 30 + 200);
}

static void
test_router_refused (void)
{
  VrRouterTexts texts = { .dev = dev, .snmp = snmp, .netstat = netstat };
  VrCounters counters = { .known = 0 };
  g_assert_true (vr_router_counters_parse (&texts, "right", "right", &counters, NULL));
  g_assert_cmpuint (counters.value[VR_POINT_FORWARDED], ==, 9900);
  static const char *const absent[] = { "lef", "middle", "" };
  for (guint i = 0; i < G_N_ELEMENTS (absent); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_router_counters_parse (&texts, absent[i], "right", &counters, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  }
  char cut[] = "left: 5\nright:";
  texts.dev = cut;
  g_assert_false (vr_router_counters_parse (&texts, "left", "right", &counters, NULL));
}

/* Two routers beside one another, of which one is gone at the end. */
static void
test_several (void)
{
  VrCounters one = { .known = 0 }, two = { .known = 0 }, before = { .known = 0 };
  vr_counters_set (&one, VR_POINT_FORWARDED, 5);
  vr_counters_set (&two, VR_POINT_FORWARDED, 7);
  vr_counters_set (&before, VR_POINT_NIC_IN, 3);
  VrCounters after = before;
  vr_counters_add (&before, &one);
  vr_counters_add (&before, &two);
  before.routers = 2;
  g_assert_cmpuint (before.value[VR_POINT_FORWARDED], ==, 12);
  g_assert_cmpuint (before.value[VR_POINT_NIC_IN], ==, 3);
  g_assert_false (vr_counters_has (&before, VR_POINT_ROUTER_IN));
  vr_counters_set (&one, VR_POINT_FORWARDED, 50);
  vr_counters_add (&after, &one);
  after.routers = 1;
  VrCounters counted = vr_counters_between (&before, &after);
  g_assert_false (vr_counters_has (&counted, VR_POINT_FORWARDED));
  g_assert_true (vr_counters_has (&counted, VR_POINT_NIC_IN));
  after.routers = 2;
  counted = vr_counters_between (&before, &after);
  g_assert_cmpuint (counted.value[VR_POINT_FORWARDED], ==, 38);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stage/chain", test_chain);
  g_test_add_func ("/stage/inside-an-msr", test_inside_an_msr);
  g_test_add_func ("/stage/gaps", test_gaps);
  g_test_add_func ("/stage/drops", test_drops);
  g_test_add_func ("/stage/unattributed", test_unattributed);
  g_test_add_func ("/stage/many", test_many);
  g_test_add_func ("/stage/others", test_others);
  g_test_add_func ("/stage/foreign", test_foreign);
  g_test_add_func ("/stage/unknown", test_unknown);
  g_test_add_func ("/stage/silent", test_silent);
  g_test_add_func ("/stage/between", test_between);
  g_test_add_func ("/stage/several", test_several);
  g_test_add_func ("/stage/router", test_router);
  g_test_add_func ("/stage/router-refused", test_router_refused);
  return g_test_run ();
}
