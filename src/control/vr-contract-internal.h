/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contract while it is made. Only vr-contract*.c include it. */
#pragma once

#include "control/vr-contract.h"

/* What is built, and of what. */
typedef struct {
  const VrContractInput *input;
  VrContract *contract;
  GStrvBuilder *support, *notes;
} VrContractBuilder;

/* Adds the threads of a guest that `part` of the packets of the tenant `tenant` pass. Errors of
 * vr_contract_new(). */
gboolean vr_contract_add_guest (VrContractBuilder *builder, guint tenant,
                                const VrContractGuest *guest, double part, GError **error);
