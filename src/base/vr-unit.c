/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-unit.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"

typedef struct {
  const char *suffix;
  guint64 factor;
} Unit;

/* In each table a factor's first suffix is the one that is printed; factors ascend. */
static const Unit sizes[] = {
  { "", 1 },           { "B", 1 },
  { "K", 1ull << 10 }, { "KiB", 1ull << 10 },
  { "M", 1ull << 20 }, { "MiB", 1ull << 20 },
  { "G", 1ull << 30 }, { "GiB", 1ull << 30 },
  { "T", 1ull << 40 }, { "TiB", 1ull << 40 },
};
static const Unit rates[] = {
  { "pps", 1 }, { "", 1 }, { "kpps", 1000 }, { "k", 1000 }, { "Mpps", 1000000 }, { "M", 1000000 },
};
static const Unit bit_rates[] = {
  { "bit/s", 1 },
  { "kbit/s", 1000 },
  { "Mbit/s", 1000000 },
  { "Gbit/s", 1000000000 },
};
static const Unit durations[] = {
  { "ns", 1 },         { "us", 1000 },          { "ms", 1000000 },
  { "s", 1000000000 }, { "m", 60000000000ull }, { "h", 3600000000000ull },
};

static gboolean
scale (const char *digits, const char *end, guint64 factor, guint64 *value)
{
  guint64 whole = 0, part = 0, weight = 1;
  gboolean fraction = FALSE;
  for (const char *p = digits; p < end; p++) {
    if (*p == '.') {
      fraction = TRUE;
      continue;
    }
    guint64 *target = fraction ? &part : &whole;
    if (!g_uint64_checked_mul (target, *target, 10)
        || !g_uint64_checked_add (target, *target, (guint64) (*p - '0')))
      return FALSE;
    if (fraction && !g_uint64_checked_mul (&weight, weight, 10))
      return FALSE;
  }
  guint64 fine;
  if (!g_uint64_checked_mul (&whole, whole, factor) || !g_uint64_checked_mul (&fine, part, factor)
      || fine % weight != 0)
    return FALSE;
  return g_uint64_checked_add (value, whole, fine / weight);
}

/* Digits, at most one point between digits. */
static const char *
number_end (const char *text)
{
  const char *p = text;
  while (g_ascii_isdigit (*p))
    p++;
  if (p > text && p[0] == '.' && g_ascii_isdigit (p[1])) {
    p++;
    while (g_ascii_isdigit (*p))
      p++;
  }
  return p;
}

static gboolean
parse (const char *text, const Unit *units, gsize count, const char *what, guint64 *value,
       GError **error)
{
  const char *end = number_end (text);
  for (gsize i = 0; end > text && i < count; i++) {
    guint64 parsed;
    if (strcmp (end, units[i].suffix) == 0 && scale (text, end, units[i].factor, &parsed)) {
      *value = parsed;
      return TRUE;
    }
  }
  g_autofree char *quoted = vr_name_quote (text);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "\"%s\" is not %s", quoted, what);
  return FALSE;
}

static char *
print (guint64 value, const Unit *units, gsize count)
{
  const Unit *best = &units[0];
  for (gsize i = 1; i < count; i++)
    if (units[i].factor > best->factor && value != 0 && value % units[i].factor == 0)
      best = &units[i];
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", value / best->factor, best->suffix);
}

gboolean
vr_unit_parse_size (const char *text, guint64 *bytes, GError **error)
{
  return parse (text, sizes, G_N_ELEMENTS (sizes), "a size, as 256M or 2G", bytes, error);
}

gboolean
vr_unit_parse_packet_rate (const char *text, guint64 *rate_pps, GError **error)
{
  return parse (text, rates, G_N_ELEMENTS (rates), "a packet rate, as 300kpps or 1.5Mpps", rate_pps,
                error);
}

gboolean
vr_unit_parse_bit_rate (const char *text, guint64 *rate_bps, GError **error)
{
  return parse (text, bit_rates, G_N_ELEMENTS (bit_rates), "a bit rate, as 100Mbit/s", rate_bps,
                error);
}

gboolean
vr_unit_parse_duration (const char *text, guint64 *duration_ns, GError **error)
{
  if (strcmp (text, "0") == 0) {
    *duration_ns = 0;
    return TRUE;
  }
  return parse (text, durations, G_N_ELEMENTS (durations), "a duration, as 170ms or 1s",
                duration_ns, error);
}

gboolean
vr_unit_parse_ratio (const char *text, double *ratio, GError **error)
{
  const char *end = number_end (text);
  gboolean is_percent = strcmp (end, "%") == 0;
  if (end == text || (*end != '\0' && !is_percent)) {
    g_autofree char *quoted = vr_name_quote (text);
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "\"%s\" is not a share, as 0.005 or 0.5%%",
                 quoted);
    return FALSE;
  }
  *ratio = g_ascii_strtod (text, NULL) / (is_percent ? 100 : 1);
  return TRUE;
}

char *
vr_unit_print_size (guint64 bytes)
{
  return print (bytes, sizes, G_N_ELEMENTS (sizes));
}

char *
vr_unit_print_packet_rate (guint64 rate_pps)
{
  return print (rate_pps, rates, G_N_ELEMENTS (rates));
}

char *
vr_unit_print_bit_rate (guint64 rate_bps)
{
  return print (rate_bps, bit_rates, G_N_ELEMENTS (bit_rates));
}

char *
vr_unit_print_duration (guint64 duration_ns)
{
  return print (duration_ns, durations, G_N_ELEMENTS (durations));
}
