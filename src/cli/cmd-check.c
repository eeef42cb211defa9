/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "cli/vr-cli.h"
#include "config/vr-profile.h"
#include "lab/vr-check-site.h"

static char *
json_text (GPtrArray *findings, const VrPlan *plan)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_string (builder, "schema", "vrkit.check/1");
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < findings->len; i++) {
    const VrFinding *finding = findings->pdata[i];
    json_builder_begin_object (builder);
    vr_json_add_string (builder, "id", finding->id);
    vr_json_add_string (builder, "title", finding->title);
    vr_json_add_string (builder, "state", vr_finding_state_text (finding->state));
    vr_json_add_string (builder, "detail", finding->detail);
    vr_json_add_string (builder, "way_out", finding->way_out);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "notices");
  json_builder_begin_array (builder);
  for (guint i = 0; plan != NULL && i < plan->notices->len; i++)
    json_builder_add_string_value (builder, plan->notices->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

typedef enum { NOT_ASKED, REFUSED, WELCOME } Verdict;

static char *
table_text (GPtrArray *findings, const VrPlan *plan, Verdict verdict)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < findings->len; i++) {
    const VrFinding *finding = findings->pdata[i];
    g_string_append_printf (text, "%-8s  %-18s %s\n", vr_finding_state_text (finding->state),
                            finding->title, finding->detail);
    if (finding->way_out != NULL)
      g_string_append_printf (text, "%-8s  %-18s -> %s\n", "", "", finding->way_out);
  }
  for (guint i = 0; plan != NULL && i < plan->notices->len; i++)
    g_string_append_printf (text, "note      %s\n", (const char *) plan->notices->pdata[i]);
  if (verdict == WELCOME)
    g_string_append_printf (text, "lab %s can be brought up here\n", plan->lab);
  return g_string_free (text, FALSE);
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (VrLab) lab = NULL;
  g_autoptr (VrPlan) plan = NULL;
  if (arguments[0] != NULL && (lab = vr_profile_load (arguments[0], error)) == NULL)
    return 1;
  g_autoptr (GPtrArray) findings
      = vr_check_site (&cli->site, geteuid () == 0 ? VR_CHECK_AS_ROOT : VR_CHECK_AS_USER, error);
  if (findings == NULL)
    return 1;
  Verdict verdict = NOT_ASKED;
  if (lab != NULL) {
    plan = vr_lab_plan (&cli->site, lab, error);
    verdict = plan != NULL && vr_check_plan (plan, findings, error) ? WELCOME : REFUSED;
  }
  g_autofree char *text
      = cli->json ? json_text (findings, plan) : table_text (findings, plan, verdict);
  return vr_cli_print (text, error != NULL && *error != NULL ? NULL : error) ? 0 : 1;
}

const VrCommand *
vr_cmd_check (void)
{
  static const VrCommand command = {
    .name = "check",
    .synopsis = "[PROFILE]",
    .summary = "say what this host can do, and what a profile would fall back to",
    .doc
    = "Looks at the host and tries KVM and libvirt. KVM counts only when guest code runs at "
      "hardware speed: a /dev/kvm that opens can still be emulated. The answer is remembered "
      "until the next boot. With a profile, the fallbacks that it would take here are named, "
      "and the exit status tells when it cannot be brought up, also for want of what its guests "
      "need: libvirt, QEMU, taps. With --json the schema is "
      "vrkit.check/1: findings (id, title, state ok|fallback|missing, detail, way_out) and "
      "notices.",
    .least = 0,
    .most = 1,
    .run = run,
  };
  return &command;
}
