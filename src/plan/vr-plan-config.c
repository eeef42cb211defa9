/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guest's configuration: a file that it reads through QEMU's firmware configuration device, or,
 * where that would take too long, in its initrd. */
#include <string.h>

#include "base/vr-error.h"
#include "plan/vr-guest-config.h"
#include "plan/vr-plan-parts.h"

/* Linux reads an entry of fw_cfg a page at a time, and each time byte by byte from its start
 * (drivers/firmware/qemu_fw_cfg.c, fw_cfg_read_blob): 64 KiB take a guest under TCG half a second,
 * and the time grows with the square. */
#define FW_CFG_MAX 65536

/* A long configuration is in memory three times at once in files, which may fill half of it, and
 * then once more as the kernel's routes, which take about as much again. Measured with 100,000
 * routes of 36 bytes: 8 times their text suffice, and 6 do not. */
#define MEMORY_FACTOR 8

/* Less than a guest under TCG was seen to take of its routes, on a host with six times as much to
 * do as it has CPUs for: 3.9 MB in 215 s. */
#define BYTES_A_SECOND 16384

static gboolean
check_room (const VrRouter *router, const VrPlanImage *image, gsize size, GError **error)
{
  guint64 more_mib = (size * MEMORY_FACTOR + (1 << 20) - 1) >> 20;
  if (image->memory_mib == 0 || router->memory_mib >= image->memory_mib + more_mib)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_INFEASIBLE,
               "%s:%u: [router %s] memory = %" G_GUINT64_FORMAT
               "M: a guest of the image %s with so many routes or neighbours needs at least "
               "%" G_GUINT64_FORMAT "M: raise memory, or take fewer",
               router->origin.file, router->origin.line, router->name, router->memory_mib,
               image->name, image->memory_mib + more_mib);
  return FALSE;
}

/* The name holds a digest of all that is in the file, so that a change of it changes the domain. */
static VrOp *
in_initrd (const VrPlanner *planner, const VrRouter *router, const VrPlanImage *image,
           const char *digest, const char *why)
{
  g_autofree char *both = g_strconcat (digest, image->digest, NULL);
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
  g_autofree char *path
      = g_strdup_printf ("%s/%s-%.12s.initrd", planner->facts->run_dir, router->name, name);
  return vr_op_new (VR_OP_CONFIG, path, why, "sha256", digest, "initrd", image->initrd, NULL);
}

static VrOp *
in_file (const VrPlanner *planner, const VrRouter *router, const char *digest, const char *why)
{
  g_autofree char *path
      = g_strdup_printf ("%s/%s-%.12s.conf", planner->facts->run_dir, router->name, digest);
  return vr_op_new (VR_OP_CONFIG, path, why, "sha256", digest, NULL);
}

const VrOp *
vr_plan_config (VrPlanner *planner, const VrRouter *router, const VrPlanImage *image,
                const char *why, GError **error)
{
  g_autofree char *text = vr_guest_config (planner->lab, router);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  gsize size = strlen (text);
  if (size > FW_CFG_MAX && !check_room (router, image, size, error))
    return NULL;
  VrOp *op = size > FW_CFG_MAX ? in_initrd (planner, router, image, digest, why)
                               : in_file (planner, router, digest, why);
  op->payload = g_steal_pointer (&text);
  return vr_plan_add (planner, op);
}

char *
vr_plan_patience (const VrPlanner *planner, const VrOp *domain)
{
  const VrOp *config = g_hash_table_lookup (planner->configs, domain->target);
  if (config == NULL || vr_op_get (config, "initrd") == NULL)
    return NULL;
  return g_strdup_printf ("%" G_GSIZE_FORMAT, strlen (config->payload) / BYTES_A_SECOND);
}
