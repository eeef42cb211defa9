/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "observe/vr-path.h"

char *
vr_path_routers (const VrPath *path)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < path->hops_count; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
                            vr_router_outward (path->hops[i].router));
  return g_string_free (text, FALSE);
}

gboolean
vr_path_has_guest (const VrPath *path)
{
  for (guint i = 0; i < path->hops_count; i++)
    if (path->hops[i].router->kind == VR_KIND_GUEST)
      return TRUE;
  return FALSE;
}

/* --- Breadth first ------------------------------------------------------------------------------
 */

/* How a router was reached, at the router's index. */
typedef struct {
  gboolean is_reached;
  guint before;     /* the router before, where `depth` is more than 1 */
  guint depth;      /* how many routers there are up to this one, from 1 */
  const char *port; /* by which packets come to it */
} Step;

static gboolean
is_plain (const VrRouter *router)
{
  const GPtrArray *interfaces
      = router->pvr == NULL && router->msr == NULL ? vr_router_routed (router) : NULL;
  return interfaces != NULL && interfaces->len > 0;
}

/* Reaches every router on the port that no shorter way has reached. */
static void
reach (const VrLab *lab, Step *steps, GArray *queue, const Step *step)
{
  for (guint i = 0; i < lab->routers->len; i++) {
    const VrRouter *router = lab->routers->pdata[i];
    if (steps[i].is_reached || !is_plain (router)
        || vr_router_routes_port (router, step->port) == NULL)
      continue;
    steps[i] = *step;
    g_array_append_val (queue, i);
  }
}

static void
write_path (const VrLab *lab, const Step *steps, guint last, VrPath *path)
{
  const VrPort *out = path->to;
  path->hops_count = steps[last].depth;
  for (guint i = path->hops_count; i-- > 0; last = steps[last].before) {
    const VrPort *in = vr_lab_port (lab, steps[last].port);
    path->hops[i] = (VrHop){ lab->routers->pdata[last], in, out };
    out = in;
  }
}

gboolean
vr_path_find_chain (const VrLab *lab, const VrPort *from, const VrPort *to, VrPath *path)
{
  g_autofree Step *steps = g_new0 (Step, lab->routers->len);
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (guint));
  *path = (VrPath){ .lab = lab, .from = from, .to = to };
  reach (lab, steps, queue, &(Step){ TRUE, 0, 1, from->name });
  for (guint next = 0; next < queue->len; next++) {
    guint at = g_array_index (queue, guint, next);
    const VrRouter *router = lab->routers->pdata[at];
    const GPtrArray *interfaces = vr_router_routed (router);
    if (vr_router_routes_port (router, to->name) != NULL) {
      write_path (lab, steps, at, path);
      return TRUE;
    }
    for (guint i = 0; steps[at].depth < VR_PATH_HOPS_MAX && i < interfaces->len; i++) {
      const VrInterface *interface = interfaces->pdata[i];
      reach (lab, steps, queue, &(Step){ TRUE, at, steps[at].depth + 1, interface->port });
    }
  }
  return FALSE;
}
