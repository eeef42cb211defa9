/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An executor on a fake host in a directory of its own, and plans for it made of profiles. */
#pragma once

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/vr-executor.h"
#include "base/vr-error.h"
#include "base/vr-name.h"
#include "config/vr-profile.h"
#include "fake-backend.h"

/* Every kind of operation is in it: guests on macvtap and bridge, one arm, a native router, a NIC
 * of the host under macvtap and one in a bridge. */
#define FULL_PROFILE                                                                               \
  "[lab]\nname = full\n"                                                                           \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1\n"          \
  "channels = 2\n"                                                                                 \
  "[port right]\ndevice = test\nattach = bridge\ntest-address = 198.18.2.2/24\n"                   \
  "[port wire]\ndevice = eth7\nmtu = 2000\nrx-ring = 512\nrx-usecs = 0\n"                          \
  "[port trunk]\ndevice = eth8\nattach = bridge\n"                                                 \
  "[router r1]\ninterface = left 198.18.1.1/24, right 198.18.2.1/24\n"                             \
  "[router r2]\ninterface = wire 198.18.3.1/24, trunk 198.18.4.1/24\n"                             \
  "[router arm]\ninterface = left 198.18.1.3/24 198.18.5.3/24\n"                                   \
  "[router n1]\nkind = native\ninterface = left 198.18.1.4/24, right 198.18.2.4/24\n"              \
  "route = 198.19.0.0/16 via 198.18.2.1, 198.20.0.0/16 dev left\n"                                 \
  "neighbour = 198.18.2.9 52:54:00:00:00:09 right\n"                                               \
  "sysctl = net.ipv4.conf.left.send_redirects 0\n"

typedef struct {
  char *dir;
  char *lab;
  FakeBackend *fake;
  VrClaims *claims;
  VrJournal *journal;
  VrExecutor executor;
  VrOutcome outcome;
} Rig;

static inline char *
rig_dir_new (void)
{
  const char *parent = g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  char *dir = g_build_filename (parent, "vrkit-test-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (dir));
  return dir;
}

static inline void
rig_dir_remove (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);
    rig_dir_remove (inner);
  }
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* The NICs that the profiles name, as the host has them before any lab. */
static inline void
rig_furnish (const char *dir)
{
  static const char *const nics[] = { "link/eth7", "link/eth8" };
  g_autoptr (FakeHost) host = fake_host_open (dir);
  for (gsize i = 0; i < G_N_ELEMENTS (nics); i++) {
    fake_host_set (host, nics[i], "mtu", "1500");
    fake_host_set (host, nics[i], "promiscuous", "no");
    fake_host_set (host, nics[i], "up", "no");
    fake_host_set (host, nics[i], "rx-ring", "256");
    fake_host_set (host, nics[i], "rx-usecs", "3");
    fake_host_set (host, nics[i], "adaptive-coalescing", "on");
  }
}

/* Opens what there is in `dir`: to be called again after a crash. */
static inline void
rig_open (Rig *rig, const char *dir, const char *lab)
{
  g_autofree char *claims = g_build_filename (dir, "claims", NULL);
  g_autofree char *journal = g_strdup_printf ("%s/%s.journal", dir, lab);
  g_autoptr (GError) error = NULL;
  *rig = (Rig){ .dir = g_strdup (dir), .lab = g_strdup (lab), .fake = fake_backend_new (dir) };
  rig->claims = vr_claims_open (claims, &error);
  g_assert_no_error (error);
  rig->journal = vr_journal_open (journal, lab, &error);
  g_assert_no_error (error);
  rig->executor = (VrExecutor){ .lab = rig->lab,
                                .backend = fake_backend_base (rig->fake),
                                .journal = rig->journal,
                                .claims = rig->claims };
}

static inline void
rig_clear (Rig *rig)
{
  vr_journal_free (rig->journal);
  vr_claims_close (rig->claims);
  fake_backend_free (rig->fake);
  g_free (rig->lab);
  g_free (rig->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rig, rig_clear)

static inline FakeHost *
rig_host (Rig *rig)
{
  return fake_backend_host (rig->fake);
}

static inline VrPlanFacts *
fixture_facts (const char *lab)
{
  static const char *const nics[] = { "eth7", "eth8" };
  VrPlanFacts *facts = vr_plan_facts_new ();
  VrPlanImage *image = g_new0 (VrPlanImage, 1);
  facts->run_dir = g_strdup_printf ("/run/vrkit/labs/%s", lab);
  facts->memory_mib = 8192;
  facts->kvm_reason = g_strdup ("a loop in a guest took 63 ms");
  facts->macvtap_present = TRUE;
  facts->all_guests = g_strdup ("/machine.slice");
  facts->rt_group = g_strdup ("/machine");
  facts->rt_runtime_us = 950000;
  image->name = g_strdup ("router");
  image->kernel = g_strdup ("/var/lib/vrkit/images/router/vmlinux");
  image->initrd = g_strdup ("/var/lib/vrkit/images/router/initrd");
  image->command_line = g_strdup ("console=ttyS0 quiet panic=-1");
  image->digest = g_strdup ("0123456789abcdef0123456789abcdef");
  vr_plan_facts_add_image (facts, image);
  for (guint id = 0; id < 4; id++) {
    VrPlanCpu cpu = { .id = id, .core = id, .governed = id == 1 };
    g_array_append_val (facts->cpus, cpu);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (nics); i++) {
    VrPlanNic *nic = vr_plan_nic_new (nics[i]);
    nic->mtu_max = 9000;
    if (i == 0)
      g_array_append_vals (nic->irqs, &(guint){ 40 }, 1);
    vr_plan_facts_add_nic (facts, nic);
  }
  return facts;
}

static inline VrPlan *
plan_of (const char *profile)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_parse (profile, strlen (profile), "t.conf", &error);
  g_assert_no_error (error);
  g_autoptr (VrPlanFacts) facts = fixture_facts (lab->name);
  VrPlan *plan = vr_plan_new (lab, facts, &error);
  g_assert_no_error (error);
  return plan;
}

/* FULL_PROFILE with each `from` replaced. */
static inline VrPlan *
plan_of_full_but (const char *from, const char *to)
{
  g_assert_nonnull (strstr (FULL_PROFILE, from));
  g_autoptr (GString) profile = g_string_new (FULL_PROFILE);
  g_string_replace (profile, from, to, 0);
  return plan_of (profile->str);
}

static inline void
rig_apply (Rig *rig, const VrPlan *plan)
{
  g_autoptr (GError) error = NULL;
  gboolean good = vr_executor_apply (&rig->executor, plan, &rig->outcome, &error);
  g_assert_no_error (error);
  g_assert_true (good);
}

static inline void
rig_undo (Rig *rig)
{
  g_autoptr (GError) error = NULL;
  gboolean good = vr_executor_undo (&rig->executor, &rig->outcome, &error);
  g_assert_no_error (error);
  g_assert_true (good);
}

/* Nothing is in the journal, nothing was done in a wrong order, and no value is claimed. */
static inline void
rig_assert_clean (Rig *rig)
{
  g_autofree char *wrongs = fake_host_wrongs (rig->dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) held = vr_claims_of_lab (rig->claims, rig->lab, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (wrongs, ==, "");
  g_assert_cmpuint (held->len, ==, 0);
  g_assert_cmpuint (vr_journal_entries (rig->journal)->len, ==, 0);
}

/* The number of files of claims, whoever holds them. */
static inline guint
rig_claim_files (const Rig *rig)
{
  g_autofree char *path = g_build_filename (rig->dir, "claims", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  guint count = 0;
  while ((name = g_dir_read_name (directory)) != NULL)
    count += g_str_has_suffix (name, ".claim");
  return count;
}

/* The operation's id in the plan, by kind and a part of the target or the alias. */
static inline char *
plan_id (const VrPlan *plan, VrOpKind kind, const char *part)
{
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    const char *alias = vr_op_get (op, "alias");
    if (op->kind == kind
        && (strstr (op->target, part) != NULL || (alias != NULL && strstr (alias, part) != NULL)))
      return vr_op_id (op);
  }
  g_error ("no %s of %s", vr_op_kind_name (kind), part);
}
