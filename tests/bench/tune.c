/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunes a lab that is up by the library, in one process, back and forth, and prints how many
 * microseconds each call took, once the first is over. tune LAB COUNT RUN-DIR IMAGES-DIR URI CHANGE
 * CHANGE */
#include <glib.h>
#include <stdio.h>

#include "lab/vr-tune.h"

#define ARGUMENTS 7

static gint64
monotonic_ns (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time () * 1000;
}

static gboolean
tune (const VrSite *site, char **argv, guint round, GError **error)
{
  const char *changes[] = { argv[6 + round % 2], NULL };
  VrLabOptions options = { 0 };
  VrOutcome outcome;
  gint64 begun_us = g_get_monotonic_time ();
  if (!vr_lab_tune (site, argv[1], changes, &options, &outcome, error))
    return FALSE;
  if (round > 0)
    printf ("%" G_GINT64_FORMAT "\n", g_get_monotonic_time () - begun_us);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != ARGUMENTS + 1) {
    fputs ("usage: tune LAB COUNT RUN-DIR IMAGES-DIR URI CHANGE CHANGE\n", stderr);
    return 2;
  }
  VrSite site = { .root_dir = "/",
                  .run_dir = argv[3],
                  .images_dir = argv[4],
                  .uri = argv[5],
                  .now_ns = monotonic_ns };
  guint rounds = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  for (guint round = 0; round <= rounds; round++)
    if (!tune (&site, argv, round, &error)) {
      fprintf (stderr, "tune: %s\n", error->message);
      return 1;
    }
  return 0;
}
