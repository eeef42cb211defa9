/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-emulators.h"

#include <string.h>

#include "image/vr-process.h"

/* "QEMU emulator version 7.2.22 (Debian …)" */
#define MARK " version "

/* As libvirt tells that of its own choice, the only one that it knows: "QEMU 7.2.22". */
static char *
ask (const char *path)
{
  const char *const argv[] = { path, "--version", NULL };
  g_autofree char *text = vr_process_output (argv, NULL);
  const char *version = text != NULL ? strstr (text, MARK) : NULL;
  if (version == NULL || !g_utf8_validate (text, -1, NULL))
    return NULL;
  version += strlen (MARK);
  return g_strdup_printf ("QEMU %.*s", (int) strcspn (version, " \n"), version);
}

static gboolean
is_named (const VrLab *lab, const char *emulator)
{
  for (guint i = 0; i < lab->routers->len; i++)
    if (g_strcmp0 (((const VrRouter *) lab->routers->pdata[i])->emulator, emulator) == 0)
      return TRUE;
  return FALSE;
}

static char *
version_of (VrVirt *virt, const VrLab *lab, const char *emulator)
{
  g_autofree char *libvirt = NULL;
  char *own = NULL;
  if (is_named (lab, emulator))
    return ask (emulator);
  return vr_virt_version (virt, &libvirt, &own, NULL) ? own : NULL;
}

GVariant *
vr_emulators_read (VrVirt *virt, const VrLab *lab)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  g_autoptr (GHashTable) asked = g_hash_table_new (g_str_hash, g_str_equal);
  if (!vr_virt_list (virt, guests, NULL))
    return NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    if (strcmp (guest->lab, lab->name) != 0 || guest->emulator == NULL
        || !g_hash_table_add (asked, guest->emulator))
      continue;
    g_autofree char *version = version_of (virt, lab, guest->emulator);
    if (version != NULL)
      g_variant_builder_add (&builder, "{ss}", guest->emulator, version);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
