/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-capture.h"

#include <errno.h>
#include <net/ethernet.h>
#include <pcap/pcap.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "traffic/vr-frame-format.h"
#include "traffic/vr-frame.h"

#define NS_PER_S 1000000000u
#define FRAME_LEAST (FRAME_ETHERNET + 1)

/* A file while it is read. */
typedef struct {
  pcap_t *pcap;
  const char *name; /* quoted */
  GArray *frames;   /* VrCaptureFrame */
  GArray *times_ns; /* since the first frame */
  guint64 first_ns, bytes;
} Reading;

static gboolean
refuse_frame (const Reading *reading, const char *what, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: frame %u %s", reading->name,
               reading->frames->len + 1, what);
  return FALSE;
}

static gboolean
check_frame (const Reading *reading, const struct pcap_pkthdr *header, GError **error)
{
  g_autofree char *what = NULL;
  if (reading->frames->len >= VR_CAPTURE_FRAMES_MAX)
    what = g_strdup_printf ("is too many: at most %d", VR_CAPTURE_FRAMES_MAX);
  else if (reading->bytes + header->caplen > VR_CAPTURE_BYTES_MAX)
    what = g_strdup_printf ("is too much: at most %u MiB of frames", VR_CAPTURE_BYTES_MAX >> 20);
  else if (header->caplen < header->len)
    what = g_strdup_printf ("was cut when it was captured, to %u of %u bytes: capture whole frames",
                            header->caplen, header->len);
  else if (header->caplen < FRAME_LEAST || header->caplen > VR_FRAME_SIZE_MAX - VR_FRAME_FCS)
    what = g_strdup_printf ("has %u bytes: %d to %d can be sent", header->caplen, FRAME_LEAST,
                            VR_FRAME_SIZE_MAX - VR_FRAME_FCS);
  return what == NULL || refuse_frame (reading, what, error);
}

/* With times in ns the field of us holds them, pcap_open_offline(3PCAP). */
static gboolean
add_time (Reading *reading, const struct timeval *stamp, GError **error)
{
  guint64 time_ns = (guint64) stamp->tv_sec * NS_PER_S + (guint64) stamp->tv_usec;
  guint64 last_ns = 0;
  if (reading->frames->len == 0)
    reading->first_ns = time_ns;
  else
    last_ns = g_array_index (reading->times_ns, guint64, reading->times_ns->len - 1);
  guint64 since_ns = time_ns > reading->first_ns ? time_ns - reading->first_ns : 0;
  since_ns = MAX (since_ns, last_ns);
  if (since_ns > VR_CAPTURE_SPAN_MAX_NS)
    return refuse_frame (reading, "is more than 24 hours after the first", error);
  g_array_append_val (reading->times_ns, since_ns);
  return TRUE;
}

static gboolean
read_frames (Reading *reading, GError **error)
{
  struct pcap_pkthdr *header;
  const u_char *bytes;
  int got;
  while ((got = pcap_next_ex (reading->pcap, &header, &bytes)) == 1) {
    if (!check_frame (reading, header, error) || !add_time (reading, &header->ts, error))
      return FALSE;
    VrCaptureFrame frame = { g_memdup2 (bytes, header->caplen), header->caplen };
    g_array_append_val (reading->frames, frame);
    reading->bytes += header->caplen;
  }
  if (got == PCAP_ERROR_BREAK && reading->frames->len > 0)
    return TRUE;
  if (got == PCAP_ERROR_BREAK)
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: there is no frame in it", reading->name);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: it breaks off after %u frames: %s",
                 reading->name, reading->frames->len, pcap_geterr (reading->pcap));
  return FALSE;
}

static void
set_gaps (VrCapture *capture, const guint64 *times_ns)
{
  guint last = capture->count - 1;
  capture->gaps_ns = g_new0 (guint64, capture->count);
  for (guint i = 0; i < last; i++)
    capture->gaps_ns[i] = times_ns[i + 1] - times_ns[i];
  capture->gaps_ns[last] = last > 0 ? times_ns[last] / last : 0;
  capture->period_ns = times_ns[last] + capture->gaps_ns[last];
}

static void
clear_frame (gpointer data)
{
  g_free (((VrCaptureFrame *) data)->bytes);
}

static VrCapture *
read_pcap (pcap_t *pcap, const char *name, GError **error)
{
  if (pcap_datalink (pcap) != DLT_EN10MB) {
    const char *type = pcap_datalink_val_to_name (pcap_datalink (pcap));
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: its frames are not Ethernet's but %s's",
                 name, type != NULL ? type : "an unknown link type");
    return NULL;
  }
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (VrCaptureFrame));
  g_autoptr (GArray) times_ns = g_array_new (FALSE, FALSE, sizeof (guint64));
  Reading reading = { .pcap = pcap, .name = name, .frames = frames, .times_ns = times_ns };
  g_array_set_clear_func (frames, clear_frame);
  if (!read_frames (&reading, error))
    return NULL;
  VrCapture *capture = g_new0 (VrCapture, 1);
  capture->count = frames->len;
  capture->bytes = reading.bytes;
  set_gaps (capture, (const guint64 *) (const void *) times_ns->data);
  capture->frames = g_array_steal (frames, NULL);
  return capture;
}

VrCapture *
vr_capture_read (FILE *file, const char *name, GError **error)
{
  char why[PCAP_ERRBUF_SIZE] = "";
  g_autofree char *quoted = vr_name_quote (name);
  pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision (file, PCAP_TSTAMP_PRECISION_NANO, why);
  if (pcap == NULL) {
    fclose (file);
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s: no pcap or pcapng file: %s", quoted, why);
    return NULL;
  }
  VrCapture *capture = read_pcap (pcap, quoted, error);
  if (capture != NULL)
    capture->name = g_strdup (name);
  pcap_close (pcap);
  return capture;
}

VrCapture *
vr_capture_load (const char *name, GError **error)
{
  FILE *file = fopen (name, "rbe");
  if (file != NULL)
    return vr_capture_read (file, name, error);
  g_autofree char *quoted = vr_name_quote (name);
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot read %s", quoted);
  return NULL;
}

void
vr_capture_free (VrCapture *capture)
{
  for (guint i = 0; i < capture->count; i++)
    g_free (capture->frames[i].bytes);
  g_free (capture->frames);
  g_free (capture->gaps_ns);
  g_free (capture->name);
  g_free (capture);
}

gboolean
vr_capture_check_mtu (const VrCapture *capture, guint mtu, const char *ifname, GError **error)
{
  for (guint i = 0; i < capture->count; i++) {
    const VrCaptureFrame *frame = &capture->frames[i];
    gsize header = vr_frame_header (frame->bytes, frame->length);
    if (frame->length <= header + mtu)
      continue;
    g_set_error (
        error, VR_ERROR, VR_ERROR_USAGE,
        "frame %u of the file has %u bytes with FCS and does not fit interface \"%s\": its "
        "MTU of %u allows %" G_GSIZE_FORMAT,
        i + 1, frame->length + VR_FRAME_FCS, ifname, mtu, header + mtu + VR_FRAME_FCS);
    return FALSE;
  }
  return TRUE;
}
