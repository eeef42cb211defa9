/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-recipe.h"

#define AT(field) G_STRUCT_OFFSET (VrRecipe, field)

static const VrRecipeKey keys[] = {
  { "image", "name", VR_RECIPE_NAME, VR_RECIPE_BUILDS, AT (name), NULL, NULL,
    "The image's name, and that of its directory. Required." },
  { "image", "type", VR_RECIPE_TYPE, VR_RECIPE_BUILDS, AT (type), NULL, NULL,
    "router: a kernel and an initramfs that is the whole system. host: a disk with a bootable "
    "Debian for a machine that runs routers. Required." },
  { "image", "suite", VR_RECIPE_PACKAGE, VR_RECIPE_RESOLVES, AT (suite), NULL, "bookworm",
    "Debian's release that packages come from; its updates and security updates are part of it." },
  { "image", "programs", VR_RECIPE_WORDS, VR_RECIPE_BUILDS, AT (programs), NULL, "",
    "Programs that must be in the image; the build fails where one is not." },
  { "image", "command-line", VR_RECIPE_ARGUMENTS, VR_RECIPE_BUILDS, AT (command_line), NULL, NULL,
    "What is added to the kernel's command line of each guest." },
  { "image", "size", VR_RECIPE_SIZE, VR_RECIPE_BUILDS, AT (size_bytes), " host ", NULL,
    "The size of the disk. Required for a host." },
  { "image", "memory", VR_RECIPE_SIZE, VR_RECIPE_BUILDS, AT (memory_bytes), NULL, NULL,
    "The least memory, in whole MiB, that a guest of the image boots with. A router of a profile "
    "with "
    "less is refused; without the key, none is." },
  { "kernel", "package", VR_RECIPE_PACKAGE, VR_RECIPE_RESOLVES, AT (kernel_package), NULL, NULL,
    "The package with the kernel. One of package, file and source is required." },
  { "kernel", "version", VR_RECIPE_VERSION, VR_RECIPE_RESOLVES, AT (kernel_version), NULL, NULL,
    "The exact version of that package, or of the source." },
  { "kernel", "file", VR_RECIPE_PATH, VR_RECIPE_BUILDS, AT (kernel_file), NULL, NULL,
    "A kernel on this machine (bzImage) instead." },
  { "kernel", "modules", VR_RECIPE_PATH, VR_RECIPE_BUILDS, AT (kernel_modules), NULL, NULL,
    "The directory with the modules of that kernel, named as its version." },
  { "kernel", "source", VR_RECIPE_PACKAGE, VR_RECIPE_RESOLVES, AT (kernel_source), " router ", NULL,
    "A package with the kernel's source, as linux-source-6.1, to be built instead. The machine "
    "needs a compiler, make, bc, flex, bison, libelf-dev and libssl-dev." },
  { "kernel", "flavour", VR_RECIPE_PACKAGE, VR_RECIPE_RESOLVES, AT (kernel_flavour), " router ",
    NULL,
    "Debian's configuration that a build from source starts from, as cloud-amd64; without it, the "
    "kernel's own smallest, so that the fragment says everything." },
  { "kernel", "config", VR_RECIPE_PATH, VR_RECIPE_BUILDS, AT (kernel_config), " router ", NULL,
    "A fragment of a kernel configuration that is laid over it." },
  { "modules", "load", VR_RECIPE_WORDS, VR_RECIPE_BUILDS, AT (modules_load), NULL, "",
    "Kernel modules that are loaded at boot, in this order, with all that they need." },
  { "modules", "keep", VR_RECIPE_WORDS, VR_RECIPE_BUILDS, AT (modules_keep), NULL, "",
    "Patterns of further modules to have in the image; the others are left out." },
  { "files", "overlay", VR_RECIPE_PATH, VR_RECIPE_BUILDS, AT (overlay), NULL, NULL,
    "A directory that is copied over the image's files last." },
  { "files", "own", VR_RECIPE_WORDS, VR_RECIPE_BUILDS, AT (own), " router ", "",
    "Programs of vrkit's own for the guest's /usr/sbin, by name: they are built and installed with "
    "vrkit." },
  { "exclude", "packages", VR_RECIPE_WORDS, VR_RECIPE_RESOLVES, AT (exclude_packages), NULL, "",
    "Patterns of packages that others depend on and the image does without." },
  { "exclude", "paths", VR_RECIPE_WORDS, VR_RECIPE_BUILDS, AT (exclude_paths), NULL, "",
    "Patterns of paths, below the root, that are left out." },
};

const VrRecipeKey *
vr_recipe_keys (guint *count)
{
  *count = G_N_ELEMENTS (keys);
  return keys;
}

const char *const *
vr_recipe_types (void)
{
  static const char *const types[] = { "host", "router", NULL };
  return types;
}
