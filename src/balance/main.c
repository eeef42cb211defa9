/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vrkit-balance: the program of a balancer's guest. See README.md. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "balance/vr-balance-counters.h"
#include "balance/vr-balancer.h"

#define PINS "/sys/fs/bpf/vrkit"

/* As vrkit's own. */
enum { STATUS_GOOD = 0, STATUS_USAGE = 2, STATUS_DESCRIPTION = 3, STATUS_KERNEL = 8 };

typedef enum { RUN, CHECK, VERIFY, COUNTERS, HELP } Action;

typedef struct {
  Action action;
  VrAttachMode mode;
  const char *pins;
  const char *path; /* of the description */
} Request;

static const char usage[]
    = "usage: vrkit-balance [--generic] [--pins DIR] FILE\n"
      "       vrkit-balance --check FILE | --counters [--pins DIR] | --verify | --help\n"
      "Balances packets as FILE describes, by XDP, until SIGTERM; SIGHUP reads FILE again.\n"
      "  --generic    not in the drivers, but in the kernel's receive path\n"
      "  --pins DIR   where the counters are pinned, on a bpffs (" PINS ")\n"
      "  --check      only read FILE\n"
      "  --counters   print the counters of the balancer that runs\n"
      "  --verify     only load the programs, and print what the kernel's verifier says\n";

static int
fail (int status, const VrProblem *problem)
{
  fprintf (stderr, "vrkit-balance: %s\n", problem->text);
  return status;
}

static int
wait_signal (const sigset_t *signals)
{
  int signal = 0;
  if (sigwait (signals, &signal) != 0)
    signal = SIGTERM;
  return signal;
}

static void
tell_modes (const VrBalancer *balancer, const VrBalance *balance)
{
  printf ("attached %s %s\n", balance->inner,
          vr_balancer_inner_is_native (balancer) ? "native" : "generic");
  for (size_t i = 0; i < balance->outers_count; i++)
    printf ("attached %s %s\n", balance->outers[i].name,
            vr_balancer_outer_is_native (balancer, i) ? "native" : "generic");
}

/* A description that is wrong changes nothing. */
static void
change (VrBalancer *balancer, const Request *request, VrBalance *balance)
{
  VrProblem problem = { "" };
  if (vr_balance_read (request->path, balance, &problem)
      && vr_balancer_change (balancer, balance, &problem))
    puts ("changed");
  else
    fail (STATUS_DESCRIPTION, &problem);
}

/* The signals are blocked before anybody is told that it runs: none is lost. */
static int
run (const Request *request)
{
  static VrBalance balance;
  VrProblem problem = { "" };
  sigset_t signals;
  sigemptyset (&signals);
  sigaddset (&signals, SIGHUP);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  if (!vr_balance_read (request->path, &balance, &problem))
    return fail (STATUS_DESCRIPTION, &problem);
  VrBalancer *balancer = vr_balancer_new (&balance, request->pins, request->mode, &problem);
  if (balancer == NULL)
    return fail (STATUS_KERNEL, &problem);
  tell_modes (balancer, &balance);
  puts ("ready");
  while (wait_signal (&signals) == SIGHUP)
    change (balancer, request, &balance);
  vr_balancer_free (balancer);
  return STATUS_GOOD;
}

static int
check (const Request *request)
{
  static VrBalance balance;
  VrProblem problem = { "" };
  if (!vr_balance_read (request->path, &balance, &problem))
    return fail (STATUS_DESCRIPTION, &problem);
  return STATUS_GOOD;
}

static int
verify (void)
{
  VrProblem problem = { "" };
  char *log = vr_balancer_verify (&problem);
  if (log == NULL)
    return fail (STATUS_KERNEL, &problem);
  fputs (log, stdout);
  free (log);
  return STATUS_GOOD;
}

static int
print_counters (const Request *request)
{
  VrProblem problem = { "" };
  if (!vr_counters_print (request->pins, stdout, &problem))
    return fail (STATUS_KERNEL, &problem);
  return STATUS_GOOD;
}

static bool
read_arguments (int argc, char **argv, Request *request)
{
  static const struct option options[] = {
    { "generic", no_argument, NULL, 'g' },
    { "pins", required_argument, NULL, 'p' },
    { "check", no_argument, NULL, 'c' },
    { "counters", no_argument, NULL, 'n' },
    { "verify", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
  };
  int option;
  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1) {
    switch (option) {
    case 'g':
      request->mode = VR_ATTACH_GENERIC;
      break;
    case 'p':
      request->pins = optarg;
      break;
    case 'c':
      request->action = CHECK;
      break;
    case 'n':
      request->action = COUNTERS;
      break;
    case 'v':
      request->action = VERIFY;
      break;
    case 'h':
      request->action = HELP;
      break;
    default:
      return false;
    }
  }
  int files = request->action == RUN || request->action == CHECK ? 1 : 0;
  request->path = argv[optind];
  return argc - optind == files;
}

int
main (int argc, char **argv)
{
  Request request = { .pins = PINS };
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!read_arguments (argc, argv, &request)) {
    fputs (usage, stderr);
    return STATUS_USAGE;
  }
  switch (request.action) {
  case CHECK:
    return check (&request);
  case VERIFY:
    return verify ();
  case COUNTERS:
    return print_counters (&request);
  case HELP:
    fputs (usage, stdout);
    return STATUS_GOOD;
  default:
    return run (&request);
  }
}
