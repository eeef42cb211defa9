/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single keys of a printed profile, changed by path. */
#include "config/vr-change.h"

#include <string.h>

#include "base/vr-error.h"
#include "config/vr-profile.h"

#define PROFILE                                                                                    \
  "[lab]\nname = t\n"                                                                              \
  "\n[port left]\ndevice = test\nqueue-length = 20\n"                                              \
  "\n[port right]\ndevice = test\n"                                                                \
  "\n[router r1]\ninterface = left mac=52:54:00:00:00:01\ninterface = right "                      \
  "mac=52:54:00:00:00:02\n"

/* The changed profile, printed. */
static char *
change (const char *const *changes, GError **error)
{
  g_autoptr (VrLab) lab = vr_change_apply (PROFILE, "t.conf", changes, error);
  return lab != NULL ? vr_profile_print (lab) : NULL;
}

static void
assert_changed (const char *const *changes, const char *from, const char *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) wanted = g_string_new (PROFILE);
  g_string_replace (wanted, from, to, 1);
  g_autofree char *is = change (changes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (is, ==, wanted->str);
}

static void
test_changes (void)
{
  assert_changed ((const char *[]){ "port.left.queue-length=35", NULL }, "queue-length = 20",
                  "queue-length = 35");
  assert_changed ((const char *[]){ "port.left.queue-length=", NULL }, "queue-length = 20\n", "");
  assert_changed ((const char *[]){ " port.left.queue-length = 35 ", NULL }, "queue-length = 20",
                  "queue-length = 35");
  assert_changed ((const char *[]){ "lab.description=of two", NULL }, "name = t\n",
                  "name = t\ndescription = of two\n");
  assert_changed ((const char *[]){ "schedule.r1.vcpu.0=deadline 50ms/200ms @1", NULL },
                  "mac=52:54:00:00:00:02\n",
                  "mac=52:54:00:00:00:02\n\n[schedule r1]\nvcpu.0 = deadline 50ms/200ms @1\n");
  assert_changed ((const char *[]){ "schedule.r9.vcpu.0=other", "schedule.r9.vcpu.0=", NULL },
                  "name = t", "name = t");
  assert_changed ((const char *[]){ "schedule.r1.vcpu.0=other", "schedule.r1.vcpu.0=fifo 5",
                                    "schedule.r1.emulator=idle", "schedule.r1.emulator=", NULL },
                  "mac=52:54:00:00:00:02\n",
                  "mac=52:54:00:00:00:02\n\n[schedule r1]\nvcpu.0 = fifo 5\n");
}

static void
test_refusals (void)
{
  static const struct {
    const char *change;
    VrErrorCode code;
    const char *says;
  } rows[] = {
    { "port.left.queue-length", VR_ERROR_USAGE, "PATH=VALUE" },
    { "prot.left.mtu=1500", VR_ERROR_USAGE, "did you mean \"port\"" },
    { "port.left=1", VR_ERROR_USAGE, "GROUP.NAME.KEY" },
    { "port.left.quue-length=1", VR_ERROR_USAGE, "did you mean \"queue-length\"" },
    { "schedule.r1.vcp.0=other", VR_ERROR_USAGE, "no such key" },
    { "port.left.mtu=1\n[router r2]", VR_ERROR_USAGE, "PATH=VALUE" },
    { "port.left.queue-length=x", VR_ERROR_PROFILE, "\"x\"" },
    { "port.middle.mtu=1500", VR_ERROR_PROFILE, "device" },
    { "port.a]b.mtu=1500", VR_ERROR_PROFILE, "a]b" },
    { "schedule.r9.vcpu.0=other", VR_ERROR_PROFILE, "r9" },
    { "schedule.r1.vcpu.9=other", VR_ERROR_PROFILE, "vcpu" },
    { "=", VR_ERROR_USAGE, "GROUP.NAME.KEY" },
    { "lab=", VR_ERROR_USAGE, "no such key" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    const char *const changes[] = { rows[i].change, NULL };
    g_assert_null (change (changes, &error));
    g_assert_error (error, VR_ERROR, (gint) rows[i].code);
    if (strstr (error->message, rows[i].says) == NULL)
      g_error ("%s: \"%s\" does not say \"%s\"", rows[i].change, error->message, rows[i].says);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change/changes", test_changes);
  g_test_add_func ("/change/refusals", test_refusals);
  return g_test_run ();
}
