/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reasons and problems are called. */
#include "control/vr-decide.h"

typedef struct {
  const char *id, *text;
} Word;

static const Word reasons[VR_DECIDE_REASONS] = {
  [VR_DECIDE_START] = { "start", "by the calibration, as it had no share" },
  [VR_DECIDE_STEADY] = { "steady", "within the deadband" },
  [VR_DECIDE_CORRECT] = { "correct", "the calibration was corrected by what was forwarded" },
  [VR_DECIDE_DEMAND] = { "demand", "what is offered has changed" },
  [VR_DECIDE_CAPACITY] = { "capacity", "its CPUs do not give all that is wanted of them" },
  [VR_DECIDE_STEP] = { "step", "the largest step on the way to what is wanted" },
  [VR_DECIDE_BOUND] = { "bound", "a bound of its share is reached" },
  [VR_DECIDE_BLIND] = { "blind", "nothing could be seen" },
};

/* By the number of the bit. */
static const Word problems[VR_DECIDE_PROBLEMS] = {
  { "missing", "its counters cannot be read" },
  { "backwards", "a counter went back: its guest or an interface of it is a new one" },
  { "clock", "the time stood still or went back" },
  { "leap", "more time passed than four periods: the host was suspended or stalled" },
  { "hung", "packets arrive and none is forwarded: its reservations stay as they are" },
  { "elsewhere", "packets are lost though no thread has used up its reservation" },
  { "short", "less than its rate fits" },
  { "broken", "less than its guarantee fits" },
  { "calibration", "the calibration is off by more than its interval and 10 %" },
};

const char *
vr_decide_reason_id (VrDecideReason reason)
{
  return reasons[reason].id;
}

const char *
vr_decide_reason_text (VrDecideReason reason)
{
  return reasons[reason].text;
}

const char *
vr_decide_problem_id (guint number)
{
  return problems[number].id;
}

const char *
vr_decide_problem_text (guint number)
{
  return problems[number].text;
}
