/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab's shape as a graph: ports and routers, joined by the routers' interfaces. */
#pragma once

#include "model/vr-lab.h"

typedef enum { VR_GRAPH_DOT, VR_GRAPH_MERMAID } VrGraphFormat;

/* "dot" or "mermaid"; FALSE for anything else. */
gboolean vr_graph_format_parse (const char *text, VrGraphFormat *format);

/* Text for graphviz, or for Mermaid; the caller owns it. */
char *vr_graph_print (const VrLab *lab, VrGraphFormat format);
