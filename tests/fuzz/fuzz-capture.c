/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer: whatever the bytes, a file of captured frames gives frames that can be sent or one
 * good error; each frame is known again, and the times add up. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/vr-error.h"
#include "traffic/vr-frame.h"
#include "traffic/vr-match.h"
#include "traffic/vr-replay.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
require (gboolean holds, const char *what)
{
  if (holds)
    return;
  g_printerr ("fuzz-capture: %s\n", what);
  abort ();
}

static void
check_error (const GError *error)
{
  require (error != NULL, "no capture and no error");
  require (error->domain == VR_ERROR && error->code == VR_ERROR_USAGE, "an error of another code");
  require (g_str_has_prefix (error->message, "fuzz: "), "a message without the file's name");
  for (const char *p = error->message; *p != '\0'; p++)
    require (g_ascii_isprint (*p), "a message that does not print");
}

static void
check_capture (const VrCapture *capture)
{
  g_autoptr (VrMatch) match = vr_match_new (capture, capture->count);
  guint64 bytes = 0, period_ns = 0;
  require (capture->count > 0, "no frames");
  for (guint i = 0; i < capture->count; i++) {
    const VrCaptureFrame *frame = &capture->frames[i];
    VrFrameSeen seen;
    require (frame->length > 14 && frame->length + VR_FRAME_FCS <= VR_FRAME_SIZE_MAX, "a length");
    VrMatchKind *kind = vr_match_find (match, frame->bytes, frame->length);
    require (kind != NULL && kind->arrived++ < kind->expected, "a frame that is not known again");
    vr_frame_parse (frame->bytes, frame->length, &seen);
    bytes += frame->length;
    period_ns += capture->gaps_ns[i];
  }
  require (bytes == capture->bytes, "a wrong sum of bytes");
  require (period_ns == capture->period_ns, "a wrong sum of gaps");
  require (period_ns <= 2 * VR_CAPTURE_SPAN_MAX_NS, "a capture of days");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (GError) error = NULL;
  FILE *file = fmemopen ((void *) data, size, "rb");
  g_autoptr (VrCapture) capture = vr_capture_read (file, "fuzz", &error);
  if (capture == NULL) {
    check_error (error);
    return 0;
  }
  require (error == NULL, "a capture and an error");
  check_capture (capture);
  vr_capture_check_mtu (capture, 100, "eth1", NULL);
  VrStream stream = { .frame = { .size = 64 } };
  VrReplay wish = { .count = 1000, .at_own_times = TRUE };
  require (vr_replay_set (&wish, capture, &stream, NULL) && stream.count == 1000, "no replay");
  return 0;
}
