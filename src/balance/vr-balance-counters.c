/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define PATH_SIZE 256

static const char *const pinned[] = { "counters", "names" };
#define PINNED (sizeof pinned / sizeof pinned[0])

static const char *const drops[BALANCE_DROPS] = {
  [BALANCE_DROP_NO_BACKEND] = "no-backend",
  [BALANCE_DROP_FOREIGN_VLAN] = "foreign-vlan",
  [BALANCE_DROP_NO_PACKET] = "no-packet",
  [BALANCE_DROP_NO_ROOM] = "no-room",
};

static void
add (struct balance_sum *to, const struct balance_sum *from)
{
  to->packets += from->packets;
  to->bytes += from->bytes;
}

static void
add_cpu (struct balance_cpu *to, const struct balance_cpu *from)
{
  for (size_t i = 0; i < BALANCE_PORTS_MAX; i++) {
    add (&to->in[i], &from->in[i]);
    add (&to->out[i], &from->out[i]);
    add (&to->up[i], &from->up[i]);
  }
  add (&to->inner_up, &from->inner_up);
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++)
    add (&to->backend[i], &from->backend[i]);
  for (size_t i = 0; i < BALANCE_DROPS; i++)
    to->drop[i] += from->drop[i];
}

bool
vr_counters_sum (int map, struct balance_cpu *sum, VrProblem *problem)
{
  uint32_t zero = 0;
  int cpus = libbpf_num_possible_cpus ();
  struct balance_cpu *values = cpus > 0 ? calloc ((size_t) cpus, sizeof *values) : NULL;
  memset (sum, 0, sizeof *sum);
  bool good = values != NULL && bpf_map_lookup_elem (map, &zero, values) == 0;
  if (!good)
    vr_problem_set (problem, "cannot read the counters: %s", strerror (errno));
  for (int i = 0; good && i < cpus; i++)
    add_cpu (sum, &values[i]);
  free (values);
  return good;
}

static bool
path_of (char *path, const char *pins, const char *name, VrProblem *problem)
{
  int length = snprintf (path, PATH_SIZE, "%s/%s", pins, name);
  return length < PATH_SIZE || vr_problem_set (problem, "the path \"%.80s…\" is too long", pins);
}

bool
vr_counters_pin (struct bpf_object *object, const char *pins, VrProblem *problem)
{
  char path[PATH_SIZE];
  if (mkdir (pins, 0700) != 0 && errno != EEXIST)
    return vr_problem_set (problem, "cannot make %s: %s", pins, strerror (errno));
  for (size_t i = 0; i < PINNED; i++) {
    if (!path_of (path, pins, pinned[i], problem))
      return false;
    unlink (path);
    if (bpf_obj_pin (bpf_object__find_map_fd_by_name (object, pinned[i]), path) != 0)
      return vr_problem_set (problem, "cannot pin %s (it must lie on a bpffs): %s", path,
                             strerror (errno));
  }
  return true;
}

void
vr_counters_unpin (const char *pins)
{
  char path[PATH_SIZE];
  VrProblem ignored = { "" };
  for (size_t i = 0; i < PINNED; i++)
    if (path_of (path, pins, pinned[i], &ignored))
      unlink (path);
  rmdir (pins);
}

static int
open_pinned (const char *pins, const char *name, VrProblem *problem)
{
  char path[PATH_SIZE];
  if (!path_of (path, pins, name, problem))
    return -1;
  int fd = bpf_obj_get (path);
  if (fd < 0)
    vr_problem_set (problem, "no balancer has its counters at %s: %s", path, strerror (errno));
  return fd;
}

bool
vr_counters_earlier (const char *pins, struct balance_names *names)
{
  uint32_t zero = 0;
  VrProblem ignored = { "" };
  struct bpf_map_info info = { 0 };
  uint32_t size = sizeof info;
  int map = open_pinned (pins, "names", &ignored);
  bool good = map >= 0 && bpf_obj_get_info_by_fd (map, &info, &size) == 0
              && info.value_size == sizeof *names && bpf_map_lookup_elem (map, &zero, names) == 0;
  if (map >= 0)
    close (map);
  return good;
}

static void
print_sum (FILE *file, const char *name, const struct balance_sum *sum)
{
  fprintf (file, " %s_packets %llu %s_bytes %llu", name, (unsigned long long) sum->packets, name,
           (unsigned long long) sum->bytes);
}

static void
print_all (const struct balance_cpu *sum, const struct balance_names *names, FILE *file)
{
  for (size_t i = 0; i < BALANCE_PORTS_MAX && names->port[i].name[0] != '\0'; i++) {
    fprintf (file, "port %.16s", names->port[i].name);
    print_sum (file, "in", &sum->in[i]);
    print_sum (file, "out", &sum->out[i]);
    print_sum (file, "up", &sum->up[i]);
    fputc ('\n', file);
  }
  fputs ("inner", file);
  print_sum (file, "up", &sum->inner_up);
  fputc ('\n', file);
  for (size_t i = 0; i < BALANCE_BACKENDS_MAX; i++) {
    const struct balance_sum *before = &names->backend[i].before;
    const uint8_t *mac = names->backend[i].mac;
    struct balance_sum own
        = { sum->backend[i].packets - before->packets, sum->backend[i].bytes - before->bytes };
    if (!names->backend[i].used)
      continue;
    fprintf (file, "backend %02x:%02x:%02x:%02x:%02x:%02x weight %u", mac[0], mac[1], mac[2],
             mac[3], mac[4], mac[5], names->backend[i].weight);
    print_sum (file, "in", &own);
    fputc ('\n', file);
  }
  for (size_t i = 0; i < BALANCE_DROPS; i++)
    fprintf (file, "drop %s packets %llu\n", drops[i], (unsigned long long) sum->drop[i]);
  fputs ("end\n", file);
}

bool
vr_counters_print (const char *pins, FILE *file, VrProblem *problem)
{
  uint32_t zero = 0;
  struct balance_cpu sum;
  struct balance_names names;
  int counters = open_pinned (pins, "counters", problem);
  int namer = counters >= 0 ? open_pinned (pins, "names", problem) : -1;
  bool good = namer >= 0 && vr_counters_sum (counters, &sum, problem);
  if (good && bpf_map_lookup_elem (namer, &zero, &names) != 0)
    good = vr_problem_set (problem, "cannot read the names: %s", strerror (errno));
  if (good)
    print_all (&sum, &names, file);
  if (counters >= 0)
    close (counters);
  if (namer >= 0)
    close (namer);
  return good;
}
