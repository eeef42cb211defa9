/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-emulators.h"

#include <string.h>

#include "image/vr-process.h"

/* libvirt knows the version of its own choice alone. */
static char *
ask (const char *path)
{
  const char *const argv[] = { path, "--version", NULL };
  char *text = vr_process_output (argv, NULL);
  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    g_clear_pointer (&text, g_free);
  else
    text[strcspn (text, "\n")] = '\0';
  return text;
}

GVariant *
vr_emulators_read (VrVirt *virt, const char *lab)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  g_autoptr (GHashTable) asked = g_hash_table_new (g_str_hash, g_str_equal);
  if (!vr_virt_list (virt, guests, NULL))
    return NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (strcmp (guest->lab, lab) != 0 || guest->emulator == NULL
        || !g_hash_table_add (asked, guest->emulator))
      continue;
    g_autofree char *version = ask (guest->emulator);
    if (version != NULL)
      g_variant_builder_add (&builder, "{ss}", guest->emulator, version);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
