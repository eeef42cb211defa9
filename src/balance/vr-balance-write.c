/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-write.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

const char *
vr_balance_mac_print (const uint8_t *mac, char *text)
{
  (void) snprintf (text, VR_BALANCE_MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                   mac[2], mac[3], mac[4], mac[5]);
  return text;
}

bool
vr_balance_print (const VrBalance *balance, FILE *stream)
{
  char mac[VR_BALANCE_MAC_TEXT_SIZE], address[INET6_ADDRSTRLEN];
  fprintf (stream, "policy %s\ninner %s\n", vr_balance_policy_name (balance->policy),
           balance->inner);
  for (size_t i = 0; i < balance->outers_count; i++)
    fprintf (stream, "outer %s %s %u\n", balance->outers[i].name,
             vr_balance_mac_print (balance->outers[i].mac, mac), balance->outers[i].vlan);
  for (size_t i = 0; i < balance->locals_count; i++)
    fprintf (stream, "local %s\n",
             inet_ntop (balance->locals[i].is_ipv6 ? AF_INET6 : AF_INET, balance->locals[i].bytes,
                        address, sizeof address));
  if (balance->has_control)
    fprintf (stream, "control %s\n", vr_balance_mac_print (balance->control, mac));
  for (size_t i = 0; i < balance->backends_count; i++)
    fprintf (stream, "backend %s %u\n", vr_balance_mac_print (balance->backends[i].mac, mac),
             balance->backends[i].weight);
  fputs ("end\n", stream);
  return fflush (stream) == 0 && ferror (stream) == 0;
}

bool
vr_balance_write (const char *path, const VrBalance *balance, VrProblem *problem)
{
  char next[PATH_MAX];
  int length = snprintf (next, sizeof next, "%s.new", path);
  FILE *stream = length < (int) sizeof next ? fopen (next, "we") : NULL;
  bool good = stream != NULL && vr_balance_print (balance, stream);
  if (stream != NULL)
    good = fclose (stream) == 0 && good;
  if (good && rename (next, path) == 0)
    return true;
  return vr_problem_set (problem, "cannot write %s: %s", path, strerror (errno));
}
