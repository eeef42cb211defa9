/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-generator.h"

#include <string.h>

#include "base/vr-error.h"

typedef const VrGeneratorKind *(*Kind) (void);

static const Kind kinds[] = { vr_generator_packet, vr_generator_xdp, vr_generator_pktgen };

const char *const *
vr_generator_names (void)
{
  static const char *names[G_N_ELEMENTS (kinds) + 2];
  names[0] = "auto";
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    names[i + 1] = kinds[i]()->name;
  return names;
}

static const VrGeneratorKind *
find_kind (const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i]()->name, name) == 0)
      return kinds[i]();
  g_autofree char *names = g_strjoinv (", ", (char **) vr_generator_names ());
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\" is no generator: there are %s", name,
               names);
  return NULL;
}

gboolean
vr_generator_check (const char *name, GError **error)
{
  return strcmp (name, "auto") == 0 || find_kind (name, error) != NULL;
}

/* Frames too large for AF_XDP, drivers and kernels without it, a queue that another has: all of
 * that is no reason to send nothing. */
static VrGenerator *
open_best (const VrGeneratorSpec *spec, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean is_fast = spec->rate_pps == 0 || spec->rate_pps >= VR_GENERATOR_XDP_LEAST_PPS;
  VrGenerator *generator = is_fast ? vr_generator_xdp ()->open (spec, &cause) : NULL;
  if (generator != NULL)
    return generator;
  generator = vr_generator_packet ()->open (spec, error);
  if (generator != NULL && cause != NULL)
    generator->why = g_strdup_printf ("not xdp: %s", cause->message);
  return generator;
}

static VrGenerator *
open_named (const char *name, const VrGeneratorSpec *spec, GError **error)
{
  const VrGeneratorKind *kind = find_kind (name, error);
  return kind != NULL ? kind->open (spec, error) : NULL;
}

VrGenerator *
vr_generator_open (const char *name, const VrGeneratorSpec *spec, GError **error)
{
  gboolean is_free = name == NULL || strcmp (name, "auto") == 0;
  if (!vr_xdp_choice_check (&spec->xdp, name, error))
    return NULL;
  VrGenerator *generator = is_free ? open_best (spec, error) : open_named (name, spec, error);
  if (generator != NULL)
    generator->ifname = g_strdup (spec->ifname);
  return generator;
}

const char *
vr_generator_sleep (const VrGenerator *generator)
{
  return generator->bell != NULL ? vr_bell_name (generator->bell) : "kernel";
}

char *
vr_generator_why (const VrGenerator *generator)
{
  int lack = generator->bell != NULL ? vr_bell_lack (generator->bell) : 0;
  if (lack == 0)
    return g_strdup (generator->why);
  return g_strdup_printf ("%s%sno io_uring: %s", generator->why != NULL ? generator->why : "",
                          generator->why != NULL ? "; " : "", g_strerror (lack));
}

gboolean
vr_generator_check_mtu (const VrGenerator *generator, const VrStream *stream, gsize length,
                        GError **error)
{
  guint overhead = 14 + (stream->frame.vlan != 0 ? 4 : 0), mtu = generator->mtu;
  if (length <= mtu + overhead || stream->capture != NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "a frame of %" G_GSIZE_FORMAT
               " bytes does not fit interface \"%s\": its MTU of %u allows %u",
               length + VR_FRAME_FCS, generator->ifname, mtu, mtu + overhead + VR_FRAME_FCS);
  return FALSE;
}

void
vr_generator_free (VrGenerator *generator)
{
  g_free (generator->ifname);
  g_free (generator->why);
  generator->kind->free (generator);
}
