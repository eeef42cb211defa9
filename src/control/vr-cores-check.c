/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes no sense of what cores are to follow. */
#include "base/vr-error.h"
#include "control/vr-cores-level.h"

static gboolean
check (const char *of, const char *field, double value, double least, double most, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "%s: %s is %g, not %g to %g", of, field, value,
               least, most);
  return FALSE;
}

static gboolean
check_config (const VrCoresConfig *config, GError **error)
{
  static const char of[] = "balance";
  return check (of, "filter_ns", (double) config->filter_ns, 1, 1e13, error)
         && check (of, "up", config->up, 0.1, 1, error)
         && check (of, "down", config->down, 0.01, config->up - 0.01, error)
         && check (of, "patience", config->patience, 1, 1e6, error)
         && check (of, "step", config->step, 0.01, 1, error)
         && check (of, "capacity", config->capacity, 0.01, 1, error);
}

static gboolean
check_router (const VrCoresRouter *router, GError **error)
{
  const char *of = router->name;
  if (!check (of, "contract_pps", router->contract_pps, 0, 1e12, error)
      || !check (of, "members_least", router->members_least, 1, 1000, error)
      || !check (of, "members_most", router->members_most, router->members_least, 1000, error)
      || !check (of, "limit_pps", router->limit_pps, 0, 1e12, error)
      || !check (of, "threads", router->threads, 1, VR_CORES_THREADS_MAX, error))
    return FALSE;
  double threads = router->threads;
  if (!check (of, "cores_least", router->cores_least, 0, threads, error)
      || !check (of, "cores_most", router->cores_most,
                 router->cores_most != 0 ? router->cores_least : 0, threads, error))
    return FALSE;
  for (guint i = 0; i < router->threads; i++)
    if (!check (of, "intercept_pps", router->lines[i].intercept_pps, -1e12, 1e12, error)
        || !check (of, "slope_pps", router->lines[i].slope_pps, 1e-3, 1e12, error))
      return FALSE;
  return TRUE;
}

gboolean
vr_cores_check (const VrCoresConfig *config, const VrCoresRouter *routers, guint routers_count,
                GError **error)
{
  if (!check_config (config, error))
    return FALSE;
  for (guint i = 0; i < routers_count; i++)
    if (!check_router (&routers[i], error))
      return FALSE;
  return TRUE;
}
