/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of `vrkit top`, for a terminal of any size or none: a pure function, so that tests look
 * at what a person would. All of it is ASCII, and numbers have a decimal point in every locale. */
#pragma once

#include "observe/vr-top.h"

/* Below these nothing can be read: one line says so. */
#define VR_TOP_COLUMNS_MIN 80
#define VR_TOP_LINES_MIN 10

/* By which routers and threads are sorted, the most first but for names. */
typedef enum {
  VR_TOP_BY_NAME, /* the profile's order */
  VR_TOP_BY_OFFERED,
  VR_TOP_BY_LOST,
  VR_TOP_BY_USE,
  VR_TOP_SORTS,
} VrTopSort;

/* "name", "offered", "lost", "use", and back: FALSE for another word. */
const char *vr_top_sort_name (VrTopSort sort);
gboolean vr_top_sort_parse (const char *name, VrTopSort *sort);

typedef enum { VR_TOP_LIVE, VR_TOP_PAUSED } VrTopMotion;
typedef enum { VR_TOP_TABLES, VR_TOP_HELP } VrTopPage;

typedef struct {
  guint columns; /* of the terminal: no line is longer */
  guint lines;   /* likewise; 0: as many as there are, without title and keys held in place */
  guint scroll;  /* lines of the tables that are above the terminal's first */
  VrTopSort sort;
  VrTopMotion motion;
  VrTopPage page;
  const char *remark; /* in the title: why numbers are old; NULL: none */
} VrTopView;

typedef enum { VR_TOP_PLAIN, VR_TOP_TITLE, VR_TOP_HEADING, VR_TOP_ALARM, VR_TOP_KEYS } VrTopStyle;

typedef struct {
  VrTopStyle style;
  char *text; /* owned */
} VrTopLine;

/* The lines (VrTopLine), owned by the caller: of a terminal just as many as it has. `scroll` is
 * brought within what there is. `top` may be NULL where nothing was read yet. */
GArray *vr_top_layout (const VrTop *top, VrTopView *view);
