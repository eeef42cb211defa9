/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-claim-text.h"

#include <math.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"

/* --- Numbers ------------------------------------------------------------------------------------
 */

/* Digits, a point, a unit; neither "inf" nor hexadecimal. */
static gboolean
read_number (const char *text, const char *unit, double *number)
{
  gsize digits = strspn (text, "0123456789.");
  char *end;
  double value = g_ascii_strtod (text, &end);
  if (digits == 0 || end != text + digits)
    return FALSE;
  end += strspn (end, " ");
  if (unit != NULL && g_str_has_prefix (end, unit))
    end += strlen (unit);
  if (*end != '\0')
    return FALSE;
  *number = value;
  return TRUE;
}

gboolean
vr_claim_text_number (const char *text, const VrClaimRange *range, double *number, GError **error)
{
  double value = 0;
  if (read_number (text, range->unit, &value) && value >= range->low
      && (range->end == VR_BOUND_OPEN ? value < range->high : value <= range->high)) {
    *number = value;
    return TRUE;
  }
  return vr_name_refuse (error, text, "is no number from %g to %s%g%s%s", range->low,
                         range->end == VR_BOUND_OPEN ? "below " : "", range->high,
                         range->unit != NULL ? " " : "", range->unit != NULL ? range->unit : "");
}

gboolean
vr_claim_text_bounds (const char *text, double *low, double *high, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  double numbers[2];
  gboolean good = g_strv_length (words) == 2;
  for (guint i = 0; good && i < 2; i++)
    good = read_number (g_strstrip (words[i]), NULL, &numbers[i]);
  if (!good || numbers[0] >= numbers[1])
    return vr_name_refuse (error, text,
                           "is to be two numbers, the lower first, with a comma between: 0.9, 1.1");
  *low = numbers[0];
  *high = numbers[1];
  return TRUE;
}

/* --- Levels -------------------------------------------------------------------------------------
 */

void
vr_claim_chain_clear (VrClaimChain *chain)
{
  g_clear_pointer (&chain->levels, g_ptr_array_unref);
  g_clear_pointer (&chain->signs, g_ptr_array_unref);
}

/* The sign that stands at `p`, or NULL. */
static const char *
sign_at (const char *text, const char *p)
{
  static const char *const signs[] = { ">=", ">", "~" };
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_str_has_prefix (p, signs[i]))
      return signs[i];
  return *p == '/' && p > text && p[-1] == ' ' && p[1] == ' ' ? "/" : NULL;
}

/* The level at `*p`, which goes to the sign after it; NULL where there is none. */
static char *
take_level (const char *text, const char **p)
{
  const char *start = *p + strspn (*p, " ");
  const char *end = start;
  if (*start == '"') {
    end = strchr (++start, '"');
    *p = end != NULL ? end + 1 + strspn (end + 1, " ") : start;
    return end != NULL && end > start ? g_strndup (start, (gsize) (end - start)) : NULL;
  }
  while (*end != '\0' && sign_at (text, end) == NULL)
    end++;
  *p = end;
  return end > start ? g_strchomp (g_strndup (start, (gsize) (end - start))) : NULL;
}

gboolean
vr_claim_text_chain (const char *text, VrClaimChain *chain, GError **error)
{
  g_auto (VrClaimChain) read = { g_ptr_array_new_with_free_func (g_free), g_ptr_array_new () };
  const char *p = text;
  for (;;) {
    char *level = take_level (text, &p);
    const char *sign = sign_at (text, p);
    if (level != NULL)
      g_ptr_array_add (read.levels, level);
    if (level == NULL || (*p != '\0' && sign == NULL))
      return vr_name_refuse (error, text,
                             "is to be levels with signs between, and a level that holds a sign in "
                             "double quotes");
    if (*p == '\0')
      break;
    g_ptr_array_add (read.signs, (gpointer) sign);
    p += strlen (sign);
  }
  *chain = (VrClaimChain){ g_steal_pointer (&read.levels), g_steal_pointer (&read.signs) };
  return TRUE;
}
