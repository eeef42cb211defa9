/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-xdp-choice.h"

#include <string.h>

#include "base/vr-error.h"

static const char *const mode_words[] = { "auto", "skb", "native", NULL };
static const char *const copy_words[] = { "auto", "copy", "zerocopy", NULL };

static gboolean
find_word (const char *const *words, const char *text, guint *found, GError **error)
{
  for (*found = 0; words[*found] != NULL; ++*found)
    if (strcmp (words[*found], text) == 0)
      return TRUE;
  g_autofree char *all = g_strjoinv (", ", (char **) words);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\" is none of %s", text, all);
  return FALSE;
}

gboolean
vr_xdp_choice_set (VrXdpChoice *choice, const char *key, const char *text, GError **error)
{
  gboolean is_mode = strcmp (key, "xdp-mode") == 0;
  guint found;
  if (text == NULL)
    return TRUE;
  if (!find_word (is_mode ? mode_words : copy_words, text, &found, error))
    return FALSE;
  if (is_mode)
    choice->mode = (VrXdpMode) found;
  else
    choice->copy = (VrXdpCopy) found;
  return TRUE;
}

gboolean
vr_xdp_choice_is_made (const VrXdpChoice *choice)
{
  return choice->mode != VR_XDP_MODE_AUTO || choice->copy != VR_XDP_COPY_AUTO;
}

gboolean
vr_xdp_choice_check (const VrXdpChoice *choice, const char *generator, GError **error)
{
  if (!vr_xdp_choice_is_made (choice))
    return TRUE;
  gboolean is_mode = choice->mode != VR_XDP_MODE_AUTO;
  if (generator == NULL || strcmp (generator, "xdp") != 0)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%s %s is of the generator xdp, not of %s: choose that, too",
                 is_mode ? "xdp-mode" : "xdp-copy",
                 is_mode ? mode_words[choice->mode] : copy_words[choice->copy],
                 generator != NULL ? generator : "auto");
  else if (choice->mode == VR_XDP_MODE_SKB && choice->copy == VR_XDP_COPY_ZERO)
    g_set_error_literal (error, VR_ERROR, VR_ERROR_USAGE,
                         "xdp-mode skb copies each frame: zerocopy is of native, or of auto");
  else
    return TRUE;
  return FALSE;
}
