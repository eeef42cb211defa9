/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-lane.h"

#include <string.h>

static gboolean
build_form (VrLaneForm *form, VrFrameSpec spec, guint size, GError **error)
{
  guint8 bytes[VR_FRAME_SIZE_MAX];
  spec.size = size;
  if (!vr_frame_build (&spec, bytes, sizeof bytes, &form->frame, error))
    return FALSE;
  form->bytes = g_memdup2 (bytes, form->frame.length);
  return TRUE;
}

static void
copy_form (VrLaneForm *form, const VrCaptureFrame *frame, const VrFrameSpec *spec)
{
  form->frame = (VrFrame){ .length = frame->length };
  form->bytes = g_memdup2 (frame->bytes, frame->length);
  memcpy (form->bytes, spec->destination_mac.bytes, sizeof spec->destination_mac.bytes);
  memcpy (form->bytes + sizeof spec->destination_mac.bytes, spec->source_mac.bytes,
          sizeof spec->source_mac.bytes);
}

static void
copy_forms (VrLane *lane, const VrStream *stream)
{
  const VrCapture *capture = stream->capture;
  lane->is_replay = TRUE;
  lane->departures.gaps_ns = capture->gaps_ns;
  lane->departures.gaps_count = capture->count;
  for (guint i = 0; i < capture->count; i++)
    copy_form (&lane->forms[i], &capture->frames[i], &stream->frame);
}

gboolean
vr_lane_init (VrLane *lane, const VrStream *stream, guint64 frames, GError **error)
{
  guint count = stream->capture != NULL ? stream->capture->count : MAX (stream->sizes_count, 1);
  *lane = (VrLane){ .id = stream->id, .asked = frames, .forms_count = count, .seed = stream->seed };
  lane->forms = g_new0 (VrLaneForm, count);
  lane->departures = (VrDepartures){ .kind = stream->departure,
                                     .rate_pps = stream->rate_pps,
                                     .rate_rest = stream->rate_rest,
                                     .burst = stream->burst };
  lane->flows = (VrFlows){ .base = vr_frame_flow (&stream->frame),
                           .count = stream->flows,
                           .destinations = vr_stream_destinations (stream),
                           .order = stream->flow_order };
  if (stream->capture != NULL)
    copy_forms (lane, stream);
  for (guint i = 0; i < count && !lane->is_replay; i++) {
    guint size = stream->sizes_count != 0 ? stream->sizes[i] : stream->frame.size;
    if (!build_form (&lane->forms[i], stream->frame, size, error))
      return FALSE;
  }
  return TRUE;
}

void
vr_lane_clear (VrLane *lane)
{
  for (guint i = 0; i < lane->forms_count; i++)
    g_free (lane->forms[i].bytes);
  g_free (lane->forms);
}

gsize
vr_lane_length (const VrLane *lane)
{
  gsize length = 0;
  for (guint i = 0; i < lane->forms_count; i++)
    length = MAX (length, lane->forms[i].frame.length);
  return length;
}

void
vr_lane_start (VrLane *lane, guint64 start_ns)
{
  lane->taken = 0;
  lane->sent = 0;
  lane->next_form = 0;
  lane->flows.next = 0;
  lane->flows.random = lane->seed;
  lane->departures.random = ~lane->seed;
  lane->last_due_ns = start_ns;
  vr_departures_start (&lane->departures, start_ns);
}

gboolean
vr_lane_is_done (const VrLane *lane)
{
  return lane->taken >= lane->asked;
}

void
vr_lane_take (VrLane *lane, VrLaneSlot *slot)
{
  const VrLaneForm *form = &lane->forms[lane->next_form];
  if (slot->form != form)
    memcpy (slot->bytes, form->bytes, form->frame.length);
  slot->form = form;
  slot->lane = lane;
  slot->sequence = (guint32) lane->taken++;
  if (!lane->is_replay) {
    VrFrameFlow flow = vr_flows_take (&lane->flows);
    vr_frame_set_flow (&form->frame, slot->bytes, &flow);
  }
  lane->next_form = lane->next_form + 1 < lane->forms_count ? lane->next_form + 1 : 0;
  lane->last_due_ns = slot->due_ns = lane->departures.next_ns;
  vr_departures_take (&lane->departures);
}

void
vr_lane_stamp (const VrLaneSlot *slot, guint64 now_ns)
{
  if (slot->lane->is_replay)
    return;
  VrFrameStamp stamp = { .stream = slot->lane->id, .sequence = slot->sequence, .time_ns = now_ns };
  vr_frame_stamp (&slot->form->frame, slot->bytes, &stamp);
}
