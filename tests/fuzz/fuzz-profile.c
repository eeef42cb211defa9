/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer: whatever the bytes, the parser gives a lab or one good error; and a lab's canonical
 * text parses back to the same text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/vr-error.h"
#include "config/vr-profile.h"
#include "config/vr-schema.h"
#include "config/vr-value.h"

#define FILE_NAME "fuzz.conf"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
require (gboolean holds, const char *what)
{
  if (holds)
    return;
  g_printerr ("fuzz-profile: %s\n", what);
  abort ();
}

static gboolean
is_plain (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

static void
check_error (const GError *error)
{
  require (error != NULL, "no lab and no error");
  require (error->domain == VR_ERROR && error->code == VR_ERROR_PROFILE,
           "an error of another code");
  require (is_plain (error->message), "a message that does not print");
  require (strchr (error->message, ':') != NULL, "a message without a place");
}

static void
check_texts (const VrLab *lab, const VrSchemaGroup *group, const VrSchemaKey *key)
{
  for (guint i = 0; i < vr_schema_instances (lab, group); i++) {
    gpointer target = vr_schema_instance (lab, group, i);
    g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
    vr_value_print (key, G_STRUCT_MEMBER_P (target, key->offset), texts);
    for (guint k = 0; k < texts->len; k++)
      require (is_plain (texts->pdata[k]), "a control character in the lab");
  }
}

static void
check_lab (const VrLab *lab)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_profile (), &count);
  for (guint i = 0; i < count; i++)
    check_texts (lab, vr_schema_group (vr_schema_profile (), keys[i].group), &keys[i]);
  g_autofree char *text = vr_profile_print (lab);
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) again = vr_profile_parse (text, strlen (text), FILE_NAME, &error);
  if (again == NULL)
    g_printerr ("%s\n%s\n", text, error->message);
  require (again != NULL, "canonical text that is refused");
  g_autofree char *twice = vr_profile_print (again);
  require (strcmp (text, twice) == 0, "canonical text that changes");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = vr_profile_parse ((const char *) data, size, FILE_NAME, &error);
  if (lab == NULL) {
    check_error (error);
    return 0;
  }
  require (error == NULL, "a lab and an error");
  check_lab (lab);
  return 0;
}
