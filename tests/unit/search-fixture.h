/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated devices for searches, and a search over one. */
#pragma once

#include "campaign/vr-search.h"
#include "traffic/vr-random.h"

#define S 1000000000ull

typedef struct Device Device;
struct Device {
  double limit_pps;   /* forwards so much, and loses the rest */
  double noise;       /* the limit of a trial is up to so much of it away */
  double spikes;      /* of the trials, this share loses one in a hundred whatever the rate */
  gboolean recovers;  /* the first trial at a rate that is above the last one's by more than a
                           tenth is lost by half */
  guint64 tester_pps; /* the tester sends no more; 0: anything */
  guint tester_fails; /* the tester is held up in each trial but every so manieth; 0: never */
  guint64 random;
  guint64 last_pps;
  guint trials;
  guint64 sent_ns;
};

static inline VrSearchOutcome
device_try (Device *device, const VrSearchStep *step)
{
  double limit_pps
      = device->limit_pps * (1 + device->noise * (2 * vr_random_share (&device->random) - 1));
  double loss_ratio = MAX (0, 1 - limit_pps / (double) step->rate_pps);
  gboolean is_new = (double) step->rate_pps > 1.1 * (double) device->last_pps;
  if (vr_random_share (&device->random) < device->spikes)
    loss_ratio = MAX (loss_ratio, 0.01);
  if (device->recovers && is_new)
    loss_ratio = MAX (loss_ratio, 0.5);
  device->last_pps = step->rate_pps;
  device->trials++;
  device->sent_ns += step->duration_ns;
  gboolean is_held_up = device->tester_fails != 0 && device->trials % device->tester_fails != 0;
  return (VrSearchOutcome){
    .loss_ratio = loss_ratio,
    .tester_limited = is_held_up || (device->tester_pps != 0 && step->rate_pps > device->tester_pps)
  };
}

/* Searches to the end, within `most` trials; each is within the rates asked for. */
static inline VrSearch *
search_device (const VrSearchMethod *method, const VrSearchSettings *settings, Device *device,
               guint most)
{
  g_autoptr (GError) error = NULL;
  VrSearch *search = vr_search_new (method, settings, &error);
  VrSearchStep step;
  g_assert_no_error (error);
  while (vr_search_next (search, &step)) {
    g_assert_cmpuint (device->trials, <, most);
    g_assert_cmpuint (step.rate_pps, >=, settings->lower_pps);
    g_assert_cmpuint (step.rate_pps, <=, settings->upper_pps);
    g_assert_cmpuint (step.duration_ns, >=, settings->initial_ns);
    g_assert_cmpuint (step.duration_ns, <=, settings->trial_ns);
    VrSearchOutcome outcome = device_try (device, &step);
    vr_search_take (search, &outcome);
  }
  return search;
}

static inline const VrSearchMethod *
method_of (const char *name)
{
  g_autoptr (GError) error = NULL;
  const VrSearchMethod *method = vr_search_method (name, &error);
  g_assert_no_error (error);
  return method;
}

static inline VrSearchSettings
settings_of (const VrSearchMethod *method, guint64 lower_pps, guint64 upper_pps)
{
  VrSearchSettings settings = method->defaults;
  settings.lower_pps = lower_pps;
  settings.upper_pps = upper_pps;
  return settings;
}
