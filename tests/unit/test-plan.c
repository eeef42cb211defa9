/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans of the shipped profiles, held by tests/golden/plan-*.txt (VRKIT_UPDATE_GOLDEN=1 rewrites
 * them); what the planner refuses and announces; what every plan has. */
#include "plan/vr-plan.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "config/vr-profile.h"
#include "plan/vr-guest-config.h"

#define BRIDGE_PROFILE                                                                             \
  "[lab]\nname = bridged\n"                                                                        \
  "[port left]\ndevice = test\nattach = bridge\nmtu = 1400\ntest-address = 198.18.1.2/24\n"        \
  "[port wire]\ndevice = eth7\nattach = bridge\npromiscuous = on\n"                                \
  "channels = 2\nrx-ring = 512\ntx-usecs = 0\nadaptive-coalescing = off\n"                         \
  "[router r1]\nvcpus = 2\ninterface = left 198.18.1.1/24, wire 198.18.3.1/24 queues=2\n"          \
  "[router n1]\nkind = native\ninterface = left 198.18.1.4/24 2001:2:0:1::4/64\n"                  \
  "route = 198.19.0.0/16 via 198.18.1.1, 198.20.0.0/16 by /17 dev left\n"                          \
  "neighbour = 198.18.1.9 52:54:00:00:00:09 left\n"                                                \
  "sysctl = net.ipv4.conf.left.send_redirects 0\n"

static VrPlanFacts *
facts_new (const char *lab)
{
  VrPlanFacts *facts = vr_plan_facts_new ();
  VrPlanImage *image = g_new0 (VrPlanImage, 1);
  VrPlanNic *nic = vr_plan_nic_new ("eth7");
  facts->run_dir = g_strdup_printf ("/run/vrkit/labs/%s", lab);
  facts->memory_mib = 4096;
  facts->kvm_reason = g_strdup ("a loop in a guest took 63 ms");
  facts->macvtap_present = TRUE;
  facts->bridge_vlans_present = TRUE;
  image->name = g_strdup ("router");
  image->kernel = g_strdup ("/var/lib/vrkit/images/router/vmlinux");
  image->initrd = g_strdup ("/var/lib/vrkit/images/router/initrd");
  image->command_line = g_strdup ("console=ttyS0 quiet panic=-1");
  image->digest = g_strdup ("0123456789abcdef0123456789abcdef");
  image->memory_mib = 112;
  vr_plan_facts_add_image (facts, image);
  nic->mtu_max = 9000;
  nic->numa = -1;
  vr_plan_facts_add_nic (facts, nic);
  for (guint id = 0; id < 2; id++) {
    VrPlanCpu cpu = { .id = id, .core = id };
    g_array_append_val (facts->cpus, cpu);
  }
  facts->deadline_ceiling_ppm = 950000;
  return facts;
}

static VrLab *
lab_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  VrLab *lab = vr_profile_parse (text, strlen (text), "t.conf", &error);
  g_assert_no_error (error);
  return lab;
}

static VrPlan *
plan_with (const VrLab *lab, const VrPlanFacts *facts)
{
  g_autoptr (GError) error = NULL;
  VrPlan *plan = vr_plan_new (lab, facts, &error);
  g_assert_no_error (error);
  return plan;
}

/* What the executor relies on: ids are unique, and what an operation needs comes before it. */
static void
assert_sound (const VrPlan *plan)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    for (guint k = 0; k < op->needs->len; k++)
      if (!g_hash_table_contains (ids, op->needs->pdata[k]))
        g_error ("%s %s needs %s, which is not before it", vr_op_kind_name (op->kind), op->target,
                 (const char *) op->needs->pdata[k]);
    g_assert_cmpstr (op->why, !=, "");
    char *id = vr_op_id (op);
    if (!g_hash_table_add (ids, id))
      g_error ("twice in the plan: %s", id);
  }
}

static const VrOp *
find_op (const VrPlan *plan, VrOpKind kind, const char *part)
{
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    if (op->kind == kind && strstr (op->target, part) != NULL)
      return op;
  }
  g_error ("no %s of %s", vr_op_kind_name (kind), part);
}

static void
assert_golden (const char *text, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/tests/golden/plan-%s.txt", VRKIT_SOURCE_DIR, name);
  g_autofree char *golden = NULL;
  g_autoptr (GError) error = NULL;
  if (g_getenv ("VRKIT_UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_file_get_contents (path, &golden, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, golden);
}

static void
check_golden (const VrLab *lab, const char *name)
{
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  g_autoptr (VrPlan) twin = plan_with (lab, facts);
  g_autofree char *text = vr_plan_print (plan), *again = vr_plan_print (twin);
  g_autofree char *json = vr_plan_json (plan), *json_again = vr_plan_json (twin);
  g_assert_cmpstr (text, ==, again);
  g_assert_cmpstr (json, ==, json_again);
  assert_sound (plan);
  assert_golden (text, name);
}

/* --- Goldens -----------------------------------------------------------------------------------
 */

static void
test_profile (gconstpointer name)
{
  g_autofree char *path = g_strdup_printf ("profiles/%s.conf", (const char *) name);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (chdir (VRKIT_SOURCE_DIR), ==, 0);
  g_autoptr (VrLab) lab = vr_profile_load (path, &error);
  g_assert_no_error (error);
  check_golden (lab, name);
}

static void
test_bridge (void)
{
  g_autoptr (VrLab) lab = lab_of (BRIDGE_PROFILE);
  check_golden (lab, "bridge");
}

/* The switch of profiles/vlans.conf as a bridge of Linux. */
static void
test_bridge_vlans (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_file_get_contents (VRKIT_SOURCE_DIR "/profiles/vlans.conf", &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) parts = g_strsplit (text, "attach = ovs", -1);
  g_autofree char *bridged = g_strjoinv ("attach = bridge", parts);
  g_autoptr (VrLab) lab = lab_of (bridged);
  check_golden (lab, "bridge-vlans");
}

static void
test_json (void)
{
  g_autoptr (VrLab) lab = lab_of (BRIDGE_PROFILE);
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  g_autofree char *text = vr_plan_json (plan);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObject *object = json_node_get_object (node);
  JsonArray *ops = json_object_get_array_member (object, "operations");
  g_assert_cmpstr (json_object_get_string_member (object, "schema"), ==, "vrkit.plan/1");
  g_assert_cmpstr (json_object_get_string_member (object, "lab"), ==, "bridged");
  g_assert_cmpuint (json_array_get_length (ops), ==, plan->ops->len);
  for (guint i = 0; i < plan->ops->len; i++) {
    const VrOp *op = plan->ops->pdata[i];
    JsonObject *member = json_array_get_object_element (ops, i);
    g_assert_cmpstr (json_object_get_string_member (member, "target"), ==, op->target);
    g_assert_cmpint (json_object_get_boolean_member (member, "shared"), ==, op->shared);
    g_assert_true (json_object_has_member (member, "payload") == (op->payload != NULL));
  }
}

/* --- Refusals ----------------------------------------------------------------------------------
 */

typedef enum {
  NO_CHANGE,
  NO_IMAGE,
  NO_MACVTAP,
  NO_OVS,
  NO_VLANS,
  NO_DPDK,
  NO_DPDK_NOR_MACVTAP,
  POLLED,
  HUGEPAGES,
  NO_AF_XDP,
  LITTLE_MEMORY,
  TSC,
  KVM,
  KVM_AND_VHOST,
} Change;

static void
change_facts (VrPlanFacts *facts, Change change)
{
  if (change == NO_IMAGE)
    g_hash_table_remove_all (facts->images);
  facts->macvtap_present = change != NO_MACVTAP && change != NO_DPDK_NOR_MACVTAP;
  facts->bridge_vlans_present = change != NO_VLANS;
  facts->no_ovs = change == NO_OVS ? g_strdup ("Open vSwitch is away") : NULL;
  if (change == NO_DPDK || change == NO_DPDK_NOR_MACVTAP)
    facts->no_dpdk = g_strdup ("DPDK is away");
  if (change == NO_AF_XDP)
    facts->no_af_xdp = g_strdup ("AF_XDP is away");
  if (change == POLLED) {
    guint cpu = 1;
    facts->polled = g_array_new (FALSE, FALSE, sizeof (guint));
    g_array_append_val (facts->polled, cpu);
    facts->no_poll_group = g_strdup ("no group for it");
    VrPlanCpu third = { .id = 2, .core = 2 };
    g_array_append_val (facts->cpus, third);
  }
  facts->hugepages_known = change == HUGEPAGES;
  facts->hugepages[VR_HUGEPAGES_2M] = 100;
  facts->memory_mib = change == LITTLE_MEMORY ? 200 : 4096;
  facts->kvm_usable = change == KVM || change == KVM_AND_VHOST;
  facts->tsc_khz = change == KVM_AND_VHOST || change == TSC ? 2596132 : 0;
  facts->vhost_present = change == KVM_AND_VHOST;
}

#define PORT "[port p]\ndevice = test\n"
#define ROUTER(keys) "[lab]\nname = x\n" PORT "[router r]\n" keys "interface = p 198.18.1.1/24\n"

#define VHOST_USER                                                                                 \
  "[lab]\nname = x\n" PORT "attach = vhost-user\n[router r]\ninterface = p 198.18.1.1/24\n"

static const struct {
  const char *name;
  const char *profile;
  Change change;
  VrErrorCode code;
  const char *fragments; /* that the message holds, separated by bars */
} refusals[] = {
  { "missing-nic", "[lab]\nname = x\n[port p]\ndevice = eth9\n[router r]\ninterface = p\n",
    NO_CHANGE, VR_ERROR_HOST, "t.conf:3:|[port p]|eth9|device = test" },
  { "mtu", "[lab]\nname = x\n[port p]\ndevice = eth7\nmtu = 9001\n[router r]\ninterface = p\n",
    NO_CHANGE, VR_ERROR_INFEASIBLE, "t.conf:3:|9001|eth7|9000" },
  { "memory", ROUTER ("memory = 128M\n") "[router s]\nmemory = 128M\n", LITTLE_MEMORY,
    VR_ERROR_INFEASIBLE, "t.conf:8:|[router s]|128M|256 MiB|200 MiB" },
  { "hugepages", ROUTER ("hugepages = 2M\n") "[router s]\nhugepages = 2M\n", HUGEPAGES,
    VR_ERROR_INFEASIBLE,
    "t.conf:8: [router s] hugepages = 2M: its memory is 64 such pages|the lab has 128|this host "
    "has "
    "100 for it|write 28 more into /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages" },
  { "hugepages-none", ROUTER ("memory = 1G\nhugepages = 1G\n"), HUGEPAGES, VR_ERROR_INFEASIBLE,
    "t.conf:5: [router r] hugepages = 1G: its memory is 1 such pages|this host has 0|1048576kB" },
  { "memory-members", ROUTER ("memory = 112M\n") "[pvr s]\nmembers = 4\nmemory = 44M\n",
    LITTLE_MEMORY, VR_ERROR_INFEASIBLE,
    "t.conf:8:|[router s-3]|244 MiB|200 MiB|write members = 2" },
  { "memory-huge", ROUTER ("memory = 4000G\n"), NO_CHANGE, VR_ERROR_INFEASIBLE,
    "t.conf:5:|4096000M|4096 MiB" },
  { "memory-image", ROUTER ("memory = 111M\n"), NO_CHANGE, VR_ERROR_INFEASIBLE,
    "t.conf:5:|[router r]|memory = 111M|image router|112M" },
  { "memory-routes", ROUTER ("memory = 112M\nroute = 10.0.0.0/8 by /24 dev p\n"), NO_CHANGE,
    VR_ERROR_INFEASIBLE, "t.conf:5:|[router r]|memory = 112M|so many routes|at least 126M" },
  { "kvm", ROUTER ("accel = kvm\n"), NO_CHANGE, VR_ERROR_HOST,
    "t.conf:5:|accel = kvm|63 ms|accel = auto" },
  { "vhost-absent", ROUTER ("vhost = on\n"), KVM, VR_ERROR_HOST,
    "t.conf:5:|vhost = on|vhost-net|vhost = auto" },
  { "vhost-tcg", ROUTER ("vhost = on\naccel = tcg\n"), KVM_AND_VHOST, VR_ERROR_HOST,
    "t.conf:5:|vhost = on|TCG" },
  { "image", ROUTER ("image = bird\n"), NO_CHANGE, VR_ERROR_HOST,
    "t.conf:5:|image = bird|vrkit image build bird" },
  { "no-image", ROUTER (""), NO_IMAGE, VR_ERROR_HOST, "t.conf:5:|image = router" },
  { "macvtap", ROUTER (""), NO_MACVTAP, VR_ERROR_HOST, "t.conf:5:|macvtap|attach = bridge" },
  { "ovs", "[lab]\nname = x\n[port p]\ndevice = test\nattach = ovs\n[router r]\ninterface = p\n",
    NO_OVS, VR_ERROR_HOST, "t.conf:3:|[port p]|is away|attach = bridge" },
  { "bridge-vlans",
    "[lab]\nname = x\n[port p]\ndevice = internal\nvlan = 7\n[router r]\ninterface = p\n", NO_VLANS,
    VR_ERROR_HOST,
    "t.conf:3:|[port p]|vlan = 7|CONFIG_BRIDGE_VLAN_FILTERING|attach = ovs|remove the key" },
  { "vhost-user-no-ovs", VHOST_USER, NO_OVS, VR_ERROR_HOST,
    "t.conf:3:|[port p] attach = vhost-user: Open vSwitch is away|attach = bridge or macvtap "
    "does" },
  { "vhost-user-no-dpdk", VHOST_USER, NO_DPDK, VR_ERROR_HOST,
    "t.conf:3:|[port p] attach = vhost-user: DPDK is away|attach = ovs or bridge or macvtap does" },
  { "vhost-user-no-af-xdp",
    "[lab]\nname = x\n[port p]\ndevice = eth7\nattach = vhost-user\n"
    "driver = af-xdp\n[router r]\ninterface = p 198.18.1.1/24\n",
    NO_AF_XDP, VR_ERROR_HOST,
    "t.conf:3: [port p] driver = af-xdp: AF_XDP is away; driver = af-packet does without" },
  { "poller-of-no-cpu", VHOST_USER "[schedule r]\npmd.2 = fifo 7\n", POLLED, VR_ERROR_INFEASIBLE,
    "t.conf:9: [schedule r] pmd.2: Open vSwitch polls on CPU 1, and has no such thread on CPU "
    "2|pmd-cpu-mask" },
  { "poller-of-two-minds",
    VHOST_USER "[router s]\ninterface = p\n[schedule r]\npmd.1 = fifo 7\n"
               "[schedule s]\npmd.1 = fifo 8\n",
    POLLED, VR_ERROR_PROFILE,
    "t.conf:13: [schedule s] pmd.1: this is the thread pmd.1, of which t.conf:11 wants" },
  { "poller-without-group", VHOST_USER "[schedule r]\npmd.1 = quota 1ms/5ms\n", POLLED,
    VR_ERROR_HOST, "t.conf:9: [schedule r] pmd.1: no group for it" },
  { "vhost-user-nothing", VHOST_USER, NO_DPDK_NOR_MACVTAP, VR_ERROR_HOST,
    "DPDK is away; attach = ovs or bridge does without" },
};

static void
test_refusal (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = lab_of (refusals[i].profile);
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  change_facts (facts, refusals[i].change);
  g_assert_null (vr_plan_new (lab, facts, &error));
  g_assert_error (error, VR_ERROR, (int) refusals[i].code);
  g_auto (GStrv) fragments = g_strsplit (refusals[i].fragments, "|", -1);
  for (char **fragment = fragments; *fragment != NULL; fragment++)
    if (strstr (error->message, *fragment) == NULL)
      g_error ("no \"%s\" in: %s", *fragment, error->message);
}

/* --- Notices and choices -----------------------------------------------------------------------
 */

static VrPlan *
plan_changed (const char *profile, Change change)
{
  g_autoptr (VrLab) lab = lab_of (profile);
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  change_facts (facts, change);
  return plan_with (lab, facts);
}

static void
assert_notices (const VrPlan *plan, const char *const *fragments)
{
  g_assert_cmpuint (plan->notices->len, ==, g_strv_length ((char **) fragments));
  for (guint i = 0; fragments[i] != NULL; i++)
    if (strstr (plan->notices->pdata[i], fragments[i]) == NULL)
      g_error ("no \"%s\" in: %s", fragments[i], (const char *) plan->notices->pdata[i]);
}

static void
test_notices (void)
{
  static const char *const both[]
      = { "accel auto takes TCG", "vhost auto takes QEMU's main loop", NULL };
  static const char *const vhost[]
      = { "router r: accel auto takes KVM", "vhost auto takes QEMU's main loop", NULL };
  static const char *const accel[] = { "router r: accel auto takes KVM", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (VrPlan) neither = plan_changed (ROUTER (""), NO_CHANGE);
  g_autoptr (VrPlan) kvm = plan_changed (ROUTER (""), KVM);
  g_autoptr (VrPlan) all = plan_changed (ROUTER (""), KVM_AND_VHOST);
  g_autoptr (VrPlan) chosen = plan_changed (ROUTER ("accel = tcg\nvhost = off\n"), NO_CHANGE);
  g_autoptr (VrPlan) sure = plan_changed (ROUTER ("accel = kvm\n"), KVM_AND_VHOST);
  assert_notices (neither, both);
  g_assert_nonnull (strstr (neither->notices->pdata[0], "63 ms"));
  assert_notices (kvm, vhost);
  assert_notices (all, accel);
  assert_notices (chosen, none);
  assert_notices (sure, none);
}

/* The switch moves the packets, so of vhost nothing is told; @auto goes where nobody polls. */
static void
test_polled (void)
{
  static const char *const plain[] = { "accel auto takes TCG", NULL };
  static const char *const beside[]
      = { "accel auto takes TCG", "vcpu.0 is to run on CPU 1, which a polling thread", NULL };
  g_autoptr (VrPlan) alone = plan_changed (VHOST_USER, POLLED);
  g_autoptr (VrPlan) elsewhere
      = plan_changed (VHOST_USER "[schedule r]\nvcpu.0 = other @auto\n", POLLED);
  g_autoptr (VrPlan) there = plan_changed (VHOST_USER "[schedule r]\nvcpu.0 = other @1\n", POLLED);
  assert_notices (alone, plain);
  assert_notices (elsewhere, plain);
  assert_notices (there, beside);
  g_assert_nonnull (strstr (find_op (alone, VR_OP_DOMAIN, "-r")->payload, " pci=nomsi "));
  g_assert_cmpstr (vr_op_get (find_op (elsewhere, VR_OP_THREAD, "vcpu.0"), "cpus"), ==, "2");
}

/* It is the switch's, whatever router names it, and where the switch has it. */
static void
test_poller (void)
{
  static const char *const notices[]
      = { "accel auto takes TCG", "accel auto takes TCG",
          "pmd.1 (t.conf:9) never sleeps, and as fifo leaves others of CPU 1 no more", NULL };
  g_autoptr (VrPlan) plan
      = plan_changed (VHOST_USER "[schedule r]\npmd.1 = fifo 7\n[router s]\ninterface = p\n"
                                 "[schedule s]\npmd.1 = fifo 7\n",
                      POLLED);
  const VrOp *op = find_op (plan, VR_OP_THREAD, "pmd.1");
  guint threads = 0;
  for (guint i = 0; i < plan->ops->len; i++)
    threads += ((const VrOp *) plan->ops->pdata[i])->kind == VR_OP_THREAD;
  g_assert_cmpuint (threads, ==, 1);
  g_assert_cmpstr (op->target, ==, "ovs-vswitchd/pmd.1");
  g_assert_cmpstr (op->why, ==, "t.conf:9: pmd.1 of Open vSwitch");
  g_assert_true (op->shared);
  g_assert_cmpstr (vr_op_get (op, "policy"), ==, "fifo");
  g_assert_cmpstr (vr_op_get (op, "priority"), ==, "7");
  g_assert_cmpstr (vr_op_get (op, "cpus"), ==, "1");
  g_assert_cmpuint (op->needs->len, ==, 3);
  g_assert_true (g_str_has_prefix (op->needs->pdata[0], "ovs-port vr"));
  assert_notices (plan, notices);
}

/* A ring's slot holds a frame; the switch and both of its ports know the MTU. */
static void
test_jumbo_of_dpdk (void)
{
  g_autoptr (VrPlan) plan
      = plan_changed ("[lab]\nname = x\n[port p]\ndevice = eth7\nattach = vhost-user\nmtu = 8000\n"
                      "[router r]\ninterface = p queues=2\nvcpus = 2\n",
                      NO_CHANGE);
  const VrOp *device = find_op (plan, VR_OP_OVS_PORT, "eth7");
  g_assert_cmpstr (vr_op_get (device, "options"), ==,
                   "dpdk-devargs=net_af_packet_eth7,iface=eth7,framesz=8192,blocksz=8192");
  g_assert_cmpstr (vr_op_get (device, "mtu"), ==, "8000");
  g_assert_nonnull (strstr (find_op (plan, VR_OP_DOMAIN, "-r")->payload, "queues=\"2\""));
}

static void
test_af_xdp (void)
{
  g_autoptr (VrPlan) plan
      = plan_changed ("[lab]\nname = x\n[port p]\ndevice = eth7\nattach = vhost-user\n"
                      "driver = af-xdp\n[router r]\ninterface = p\n",
                      NO_CHANGE);
  const VrOp *device = find_op (plan, VR_OP_OVS_PORT, "eth7");
  g_assert_cmpstr (vr_op_get (device, "type"), ==, "dpdk");
  g_assert_cmpstr (vr_op_get (device, "options"), ==, "dpdk-devargs=net_af_xdp_eth7,iface=eth7");
  g_assert_cmpstr (vr_op_get (device, "mtu"), ==, "1500");
}

static void
test_long_directory (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = lab_of (VHOST_USER);
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  g_free (facts->run_dir);
  facts->run_dir
      = g_strconcat ("/", "a-name-of-thirty-characters-xx/a-name-of-thirty-characters-xx/",
                     "xxxxxxxxxxxxxxxxxx", NULL);
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  char *longer = g_strconcat (facts->run_dir, "x", NULL);
  g_free (facts->run_dir);
  facts->run_dir = longer;
  g_assert_nonnull (plan);
  g_assert_null (vr_plan_new (lab, facts, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, "VRKIT_RUN_DIR"));
}

static void
test_choices_in_domain (void)
{
  g_autoptr (VrPlan) tcg = plan_changed (ROUTER (""), NO_CHANGE);
  g_autoptr (VrPlan) all = plan_changed (ROUTER (""), KVM_AND_VHOST);
  const VrOp *slow = find_op (tcg, VR_OP_DOMAIN, "vrkit-x-r");
  const VrOp *fast = find_op (all, VR_OP_DOMAIN, "vrkit-x-r");
  g_assert_nonnull (strstr (slow->payload, "type=\"qemu\""));
  g_assert_nonnull (strstr (slow->payload, "driver name=\"qemu\""));
  g_assert_nonnull (strstr (fast->payload, "type=\"kvm\""));
  g_assert_nonnull (strstr (fast->payload, "driver name=\"vhost\""));
  g_assert_nonnull (strstr (slow->payload, " noreplace-smp "));
  g_assert_null (strstr (fast->payload, "noreplace-smp"));
  g_autoptr (VrPlan) clocked = plan_changed (ROUTER (""), TSC);
  const VrOp *timed = find_op (clocked, VR_OP_DOMAIN, "vrkit-x-r");
  g_assert_nonnull (strstr (timed->payload, " noreplace-smp tsc_early_khz=2596132 "));
  g_assert_null (strstr (slow->payload, "tsc_early_khz"));
  g_assert_null (strstr (fast->payload, "tsc_early_khz"));
  g_assert_cmpstr (vr_op_get (slow, "digest"), !=, vr_op_get (fast, "digest"));
}

/* Whatever the guest is told is part of what it is: a changed route makes another domain. */
static void
test_config_changes_domain (void)
{
  g_autoptr (VrPlan) one = plan_changed (ROUTER (""), NO_CHANGE);
  g_autoptr (VrPlan) two = plan_changed (ROUTER ("forwarding = off\n"), NO_CHANGE);
  g_assert_cmpstr (vr_op_get (find_op (one, VR_OP_DOMAIN, "-r"), "digest"), !=,
                   vr_op_get (find_op (two, VR_OP_DOMAIN, "-r"), "digest"));
}

/* The setting of a profile replaces the one that every router gets. */
static void
test_native_sysctl_override (void)
{
  g_autoptr (VrPlan) plan
      = plan_changed (ROUTER ("kind = native\nsysctl = net.ipv4.ip_forward 0\n"), NO_CHANGE);
  assert_sound (plan);
  g_assert_cmpstr (vr_op_get (find_op (plan, VR_OP_SYSCTL, "net.ipv4.ip_forward"), "value"), ==,
                   "0");
}

static void
test_nic_is_claimed (void)
{
  g_autoptr (VrPlan) plan = plan_changed (BRIDGE_PROFILE, NO_CHANGE);
  g_assert_true (find_op (plan, VR_OP_LINK, "eth7")->shared);
  g_assert_true (find_op (plan, VR_OP_OFFLOADS, "eth7")->shared);
  g_assert_false (find_op (plan, VR_OP_ENSLAVE, "eth7")->shared);
  g_assert_false (find_op (plan, VR_OP_VETH, "vr")->shared);
}

/* --- Size --------------------------------------------------------------------------------------
 */

static guint
ops_of_many (guint routers)
{
  g_autoptr (GString) text = g_string_new ("[lab]\nname = many\n[port p]\ndevice = test\n");
  for (guint i = 0; i < routers; i++)
    g_string_append_printf (text,
                            "[router r%u]\nkind = %s\nmemory = 112M\n"
                            "interface = p 10.%u.%u.1/24\n",
                            i, i % 2 == 0 ? "guest" : "native", i / 250, i % 250);
  g_autoptr (VrLab) lab = lab_of (text->str);
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  facts->memory_mib = 0;
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  assert_sound (plan);
  return plan->ops->len;
}

static void
test_thousand_routers (void)
{
  guint two = ops_of_many (2), twelve = ops_of_many (12), thousand = ops_of_many (1002);
  g_assert_cmpuint (thousand - two, ==, 100 * (twelve - two));
}

/* --- The guest's text --------------------------------------------------------------------------
 */

static void
test_guest_config (void)
{
  static const char profile[]
      = "[port left]\ndevice = test\nmtu = 1400\n[port eth0]\ndevice = test\n"
        "[router r1]\ninterface = left 198.18.1.1/24 2001:2:0:1::1/64 mac=52:54:00:00:00:01\n"
        "interface = eth0 198.18.2.1/24 mac=52:54:00:00:00:02\n"
        "route = 198.19.0.0/16 via 198.18.1.9, 198.20.0.0/16 dev left, ::/0 via 2001:2:0:1::9\n"
        "neighbour = 198.18.1.9 52:54:00:00:00:09 left\nforwarding = off\n"
        "sysctl = net.ipv4.conf.left.send_redirects 0\nsysctl = net.ipv4.tcp_rmem 1 2 3\n";
  g_autoptr (VrLab) lab = lab_of (profile);
  g_autofree char *text = vr_guest_config (lab, vr_lab_router (lab, "r1"));
  assert_golden (text, "guest-config");
}

/* Two of the three ports are the first balancer's; a route or neighbour is known where its port is.
 */
static void
test_msr_configs (void)
{
  static const char profile[]
      = "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\n[port mid]\ndevice = test\n"
        "[port right]\ndevice = test\nmtu = 9000\n"
        "[msr m]\nbalancers = 2\nrouters = 2\npolicy = round-robin\n"
        "interface = left 198.18.1.1/24 2001:2:0:1::1/64 mac=52:54:00:00:00:01\n"
        "interface = mid 198.18.2.1/24\ninterface = right 198.18.3.1/24\n"
        "neighbour = 198.18.2.9 52:54:00:00:00:09 mid\n"
        "route = 198.19.0.0/16 via 198.18.2.9, 198.20.0.0/16 via 198.18.1.2\n"
        "sysctl = net.ipv4.conf.mid.send_redirects 0\n";
  static const char *const parts[] = { "m-lb1", "m-lb2", "m-br1", "m-br2" };
  g_autoptr (VrLab) lab = lab_of (profile);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *config = vr_guest_config (lab, vr_lab_router (lab, parts[i]));
    g_string_append (text, config);
  }
  assert_golden (text->str, "msr-configs");
}

/* Two areas, one of them on two ports and of both IPs, and a port that speaks nothing. */
static void
test_control_configs (void)
{
  static const char profile[]
      = "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\n[port mid]\ndevice = test\n"
        "[port right]\ndevice = test\n[port a-name-longer-than-fifteen]\ndevice = test\n"
        "[msr m]\nbalancers = 2\nrouters = 2\ncontrol = on\ncontrol-vcpus = 2\nas = 65001\n"
        "interface = left 198.18.1.1/24 2001:2:0:1::1/64 mac=52:54:00:00:00:01\n"
        "interface = mid 198.18.2.1/24, a-name-longer-than-fifteen 2001:2:0:4::1/64\n"
        "interface = right 198.18.3.1/24\n"
        "route = 198.20.0.0/16 via 198.18.1.2\n"
        "ospf = left hello=1, mid area=0.0.1.0 cost=20 type=point-to-point\n"
        "ospf = a-name-longer-than-fifteen\n"
        "bgp = 198.18.3.2 as=65002, 2001:2:0:1::2 as=65001 hold=9\n";
  static const char *const parts[] = { "m-lb1", "m-lb2", "m-br1", "m-br2", "m-cp" };
  g_autoptr (VrLab) lab = lab_of (profile);
  g_autoptr (GString) text = g_string_new (NULL);
  g_assert_cmpuint (vr_lab_router (lab, "m-cp")->vcpus, ==, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *config = vr_guest_config (lab, vr_lab_router (lab, parts[i]));
    g_string_append (text, config);
  }
  assert_golden (text->str, "msr-control-configs");
}

static char *
config_of_balancer (const char *implementation)
{
  g_autofree char *profile
      = g_strconcat ("[port left]\ndevice = test\n[port right]\ndevice = test\n"
                     "[msr m]\nrouters = 2\ncontrol = on\ninterface = left 198.18.1.1/24\n"
                     "interface = right 198.18.2.1/24\nbalancer = ",
                     implementation, "\n", NULL);
  g_autoptr (VrLab) lab = lab_of (profile);
  return vr_guest_config (lab, vr_lab_router (lab, "m-lb1"));
}

/* The description is the same, whatever carries it out. */
static void
test_control_by_xdp (void)
{
  g_autofree char *by_nftables = config_of_balancer ("nftables");
  g_autofree char *by_xdp = config_of_balancer ("xdp");
  g_auto (GStrv) parts = g_strsplit (by_nftables, "\nbalancer nftables\n", 2);
  g_autofree char *expected = g_strjoinv ("\nbalancer xdp\n", parts);
  g_assert_nonnull (strstr (by_xdp, "\nbalance control 52:54:00:"));
  g_assert_cmpstr (by_xdp, ==, expected);
}

/* What the outside knows of an MSR does not depend on how many balancers it has. */
static void
test_msr_macs (void)
{
  static const char head[]
      = "[port left]\ndevice = test\n[port right]\ndevice = test\n"
        "[msr m]\ninterface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\nbalancers = ";
  g_autofree char *one = g_strconcat (head, "1\n", NULL);
  g_autofree char *two = g_strconcat (head, "2\n", NULL);
  g_autoptr (VrLab) alone = lab_of (one);
  g_autoptr (VrLab) both = lab_of (two);
  const VrInterface *before = vr_router_interface (vr_lab_router (alone, "m-lb1"), "right");
  const VrInterface *after = vr_router_interface (vr_lab_router (both, "m-lb2"), "right");
  g_assert_cmpmem (&before->mac, sizeof (VrMac), &after->mac, sizeof (VrMac));
}

static VrLab *
lab_of_back_ends (guint number, const char *control)
{
  g_autofree char *profile
      = g_strdup_printf ("[port left]\ndevice = test\n[port right]\ndevice = test\n"
                         "[msr m]\nrouters = %u\ncontrol = %s\ninterface = left 198.18.1.1/24\n"
                         "interface = right 198.18.2.1/24\n",
                         number, control);
  return lab_of (profile);
}

/* What is told to those that are there does not depend on how many back-ends there are: none is
 * made anew where that changes. */
/* A balancer knows the MAC addresses of those that are not there yet, too. */
static void
test_msr_weights (void)
{
  g_autoptr (VrLab) two = lab_of_back_ends (2, "off\nweights = 3, 0, 2");
  g_autoptr (VrLab) three = lab_of_back_ends (3, "off");
  g_autofree char *config = vr_guest_config (two, vr_lab_router (two, "m-lb1"));
  GString *wanted = g_string_new (NULL);
  for (guint i = 1; i <= 3; i++) {
    g_autofree char *name = g_strdup_printf ("m-br%u", i);
    char mac[VR_MAC_TEXT_SIZE];
    vr_mac_print (&vr_router_interface (vr_lab_router (three, name), "m-inner")->mac, mac);
    g_string_append_printf (wanted, "balance backend %s %s\n", mac,
                            i == 1   ? "3"
                            : i == 2 ? "0"
                                     : "2");
  }
  g_string_append (wanted, "balance end\n");
  g_autofree char *lines = g_string_free (wanted, FALSE);
  g_assert_nonnull (strstr (config, lines));
}

static void
test_msr_grown (gconstpointer data)
{
  const char *control = data;
  g_autoptr (VrLab) two = lab_of_back_ends (2, control);
  g_autoptr (VrLab) five = lab_of_back_ends (5, control);
  g_assert_cmpuint (five->routers->len, ==, two->routers->len + 3);
  for (guint i = 0; i < two->routers->len; i++) {
    const VrRouter *router = two->routers->pdata[i];
    g_autofree char *before = vr_guest_config (two, router);
    g_autofree char *after = vr_guest_config (five, vr_lab_router (five, router->name));
    g_assert_cmpstr (after, ==, before);
  }
}

static void
test_many_routes (void)
{
  enum { ROUTES = 100000 };
  g_autoptr (VrLab) lab
      = lab_of ("[port p]\ndevice = test\n[router r]\ninterface = p 198.18.1.1/24\n");
  VrRouter *router = vr_lab_router (lab, "r");
  for (guint i = 0; i < ROUTES; i++) {
    VrRoute *route = g_new0 (VrRoute, 1);
    g_autofree char *prefix = g_strdup_printf ("10.%u.%u.%u/32", i >> 16, (i >> 8) & 255, i & 255);
    route->origin = router->origin;
    route->count = 1;
    g_assert_true (vr_prefix_parse (prefix, &route->destination, NULL));
    route->port = g_strdup ("p");
    g_ptr_array_add (router->routes, route);
  }
  g_autofree char *text = vr_guest_config (lab, router);
  guint routes = 0;
  for (const char *line = text; line != NULL; line = strchr (line + 1, '\n'))
    routes += g_str_has_prefix (line, "\nroute ");
  g_assert_cmpuint (routes, ==, ROUTES);
  g_assert_true (g_str_has_suffix (text, "\nroute 10.1.134.159/32 dev p\nend\n"));
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  router->memory_mib = 256;
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  g_assert_cmpuint (plan->ops->len, <, 20);
}

#define MANY                                                                                       \
  "[port left]\ndevice = test\n[router r1]\ninterface = left 198.18.1.1/24\n"                      \
  "route = 198.19.0.0/16 by /32 via 198.18.1.9\n"

/* A long configuration is in an initrd, which the domain boots with, and fw_cfg has none. */
static void
test_long_config (void)
{
  g_autoptr (VrLab) lab = lab_of (MANY "memory = 160M\n");
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  const VrOp *config = find_op (plan, VR_OP_CONFIG, "/r1-"),
             *domain = find_op (plan, VR_OP_DOMAIN, "r1");
  g_autofree char *initrd = g_strdup_printf ("<initrd>%s</initrd>", config->target);
  g_autofree char *need = vr_op_id (config);
  g_assert_true (g_str_has_suffix (config->target, ".initrd"));
  g_assert_cmpstr (vr_op_get (config, "initrd"), ==, "/var/lib/vrkit/images/router/initrd");
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, config->payload, -1);
  g_assert_cmpstr (vr_op_get (config, "sha256"), ==, digest);
  g_assert_nonnull (strstr (domain->payload, initrd));
  g_assert_null (strstr (domain->payload, "fwcfg"));
  g_assert_true (g_ptr_array_find_with_equal_func (domain->needs, need, g_str_equal, NULL));
  g_assert_nonnull (strstr (config->payload, "route 198.19.0.0/32 via 198.18.1.9\n"));
  g_assert_nonnull (strstr (config->payload, "route 198.19.255.255/32 via 198.18.1.9\nend\n"));
  g_assert_cmpstr (find_op (plan, VR_OP_READY, "r1")->payload, ==, "152");
}

/* Another image is another initrd, under another name: the guest is made anew. */
static void
test_long_config_of_image (void)
{
  g_autoptr (VrLab) lab = lab_of (MANY "memory = 160M\n");
  g_autoptr (VrPlanFacts) facts = facts_new (lab->name);
  g_autoptr (VrPlan) plan = plan_with (lab, facts);
  VrPlanImage *image = g_hash_table_lookup (facts->images, "router");
  g_free (image->digest);
  image->digest = g_strdup ("fedcba98765432100123456789abcdef");
  g_autoptr (VrPlan) other = plan_with (lab, facts);
  g_assert_cmpstr (find_op (plan, VR_OP_CONFIG, "/r1-")->target, !=,
                   find_op (other, VR_OP_CONFIG, "/r1-")->target);
}

static void
test_inner_names (void)
{
  static const char *const hashed[]
      = { "lo", "all", "default", "eth0", "eth12", "a-name-longer-than-fifteen" };
  static const char *const kept[] = { "left", "ethernet", "eth0x", "eth-1", "fifteen-letters" };
  char name[16];
  for (gsize i = 0; i < G_N_ELEMENTS (hashed); i++)
    g_assert_true (g_str_has_prefix (vr_plan_inner_name (hashed[i], name), "vr"));
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    g_assert_cmpstr (vr_plan_inner_name (kept[i], name), ==, kept[i]);
}

int
main (int argc, char **argv)
{
  static const char *const profiles[]
      = { "monolithic", "one-arm",    "native",     "scheduled",  "pvr-2",
          "ovs",        "hubs",       "static",     "vlans",      "msr-1-1",
          "msr-2-2",    "msr-2-2-cp", "msr-2-3-cp", "vhost-user", "mesh" };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (profiles); i++) {
    g_autofree char *path = g_strconcat ("/plan/golden/", profiles[i], NULL);
    g_test_add_data_func (path, profiles[i], test_profile);
  }
  g_test_add_func ("/plan/golden/bridge", test_bridge);
  g_test_add_func ("/plan/golden/bridge-vlans", test_bridge_vlans);
  g_test_add_func ("/plan/json", test_json);
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path = g_strconcat ("/plan/refuses/", refusals[i].name, NULL);
    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_refusal);
  }
  g_test_add_func ("/plan/notices", test_notices);
  g_test_add_func ("/plan/polled", test_polled);
  g_test_add_func ("/plan/poller", test_poller);
  g_test_add_func ("/plan/jumbo-of-dpdk", test_jumbo_of_dpdk);
  g_test_add_func ("/plan/af-xdp", test_af_xdp);
  g_test_add_func ("/plan/long-directory", test_long_directory);
  g_test_add_func ("/plan/choices-in-domain", test_choices_in_domain);
  g_test_add_func ("/plan/config-changes-domain", test_config_changes_domain);
  g_test_add_func ("/plan/native-sysctl-override", test_native_sysctl_override);
  g_test_add_func ("/plan/nic-is-claimed", test_nic_is_claimed);
  g_test_add_func ("/plan/thousand-routers", test_thousand_routers);
  g_test_add_func ("/plan/guest-config", test_guest_config);
  g_test_add_func ("/plan/msr-configs", test_msr_configs);
  g_test_add_func ("/plan/msr-control-configs", test_control_configs);
  g_test_add_func ("/plan/msr-control-by-xdp", test_control_by_xdp);
  g_test_add_func ("/plan/msr-macs", test_msr_macs);
  g_test_add_data_func ("/plan/msr-grown", "off", test_msr_grown);
  g_test_add_data_func ("/plan/msr-grown-with-weights", "off\nweights = 3, 0, 2, 1",
                        test_msr_grown);
  g_test_add_func ("/plan/msr-weights", test_msr_weights);
  g_test_add_data_func ("/plan/msr-grown-with-control", "on", test_msr_grown);
  g_test_add_func ("/plan/many-routes", test_many_routes);
  g_test_add_func ("/plan/long-config", test_long_config);
  g_test_add_func ("/plan/long-config-of-image", test_long_config_of_image);
  g_test_add_func ("/plan/inner-names", test_inner_names);
  return g_test_run ();
}
