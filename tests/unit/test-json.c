/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of JSON objects: numbers survive the way through text, and what is none is null. */
#include "base/vr-json.h"

#include <math.h>

static char *
text_of (double value)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  vr_json_add_double (builder, "x", value);
  json_builder_end_object (builder);
  return vr_json_text (builder, VR_JSON_COMPACT);
}

static void
test_double (void)
{
  const double values[] = { 0, -1.5, 0.1, 1e-9, 1.0 / 3, 198.18e12 };
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree char *text = text_of (values[i]);
    g_autoptr (JsonNode) root = json_from_string (text, NULL);
    g_assert_nonnull (root);
    g_assert_cmpfloat (json_object_get_double_member (json_node_get_object (root), "x"), ==,
                       values[i]);
  }
}

static void
test_not_finite (void)
{
  const double values[] = { NAN, INFINITY, -INFINITY };
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree char *text = text_of (values[i]);
    g_assert_cmpstr (text, ==, "{\"x\":null}");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/double", test_double);
  g_test_add_func ("/json/not-finite", test_not_finite);
  return g_test_run ();
}
