/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-json.h"
#include "cli/vr-cli.h"
#include "lab/vr-inspect.h"

/* One that cannot be read does not keep the others from being shown: `first` is why. */
static GPtrArray *
read_all (VrCli *cli, const char *argument, GError **first, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_status_free);
  g_autofree char *name = argument != NULL ? vr_cli_lab_name (argument, error) : NULL;
  if (argument != NULL && name == NULL)
    return NULL;
  g_auto (GStrv) names = vr_lab_names (&cli->site, first, error);
  if (names == NULL)
    return NULL;
  if (name != NULL && !g_strv_contains ((const char *const *) names, name)) {
    g_set_error (error, VR_ERROR, VR_ERROR_UNWANTED, "lab %s is not up", name);
    return NULL;
  }
  for (char **each = names; *each != NULL; each++) {
    if (name != NULL && g_strcmp0 (*each, name) != 0)
      continue;
    g_autoptr (GError) cause = NULL;
    VrStatus *status = vr_inspect_status (&cli->site, *each, &cause);
    if (status != NULL)
      g_ptr_array_add (all, status);
    vr_cli_keep_first (cli, first, &cause);
  }
  return g_steal_pointer (&all);
}

static char *
json_text (GPtrArray *all)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, "vrkit.status/1");
  json_builder_set_member_name (builder, "labs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < all->len; i++)
    vr_status_add_json (all->pdata[i], builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_PRETTY);
}

/* What is to be said beside a router's state. */
static const char *
remark_on (const VrRouterStatus *router)
{
  if (router->is_native)
    return "";
  if (strcmp (router->state, "running") != 0)
    return router->reason;
  if (router->is_held)
    return "queues held: `vrkit up` has it forward";
  return router->agent_connected ? "" : "no agent";
}

static void
append_status (GString *text, const VrStatus *status)
{
  g_string_append_printf (text, "lab %s  %s  %s\n", status->lab,
                          status->is_up ? "up" : "not as it should be", status->profile_path);
  for (guint i = 0; i < status->routers->len; i++) {
    const VrRouterStatus *router = status->routers->pdata[i];
    g_string_append_printf (text, "  router %-20s %-7s %-8s %-5s %s\n", router->name,
                            router->is_native ? "native" : "guest", router->state,
                            router->accel != NULL ? router->accel : "", remark_on (router));
  }
  for (guint i = 0; i < status->ports->len; i++) {
    const VrPortStatus *port = status->ports->pdata[i];
    g_string_append_printf (text, "  port   %-20s %-7s %-8s %s\n", port->name, port->device,
                            port->is_up ? "up" : (port->is_present ? "down" : "absent"),
                            port->ifname);
  }
  for (guint i = 0; i < status->drifts->len; i++) {
    const VrDriftStatus *drift = status->drifts->pdata[i];
    g_string_append_printf (text, "  drift  %s %s: %s", drift->kind, drift->target, drift->text);
    if (*drift->why != '\0')
      g_string_append_printf (text, "  # %s", drift->why);
    g_string_append_c (text, '\n');
  }
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GPtrArray) all = read_all (cli, arguments[0], &first, error);
  if (all == NULL)
    return 1;
  gboolean good = TRUE;
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < all->len; i++) {
    append_status (text, all->pdata[i]);
    good = good && ((const VrStatus *) all->pdata[i])->is_up;
  }
  if (all->len == 0 && first == NULL && !cli->json)
    vr_cli_note (cli, "no lab is up");
  g_autofree char *json = cli->json && (all->len > 0 || first == NULL) ? json_text (all) : NULL;
  if ((json != NULL || text->len > 0) && !vr_cli_print (json != NULL ? json : text->str, error))
    return 1;
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return good ? 0 : VR_ERROR_UNWANTED;
}

const VrCommand *
vr_cmd_status (void)
{
  static const VrCommand command = {
    .name = "status",
    .synopsis = "[NAME|PROFILE]",
    .summary = "show labs, their routers and ports as they are now",
    .doc
    = "All labs, or one. Exit status 1 when one is not as it should be: a router that does not "
      "run, a PVR's member whose queues are held, a guest that a change left, a port that is "
      "gone, an up that was not finished, or a drift: a thread, a queue's length, a NIC's ring or "
      "a value of the host that somebody has changed since, or a plan that the host does not "
      "allow any more; up mends what it can. A lab that cannot be read is an error, which the "
      "others are shown beside. With --json the schema is vrkit.status/1: labs, each "
      "with lab, profile, up, routers (name, kind, state, reason, pid, agent_connected, held, "
      "accel, emulator, emulator_version), "
      "ports (name, device, ifname, present, up, carrier) and drift (kind, target, why, text).",
    .least = 0,
    .most = 1,
    .run = run,
  };
  return &command;
}
