/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of vr-top-layout.h, line for line; only that file includes it. */
#pragma once

#include "observe/vr-top-layout.h"

/* Appends a line (VrTopLine), cut to the view's columns; `text` becomes the line's. */
void vr_top_add_line (GArray *lines, const VrTopView *view, VrTopStyle style, char *text);

/* Tenants, routers, threads, queues, processors, with a heading each. */
void vr_top_add_tables (GArray *lines, const VrTopView *view, const VrTop *top);
