/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-knob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "base/vr-fd.h"

/* A bitmap's words, lib/bitmap-str.c. */
#define WORD_BITS 32
#define WORD_DIGITS 8
#define TEXT_MAX 4096

typedef enum { FORM_WORD, FORM_LIST, FORM_MASK } Form;

typedef struct {
  const char *kind;
  const char *rest; /* what the name's rest must be, a regular expression; NULL: there is none */
  const char *path; /* below the root; \1 and \2 are the rest's parts */
  Form form;
  const char *refusal; /* why the kernel refuses a value; NULL: nothing is known */
} Row;

static const Row rows[] = {
  { "online", "([0-9]{1,4})", "sys/devices/system/cpu/cpu\\1/online", FORM_WORD,
    "the reservations of SCHED_DEADLINE may need the CPU: take some back, or leave it online" },
  { "irq", "([0-9]{1,9})", "proc/irq/\\1/smp_affinity_list", FORM_LIST,
    "the interrupt's CPUs may be the kernel's or the driver's alone to choose" },
  { "rps", "([A-Za-z0-9][A-Za-z0-9._@+-]{0,14})/(rx-[0-9]{1,4})",
    "sys/class/net/\\1/queues/\\2/rps_cpus", FORM_MASK, NULL },
  { "xps", "([A-Za-z0-9][A-Za-z0-9._@+-]{0,14})/(tx-[0-9]{1,4})",
    "sys/class/net/\\1/queues/\\2/xps_cpus", FORM_MASK, "a device of one queue has none" },
  { "governor", "([0-9]{1,4})", "sys/devices/system/cpu/cpu\\1/cpufreq/scaling_governor", FORM_WORD,
    "cpufreq/scaling_available_governors lists what there is" },
  { "rt-runtime", NULL, "proc/sys/kernel/sched_rt_runtime_us", FORM_WORD,
    "groups of real-time tasks (cpu.rt_runtime_us of the cpu cgroups), or reservations of "
    "SCHED_DEADLINE, have more than that already: lower them first, or ask for more" },
};

/* --- Masks -------------------------------------------------------------------------------------
 */

GArray *
vr_knob_parse_mask (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  guint count = g_strv_length (words);
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = count; i-- > 0;) {
    guint64 word;
    gsize length = strlen (words[i]);
    if (length > WORD_DIGITS
        || !g_ascii_string_to_unsigned (words[i], 16, 0, G_MAXUINT32, &word, NULL))
      return NULL;
    for (guint bit = 0; bit < WORD_BITS; bit++) {
      guint cpu = (count - 1 - i) * WORD_BITS + bit;
      if ((word >> bit & 1) != 0)
        g_array_append_val (cpus, cpu);
    }
  }
  return count > 0 ? g_steal_pointer (&cpus) : NULL;
}

char *
vr_knob_print_mask (const GArray *cpus)
{
  guint last = cpus->len > 0 ? g_array_index (cpus, guint, cpus->len - 1) : 0;
  guint count = last / WORD_BITS + 1;
  g_autofree guint32 *words = g_new0 (guint32, count);
  for (guint i = 0; i < cpus->len; i++) {
    guint cpu = g_array_index (cpus, guint, i);
    words[cpu / WORD_BITS] |= 1u << cpu % WORD_BITS;
  }
  GString *text = g_string_new (NULL);
  for (guint i = count; i-- > 0;)
    g_string_append_printf (text, i + 1 < count ? ",%08x" : "%x", words[i]);
  return g_string_free (text, FALSE);
}

/* --- Names -------------------------------------------------------------------------------------
 */

static char *
path_of_row (const Row *row, const char *root, const char *rest)
{
  g_autofree char *pattern = g_strdup_printf ("^%s$", row->rest != NULL ? row->rest : "");
  g_autoptr (GRegex) regex
      = g_regex_new (pattern, G_REGEX_DOLLAR_ENDONLY, G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  if (!g_regex_match (regex, rest, G_REGEX_MATCH_DEFAULT, &match))
    return NULL;
  g_autofree char *path = g_match_info_expand_references (match, row->path, NULL);
  return g_build_filename (root, path, NULL);
}

/* Its file, or NULL for a name that is none. */
static char *
path_of (const char *root, const char *name, const Row **found, GError **error)
{
  gsize length = strcspn (name, "/");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *rest = name[length] == '/' ? name + length + 1 : "";
    if (strlen (rows[i].kind) != length || strncmp (rows[i].kind, name, length) != 0)
      continue;
    char *path = path_of_row (&rows[i], root, rest);
    *found = &rows[i];
    if (path != NULL)
      return path;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_INTERNAL, "\"%s\" is no value of the host", name);
  return NULL;
}

/* --- Values ------------------------------------------------------------------------------------
 */

static char *
canonical (const Row *row, const char *text)
{
  if (row->form == FORM_WORD)
    return g_strdup (text);
  g_autoptr (GArray) cpus
      = row->form == FORM_MASK ? vr_knob_parse_mask (text) : vr_cpu_list_parse (text);
  return cpus != NULL ? vr_cpu_list_print (cpus) : NULL;
}

gboolean
vr_knob_read (const char *root, const char *name, char **value, GError **error)
{
  const Row *row = NULL;
  g_autofree char *path = path_of (root, name, &row, error);
  if (path == NULL)
    return FALSE;
  g_auto (VrFd) fd = open (path, O_RDONLY | O_CLOEXEC);
  char buffer[TEXT_MAX + 1];
  gssize length = fd >= 0 ? read (fd, buffer, TEXT_MAX) : -1;
  if (length < 0 && errno == ENOENT) {
    *value = NULL;
    return TRUE;
  }
  if (length < 0) {
    vr_error_set_errno (error, VR_ERROR_KERNEL, errno, "cannot read \"%s\"", path);
    return FALSE;
  }
  buffer[length] = '\0';
  char *text = canonical (row, g_strstrip (buffer));
  if (text == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_KERNEL, "\"%s\" holds \"%s\", which is no CPUs", path,
                 buffer);
    return FALSE;
  }
  *value = text;
  return TRUE;
}

/* In one write: the kernel takes each write for a whole value. */
gboolean
vr_knob_write (const char *root, const char *name, const char *value, GError **error)
{
  const Row *row = NULL;
  g_autofree char *path = path_of (root, name, &row, error);
  if (path == NULL)
    return FALSE;
  g_autoptr (GArray) cpus = row->form == FORM_MASK ? vr_cpu_list_parse (value) : NULL;
  g_autofree char *text = cpus != NULL ? vr_knob_print_mask (cpus) : g_strdup (value);
  g_auto (VrFd) fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd >= 0 && write (fd, text, strlen (text)) >= 0)
    return TRUE;
  int errnum = errno;
  gboolean refused = errnum != ENOENT && row->refusal != NULL;
  g_autofree char *hint = refused ? g_strdup_printf (" (%s)", row->refusal) : g_strdup ("");
  vr_error_set_errno (error, errnum == ENOENT ? VR_ERROR_HOST : VR_ERROR_KERNEL, errnum,
                      "cannot write \"%s\" to %s%s", text, path, hint);
  return FALSE;
}
