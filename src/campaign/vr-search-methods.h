/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods' rows, for the table in vr-search.c. */
#pragma once

#include "campaign/vr-search.h"

/* RFC 2544 section 26.1: binary search for the greatest rate at which nothing is lost. */
const VrSearchMethod *vr_search_rfc2544 (void);
/* ETSI GS NFV-TST 009 clause 12.3.3: binary search with loss verification. */
const VrSearchMethod *vr_search_tst009 (void);
/* RFC 9971: multiple loss ratio search. */
const VrSearchMethod *vr_search_mlr (void);
