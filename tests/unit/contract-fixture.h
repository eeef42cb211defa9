/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two routers on one port, calibrated by what is made up, for what is decided of them. */
#pragma once

#include "control/vr-contract.h"
#include "unit/profile-fixture.h"

#define MS 1000000ull

#define LAB(schedule, tenants)                                                                     \
  "[lab]\nname = x\n[port left]\ndevice = test\nqueue-length = 200\n[router r1]\n"                 \
  "interface = left 198.18.1.1/24\n[router r2]\ninterface = left 198.18.1.2/24\n"                  \
  "[schedule r1]\nvcpu.0 = other @1\n" schedule "\n[schedule r2]\nvcpu.0 = other @1\n" tenants

/* All that a contract is made of; freed together. */
typedef struct {
  VrLab *lab;
  VrHost host;
  guint64 ceiling_ppm;
  GPtrArray *calibrations, *threads;
  GArray *guests;
} World;

static inline void
calibration_free (gpointer data)
{
  vr_calibration_free (data);
}

/* forwarded = slope · share, with a wobble, up to 80 %. */
static inline void
add_curve (VrCalibration *calibration, const char *thread, guint size, double slope)
{
  VrCalibrationCurve *curve = vr_calibration_curve_new (thread, size);
  for (guint i = 0; i < 16; i++) {
    VrCalibrationPoint point = { (i % 8 + 1) / 10.0, 0 };
    point.forwarded_pps = slope * point.share + (i % 3 - 1.0);
    g_array_append_val (curve->points, point);
  }
  vr_calibration_fit (curve, 0.95);
  g_ptr_array_add (calibration->curves, curve);
}

static inline VrCalibration *
calibration_new (const char *router)
{
  VrCalibration *calibration = vr_calibration_new ("x", router);
  calibration->policy = VR_POLICY_DEADLINE;
  calibration->period_ns = 20 * MS;
  calibration->tick_ns = 4 * MS;
  calibration->ring_frames = 256;
  calibration->confidence = 0.95;
  add_curve (calibration, "vcpu.0", 64, 40000);
  add_curve (calibration, "vcpu.0", 512, 20000);
  add_curve (calibration, "emulator", 64, 80000);
  return calibration;
}

static inline void
add_status (GPtrArray *threads, const char *router, VrTaskRole role, const char *selector,
            const char *ports)
{
  VrThreadStatus *status = g_new0 (VrThreadStatus, 1);
  status->router = g_strdup (router);
  status->selector = g_strdup (selector);
  status->ports = g_strdup (ports);
  status->task.role = role;
  g_ptr_array_add (threads, status);
}

static inline void
add_guest (World *world, const char *name, const GPtrArray *statuses, const VrCalibration *known)
{
  g_autoptr (GError) error = NULL;
  VrContractGuest guest
      = { .router = vr_lab_router (world->lab, name), .calibration = known, .accel = VR_ACCEL_TCG };
  GPtrArray *threads = vr_calibrate_threads (world->lab, guest.router, statuses, &error);
  g_assert_no_error (error);
  g_ptr_array_add (world->threads, threads);
  guest.threads = threads;
  g_array_append_val (world->guests, guest);
}

/* All routers of the profile, r1 and r2 with LAB(), calibrated unless `is_guess`. */
static inline World *
world_with_cpus (const char *text, gboolean is_guess, guint cpus)
{
  World *world = g_new0 (World, 1);
  g_autoptr (GPtrArray) statuses
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_status_free);
  world->lab = fixture_parse (text);
  world->host.has_deadline = TRUE;
  world->host.sched_rt_runtime_us = 950000;
  world->host.sched_rt_period_us = 1000000;
  world->host.cpus = g_array_new (FALSE, TRUE, sizeof (VrHostCpu));
  g_array_set_size (world->host.cpus, cpus);
  for (guint i = 0; i < cpus; i++)
    g_array_index (world->host.cpus, VrHostCpu, i).id = i;
  world->calibrations = g_ptr_array_new_with_free_func (calibration_free);
  world->threads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  world->guests = g_array_new (FALSE, TRUE, sizeof (VrContractGuest));
  for (guint i = 0; i < world->lab->routers->len; i++) {
    const VrRouter *router = world->lab->routers->pdata[i];
    add_status (statuses, router->name, VR_TASK_VCPU, "vcpu.0", "");
    add_status (statuses, router->name, VR_TASK_EMULATOR, "emulator", "left");
    g_ptr_array_add (world->calibrations, calibration_new (vr_router_outward (router)));
  }
  for (guint i = 0; i < world->lab->routers->len; i++)
    add_guest (world, ((const VrRouter *) world->lab->routers->pdata[i])->name, statuses,
               is_guess ? NULL : world->calibrations->pdata[i]);
  return world;
}

static inline World *
world_new (const char *text, gboolean is_guess)
{
  return world_with_cpus (text, is_guess, 2);
}

static inline void
world_free (World *world)
{
  g_array_unref (world->guests);
  g_ptr_array_unref (world->threads);
  g_ptr_array_unref (world->calibrations);
  g_array_unref (world->host.cpus);
  vr_lab_free (world->lab);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static inline VrContractInput
world_input (const World *world)
{
  return (VrContractInput){ .lab = world->lab,
                            .host = &world->host,
                            .ceiling_ppm = world->ceiling_ppm,
                            .guests = (const VrContractGuest *) (gconstpointer) world->guests->data,
                            .guests_count = world->guests->len };
}
