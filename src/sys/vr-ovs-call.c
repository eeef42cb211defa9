/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-ovs-call.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

#include "base/vr-error.h"

/* Far more than a transaction takes. The program ends by SIGALRM after it, as the switch has not
 * taken the transaction in. */
#define TIMEOUT "--timeout=20"

static gboolean
explain (const char *says, GError **error)
{
  const char *end = strchr (says, '\n');
  g_autofree char *line = end != NULL ? g_strndup (says, (gsize) (end - says)) : g_strdup (says);
  if (strstr (says, "database connection failed") != NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "the database of Open vSwitch does not answer (%s): start Open vSwitch "
                 "(systemctl start openvswitch-switch), or set OVS_RUNDIR to where its db.sock is",
                 line);
  else
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s",
                 *line != '\0' ? line : "Open vSwitch failed without a word");
  return FALSE;
}

gboolean
vr_ovs_call (const char *program, const char *const *arguments, char **answer, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *out = NULL, *says = NULL;
  g_strv_builder_add_many (builder, program, TIMEOUT, NULL);
  g_strv_builder_addv (builder, (const char **) arguments);
  g_auto (GStrv) argv = g_strv_builder_end (builder);
  g_autoptr (GSubprocess) process
      = g_subprocess_newv ((const char *const *) argv,
                           G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &cause);
  if (process == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "this host has no Open vSwitch (%s): install it (Debian: openvswitch-switch)",
                 cause->message);
    return FALSE;
  }
  if (!g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &says, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s: %s", program, cause->message);
    return FALSE;
  }
  if (g_subprocess_get_if_signaled (process) && g_subprocess_get_term_sig (process) == SIGALRM) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "Open vSwitch's database answers, and its daemon ovs-vswitchd does not: start it "
                 "(systemctl restart openvswitch-switch)");
    return FALSE;
  }
  if (!g_subprocess_get_successful (process))
    return explain (says, error);
  if (answer != NULL)
    *answer = g_steal_pointer (&out);
  return TRUE;
}
