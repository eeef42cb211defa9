/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles with schedules, written-down hosts, and plans of the two. */
#pragma once

#include "base/vr-cpu-list.h"
#include "base/vr-name.h"
#include "lab/vr-facts.h"
#include "plan/vr-plan.h"
#include "unit/profile-fixture.h"

#define LAB "[lab]\nname = x\n[port p]\ndevice = test\n[port q]\ndevice = eth7\n"
/* Its schedule begins in line 10. */
#define R1 LAB "[router r1]\nvcpus = 4\ninterface = p, q\n[schedule r1]\n"
#define R2 "[router r2]\nvcpus = 4\ninterface = p, q\n[schedule r2]\n"

/* --- Hosts -------------------------------------------------------------------------------------
 */

static inline void
add_image (VrPlanFacts *facts)
{
  VrPlanImage *image = g_new0 (VrPlanImage, 1);
  image->name = g_strdup ("router");
  image->kernel = g_strdup ("/vmlinux");
  image->initrd = g_strdup ("/initrd");
  image->command_line = g_strdup ("quiet");
  image->digest = g_strdup ("0123456789abcdef0123456789abcdef");
  vr_plan_facts_add_image (facts, image);
}

static inline VrPlanFacts *
facts_new (void)
{
  VrPlanFacts *facts = vr_plan_facts_new ();
  VrPlanNic *nic = vr_plan_nic_new ("eth7");
  facts->run_dir = g_strdup ("/run/vrkit/labs/x");
  facts->macvtap_present = TRUE;
  facts->kvm_usable = TRUE;
  facts->deadline_period_min_us = 100;
  facts->deadline_period_max_us = 4194304;
  facts->deadline_ceiling_ppm = 950000;
  facts->rt_share_ppm = 950000;
  add_image (facts);
  nic->numa = -1;
  vr_plan_facts_add_nic (facts, nic);
  return facts;
}

/* `text` has a word a CPU: id:core:package, whose last-level cache and node are its package's. */
static inline VrPlanFacts *
facts_with (const char *text)
{
  VrPlanFacts *facts = facts_new ();
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (char **word = words; *word != NULL; word++) {
    g_auto (GStrv) parts = g_strsplit (*word, ":", 3);
    VrPlanCpu cpu = { .id = (guint) atoi (parts[0]),
                      .core = atoi (parts[1]),
                      .package = atoi (parts[2]),
                      .llc = 0,
                      .numa = atoi (parts[2]) };
    g_array_append_val (facts->cpus, cpu);
  }
  return facts;
}

/* A thread of somebody else that may run on `cpus`, NULL: nobody knows where. */
typedef enum { OTHER_PROCESS, OTHER_GUEST } OtherKind;

static inline void
add_other (VrPlanFacts *facts, OtherKind kind, const char *cpus, guint64 share_ppm)
{
  VrPlanOther other = { .share_ppm = share_ppm, .of_guest = kind == OTHER_GUEST };
  other.name = g_strdup (other.of_guest ? "vcpu.0 of router s1 of lab b" : "thread 812 (rt-app)");
  other.cpus = cpus != NULL ? vr_cpu_list_parse (cpus) : NULL;
  vr_plan_facts_add_other (facts, &other);
}

/* A thread of the lab itself, which is up; `cpus` as the profile has them, NULL: anywhere. With 0
 * it reserves nothing. */
static inline void
add_placed (VrPlanFacts *facts, const char *target, const char *cpus, guint64 share_ppm)
{
  g_autofree char *runtime
      = share_ppm > 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT, share_ppm * 100) : NULL;
  g_autoptr (VrOp) op
      = vr_op_new (VR_OP_THREAD, target, "placed", "runtime-ns", runtime, "period-ns",
                   runtime != NULL ? "100000000" : NULL, "cpus", cpus, NULL);
  vr_plan_facts_add_placed (facts, op);
}

#define TWO_CPUS "0:0:0 1:1:0"
#define FOUR_CPUS "0:0:0 1:1:0 2:2:0 3:3:0"
/* Two cores of two threads each, which is how clouds sell "four CPUs". */
#define SMT "0:0:0 1:0:0 2:1:0 3:1:0"

static inline gint64
stopped_clock (gpointer unused)
{
  (void) unused;
  return 0;
}

/* A captured or hand-made machine, on which the lab of `profile` is to be. */
static inline VrPlanFacts *
facts_of_fixture (const char *name, const VrLab *lab)
{
  g_autofree char *root = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts", name, NULL);
  VrSite site
      = { root, "/nonexistent/run", "/nonexistent/images", "test:///default", stopped_clock };
  g_autoptr (GError) error = NULL;
  g_autoptr (VrPlanFacts) facts = vr_facts_gather (&site, lab, NULL, &error);
  g_assert_no_error (error);
  add_image (facts);
  facts->macvtap_present = TRUE;
  return g_steal_pointer (&facts);
}

/* --- Plans -------------------------------------------------------------------------------------
 */

static inline VrPlan *
plan_on (const char *profile, const VrPlanFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = fixture_parse (profile);
  VrPlan *plan = vr_plan_new (lab, facts, &error);
  g_assert_no_error (error);
  return plan;
}

static inline VrPlan *
plan_of (const char *profile, const char *cpus)
{
  g_autoptr (VrPlanFacts) facts = facts_with (cpus);
  return plan_on (profile, facts);
}

/* "SELECTOR@CPUS …" of all threads of the plan. */
static inline char *
places (const VrPlan *plan)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    const char *cpus = vr_op_get (op, "cpus");
    if (op->kind == VR_OP_THREAD)
      g_string_append_printf (text, "%s%s@%s", text->len > 0 ? " " : "",
                              op->target + strlen ("vrkit-x-"), cpus != NULL ? cpus : "any");
  }
  return g_string_free (text, FALSE);
}

static inline void
assert_places (const VrPlan *plan, const char *wanted)
{
  g_autofree char *got = places (plan);
  g_assert_cmpstr (got, ==, wanted);
}

static inline const VrOp *
thread_at (const VrPlan *plan, guint index)
{
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->kind == VR_OP_THREAD && index-- == 0)
      return op;
  }
  g_error ("no such thread in the plan");
}

static inline void
assert_holds (const char *text, const char *fragments)
{
  g_auto (GStrv) parts = g_strsplit (fragments, "|", -1);
  for (char **part = parts; *part != NULL; part++)
    if (strstr (text, *part) == NULL)
      g_error ("no \"%s\" in: %s", *part, text);
}

/* The notice that holds the fragment, or NULL. */
static inline const char *
notice_with (const VrPlan *plan, const char *fragment)
{
  for (guint i = 0; i < plan->notices->len; i++)
    if (strstr (plan->notices->pdata[i], fragment) != NULL)
      return plan->notices->pdata[i];
  return NULL;
}

static inline void
refuse_on (const char *profile, const VrPlanFacts *facts, VrErrorCode code, const char *fragments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = fixture_parse (profile);
  g_autoptr (VrPlan) plan = vr_plan_new (lab, facts, &error);
  if (plan != NULL)
    g_error ("not refused (%s):\n%s", fragments, profile);
  g_assert_error (error, VR_ERROR, (int) code);
  assert_holds (error->message, fragments);
}
