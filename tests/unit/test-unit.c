/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-unit.h"

#include "base/vr-error.h"

typedef gboolean (*Parse) (const char *text, guint64 *value, GError **error);
typedef char *(*Print) (guint64 value);

typedef struct {
  Parse parse;
  Print print;
  const char *text;
  guint64 value;
  const char *printed; /* NULL: as the text */
} Good;

#define SIZE vr_unit_parse_size, vr_unit_print_size
#define BITS vr_unit_parse_bit_rate, vr_unit_print_bit_rate
#define RATE vr_unit_parse_packet_rate, vr_unit_print_packet_rate
#define TIME vr_unit_parse_duration, vr_unit_print_duration

static const Good good[] = {
  { SIZE, "0", 0, NULL },
  { SIZE, "1", 1, NULL },
  { SIZE, "512B", 512, "512" },
  { SIZE, "1024", 1024, "1K" },
  { SIZE, "1025", 1025, NULL },
  { SIZE, "256M", 256ull << 20, NULL },
  { SIZE, "256MiB", 256ull << 20, "256M" },
  { SIZE, "1.5G", 1536ull << 20, "1536M" },
  { SIZE, "0.5K", 512, "512" },
  { SIZE, "16T", 16ull << 40, NULL },
  { SIZE, "18446744073709551615", G_MAXUINT64, NULL },
  { RATE, "300", 300, "300pps" },
  { RATE, "50k", 50000, "50kpps" },
  { RATE, "50kpps", 50000, NULL },
  { RATE, "1.5Mpps", 1500000, "1500kpps" },
  { RATE, "2M", 2000000, "2Mpps" },
  { BITS, "100Mbit/s", 100000000, NULL },
  { BITS, "1.5Gbit/s", 1500000000, "1500Mbit/s" },
  { BITS, "64bit/s", 64, NULL },
  { TIME, "0", 0, "0ns" },
  { TIME, "1024ns", 1024, NULL },
  { TIME, "50us", 50000, NULL },
  { TIME, "170ms", 170000000, NULL },
  { TIME, "0.5s", 500000000, "500ms" },
  { TIME, "60s", 60000000000, "1m" },
  { TIME, "90m", 5400000000000, NULL },
  { TIME, "1h", 3600000000000, NULL },
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    guint64 value = 1, again = 1;
    g_autoptr (GError) error = NULL;
    g_assert_true (good[i].parse (good[i].text, &value, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (value, ==, good[i].value);
    g_autofree char *printed = good[i].print (value);
    g_assert_cmpstr (printed, ==, good[i].printed != NULL ? good[i].printed : good[i].text);
    g_assert_true (good[i].parse (printed, &again, &error));
    g_assert_cmpuint (again, ==, value);
  }
}

typedef struct {
  Parse parse;
  const char *text;
} Bad;

static const Bad bad[] = {
  { vr_unit_parse_size, "" },
  { vr_unit_parse_size, "M" },
  { vr_unit_parse_size, "-1" },
  { vr_unit_parse_size, "+1" },
  { vr_unit_parse_size, " 1" },
  { vr_unit_parse_size, "1 M" },
  { vr_unit_parse_size, "1m" },
  { vr_unit_parse_size, "1Mx" },
  { vr_unit_parse_size, ".5M" },
  { vr_unit_parse_size, "1.M" },
  { vr_unit_parse_size, "1.5.5M" },
  { vr_unit_parse_size, "0.3" },
  { vr_unit_parse_size, "0.0001K" },
  { vr_unit_parse_size, "0x10" },
  { vr_unit_parse_size, "18446744073709551616" },
  { vr_unit_parse_size, "16777216T" },
  { vr_unit_parse_size, "1.00000000000000000000000000000000000000M" },
  { vr_unit_parse_packet_rate, "50kbit" },
  { vr_unit_parse_bit_rate, "100M" },
  { vr_unit_parse_bit_rate, "100Mbit" },
  { vr_unit_parse_bit_rate, "-1bit/s" },
  { vr_unit_parse_packet_rate, "50K" },
  { vr_unit_parse_packet_rate, "1e6" },
  { vr_unit_parse_packet_rate, "0.5pps" },
  { vr_unit_parse_duration, "10" },
  { vr_unit_parse_duration, "1.5ns" },
  { vr_unit_parse_duration, "1 s" },
  { vr_unit_parse_duration, "5124096h" },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    guint64 value = 4711;
    g_autoptr (GError) error = NULL;
    g_test_message ("\"%s\"", bad[i].text);
    g_assert_false (bad[i].parse (bad[i].text, &value, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_cmpuint (value, ==, 4711);
  }
}

/* Every value has a text, which reads back to it. */
static void
test_round_trip (void)
{
  static const struct {
    Parse parse;
    Print print;
  } units[] = { { SIZE }, { RATE }, { TIME } };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  for (guint i = 0; i < 3000; i++) {
    guint64 wide = ((guint64) g_rand_int (rand) << 32) | g_rand_int (rand);
    guint64 value = wide >> g_rand_int_range (rand, 0, 64), again = 0;
    g_autofree char *text = units[i % 3].print (value);
    g_assert_true (units[i % 3].parse (text, &again, NULL));
    g_assert_cmpuint (again, ==, value);
  }
}

static void
test_ratio (void)
{
  static const struct {
    const char *text;
    double ratio;
  } shares[] = { { "0", 0 },    { "0.005", 0.005 }, { "0.5%", 0.005 },
                 { "100%", 1 }, { "12.5%", 0.125 }, { "3", 3 } };
  static const char *const wrong[] = { "", "%", "-1", "+1", ".5", "1.", "1e3", "5 %", "5%%", "x" };
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    double ratio = -1;
    g_assert_true (vr_unit_parse_ratio (shares[i].text, &ratio, NULL));
    g_assert_cmpfloat_with_epsilon (ratio, shares[i].ratio, 1e-15);
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    double ratio = -1;
    g_autoptr (GError) error = NULL;
    g_assert_false (vr_unit_parse_ratio (wrong[i], &ratio, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_assert_cmpfloat (ratio, ==, -1);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit/good", test_good);
  g_test_add_func ("/unit/bad", test_bad);
  g_test_add_func ("/unit/round-trip", test_round_trip);
  g_test_add_func ("/unit/ratio", test_ratio);
  return g_test_run ();
}
