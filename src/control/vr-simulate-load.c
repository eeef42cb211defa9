/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-simulate-load.h"

#include <math.h>

#include "traffic/vr-random.h"

#define DAY_MINUTES 1440
#define DAY_SWING 0.5
#define LEVEL_MEAN_S 1800
#define BURST_MEAN_S 1200
#define BURST_LEAST_S 20
#define BURST_MOST_S 1200
#define BURST_MOST 10
#define LEVEL_MOST 5
/* Of the Pareto distributions. */
#define TAIL 1.5

static double
pareto (guint64 *random, double least, double most)
{
  return MIN (least * pow (vr_random_share (random), -1 / TAIL), most);
}

static double
exponential (guint64 *random, double mean)
{
  return -mean * log (vr_random_share (random));
}

void
vr_simulate_traffic_init (VrSimulateTraffic *traffic, guint64 seed, guint tenant)
{
  guint64 random = seed;
  random = vr_random_next (&random) + tenant;
  random = vr_random_next (&random);
  double kind = vr_random_share (&random);
  double base = 0.4 + 0.6 * vr_random_share (&random);
  *traffic = (VrSimulateTraffic){ .base = kind < 0.1   ? 10
                                          : kind < 0.3 ? base / 4
                                                       : base,
                                  .phase = vr_random_below (&random, DAY_MINUTES / 4),
                                  .level = 1,
                                  .burst = 1 };
  traffic->level_until_s = exponential (&random, LEVEL_MEAN_S);
  traffic->burst_until_s = exponential (&random, BURST_MEAN_S);
  traffic->random = random;
}

static double
day (const VrSimulateTraffic *traffic, double time_s)
{
  guint minute = ((guint) (time_s / 60) + traffic->phase) % DAY_MINUTES;
  return 1 - DAY_SWING * cos (2 * G_PI * minute / DAY_MINUTES);
}

double
vr_simulate_traffic_at (VrSimulateTraffic *traffic, double time_s)
{
  while (time_s >= traffic->level_until_s) {
    traffic->level = pareto (&traffic->random, 0.5, LEVEL_MOST);
    traffic->level_until_s += 1 + exponential (&traffic->random, LEVEL_MEAN_S);
  }
  while (time_s >= traffic->burst_until_s) {
    gboolean is_burst = traffic->burst > 1;
    traffic->burst = is_burst ? 1 : pareto (&traffic->random, 2, BURST_MOST);
    traffic->burst_until_s += is_burst ? 1 + exponential (&traffic->random, BURST_MEAN_S)
                                       : pareto (&traffic->random, BURST_LEAST_S, BURST_MOST_S);
  }
  return traffic->base * day (traffic, time_s) * traffic->level * traffic->burst;
}
