/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the threads of routers that follow their load may run. */
#pragma once

#include "plan/vr-ledger.h"

/* The CPUs of [balance] that this host has and guests may have: VrLedgerCpu, borrowed from the
 * ledger of the same lab, by id; the caller owns the array. VR_ERROR_INFEASIBLE where one of
 * `cpus` cannot be had, or where a router is to have more cores than there are. */
GPtrArray *vr_plan_follow_cpus (const VrLab *lab, const VrLedger *ledger, GError **error);
