/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-measure.h"

#include <math.h>
#include <string.h>

/* What is divided: sums of columns, NULL-terminated. */
#define TERMS_MAX 6

typedef struct {
  const char *name;
  const char *above[TERMS_MAX], *below[TERMS_MAX];
  double unit; /* that the quotient is multiplied by */
} Quotient;

#define NS_PER_S 1e9
/* What a controller's begin with. */
#define CONTROL "control"
#define BUSY "cpu_user_ns", "cpu_system_ns", "cpu_irq_ns", "cpu_softirq_ns", "cpu_guest_ns"

static const Quotient quotients[] = {
  { "loss_share", { "lost" }, { "sent" }, 1 },
  { "cpu_per_packet_ns", { BUSY }, { "received" }, 1 },
  { "threads_per_packet_ns", { "threads_ns" }, { "received" }, 1 },
  { "vcpu_share", { "vcpu_ns" }, { "cpu_duration_ns" }, 1 },
  { "vhost_share", { "vhost_ns" }, { "cpu_duration_ns" }, 1 },
  { "emulator_share", { "emulator_ns" }, { "cpu_duration_ns" }, 1 },
  { "stream1_received_pps", { "stream1_received" }, { "duration_ns" }, NS_PER_S },
  { "stream2_received_pps", { "stream2_received" }, { "duration_ns" }, NS_PER_S },
  { "stream1_loss_share", { "stream1_lost" }, { "stream1_sent" }, 1 },
  { "stream2_loss_share", { "stream2_lost" }, { "stream2_sent" }, 1 },
  { "control_apply_mean_ns", { "control_apply_ns" }, { "control_applied" }, 1 },
};

/* Those that are more than a quotient. */
typedef enum { MOVER_SHARE, STREAM_LOSS_RATIO, STREAM_EVENNESS, OTHERS } Other;
static const char *const others[OTHERS] = { [MOVER_SHARE] = "mover_share",
                                            [STREAM_LOSS_RATIO] = "stream_loss_ratio",
                                            [STREAM_EVENNESS] = "stream_evenness" };

#define FIRST_OTHER (VR_SAMPLE_COLUMNS + G_N_ELEMENTS (quotients))

guint
vr_measure_count (void)
{
  return FIRST_OTHER + OTHERS;
}

const char *
vr_measure_name (guint measure)
{
  if (measure < VR_SAMPLE_COLUMNS)
    return vr_sample_name (measure);
  return measure < FIRST_OTHER ? quotients[measure - VR_SAMPLE_COLUMNS].name
                               : others[measure - FIRST_OTHER];
}

guint
vr_measure_find (const char *name)
{
  guint measure = 0;
  while (measure < vr_measure_count () && strcmp (vr_measure_name (measure), name) != 0)
    measure++;
  return measure;
}

gboolean
vr_measure_is_of_control (const char *name)
{
  return g_str_has_prefix (name, CONTROL);
}

static double
column_of (const VrSample *sample, const char *name)
{
  return (double) sample->values[vr_sample_column (name)];
}

static double
sum_of (const VrSample *sample, const char *const *terms)
{
  double sum = 0;
  for (guint i = 0; i < TERMS_MAX && terms[i] != NULL; i++)
    sum += column_of (sample, terms[i]);
  return sum;
}

static double
divide (double above, double below)
{
  return below > 0 ? above / below : (double) NAN;
}

static double
quotient_of (const Quotient *quotient, const VrSample *sample)
{
  return quotient->unit
         * divide (sum_of (sample, quotient->above), sum_of (sample, quotient->below));
}

/* Not a number of one stream alone. */
static double
evenness_of (const VrSample *sample)
{
  double one = column_of (sample, "stream1_received");
  double other = column_of (sample, "stream2_received");
  return column_of (sample, "stream2_sent") > 0 ? divide (2 * MIN (one, other), one + other)
                                                : (double) NAN;
}

static double
other_of (Other other, const VrSample *sample)
{
  if (other == STREAM_EVENNESS)
    return evenness_of (sample);
  if (other == STREAM_LOSS_RATIO)
    return divide (divide (column_of (sample, "stream1_lost"), column_of (sample, "stream1_sent")),
                   divide (column_of (sample, "stream2_lost"), column_of (sample, "stream2_sent")));
  /* As a profile's mover.PORT: the vhost worker where there is one, else QEMU's main loop. */
  gboolean has_vhost = column_of (sample, "vhost_ns") > 0;
  return divide (column_of (sample, has_vhost ? "vhost_max_ns" : "emulator_max_ns"),
                 column_of (sample, "cpu_duration_ns"));
}

double
vr_measure_value (guint measure, const VrSample *sample)
{
  if (measure < VR_SAMPLE_COLUMNS)
    return (double) sample->values[measure];
  return measure < FIRST_OTHER ? quotient_of (&quotients[measure - VR_SAMPLE_COLUMNS], sample)
                               : other_of ((Other) (measure - FIRST_OTHER), sample);
}
