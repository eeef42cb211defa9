/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digest of a kernel's routes, by messages as the kernel sends them. */
#include "balance/vr-balance-routes.h"

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>
#include <linux/rtnetlink.h>

/* One route of BIRD's by the interface lo, but for what a test makes of it. */
typedef struct {
  const char *to; /* NULL: the default route */
  guint8 length;
  const char *gateway; /* NULL: none */
  guint32 metric;
  guint8 protocol, type, table;
} Route;

static const Route plain
    = { "198.19.1.0", 24, "198.18.1.2", 2048, RTPROT_BIRD, RTN_UNICAST, RT_TABLE_MAIN };

typedef struct {
  VrRoutes routes;
  GByteArray *messages;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->routes.state = VR_ROUTES_KNOWN;
  f->routes.changes = f->routes.reading = -1;
  f->messages = g_byte_array_new ();
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vr_routes_close (&f->routes);
  g_byte_array_unref (f->messages);
}

static void
add_attribute (GByteArray *message, guint16 type, const void *value, guint16 size)
{
  static const guint8 filling[RTA_ALIGNTO];
  struct rtattr head = { .rta_len = (guint16) RTA_LENGTH (size), .rta_type = type };
  g_byte_array_append (message, (const guint8 *) &head, sizeof head);
  g_byte_array_append (message, value, size);
  g_byte_array_append (message, filling, RTA_ALIGN (size) - size);
}

static void
add_address (GByteArray *message, guint16 type, int family, const char *text)
{
  guint8 address[16];
  g_assert_cmpint (inet_pton (family, text, address), ==, 1);
  add_attribute (message, type, address, family == AF_INET ? 4 : 16);
}

static void
add_head (Fixture *f, guint16 type, guint16 flags, guint size)
{
  struct nlmsghdr head
      = { .nlmsg_len = NLMSG_LENGTH (size), .nlmsg_type = type, .nlmsg_flags = flags };
  g_byte_array_append (f->messages, (const guint8 *) &head, sizeof head);
}

static void
add (Fixture *f, guint16 type, guint16 flags, const Route *route)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint32 interface = 1;
  int family
      = strchr (route->to != NULL ? route->to : route->gateway, ':') != NULL ? AF_INET6 : AF_INET;
  struct rtmsg head = { .rtm_family = (guint8) family,
                        .rtm_dst_len = route->length,
                        .rtm_table = route->table,
                        .rtm_protocol = route->protocol,
                        .rtm_type = route->type };
  g_byte_array_append (body, (const guint8 *) &head, sizeof head);
  if (route->to != NULL)
    add_address (body, RTA_DST, family, route->to);
  add_attribute (body, RTA_PRIORITY, &route->metric, sizeof route->metric);
  if (route->gateway != NULL)
    add_address (body, RTA_GATEWAY, family, route->gateway);
  add_attribute (body, RTA_OIF, &interface, sizeof interface);
  add_head (f, type, flags, body->len);
  g_byte_array_append (f->messages, body->data, body->len);
}

/* What was added comes; the digest after it. */
static guint64
take (Fixture *f)
{
  g_assert_true (vr_routes_take (&f->routes, f->messages->data, f->messages->len));
  g_byte_array_set_size (f->messages, 0);
  g_assert_cmpint (f->routes.state, ==, VR_ROUTES_KNOWN);
  return f->routes.digest.sum;
}

static guint64
after (Fixture *f, guint16 type, guint16 flags, const Route *route)
{
  add (f, type, flags, route);
  return take (f);
}

static void
test_changes (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  Route other = plain;
  other.gateway = "198.18.1.3";
  guint64 first = after (f, RTM_NEWROUTE, NLM_F_CREATE, &plain);
  g_assert_cmpuint (first, !=, 0);
  g_assert_cmpuint (after (f, RTM_NEWROUTE, NLM_F_CREATE, &plain), ==, first);
  guint64 second = after (f, RTM_NEWROUTE, NLM_F_REPLACE, &other);
  g_assert_cmpuint (second, !=, first);
  g_assert_cmpuint (after (f, RTM_DELROUTE, 0, &other), ==, 0);
  add (f, RTM_NEWROUTE, NLM_F_CREATE, &plain);
  add (f, RTM_DELROUTE, 0, &plain);
  add (f, RTM_NEWROUTE, NLM_F_CREATE, &other);
  g_assert_cmpuint (take (f), ==, second);
}

/* Each of these is another route, and all together one set. */
static void
test_differ (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  Route routes[] = { plain, plain, plain, plain, plain, plain };
  guint64 sums[G_N_ELEMENTS (routes)];
  routes[1].length = 25;
  routes[2].metric = 2049;
  routes[3].to = NULL;
  routes[3].length = 0;
  routes[4].to = "2001:2::";
  routes[4].gateway = "fe80::1";
  routes[5].to = "198.19.2.0";
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++) {
    sums[i] = after (f, RTM_NEWROUTE, NLM_F_CREATE, &routes[i]);
    for (guint k = 0; k < i; k++)
      g_assert_cmpuint (sums[i], !=, sums[k]);
  }
  guint64 all = f->routes.digest.sum;
  vr_digest_clear (&f->routes.digest);
  for (guint i = G_N_ELEMENTS (routes); i > 0; i--)
    add (f, RTM_NEWROUTE, 0, &routes[i - 1]);
  g_assert_cmpuint (take (f), ==, all);
}

/* What is no way of BIRD's by a gateway in the main table is passed over. */
static void
test_passed_over (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  Route routes[] = { plain, plain, plain, plain };
  routes[0].gateway = NULL;
  routes[1].protocol = RTPROT_STATIC;
  routes[2].type = RTN_UNREACHABLE;
  routes[3].table = RT_TABLE_LOCAL;
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    g_assert_cmpuint (after (f, RTM_NEWROUTE, NLM_F_CREATE, &routes[i]), ==, 0);
  guint64 one = after (f, RTM_NEWROUTE, NLM_F_CREATE, &plain);
  g_assert_cmpuint (after (f, RTM_DELROUTE, 0, &routes[1]), ==, one);
  g_assert_cmpuint (after (f, RTM_DELROUTE, 0, &routes[3]), ==, one);
  /* But one that comes in its place is there, and it is not. */
  g_assert_cmpuint (after (f, RTM_NEWROUTE, NLM_F_REPLACE, &routes[2]), ==, 0);
}

/* Routes that go with an interface, and a dump that changes came into, are told by nothing else. */
static void
test_wanted_anew (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  struct ifinfomsg link = { .ifi_index = 1 };
  add_head (f, RTM_NEWLINK, 0, sizeof link);
  g_byte_array_append (f->messages, (const guint8 *) &link, sizeof link);
  g_assert_true (vr_routes_take (&f->routes, f->messages->data, f->messages->len));
  g_assert_cmpint (f->routes.state, ==, VR_ROUTES_WANTED);
  g_byte_array_set_size (f->messages, 0);
  f->routes.state = VR_ROUTES_READ;
  add (f, RTM_NEWROUTE, NLM_F_DUMP_INTR, &plain);
  g_assert_true (vr_routes_take (&f->routes, f->messages->data, f->messages->len));
  g_assert_cmpint (f->routes.state, ==, VR_ROUTES_WANTED);
}

/* The end of a dump ends what is taken; and what is cut off is no message. */
static void
test_ends (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  Route other = plain;
  other.length = 25;
  guint64 one = after (f, RTM_NEWROUTE, NLM_F_CREATE, &plain);
  add (f, RTM_NEWROUTE, NLM_F_CREATE, &other);
  for (guint i = 1; i < f->messages->len; i++) {
    g_autofree guint8 *part = g_memdup2 (f->messages->data, i);
    g_assert_true (vr_routes_take (&f->routes, part, i));
  }
  g_assert_cmpuint (f->routes.digest.sum, ==, one);
  g_byte_array_set_size (f->messages, 0);
  add_head (f, NLMSG_DONE, 0, 0);
  add (f, RTM_NEWROUTE, NLM_F_CREATE, &other);
  g_assert_false (vr_routes_take (&f->routes, f->messages->data, f->messages->len));
  g_assert_cmpuint (f->routes.digest.sum, ==, one);
}

static void
add_test (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/balance-routes/", name, NULL);
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("changes", test_changes);
  add_test ("differ", test_differ);
  add_test ("passed over", test_passed_over);
  add_test ("wanted anew", test_wanted_anew);
  add_test ("ends", test_ends);
  return g_test_run ();
}
