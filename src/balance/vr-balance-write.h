/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A description as a file again. */
#pragma once

#include "balance/vr-balance.h"

/* The text that vr_balance_parse() reads as the same description. False where `stream` fails. */
bool vr_balance_print (const VrBalance *balance, FILE *stream);

/* Replaces `path` with it: whoever reads that file sees all of the old text or of the new one. */
bool vr_balance_write (const char *path, const VrBalance *balance, VrProblem *problem);

/* As "02:00:00:00:00:0a". */
#define VR_BALANCE_MAC_TEXT_SIZE 18
const char *vr_balance_mac_print (const uint8_t *mac, char *text);
