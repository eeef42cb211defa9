/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles as strings, and assertions about what becomes of them. */
#pragma once

#include <string.h>

#include "base/vr-error.h"
#include "config/vr-profile.h"

#define FIXTURE_FILE "t.conf"

static inline VrLab *
fixture_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  VrLab *lab = vr_profile_parse (text, strlen (text), FIXTURE_FILE, &error);
  if (error != NULL)
    g_test_message ("%s\n%s", text, error->message);
  g_assert_no_error (error);
  g_assert_nonnull (lab);
  return lab;
}

/* Asserts VR_ERROR_PROFILE at `line` of the fixture (0: anywhere), whose message holds each of
 * `fragments`, which bars separate, and is one printable line. */
static inline void
fixture_assert_error (const GError *error, guint line, const char *fragments)
{
  g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
  g_autofree char *place = g_strdup_printf (FIXTURE_FILE ":%u: ", line);
  if (line != 0 && !g_str_has_prefix (error->message, place))
    g_error ("not at line %u: %s", line, error->message);
  g_auto (GStrv) parts = g_strsplit (fragments, "|", -1);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (error->message, *part) == NULL)
      g_error ("no \"%s\" in: %s", *part, error->message);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_cmpuint (strlen (error->message), <, 600);
}

static inline void
fixture_refuse_sized (const char *text, gsize size, guint line, const char *fragments)
{
  g_autoptr (GError) error = NULL;
  VrLab *lab = vr_profile_parse (text, size, FIXTURE_FILE, &error);
  if (lab != NULL)
    g_error ("not refused (%s):\n%s", fragments, text);
  fixture_assert_error (error, line, fragments);
}

static inline void
fixture_refuse (const char *text, guint line, const char *fragments)
{
  fixture_refuse_sized (text, strlen (text), line, fragments);
}
