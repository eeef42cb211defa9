/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of a search as texts, of the command line or of an experiment, and what they make. */
#pragma once

#include "campaign/vr-search-run.h"

typedef struct {
  const char *prefix; /* of an option in messages: "--", "search." */
  /* The text of an option by its long name, NULL where it is not given. */
  const char *(*text) (const char *option, gconstpointer data);
  gconstpointer data;
} VrSearchTexts;

/* That the streams are those of a search, whose trials have a length and a rate of their own: none
 * has a count, or a share of a line rate. VR_ERROR_USAGE. */
gboolean vr_search_spec_check_streams (const VrStream *streams, guint count, GError **error);

/* Fills in the method, its settings, and the waits and ends of a request that has its streams.
 * VR_ERROR_USAGE for an option that is wrong, which the message names, and for settings that make
 * no sense. */
gboolean vr_search_spec_read (const VrSearchTexts *texts, VrSearchRequest *request, GError **error);

/* How long the search takes, about: as where half of the greatest rate is what comes through. */
guint64 vr_search_spec_time_ns (const VrSearchRequest *request);
