/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-item-routing.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-name.h"
#include "config/vr-item.h"

/* RFC 2328, appendix C.3: a cost is 16 bits; the hello interval is another, and four times as long
 * is the usual dead interval, of 32 bits. */
#define COST_MAX 65535
#define COST_DEFAULT 10
#define HELLO_MAX_S 65535
#define HELLO_DEFAULT_S 10
/* RFC 4271, 4.2: at least 3 s, and 16 bits; 90 s are section 10's. */
#define HOLD_MIN_S 3
#define HOLD_MAX_S 65535
#define HOLD_DEFAULT_S 90
/* RFC 6793, RFC 7300. */
#define AS_TRANS 23456
#define AS_LAST_OF_16_BITS 65535

/* NAME=NUMBER */
typedef struct {
  const char *name;
  guint64 min, max;
  guint32 *place;
  gboolean is_given;
} Option;

static Option *
find_option (Option *options, guint count, const char *word)
{
  for (guint i = 0; i < count; i++)
    if (g_str_has_prefix (word, options[i].name) && word[strlen (options[i].name)] == '=')
      return &options[i];
  return NULL;
}

static gboolean
read_option (Option *option, const char *word, GError **error)
{
  guint64 number;
  if (option->is_given)
    return vr_name_refuse (error, word, "is a second %s: give one", option->name);
  if (!g_ascii_string_to_unsigned (word + strlen (option->name) + 1, 10, option->min, option->max,
                                   &number, NULL))
    return vr_name_refuse (
        error, word, "is not %s=N, with a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
        option->name, option->min, option->max);
  *option->place = (guint32) number;
  option->is_given = TRUE;
  return TRUE;
}

static gboolean
refuse_word (const char *word, VrValueKind kind, GError **error)
{
  return vr_name_refuse (error, word, "is not a word of %s", vr_item_syntax (kind));
}

/* An area is also written like an address of IPv4: area=0.0.0.1. */
static gboolean
read_dotted_area (const char *word, Option *area)
{
  VrPrefix address;
  if (!g_str_has_prefix (word, "area=") || area->is_given
      || !vr_prefix_parse_address (word + strlen ("area="), &address, NULL)
      || address.family != AF_INET)
    return FALSE;
  guint32 number;
  memcpy (&number, address.bytes, sizeof number);
  *area->place = GUINT32_FROM_BE (number);
  area->is_given = TRUE;
  return TRUE;
}

static gboolean
read_type (const char *word, VrOspf *ospf, gboolean *is_given, GError **error)
{
  const char *type = word + strlen ("type=");
  ospf->is_point_to_point = strcmp (type, "point-to-point") == 0;
  if (*is_given)
    return vr_name_refuse (error, word, "is a second type: give one");
  *is_given = TRUE;
  return ospf->is_point_to_point || strcmp (type, "broadcast") == 0
         || vr_name_refuse (error, word, "is not type=broadcast or type=point-to-point");
}

gpointer
vr_item_read_ospf (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  g_autoptr (VrOspf) ospf = g_new0 (VrOspf, 1);
  gboolean has_type = FALSE;
  *ospf = (VrOspf){ .origin = value->origin, .cost = COST_DEFAULT, .hello_s = HELLO_DEFAULT_S };
  Option options[] = { { "area", 0, G_MAXUINT32, &ospf->area, FALSE },
                       { "cost", 1, COST_MAX, &ospf->cost, FALSE },
                       { "hello", 1, HELLO_MAX_S, &ospf->hello_s, FALSE } };
  if (!vr_name_check ("port", words[0], error))
    return NULL;
  ospf->port = g_strdup (words[0]);
  for (char **word = words + 1; *word != NULL; word++) {
    Option *option = find_option (options, G_N_ELEMENTS (options), *word);
    gboolean is_read = g_str_has_prefix (*word, "type=") ? read_type (*word, ospf, &has_type, error)
                       : option == NULL                  ? refuse_word (*word, VR_VALUE_OSPF, error)
                                                         : read_dotted_area (*word, &options[0])
                                              || read_option (option, *word, error);
    if (!is_read)
      return NULL;
  }
  return g_steal_pointer (&ospf);
}

gboolean
vr_item_check_as (guint32 number, GError **error)
{
  if (number != 0 && number != AS_TRANS && number != AS_LAST_OF_16_BITS && number != G_MAXUINT32)
    return TRUE;
  g_autofree char *text = g_strdup_printf ("%u", number);
  return vr_name_refuse (error, text,
                         "is set aside, and no network's number: take another, as of the private "
                         "ones 64512 to 65534");
}

gpointer
vr_item_read_bgp (const VrValue *value, GError **error)
{
  g_auto (GStrv) words = vr_item_words (value->text);
  g_autoptr (VrBgp) bgp = g_new0 (VrBgp, 1);
  *bgp = (VrBgp){ .origin = value->origin, .hold_s = HOLD_DEFAULT_S };
  Option options[] = { { "as", 1, G_MAXUINT32, &bgp->as_number, FALSE },
                       { "hold", HOLD_MIN_S, HOLD_MAX_S, &bgp->hold_s, FALSE } };
  if (!vr_prefix_parse_address (words[0], &bgp->address, error)
      || !vr_item_check_host (&bgp->address, error))
    return NULL;
  for (char **word = words + 1; *word != NULL; word++) {
    Option *option = find_option (options, G_N_ELEMENTS (options), *word);
    if (option == NULL ? !refuse_word (*word, VR_VALUE_BGP, error)
                       : !read_option (option, *word, error))
      return NULL;
  }
  if (!options[0].is_given) {
    vr_name_refuse (error, value->text, "lacks the neighbour's network: add as=N");
    return NULL;
  }
  return vr_item_check_as (bgp->as_number, error) ? g_steal_pointer (&bgp) : NULL;
}

char *
vr_item_print_ospf (gconstpointer item)
{
  const VrOspf *ospf = item;
  return g_strdup_printf ("%s area=%u cost=%u hello=%u type=%s", ospf->port, ospf->area, ospf->cost,
                          ospf->hello_s, ospf->is_point_to_point ? "point-to-point" : "broadcast");
}

char *
vr_item_print_bgp (gconstpointer item)
{
  const VrBgp *bgp = item;
  char address[VR_PREFIX_TEXT_SIZE];
  return g_strdup_printf ("%s as=%u hold=%u", vr_prefix_print_address (&bgp->address, address),
                          bgp->as_number, bgp->hold_s);
}
