/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-kvm-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "base/vr-fd.h"
#include "base/vr-json.h"

#define SCHEMA "vrkit.kvm-probe/1"
#define TURNS 10000u
#define GUEST_PAGE 4096u
#define CODE_ADDRESS 0x1000u
/* At the emulated pace the loop takes 10 ms. */
#define RUN_LIMIT_MS 1500
/* The first guest of a host finds KVM cold: up to 0.2 s for a single turn. On a host that is a
 * guest itself others take turns of its CPU, of some ms each: one try of several falls between
 * them. */
#define TRIES 16

/* mov ecx, TURNS; loop: dec ecx; jnz loop; hlt: in real mode, hence the operand size prefixes. */
static const guint8 CODE[] = {
  0x66, 0xb9, TURNS & 0xff, (TURNS >> 8) & 0xff, (TURNS >> 16) & 0xff, TURNS >> 24, 0x66, 0x49,
  0x75, 0xfc, 0xf4,
};

typedef struct {
  VrFd vm;
  VrFd vcpu;
  void *memory;
  struct kvm_run *run;
  gsize run_size;
} Machine;

static void
machine_clear (Machine *machine)
{
  if (machine->run != NULL)
    munmap (machine->run, machine->run_size);
  vr_fd_clear (&machine->vcpu);
  vr_fd_clear (&machine->vm);
  if (machine->memory != NULL)
    munmap (machine->memory, GUEST_PAGE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Machine, machine_clear)

static void G_GNUC_PRINTF (2, 3) say (VrKvmProbe *probe, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_vsnprintf (probe->reason, sizeof probe->reason, format, args);
  va_end (args);
}

static gboolean
map_memory (Machine *machine)
{
  void *memory = mmap (NULL, GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return FALSE;
  machine->memory = memory;
  memcpy (memory, CODE, sizeof CODE);
  struct kvm_userspace_memory_region region = { .guest_phys_addr = CODE_ADDRESS,
                                                .memory_size = GUEST_PAGE,
                                                .userspace_addr = (guint64) (gsize) memory };
  return ioctl (machine->vm, KVM_SET_USER_MEMORY_REGION, &region) == 0;
}

static gboolean
set_registers (const Machine *machine)
{
  struct kvm_sregs special;
  if (ioctl (machine->vcpu, KVM_GET_SREGS, &special) < 0)
    return FALSE;
  special.cs.base = 0;
  special.cs.selector = 0;
  struct kvm_regs general = { .rip = CODE_ADDRESS, .rflags = 2 };
  return ioctl (machine->vcpu, KVM_SET_SREGS, &special) == 0
         && ioctl (machine->vcpu, KVM_SET_REGS, &general) == 0;
}

static gboolean
make_machine (int kvm, Machine *machine)
{
  int size = ioctl (kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  machine->vm = ioctl (kvm, KVM_CREATE_VM, 0);
  if (size <= 0 || machine->vm < 0 || !map_memory (machine))
    return FALSE;
  machine->vcpu = ioctl (machine->vm, KVM_CREATE_VCPU, 0);
  if (machine->vcpu < 0)
    return FALSE;
  void *run = mmap (NULL, (gsize) size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
  if (run == MAP_FAILED)
    return FALSE;
  machine->run = run;
  machine->run_size = (gsize) size;
  return TRUE;
}

/* A timer whose signal reaches this thread within KVM_RUN only: it is blocked elsewhere, and so
 * needs no handler, and cannot come too early. */
typedef struct {
  int signal;
  timer_t timer;
  sigset_t saved;
} Kick;

static gboolean
kick_is_pending (const Kick *kick)
{
  sigset_t pending;
  return sigpending (&pending) == 0 && sigismember (&pending, kick->signal) == 1;
}

/* Whether the time was up. */
static gboolean
kick_disarm (const Kick *kick)
{
  /* Newer kernels drop the signal together with its timer, older ones leave it. */
  gboolean fired = kick_is_pending (kick);
  timer_delete (kick->timer);
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, kick->signal);
  sigtimedwait (&set, NULL, &(struct timespec){ 0 });
  pthread_sigmask (SIG_SETMASK, &kick->saved, NULL);
  return fired;
}

static gboolean
kick_arm (Kick *kick, int vcpu)
{
  kick->signal = SIGRTMAX - 1;
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, kick->signal);
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = kick->signal };
  event._sigev_un._tid = gettid ();
  if (timer_create (CLOCK_MONOTONIC, &event, &kick->timer) < 0)
    return FALSE;
  pthread_sigmask (SIG_BLOCK, &set, &kick->saved);

  /* The kernel's signal set is of 8 bytes, glibc's longer. */
  g_autofree struct kvm_signal_mask *mask = g_malloc0 (sizeof *mask + 8);
  sigset_t within = kick->saved;
  sigdelset (&within, kick->signal);
  mask->len = 8;
  memcpy (mask->sigset, &within, 8);
  struct itimerspec when = { .it_value = { .tv_sec = RUN_LIMIT_MS / 1000,
                                           .tv_nsec = RUN_LIMIT_MS % 1000 * 1000000L } };
  if (ioctl (vcpu, KVM_SET_SIGNAL_MASK, mask) == 0
      && timer_settime (kick->timer, 0, &when, NULL) == 0)
    return TRUE;
  int cause = errno;
  kick_disarm (kick);
  errno = cause;
  return FALSE;
}

/* Runs the guest to its hlt; FALSE with errno (0: another exit) otherwise. */
static gboolean
run_to_halt (const Machine *machine, const Kick *kick)
{
  int result;
  do
    result = ioctl (machine->vcpu, KVM_RUN, 0);
  while (result < 0 && errno == EINTR && !kick_is_pending (kick));
  if (result < 0)
    return FALSE;
  errno = 0;
  return machine->run->exit_reason == KVM_EXIT_HLT;
}

static void
time_loop (const Machine *machine, const VrKvmProbeArgs *args, VrKvmProbe *probe)
{
  Kick kick;
  if (!kick_arm (&kick, machine->vcpu)) {
    say (probe, "%s cannot be tried with a time limit: %s", args->device, g_strerror (errno));
    return;
  }
  gint64 start_ns = args->clock (args->clock_data);
  gboolean halted = run_to_halt (machine, &kick);
  int cause = errno;
  gint64 taken_ns = args->clock (args->clock_data) - start_ns;
  gboolean late = kick_disarm (&kick);
  probe->ns_per_turn = (double) taken_ns / TURNS;
  probe->usable = halted && probe->ns_per_turn < VR_KVM_PROBE_USABLE_NS;
  if (probe->usable)
    say (probe, "%s runs guest code at full speed (%.2g ns a turn)", args->device,
         probe->ns_per_turn);
  else if (halted)
    say (probe, "%s emulates guest code (%.0f ns a turn, hardware takes under %.0f): too slow",
         args->device, probe->ns_per_turn, VR_KVM_PROBE_USABLE_NS);
  else if (late)
    say (probe, "%s did not run %u turns of guest code in %d ms", args->device, TURNS,
         RUN_LIMIT_MS);
  else
    say (probe, "%s does not run guest code: %s (exit reason %u)", args->device,
         cause != 0 ? g_strerror (cause) : "unexpected exit", machine->run->exit_reason);
}

static gboolean
is_better (const VrKvmProbe *probe, const VrKvmProbe *than)
{
  return probe->usable
         || (probe->ns_per_turn > 0
             && (than->ns_per_turn <= 0 || probe->ns_per_turn < than->ns_per_turn));
}

/* One machine made, and timed until it is quick enough. */
static void
try_machine (int kvm, const VrKvmProbeArgs *args, VrKvmProbe *probe)
{
  g_auto (Machine) machine = { .vm = -1, .vcpu = -1 };
  if (!make_machine (kvm, &machine)) {
    say (probe, "%s makes no machine: %s", args->device, g_strerror (errno));
    return;
  }
  probe->available = TRUE;
  gint64 end_ns = args->clock (args->clock_data) + RUN_LIMIT_MS * G_GINT64_CONSTANT (1000000);
  for (guint i = 0; i < TRIES && !probe->usable && args->clock (args->clock_data) < end_ns; i++) {
    VrKvmProbe tried = { .available = TRUE };
    if (set_registers (&machine))
      time_loop (&machine, args, &tried);
    else
      say (&tried, "%s sets no registers: %s", args->device, g_strerror (errno));
    if (i == 0 || is_better (&tried, probe))
      *probe = tried;
  }
}

static void
probe_device (const VrKvmProbeArgs *args, VrKvmProbe *probe)
{
  g_auto (VrFd) kvm = open (args->device, O_RDWR | O_CLOEXEC);
  if (kvm < 0) {
    say (probe, "%s does not open: %s", args->device, g_strerror (errno));
    return;
  }
  int version = ioctl (kvm, KVM_GET_API_VERSION, 0);
  if (version != KVM_API_VERSION) {
    say (probe, "%s is not KVM's interface of version %d", args->device, KVM_API_VERSION);
    return;
  }
  try_machine (kvm, args, probe);
}

static gboolean
boolean_of (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);
  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN
         && json_node_get_boolean (node);
}

static double
number_of (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return 0;
  return json_node_get_double (node);
}

static gboolean
remember (const VrKvmProbeArgs *args, VrKvmProbe *probe)
{
  if (args->cache_path == NULL)
    return FALSE;
  g_autoptr (JsonNode) root = vr_json_read_object (args->cache_path, SCHEMA, NULL);
  if (root == NULL)
    return FALSE;
  JsonObject *object = json_node_get_object (root);
  const char *reason = vr_json_string (object, "reason");
  const char *device = vr_json_string (object, "device");
  if (reason == NULL || g_strcmp0 (device, args->device) != 0
      || g_strcmp0 (vr_json_string (object, "boot_id"), args->boot_id) != 0)
    return FALSE;
  probe->available = TRUE;
  probe->usable = boolean_of (object, "usable");
  probe->ns_per_turn = number_of (object, "ns_per_turn");
  say (probe, "%s", reason);
  return TRUE;
}

static void
keep (const VrKvmProbeArgs *args, const VrKvmProbe *probe)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, SCHEMA);
  json_builder_set_member_name (builder, "boot_id");
  json_builder_add_string_value (builder, args->boot_id);
  json_builder_set_member_name (builder, "device");
  json_builder_add_string_value (builder, args->device);
  json_builder_set_member_name (builder, "usable");
  json_builder_add_boolean_value (builder, probe->usable);
  vr_json_add_double (builder, "ns_per_turn", probe->ns_per_turn);
  json_builder_set_member_name (builder, "reason");
  json_builder_add_string_value (builder, probe->reason);
  json_builder_end_object (builder);
  vr_json_write (args->cache_path, builder, NULL);
}

VrKvmProbeOrigin
vr_kvm_probe (const VrKvmProbeArgs *args, VrKvmProbe *probe)
{
  VrKvmProbe found = { .available = FALSE };
  VrKvmProbeOrigin origin = VR_KVM_PROBE_REMEMBERED;
  if (!remember (args, &found)) {
    origin = VR_KVM_PROBE_RAN;
    probe_device (args, &found);
    /* A device that is missing now may come later in this boot. */
    if (found.available && args->cache_path != NULL)
      keep (args, &found);
  }
  *probe = found;
  return origin;
}
