/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-apt.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "base/vr-error.h"
#include "image/vr-archive.h"
#include "image/vr-digest.h"

#define KEY_LENGTH 16

struct VrApt {
  char *directory;
  char *conf;          /* path of apt.conf */
  GPtrArray *archives; /* VrArchive of a directory of packages, or NULL */
};

void
vr_apt_free (VrApt *apt)
{
  g_free (apt->directory);
  g_free (apt->conf);
  g_clear_pointer (&apt->archives, g_ptr_array_unref);
  g_free (apt);
}

const char *
vr_apt_directory (const VrApt *apt)
{
  return apt->directory;
}

static gboolean
write_text (const char *directory, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) cause = NULL;
  if (g_file_set_contents (path, text, -1, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path, cause->message);
  return FALSE;
}

static gboolean
make_directories (const char *root, GError **error)
{
  static const char *const names[]
      = { "state/lists/partial", "cache/archives/partial", "sources.list.d" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (root, names[i], NULL);
    if (g_mkdir_with_parents (path, 0755) != 0) {
      vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot make \"%s\"", path);
      return FALSE;
    }
  }
  return TRUE;
}

/* Read after the host's own configuration: its proxies hold, its hooks must not run. */
static gboolean
write_conf (const char *root, GError **error)
{
  g_autofree char *text = g_strdup_printf ("#clear APT::Update;\n"
                                           "#clear DPkg::Post-Invoke;\n"
                                           "Dir::State \"%s/state\";\n"
                                           "Dir::State::status \"%s/status\";\n"
                                           "Dir::Cache \"%s/cache\";\n"
                                           "Dir::Etc::sourcelist \"/dev/null\";\n"
                                           "Dir::Etc::sourceparts \"%s/sources.list.d\";\n"
                                           "Dir::Etc::preferences \"/dev/null\";\n"
                                           "Dir::Etc::preferencesparts \"/dev/null\";\n"
                                           "APT::Architecture \"amd64\";\n"
                                           "APT::Architectures { \"amd64\"; };\n"
                                           "APT::Default-Release \"\";\n"
                                           "APT::Install-Recommends \"false\";\n"
                                           "APT::Sandbox::User \"root\";\n"
                                           "Acquire::Languages \"none\";\n",
                                           root, root, root, root);
  return write_text (root, "status", "", error) && write_text (root, "apt.conf", text, error);
}

/* One line of the host's lists, "URI|CODENAME|COMPONENT|ORIGIN", as a source for `suite`; NULL
 * where it is not of the host's own release of Debian. */
static char *
source_line (const char *line, const char *host_suite, const char *suite)
{
  g_auto (GStrv) fields = g_strsplit (line, "|", -1);
  if (g_strv_length (fields) != 4 || strcmp (fields[3], "Debian") != 0
      || !g_str_has_prefix (fields[1], host_suite))
    return NULL;
  const char *pocket = fields[1] + strlen (host_suite);
  if (*pocket != '\0' && strcmp (pocket, "-updates") != 0 && strcmp (pocket, "-security") != 0)
    return NULL;
  return g_strdup_printf ("deb %s %s%s %s\n", fields[0], suite, pocket, fields[2]);
}

static char *
host_sources (const char *suite, GError **error)
{
  const char *argv[] = { "apt-get",
                         "indextargets",
                         "--format",
                         "$(REPO_URI)|$(CODENAME)|$(COMPONENT)|$(ORIGIN)",
                         "Created-By: Packages",
                         NULL };
  g_autofree char *output = vr_process_output (argv, error);
  if (output == NULL)
    return NULL;
  g_autofree char *host_suite = g_get_os_info (G_OS_INFO_KEY_VERSION_CODENAME);
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  for (char **line = lines; host_suite != NULL && *line != NULL; line++) {
    g_autofree char *source = source_line (*line, host_suite, suite);
    if (source != NULL && strstr (text->str, source) == NULL)
      g_string_append (text, source);
  }
  if (text->len == 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "apt knows no mirror of Debian on this machine: run `apt-get update`, or name an "
                 "archive or a directory of packages with --source");
    return NULL;
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
is_uri (const char *source)
{
  return g_str_has_prefix (source, "http://") || g_str_has_prefix (source, "https://")
         || g_str_has_prefix (source, "file:/");
}

/* An archive of the past is past its date, and yet signed. */
static char *
source_text (const char *suite, const char *source, GError **error)
{
  if (source == NULL)
    return host_sources (suite, error);
  if (!is_uri (source))
    return g_strdup ("");
  if (strpbrk (source, " \t\n[]#\"") != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\" is no address of an archive", source);
    return NULL;
  }
  return g_strdup_printf ("deb [check-valid-until=no] %s %s main\n", source, suite);
}

VrApt *
vr_apt_open (const char *cache_dir, const char *suite, const char *source, GError **error)
{
  g_autofree char *text = source_text (suite, source, error);
  if (text == NULL)
    return NULL;
  g_autofree char *whole
      = g_strconcat (suite, "\n", source != NULL ? source : "", "\n", text, NULL);
  g_autofree char *key = vr_digest_text (whole);
  key[KEY_LENGTH] = '\0';
  g_autofree char *base = g_canonicalize_filename (cache_dir, NULL);
  g_autoptr (VrApt) apt = g_new0 (VrApt, 1);
  apt->directory = g_build_filename (base, "apt", key, NULL);
  apt->conf = g_build_filename (apt->directory, "apt.conf", NULL);
  if (source != NULL && !is_uri (source)) {
    apt->archives = vr_archive_scan (source, error);
    if (apt->archives == NULL)
      return NULL;
  }
  if (!make_directories (apt->directory, error) || !write_conf (apt->directory, error)
      || !write_text (apt->directory, "sources.list.d/vrkit.list", text, error))
    return NULL;
  return g_steal_pointer (&apt);
}

/* An argument vector that begins with "PROGRAM -c CONF" and the words; the caller adds to it. */
static GPtrArray *
command (const VrApt *apt, const char *const *words)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (argv, g_strdup ("apt-get"));
  g_ptr_array_add (argv, g_strdup ("-c"));
  g_ptr_array_add (argv, g_strdup (apt->conf));
  for (; *words != NULL; words++)
    g_ptr_array_add (argv, g_strdup (*words));
  for (guint i = 0; apt->archives != NULL && i < apt->archives->len; i++) {
    const VrArchive *archive = apt->archives->pdata[i];
    g_ptr_array_add (argv, g_strdup ("--with-source"));
    g_ptr_array_add (argv, g_strdup (archive->path));
  }
  return argv;
}

static void
add_packages (GPtrArray *argv, const GPtrArray *packages)
{
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    g_ptr_array_add (argv, g_strdup_printf ("%s=%s", package->name, package->version));
  }
  g_ptr_array_add (argv, NULL);
}

static const char *const *
argv_of (const GPtrArray *argv)
{
  return (const char *const *) argv->pdata;
}

gboolean
vr_apt_update (VrApt *apt, GError **error)
{
  const char *const words[] = { "-q", "update", "--error-on=any", NULL };
  if (apt->archives != NULL)
    return TRUE;
  g_autoptr (GPtrArray) argv = command (apt, words);
  g_ptr_array_add (argv, NULL);
  return vr_process_stream (argv_of (argv), NULL, NULL, NULL, error);
}

/* "Inst NAME (VERSION RELEASE [ARCHITECTURE])", perhaps with more in the brackets and behind. */
static VrPackage *
parse_inst (const char *line)
{
  g_autoptr (GRegex) regex
      = g_regex_new ("^Inst (\\S+) (?:\\[\\S+\\] )?\\((\\S+)[^)]*\\[(\\S+)\\]\\)", G_REGEX_DEFAULT,
                     G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  if (!g_regex_match (regex, line, G_REGEX_MATCH_DEFAULT, &match))
    return NULL;
  g_autofree char *name = g_match_info_fetch (match, 1);
  g_autofree char *version = g_match_info_fetch (match, 2);
  g_autofree char *architecture = g_match_info_fetch (match, 3);
  name[strcspn (name, ":")] = '\0';
  if (!vr_package_is_name (name) || !vr_package_is_version (version))
    return NULL;
  return vr_package_new (name, version, architecture);
}

GPtrArray *
vr_apt_resolve (VrApt *apt, const char *const *wants, GError **error)
{
  const char *const words[] = { "-qq", "--simulate", "install", NULL };
  g_autoptr (GPtrArray) argv = command (apt, words);
  for (; *wants != NULL; wants++)
    g_ptr_array_add (argv, g_strdup (*wants));
  g_ptr_array_add (argv, NULL);
  g_autofree char *output = vr_process_output (argv_of (argv), error);
  if (output == NULL)
    return NULL;
  g_autoptr (GPtrArray) packages = vr_package_array_new ();
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    VrPackage *package = parse_inst (*line);
    if (package != NULL)
      g_ptr_array_add (packages, package);
    else if (g_str_has_prefix (*line, "Inst ")) {
      g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "cannot read apt's line \"%s\"", *line);
      return NULL;
    }
  }
  return g_steal_pointer (&packages);
}

/* apt names everything that it lacks, and fails; another failure stays one. */
static char **
parse_gone (const char *complaint)
{
  g_autoptr (GRegex) regex = g_regex_new ("E: (?:Version '\\S+' for '(\\S+)' was not found"
                                          "|Unable to locate package (\\S+)"
                                          "|Package '?([^' ]+)'? has no installation candidate)",
                                          G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GMatchInfo) match = NULL;
  g_regex_match (regex, complaint, G_REGEX_MATCH_DEFAULT, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL)) {
    for (int group = 1; group <= 3; group++) {
      g_autofree char *name = g_match_info_fetch (match, group);
      if (name != NULL && *name != '\0')
        g_strv_builder_add (names, name);
    }
  }
  return g_strv_builder_end (names);
}

static char **
gone_archives (const VrApt *apt, const GPtrArray *packages)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    if (vr_archive_find (apt->archives, package) == NULL)
      g_strv_builder_add (names, package->name);
  }
  return g_strv_builder_end (names);
}

char **
vr_apt_gone (VrApt *apt, const GPtrArray *packages, GError **error)
{
  const char *const words[] = { "-qq", "--print-uris", "download", NULL };
  if (apt->archives != NULL)
    return gone_archives (apt, packages);
  g_autoptr (GPtrArray) argv = command (apt, words);
  add_packages (argv, packages);
  g_autoptr (GError) cause = NULL;
  g_autofree char *output = vr_process_output (argv_of (argv), &cause);
  g_auto (GStrv) gone = parse_gone (cause != NULL ? cause->message : "");
  if (output == NULL && gone[0] == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  return g_steal_pointer (&gone);
}

static gboolean
copy_archives (const VrApt *apt, const GPtrArray *packages, const char *directory, GError **error)
{
  for (guint i = 0; i < packages->len; i++) {
    const VrPackage *package = packages->pdata[i];
    const VrArchive *archive = vr_archive_find (apt->archives, package);
    g_auto (GStrv) parts = g_strsplit (package->version, ":", -1);
    g_autofree char *version = g_strjoinv ("%3a", parts);
    g_autofree char *name
        = g_strdup_printf ("%s_%s_%s.deb", package->name, version, package->architecture);
    g_autoptr (GFile) from = g_file_new_for_path (archive->path);
    g_autoptr (GFile) to = g_file_new_build_filename (directory, name, NULL);
    g_autoptr (GError) cause = NULL;
    if (!g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &cause)) {
      g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot copy \"%s\": %s", archive->path,
                   cause->message);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
vr_apt_download (VrApt *apt, const GPtrArray *packages, const char *directory, GError **error)
{
  const char *const words[] = { "-qq", "download", NULL };
  if (apt->archives != NULL)
    return copy_archives (apt, packages, directory, error);
  g_autoptr (GPtrArray) argv = command (apt, words);
  add_packages (argv, packages);
  return vr_process_stream (argv_of (argv), directory, NULL, NULL, error);
}
