/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The balancer's description, and its tables: who gets how much, and who moves. */
#include "balance/vr-balance-places.h"
#include "balance/vr-balance-table.h"
#include "balance/vr-balance-write.h"

#include <string.h>

#include <glib.h>

#define HEAD "policy hash\ninner inner\nouter left 02:00:00:00:00:01 1\n"
#define BACKEND "backend 02:00:00:00:01:01 1\n"

static VrBalance balance;

static gboolean
parse (const char *text, VrProblem *problem)
{
  *problem = (VrProblem){ "" };
  return vr_balance_parse ("f", text, strlen (text), &balance, problem);
}

static void
test_description (void)
{
  VrProblem problem;
  gboolean good = parse ("policy least\ninner i\nouter left 02:00:00:00:00:0a 4094\n"
                         "outer right 02:00:00:00:00:0b 1\nlocal 198.18.1.1\nlocal 2001:2::1\n"
                         "control 02:00:00:00:02:07\n"
                         "backend 02:00:00:00:01:01 1000\nbackend 02:00:00:00:01:02 0\nend\n",
                         &problem);
  g_assert_cmpstr (problem.text, ==, "");
  g_assert_true (good);
  g_assert_cmpint (balance.policy, ==, BALANCE_LEAST);
  g_assert_cmpstr (balance.inner, ==, "i");
  g_assert_cmpuint (balance.outers_count, ==, 2);
  g_assert_cmpstr (balance.outers[0].name, ==, "left");
  g_assert_cmpuint (balance.outers[0].mac[5], ==, 10);
  g_assert_cmpuint (balance.outers[0].vlan, ==, 4094);
  g_assert_cmpuint (balance.locals_count, ==, 2);
  g_assert_false (balance.locals[0].is_ipv6);
  g_assert_cmpuint (balance.locals[0].bytes[0], ==, 198);
  g_assert_true (balance.locals[1].is_ipv6);
  g_assert_true (balance.has_control);
  g_assert_cmpuint (balance.control[5], ==, 7);
  g_assert_cmpuint (balance.backends_count, ==, 2);
  g_assert_cmpuint (balance.backends[0].weight, ==, 1000);
  g_assert_cmpuint (balance.backends[1].weight, ==, 0);
  g_assert_true (parse (HEAD "end\n", &problem));
  g_assert_false (balance.has_control);
}

static void
test_policies (void)
{
  for (int i = 0; i < BALANCE_POLICIES; i++) {
    VrProblem problem;
    g_autofree char *text
        = g_strdup_printf ("policy %s\ninner inner\nouter left 02:00:00:00:00:01 1\nend\n",
                           vr_balance_policy_name ((enum balance_policy) i));
    g_assert_true (parse (text, &problem));
    g_assert_cmpint (balance.policy, ==, i);
  }
}

static void
test_wrong_lines (void)
{
  static const struct {
    const char *text, *problem;
  } cases[] = {
    { "", "f:1: the line \"end\" is missing: the file is cut off" },
    { HEAD, "f:4: the line \"end\" is missing: the file is cut off" },
    { HEAD "end", "f:4: the last line is not ended: the file is cut off" },
    { HEAD "end\n\n", "f:5: there is more after the line \"end\"" },
    { "policy  hash\n", "f:1: words must stand with one blank between, and none around them" },
    { "policy hash \n", "f:1: words must stand with one blank between, and none around them" },
    { "\n", "f:1: words must stand with one blank between, and none around them" },
    { "policy\thash\n", "f:1: the line holds a character that is no printable ASCII" },
    { "# note\n", "f:1: no line begins with \"#\"" },
    { "policy\n", "f:1: the form is \"policy NAME\"" },
    { "policy a b\n", "f:1: the form is \"policy NAME\"" },
    { "policy a b c d e\n", "f:1: the form is \"policy NAME\"" },
    { "policy most\n", "f:1: no policy is called \"most\": hash, round-robin, random or least" },
    { "policy hash\npolicy hash\n", "f:2: policy is given twice" },
    { "inner inner\n", "f:1: policy is missing before inner" },
    { "policy hash\nouter left 02:00:00:00:00:01 1\n", "f:2: inner is missing before outer" },
    { "policy hash\ninner inner\nlocal 198.18.1.1\n", "f:3: outer is missing before local" },
    { "policy hash\ninner inner\nend\n", "f:3: outer is missing before end" },
    { HEAD BACKEND "local 198.18.1.1\n", "f:5: local must stand before backend" },
    { "policy hash\ninner sixteen-letters-\n",
      "f:2: \"sixteen-letters-\" is no name of an interface (up to 15 characters, no / and :)" },
    { "policy hash\ninner ../x\n",
      "f:2: \"../x\" is no name of an interface (up to 15 characters, no / and :)" },
    { HEAD "outer inner 02:00:00:00:00:02 2\n", "f:4: inner is the internal interface already" },
    { HEAD "outer left 02:00:00:00:00:02 2\n", "f:4: left is named twice" },
    { HEAD "outer right 02:00:00:00:00:02 1\n", "f:4: VLAN 1 is that of left already" },
    { HEAD "outer right 02:00:00:00:00:02 0\n", "f:4: the VLAN \"0\" is no number from 1 to 4094" },
    { HEAD "outer right 02:00:00:00:00:02 4095\n",
      "f:4: the VLAN \"4095\" is no number from 1 to 4094" },
    { HEAD "outer right 02:00:00:00:00:02 02\n",
      "f:4: the VLAN \"02\" is no number from 1 to 4094" },
    { HEAD "outer right 02:00:00:00:00 2\n",
      "f:4: \"02:00:00:00:00\" is no MAC address in the form 02:00:00:00:00:0a" },
    { HEAD "outer right 02:00:00:00:00:0G 2\n",
      "f:4: \"02:00:00:00:00:0G\" is no MAC address in the form 02:00:00:00:00:0a" },
    { HEAD "outer right 00:00:00:00:00:00 2\n",
      "f:4: \"00:00:00:00:00:00\" is no MAC address in the form 02:00:00:00:00:0a" },
    { HEAD "outer right 03:00:00:00:00:02 2\n",
      "f:4: 03:00:00:00:00:02 is a group's MAC address, not one interface's" },
    { HEAD "local 198.18.1\n", "f:4: \"198.18.1\" is no IPv4 or IPv6 address" },
    { HEAD "local 198.18.1.1/24\n", "f:4: \"198.18.1.1/24\" is no IPv4 or IPv6 address" },
    { HEAD "local 2001:2::1\nlocal 2001:2:0::1\n", "f:5: 2001:2:0::1 is named twice" },
    { HEAD "control 03:00:00:00:02:01\n",
      "f:4: 03:00:00:00:02:01 is a group's MAC address, not one interface's" },
    { HEAD "control 02:00:00:00:02:01\ncontrol 02:00:00:00:02:02\n",
      "f:5: control is given twice" },
    { HEAD BACKEND "control 02:00:00:00:02:01\n", "f:5: control must stand before backend" },
    { HEAD "backend 02:00:00:00:01:01 1001\n",
      "f:4: the weight \"1001\" is no number from 0 to 1000" },
    { HEAD "backend 02:00:00:00:01:01 -1\n", "f:4: the weight \"-1\" is no number from 0 to 1000" },
    { HEAD BACKEND BACKEND, "f:5: the back-end 02:00:00:00:01:01 is named twice" },
    { HEAD BACKEND "END\n", "f:5: no line begins with \"END\"" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VrProblem problem;
    g_assert_false (parse (cases[i].text, &problem));
    g_assert_cmpstr (problem.text, ==, cases[i].problem);
  }
}

static void
test_limits (void)
{
  static const struct {
    guint most;
    const char *problem;
  } cases[] = {
    { BALANCE_PORTS_MAX - 1, "f:35: more than 32 external interfaces" },
    { BALANCE_BACKENDS_MAX, "f:68: more than 64 back-ends" },
    { BALANCE_LOCALS_MAX, "f:1028: more than 1024 addresses of the balancer's own" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) text = g_string_new (HEAD);
    VrProblem problem;
    for (guint k = 0; k <= cases[i].most; k++) {
      if (i == 0)
        g_string_append_printf (text, "outer p%u 02:00:00:00:01:%02x %u\n", k, k, k + 2);
      else if (i == 1)
        g_string_append_printf (text, "backend 02:00:00:00:01:%02x 1\n", k);
      else
        g_string_append_printf (text, "local 2001:2::%x\n", k + 1);
      if (k + 1 == cases[i].most) {
        g_autofree char *whole = g_strconcat (text->str, "end\n", NULL);
        g_assert_true (parse (whole, &problem));
      }
    }
    g_assert_false (parse (text->str, &problem));
    g_assert_cmpstr (problem.text, ==, cases[i].problem);
  }
}

static void
test_long_line (void)
{
  VrProblem problem;
  g_autofree char *name = g_strnfill (121, 'x');
  g_autofree char *fits = g_strconcat ("policy ", name, "\n", NULL);
  g_autofree char *longer = g_strconcat ("policy x", name, "\n", NULL);
  g_assert_false (parse (longer, &problem));
  g_assert_cmpstr (problem.text, ==, "f:1: the line is longer than 127 characters");
  g_assert_false (parse (fits + 1, &problem));
  g_assert_nonnull (strstr (problem.text, "no line begins with \"olicy\""));
  g_assert_false (vr_balance_parse ("f", "policy\0hash\n", 12, &balance, &problem));
  g_assert_cmpstr (problem.text, ==, "f:1: the line holds a character that is no printable ASCII");
}

static void
count_slots (const uint8_t *slots, guint *counts)
{
  memset (counts, 0, (VR_BALANCE_NOBODY + 1) * sizeof *counts);
  for (guint i = 0; i < BALANCE_SLOTS; i++)
    counts[slots[i]]++;
}

static void
test_quotas (void)
{
  uint32_t weights[BALANCE_BACKENDS_MAX] = { [3] = 1, [7] = 1, [9] = 1 };
  uint32_t quotas[BALANCE_BACKENDS_MAX];
  vr_balance_quotas (weights, 100, quotas);
  g_assert_cmpuint (quotas[3], ==, 34);
  g_assert_cmpuint (quotas[7], ==, 33);
  g_assert_cmpuint (quotas[9], ==, 33);
  weights[3] = 1000;
  vr_balance_quotas (weights, 64, quotas);
  g_assert_cmpuint (quotas[3], ==, 62);
  g_assert_cmpuint (quotas[7], ==, 1);
  g_assert_cmpuint (quotas[9], ==, 1);
  for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++)
    weights[i] = i == 0 ? 1000 : 1;
  vr_balance_quotas (weights, BALANCE_BACKENDS_MAX, quotas);
  for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++)
    g_assert_cmpuint (quotas[i], ==, 1);
  memset (weights, 0, sizeof weights);
  vr_balance_quotas (weights, 100, quotas);
  g_assert_cmpuint (quotas[0], ==, 0);
}

/* Random weights: each change moves no slot that need not move, and ends with the exact quotas. */
static void
test_slots (void)
{
  uint32_t weights[BALANCE_BACKENDS_MAX] = { 0 }, quotas[BALANCE_BACKENDS_MAX];
  uint8_t slots[BALANCE_SLOTS], before[BALANCE_SLOTS];
  guint counts[VR_BALANCE_NOBODY + 1], had[VR_BALANCE_NOBODY + 1];
  memset (slots, VR_BALANCE_NOBODY, sizeof slots);
  for (guint round = 0; round < 200; round++) {
    memcpy (before, slots, sizeof slots);
    count_slots (before, had);
    weights[g_test_rand_int_range (0, 8)] = (uint32_t) g_test_rand_int_range (0, 5);
    weights[g_test_rand_int_range (0, BALANCE_BACKENDS_MAX)]
        = (uint32_t) g_test_rand_int_range (0, VR_BALANCE_WEIGHT_MAX + 1);
    vr_balance_fill_slots (weights, slots);
    vr_balance_quotas (weights, BALANCE_SLOTS, quotas);
    count_slots (slots, counts);
    guint moved = 0, must = 0;
    for (guint i = 0; i < BALANCE_SLOTS; i++)
      moved += slots[i] != before[i];
    for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++) {
      g_assert_cmpuint (counts[i], ==, quotas[i]);
      must += quotas[i] > had[i] ? quotas[i] - had[i] : 0;
    }
    if (counts[VR_BALANCE_NOBODY] == 0)
      g_assert_cmpuint (moved, ==, must);
  }
  memset (weights, 0, sizeof weights);
  vr_balance_fill_slots (weights, slots);
  count_slots (slots, counts);
  g_assert_cmpuint (counts[VR_BALANCE_NOBODY], ==, BALANCE_SLOTS);
}

static void
test_order (void)
{
  /* The example of nginx's commit 52327e0627f4: a a b a c a a, for weights 5, 1, 1. */
  static const uint8_t wanted[] = { 0, 0, 1, 0, 2, 0, 0 };
  uint32_t weights[BALANCE_BACKENDS_MAX] = { 5, 1, 1 };
  uint8_t order[BALANCE_SLOTS];
  g_assert_cmpuint (vr_balance_fill_order (weights, order), ==, 7);
  g_assert_cmpmem (order, 7, wanted, 7);
  weights[0] = 1000;
  weights[1] = 500;
  weights[2] = 0;
  g_assert_cmpuint (vr_balance_fill_order (weights, order), ==, 3);
  for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++)
    weights[i] = 999 - i;
  g_assert_cmpuint (vr_balance_fill_order (weights, order), ==, BALANCE_SLOTS);
  guint counts[VR_BALANCE_NOBODY + 1];
  count_slots (order, counts);
  for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++)
    g_assert_cmpint (ABS ((int) counts[i] - BALANCE_SLOTS / BALANCE_BACKENDS_MAX), <=, 4);
  memset (weights, 0, sizeof weights);
  g_assert_cmpuint (vr_balance_fill_order (weights, order), ==, 0);
}

/* What is written is what was read, line by line. */
static void
test_written (void)
{
  static const char *const texts[]
      = { HEAD "end\n", "policy least\ninner i\nouter left 02:00:00:00:00:0a 4094\n"
                        "outer right 02:00:00:00:00:0b 1\nlocal 198.18.1.1\nlocal 2001:2::1\n"
                        "control 02:00:00:00:02:07\n"
                        "backend 02:00:00:00:01:01 1000\nbackend 02:00:00:00:01:02 0\nend\n" };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    VrProblem problem;
    char *written = NULL;
    size_t size;
    FILE *stream = open_memstream (&written, &size);
    g_assert_true (parse (texts[i], &problem));
    g_assert_true (vr_balance_print (&balance, stream));
    fclose (stream);
    g_assert_cmpstr (written, ==, texts[i]);
    free (written);
  }
}

static void
test_places (void)
{
  static VrPlaces places;
  static struct balance_config config;
  VrProblem problem;
  vr_places_init (&places);
  g_assert_true (
      parse (HEAD "backend 02:00:00:00:01:01 1\nbackend 02:00:00:00:01:02 2\nend\n", &problem));
  vr_places_take (&places, &balance);
  vr_places_configure (&places, BALANCE_HASH, &config);
  g_assert_true (places.places[0].fresh && places.places[1].fresh);
  g_assert_cmpuint (config.places, ==, 2);
  g_assert_cmpuint (config.turns, ==, 3);
  g_assert_cmpuint (config.backends[0].cost, ==, 2 * config.backends[1].cost);
  g_assert_true (
      parse (HEAD "backend 02:00:00:00:01:03 0\nbackend 02:00:00:00:01:02 2\nend\n", &problem));
  vr_places_take (&places, &balance);
  vr_places_configure (&places, BALANCE_LEAST, &config);
  g_assert_true (places.places[2].fresh && !places.places[1].fresh && !places.places[0].used);
  g_assert_cmpuint (config.backends[2].mac[5], ==, 3);
  g_assert_cmpuint (config.backends[2].cost, ==, 0);
  g_assert_cmpuint (config.backends[1].mac[5], ==, 2);
  for (guint i = 0; i < BALANCE_SLOTS; i++)
    g_assert_cmpuint (config.slots[i], ==, 1);
}

/* The slots of one without a weight go to the others by theirs, and are its own again later,
 * whoever was without one in between. */
static void
test_lent_slots (void)
{
  static VrPlaces places;
  static struct balance_config config;
  static const char *const weights[] = { "123", "023", "003", "103", "120", "123" };
  uint8_t first[BALANCE_SLOTS];
  guint had[VR_BALANCE_NOBODY + 1], counts[VR_BALANCE_NOBODY + 1];
  vr_places_init (&places);
  for (guint round = 0; round < G_N_ELEMENTS (weights); round++) {
    VrProblem problem;
    g_autoptr (GString) text = g_string_new (HEAD);
    for (guint i = 0; i < 3; i++)
      g_string_append_printf (text, "backend 02:00:00:00:01:%02x %c\n", i, weights[round][i]);
    g_string_append (text, "end\n");
    g_assert_true (parse (text->str, &problem));
    vr_places_take (&places, &balance);
    vr_places_configure (&places, BALANCE_HASH, &config);
    count_slots (config.slots, counts);
    if (round == 0) {
      memcpy (first, config.slots, sizeof first);
      count_slots (first, had);
    }
    for (guint i = 0; i < BALANCE_SLOTS; i++)
      if (weights[round][first[i]] != '0')
        g_assert_cmpuint (config.slots[i], ==, first[i]);
    if (round == 1) {
      g_assert_cmpint (ABS ((int) (counts[1] - had[1] - had[0] * 2 / 5)), <=, 2);
      g_assert_cmpuint (counts[0], ==, 0);
    }
  }
  g_assert_cmpmem (config.slots, BALANCE_SLOTS, first, BALANCE_SLOTS);
}

/* One that takes the place of another, which was killed, gives each flow to whom it had, also the
 * lent ones when they go back. */
static void
test_resumed (void)
{
  static VrPlaces places, next;
  static struct balance_config before, after;
  static struct balance_names names;
  static const char *const asked[] = {
    HEAD "backend 02:00:00:00:01:01 1\nbackend 02:00:00:00:01:02 1\nend\n",
    HEAD "backend 02:00:00:00:01:02 1\nbackend 02:00:00:00:01:03 2\nend\n",
    HEAD "backend 02:00:00:00:01:02 0\nbackend 02:00:00:00:01:03 2\n"
         "backend 02:00:00:00:01:04 1\nend\n",
  };
  VrProblem problem;
  vr_places_init (&places);
  for (guint i = 0; i < G_N_ELEMENTS (asked); i++) {
    g_assert_true (parse (asked[i], &problem));
    vr_places_take (&places, &balance);
    vr_places_configure (&places, BALANCE_HASH, &before);
    vr_places_write (&places, &names);
    vr_places_init (&next);
    vr_places_resume (&next, &names);
    vr_places_take (&next, &balance);
    vr_places_configure (&next, BALANCE_HASH, &after);
    g_assert_cmpmem (after.slots, sizeof after.slots, before.slots, sizeof before.slots);
    g_assert_cmpmem (after.backends, sizeof after.backends, before.backends,
                     sizeof before.backends);
  }
  g_assert_true (parse (HEAD "backend 02:00:00:00:01:02 1\nbackend 02:00:00:00:01:03 2\n"
                             "backend 02:00:00:00:01:04 1\nend\n",
                        &problem));
  vr_places_take (&places, &balance);
  vr_places_take (&next, &balance);
  vr_places_configure (&places, BALANCE_HASH, &before);
  vr_places_configure (&next, BALANCE_HASH, &after);
  g_assert_cmpmem (after.slots, sizeof after.slots, before.slots, sizeof before.slots);
}

/* Where all places are taken, who comes has the place of one that goes. */
static void
test_full_places (void)
{
  static VrPlaces places;
  VrProblem problem;
  vr_places_init (&places);
  for (guint round = 0; round < 2; round++) {
    g_autoptr (GString) text = g_string_new (HEAD);
    for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++)
      g_string_append_printf (text, "backend 02:00:00:00:01:%02x 1\n", i + 40 * round);
    g_string_append (text, "end\n");
    g_assert_true (parse (text->str, &problem));
    vr_places_take (&places, &balance);
  }
  for (guint i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    g_assert_true (places.places[i].used);
    g_assert_cmpuint (places.places[i].mac[5], ==, i < 40 ? i + 64 : i);
    g_assert_cmpint (places.places[i].fresh, ==, i < 40);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/balance/description", test_description);
  g_test_add_func ("/balance/policies", test_policies);
  g_test_add_func ("/balance/wrong lines", test_wrong_lines);
  g_test_add_func ("/balance/limits", test_limits);
  g_test_add_func ("/balance/long line", test_long_line);
  g_test_add_func ("/balance/quotas", test_quotas);
  g_test_add_func ("/balance/slots", test_slots);
  g_test_add_func ("/balance/order", test_order);
  g_test_add_func ("/balance/written", test_written);
  g_test_add_func ("/balance/places", test_places);
  g_test_add_func ("/balance/lent slots", test_lent_slots);
  g_test_add_func ("/balance/resumed", test_resumed);
  g_test_add_func ("/balance/full places", test_full_places);
  return g_test_run ();
}
