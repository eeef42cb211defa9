/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balancer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "balance/vr-balance-counters.h"
#include "balance/vr-balance-places.h"

#define LOG_SIZE 65536
/* BPF_LOG_STATS of the kernel's include/linux/bpf_verifier.h. */
#define LOG_STATISTICS 4

/* The programs, as clang made them. */
__asm__(".section .rodata\n"
        ".balign 8\n"
        "balance_object_start: .incbin \"" VR_BALANCE_OBJECT "\"\n"
        "balance_object_end: .byte 0\n"
        ".previous\n");
extern const char balance_object_start[], balance_object_end[];

struct VrBalancer {
  struct bpf_object *object;
  const char *pins;
  VrBalance balance; /* as it is in the maps */
  VrPlaces places;
  struct balance_names names;
  VrAttachment inner;
  VrAttachment outers[BALANCE_PORTS_MAX];
};

static int
map_of (const VrBalancer *balancer, const char *name)
{
  return bpf_object__find_map_fd_by_name (balancer->object, name);
}

static int
program_of (const VrBalancer *balancer, const char *name)
{
  return bpf_program__fd (bpf_object__find_program_by_name (balancer->object, name));
}

static bool
put (const VrBalancer *balancer, const char *map, const void *key, const void *value,
     VrProblem *problem)
{
  if (bpf_map_update_elem (map_of (balancer, map), key, value, BPF_ANY) == 0)
    return true;
  return vr_problem_set (problem, "cannot write the map %s: %s", map, strerror (errno));
}

static struct bpf_object *
open_object (VrProblem *problem)
{
  LIBBPF_OPTS (bpf_object_open_opts, options, .object_name = "balance");
  struct bpf_object *object = bpf_object__open_mem (
      balance_object_start, (size_t) (balance_object_end - balance_object_start), &options);
  if (object == NULL)
    vr_problem_set (problem, "cannot read the XDP programs: %s", strerror (errno));
  return object;
}

static bool
load (VrBalancer *balancer, VrProblem *problem)
{
  balancer->object = open_object (problem);
  if (balancer->object == NULL)
    return false;
  if (bpf_object__load (balancer->object) == 0)
    return true;
  return vr_problem_set (problem, "the kernel does not take the XDP programs: %s",
                         strerror (errno));
}

static bool
put_port (VrBalancer *balancer, uint32_t number, VrProblem *problem)
{
  const VrBalanceOuter *outer = &balancer->balance.outers[number];
  uint32_t ifindex = (uint32_t) vr_attach_ifindex (outer->name, problem);
  uint32_t vlan = outer->vlan, device = number + 1;
  struct balance_port port = { .ifindex = ifindex,
                               .vlan = outer->vlan,
                               .number = number,
                               .has_control = balancer->balance.has_control };
  memcpy (port.mac, outer->mac, sizeof port.mac);
  memcpy (balancer->names.port[number].name, outer->name, sizeof outer->name);
  memcpy (balancer->names.port[number].mac, outer->mac, sizeof outer->mac);
  balancer->names.port[number].vlan = outer->vlan;
  return ifindex != 0 && put (balancer, "ports", &ifindex, &port, problem)
         && put (balancer, "vlans", &vlan, &port, problem)
         && put (balancer, "devices", &device, &ifindex, problem);
}

static bool
put_interfaces (VrBalancer *balancer, VrProblem *problem)
{
  uint32_t zero = 0, ifindex = (uint32_t) vr_attach_ifindex (balancer->balance.inner, problem);
  if (ifindex == 0 || !put (balancer, "devices", &zero, &ifindex, problem))
    return false;
  for (uint32_t i = 0; i < balancer->balance.outers_count; i++)
    if (!put_port (balancer, i, problem))
      return false;
  return true;
}

static bool
put_locals (VrBalancer *balancer, const VrBalance *balance, VrProblem *problem)
{
  static const uint8_t one = 1;
  for (size_t i = 0; i < balance->locals_count; i++)
    if (!put (balancer, balance->locals[i].is_ipv6 ? "locals6" : "locals4",
              balance->locals[i].bytes, &one, problem))
      return false;
  return true;
}

static bool
has_local (const VrBalance *balance, const VrBalanceLocal *local)
{
  for (size_t i = 0; i < balance->locals_count; i++)
    if (balance->locals[i].is_ipv6 == local->is_ipv6
        && memcmp (balance->locals[i].bytes, local->bytes, sizeof local->bytes) == 0)
      return true;
  return false;
}

/* Those that `balance` does not have any more. */
static void
drop_locals (VrBalancer *balancer, const VrBalance *balance)
{
  for (size_t i = 0; i < balancer->balance.locals_count; i++) {
    const VrBalanceLocal *local = &balancer->balance.locals[i];
    if (!has_local (balance, local))
      bpf_map_delete_elem (map_of (balancer, local->is_ipv6 ? "locals6" : "locals4"), local->bytes);
  }
}

/* A place that changes hands keeps counting: what it counted before is the earlier one's. */
static bool
put_names (VrBalancer *balancer, const VrPlaces *places, VrProblem *problem)
{
  uint32_t zero = 0;
  struct balance_cpu sum;
  if (!vr_counters_sum (map_of (balancer, "counters"), &sum, problem))
    return false;
  vr_places_write (places, &balancer->names);
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    if (places->places[i].fresh)
      balancer->names.backend[i].before = sum.backend[i];
  return put (balancer, "names", &zero, &balancer->names, problem);
}

/* Swaps the configuration: the kernel waits until no packet is with the old one. */
static bool
put_config (VrBalancer *balancer, const struct balance_config *config, VrProblem *problem)
{
  uint32_t zero = 0;
  int map = bpf_map_create (BPF_MAP_TYPE_ARRAY, "config", sizeof zero, sizeof *config, 1, NULL);
  bool good = map >= 0 && bpf_map_update_elem (map, &zero, config, BPF_ANY) == 0;
  if (!good)
    vr_problem_set (problem, "cannot make a configuration's map: %s", strerror (errno));
  good = good && put (balancer, "configs", &zero, &map, problem);
  if (map >= 0)
    close (map);
  return good;
}

/* Back-ends and policy. The places count only once all is in the maps. */
static bool
put_backends (VrBalancer *balancer, const VrBalance *balance, VrProblem *problem)
{
  VrPlaces places = balancer->places;
  struct balance_config config;
  vr_places_take (&places, balance);
  vr_places_configure (&places, balance->policy, &config);
  if (!put_names (balancer, &places, problem) || !put_config (balancer, &config, problem))
    return false;
  balancer->places = places;
  return true;
}

static bool
attach_all (VrBalancer *balancer, VrAttachMode mode, VrProblem *problem)
{
  const VrBalance *balance = &balancer->balance;
  if (!vr_attach (&balancer->inner, balance->inner, program_of (balancer, "balance_inner"), mode,
                  problem)
      || !vr_attach_promiscuous (&balancer->inner, balance->inner, problem))
    return false;
  int program = program_of (balancer, "balance_outer");
  for (size_t i = 0; i < balance->outers_count; i++)
    if (!vr_attach (&balancer->outers[i], balance->outers[i].name, program, mode, problem))
      return false;
  return true;
}

static VrBalancer *
allocate (const VrBalance *balance, VrProblem *problem)
{
  VrBalancer *balancer = calloc (1, sizeof *balancer);
  if (balancer == NULL) {
    vr_problem_set (problem, "no memory");
    return NULL;
  }
  balancer->balance = *balance;
  balancer->inner = (VrAttachment) VR_ATTACHMENT_NONE;
  for (size_t i = 0; i < BALANCE_PORTS_MAX; i++)
    balancer->outers[i] = (VrAttachment) VR_ATTACHMENT_NONE;
  vr_places_init (&balancer->places);
  return balancer;
}

/* Where the one before was killed, its flows stay where they are. */
static void
resume (VrBalancer *balancer, const char *pins)
{
  struct balance_names earlier;
  if (vr_counters_earlier (pins, &earlier))
    vr_places_resume (&balancer->places, &earlier);
}

VrBalancer *
vr_balancer_new (const VrBalance *balance, const char *pins, VrAttachMode mode, VrProblem *problem)
{
  VrBalancer *balancer = allocate (balance, problem);
  if (balancer == NULL)
    return NULL;
  resume (balancer, pins);
  if (load (balancer, problem) && put_interfaces (balancer, problem)
      && put_locals (balancer, balance, problem) && put_backends (balancer, balance, problem)
      && attach_all (balancer, mode, problem)) {
    /* Only now are pins that lie there nobody's. */
    balancer->pins = pins;
    if (vr_counters_pin (balancer->object, pins, problem))
      return balancer;
  }
  vr_balancer_free (balancer);
  return NULL;
}

static bool
same_interfaces (const VrBalance *a, const VrBalance *b)
{
  bool same = strcmp (a->inner, b->inner) == 0 && a->outers_count == b->outers_count
              && a->has_control == b->has_control
              && memcmp (a->control, b->control, VR_BALANCE_MAC_SIZE) == 0;
  for (size_t i = 0; same && i < a->outers_count; i++)
    same = strcmp (a->outers[i].name, b->outers[i].name) == 0
           && memcmp (a->outers[i].mac, b->outers[i].mac, VR_BALANCE_MAC_SIZE) == 0
           && a->outers[i].vlan == b->outers[i].vlan;
  return same;
}

bool
vr_balancer_change (VrBalancer *balancer, const VrBalance *balance, VrProblem *problem)
{
  if (!same_interfaces (&balancer->balance, balance))
    return vr_problem_set (problem, "the lines inner, outer and control cannot change while it "
                                    "runs: start it anew");
  if (!put_locals (balancer, balance, problem) || !put_backends (balancer, balance, problem))
    return false;
  drop_locals (balancer, balance);
  balancer->balance = *balance;
  return true;
}

bool
vr_balancer_inner_is_native (const VrBalancer *balancer)
{
  return balancer->inner.native;
}

bool
vr_balancer_outer_is_native (const VrBalancer *balancer, size_t index)
{
  return balancer->outers[index].native;
}

void
vr_balancer_free (VrBalancer *balancer)
{
  for (size_t i = 0; i < BALANCE_PORTS_MAX; i++)
    vr_detach (&balancer->outers[i]);
  vr_detach (&balancer->inner);
  if (balancer->pins != NULL)
    vr_counters_unpin (balancer->pins);
  bpf_object__close (balancer->object);
  free (balancer);
}

/* Loads the object with both programs' statistics in `log`, a half each. */
static bool
load_logged (struct bpf_object *object, char *log)
{
  struct bpf_program *program = NULL;
  while ((program = bpf_object__next_program (object, program)) != NULL) {
    bpf_program__set_log_buf (program, log, LOG_SIZE / 2);
    bpf_program__set_log_level (program, LOG_STATISTICS);
    log += LOG_SIZE / 2;
  }
  return bpf_object__load (object) == 0;
}

/* Without a log of ours first: where the kernel refuses, libbpf prints all that it said. */
char *
vr_balancer_verify (VrProblem *problem)
{
  VrBalancer plain = { 0 };
  char *log = calloc (1, LOG_SIZE);
  bool good = load (&plain, problem);
  bpf_object__close (plain.object);
  struct bpf_object *object = log != NULL && good ? open_object (problem) : NULL;
  if (object != NULL && load_logged (object, log)) {
    bpf_object__close (object);
    memmove (log + strlen (log), log + LOG_SIZE / 2, strlen (log + LOG_SIZE / 2) + 1);
    return log;
  }
  bpf_object__close (object);
  free (log);
  return NULL;
}
