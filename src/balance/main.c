/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vrkit-balance: the program of a balancer's guest. See README.md. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "balance/vr-balance-beat.h"
#include "balance/vr-balance-counters.h"
#include "balance/vr-balance-speak.h"
#include "balance/vr-balance-watch.h"
#include "balance/vr-balance-write.h"
#include "balance/vr-balancer.h"

#define PINS "/sys/fs/bpf/vrkit"

/* As vrkit's own. */
enum {
  STATUS_GOOD = 0,
  STATUS_NONE = 1,
  STATUS_USAGE = 2,
  STATUS_DESCRIPTION = 3,
  STATUS_KERNEL = 8
};

typedef enum { RUN, CHECK, VERIFY, COUNTERS, WATCH, BEAT, TELL, KEPT, HELP } Action;

/* Behind all characters: what an option that is an action comes as. */
#define ACTION_OPTION 256

typedef struct {
  Action action;
  VrAttachMode mode;
  const char *pins;
  const char *path;   /* of the description; of BEAT, TELL and KEPT the interface */
  const char *second; /* of WATCH: the path of the description that is in force; of BEAT: that of
                       * BIRD's log, NULL where no table is waited for */
  const char *third;  /* of BEAT with a log: the file of BIRD's process id */
  bool resumes;       /* of WATCH: where another one has ended */
} Request;

static const char usage[]
    = "usage: vrkit-balance [--generic] [--pins DIR] FILE\n"
      "       vrkit-balance --watch [--resume] FILE WRITTEN | --beat INTERFACE [LOG PID]\n"
      "       vrkit-balance --tell INTERFACE | --kept INTERFACE\n"
      "       vrkit-balance --check FILE | --counters [--pins DIR] | --verify | --help\n"
      "Balances packets as FILE describes, by XDP, until SIGTERM; SIGHUP reads FILE again.\n"
      "  --generic    not in the drivers, but in the kernel's receive path\n"
      "  --pins DIR   where the counters are pinned, on a bpffs (" PINS ")\n"
      "  --watch      hear who is a back-end, and keep WRITTEN the same as FILE but for those "
      "that\n"
      "               are silent, and those that it does not name; SIGHUP reads FILE again\n"
      "  --resume     after a watch that ended: who is given packets by WRITTEN counts as heard\n"
      "  --beat       be heard by that interface; SIGTERM says that one leaves. One that has not "
      "the\n"
      "               whole table by LOG, that of BIRD, is given nothing, nor is one whose BIRD, "
      "of\n"
      "               which the file PID has the process id, has ended, nor one whose kernel has "
      "not\n"
      "               the routes of BIRD that are told there, or has had others for 3 s\n"
      "  --tell       tell by that interface what routes of BIRD this kernel has\n"
      "  --kept       whether a back-end is heard there that has a table; else the status is 1\n"
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

static volatile sig_atomic_t asked_again;

static void
take_hangup (int signal)
{
  (void) signal;
  asked_again = 1;
}

/* "changed", and those that get nothing because they are not heard. */
static void
tell_weights (const VrWatch *watch, const VrBalance *balance)
{
  char mac[VR_BALANCE_MAC_TEXT_SIZE];
  fputs ("changed", stdout);
  for (size_t i = 0; i < watch->count; i++)
    if (balance->backends[i].weight != watch->backends[i].weight)
      printf (" %s", vr_balance_mac_print (balance->backends[i].mac, mac));
  puts ("");
}

/* A description that is wrong, or of another interface, changes nothing. */
static bool
take_again (const Request *request, VrWatch *watch, VrBalance *balance, VrProblem *problem)
{
  static VrBalance next;
  asked_again = 0;
  if (!vr_balance_read (request->path, &next, problem))
    return false;
  if (strcmp (next.inner, balance->inner) != 0)
    return vr_problem_set (problem, "the line inner cannot change while it runs: start it anew");
  *balance = next;
  vr_watch_take (watch, balance);
  return true;
}

/* What another one wrote before it ended is what the balancer does: from there it goes on. */
static bool
resume (const Request *request, VrWatch *watched, VrBalance *balance, VrProblem *problem)
{
  static VrBalance in_force;
  if (!vr_balance_read (request->second, &in_force, problem))
    return false;
  vr_watch_resume (watched, &in_force);
  memcpy (balance->backends, in_force.backends, sizeof balance->backends);
  balance->backends_count = in_force.backends_count;
  return true;
}

static void
hear (VrWatch *watched, const VrHeard *heard)
{
  switch (heard->kind) {
  case VR_BEAT_LEAVES:
    vr_watch_leave (watched, heard->mac);
    break;
  case VR_BEAT_WAITS:
  case VR_BEAT_KEEPS:
    vr_watch_hear_waiting (watched, heard->mac);
    break;
  case VR_BEAT_LATE:
    vr_watch_hear_late (watched, heard->mac);
    break;
  case VR_BEAT_FORWARDS:
    vr_watch_hear (watched, heard->mac);
    break;
  default:
    break;
  }
}

/* What came is heard before time counts: who was heard late was not silent. */
static void
pass_tick (const VrBeat *beat, VrWatch *watched)
{
  VrHeard heard;
  while (vr_beat_next (beat, &heard))
    hear (watched, &heard);
  vr_watch_tick (watched);
}

static int
watch (const Request *request)
{
  static VrBalance balance;
  static VrWatch watched;
  const struct sigaction hangup = { .sa_handler = take_hangup };
  VrProblem problem = { "" };
  VrBeat beat;
  sigaction (SIGHUP, &hangup, NULL);
  if (!vr_balance_read (request->path, &balance, &problem))
    return fail (STATUS_DESCRIPTION, &problem);
  vr_watch_take (&watched, &balance);
  if (request->resumes && !resume (request, &watched, &balance, &problem))
    return fail (STATUS_DESCRIPTION, &problem);
  if (!vr_beat_open_hearer (&beat, balance.inner, &problem))
    return fail (STATUS_KERNEL, &problem);
  puts ("ready");
  for (;;) {
    if (vr_beat_wait (&beat))
      pass_tick (&beat, &watched);
    bool again = asked_again != 0;
    if (again && !take_again (request, &watched, &balance, &problem)) {
      fail (STATUS_DESCRIPTION, &problem);
      continue;
    }
    if (!vr_watch_weigh (&watched, &balance) && !again)
      continue;
    if (!vr_balance_write (request->second, &balance, &problem))
      return fail (STATUS_KERNEL, &problem);
    tell_weights (&watched, &balance);
  }
}

static int
send_beats (const Request *request)
{
  VrProblem problem = { "" };
  if (!vr_speak_beats (request->path, request->second, request->third, stdout, &problem))
    return fail (STATUS_KERNEL, &problem);
  return STATUS_GOOD;
}

static int
tell_routes (const Request *request)
{
  VrProblem problem = { "" };
  (void) vr_speak_routes (request->path, stdout, &problem);
  return fail (STATUS_KERNEL, &problem);
}

static int
hear_kept (const Request *request)
{
  VrProblem problem = { "" };
  bool kept;
  if (!vr_speak_hear_kept (request->path, &kept, &problem))
    return fail (STATUS_KERNEL, &problem);
  return kept ? STATUS_GOOD : STATUS_NONE;
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
    { "resume", no_argument, NULL, 'r' },
    { "check", no_argument, NULL, ACTION_OPTION + CHECK },
    { "counters", no_argument, NULL, ACTION_OPTION + COUNTERS },
    { "verify", no_argument, NULL, ACTION_OPTION + VERIFY },
    { "watch", no_argument, NULL, ACTION_OPTION + WATCH },
    { "beat", no_argument, NULL, ACTION_OPTION + BEAT },
    { "tell", no_argument, NULL, ACTION_OPTION + TELL },
    { "kept", no_argument, NULL, ACTION_OPTION + KEPT },
    { "help", no_argument, NULL, ACTION_OPTION + HELP },
    { 0 },
  };
  int option;
  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1) {
    if (option >= ACTION_OPTION)
      request->action = (Action) (option - ACTION_OPTION);
    else if (option == 'g')
      request->mode = VR_ATTACH_GENERIC;
    else if (option == 'p')
      request->pins = optarg;
    else if (option == 'r')
      request->resumes = true;
    else
      return false;
  }
  static const int files[]
      = { [RUN] = 1, [CHECK] = 1, [WATCH] = 2, [BEAT] = 1, [TELL] = 1, [KEPT] = 1, [HELP] = 0 };
  int more = request->action == BEAT && argc - optind > 1 ? 2 : 0;
  if (argc - optind != files[request->action] + more)
    return false;
  request->path = argv[optind];
  request->second = request->path != NULL ? argv[optind + 1] : NULL;
  request->third = request->second != NULL ? argv[optind + 2] : NULL;
  return true;
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
  case WATCH:
    return watch (&request);
  case BEAT:
    return send_beats (&request);
  case TELL:
    return tell_routes (&request);
  case KEPT:
    return hear_kept (&request);
  case HELP:
    fputs (usage, stdout);
    return STATUS_GOOD;
  default:
    return run (&request);
  }
}
