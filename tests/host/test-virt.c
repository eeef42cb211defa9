/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The libvirt adapter against a real libvirtd, with guests of the router image. The image is sought
 * in VRKIT_IMAGES, else where it is installed; without it, or without libvirtd, tests are skipped.
 */
#include "sys/vr-virt.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "plan/vr-domain-xml.h"
#include "sys/vr-virt-internal.h"

#define URI "qemu:///system"
/* On a busy host that boots others beside. */
#define BOOT_TIMEOUT_US (180 * G_USEC_PER_SEC)

typedef struct {
  VrVirt *virt;
  char *directory;
  char *config_path;
  char *kernel;
  char *initrd;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->virt = vr_virt_open (URI, NULL);
  const char *images = g_getenv ("VRKIT_IMAGES");
  images = images != NULL ? images : "/var/lib/vrkit/images";
  fixture->kernel = g_build_filename (images, "router", "vmlinux", NULL);
  fixture->initrd = g_build_filename (images, "router", "initrd", NULL);
  fixture->directory = g_dir_make_tmp ("vrkit-virt-XXXXXX", NULL);
  g_assert_cmpint (chmod (fixture->directory, 0755), ==, 0);
  fixture->config_path = g_build_filename (fixture->directory, "config", NULL);
  g_assert_true (
      g_file_set_contents (fixture->config_path, "vrkit-guest 1\nhostname vt\nend\n", -1, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 0; fixture->virt != NULL && i < 2; i++) {
    g_autofree char *name = g_strdup_printf ("vrkit-virttest-r%u", i);
    g_assert_true (vr_virt_destroy (fixture->virt, name, NULL));
  }
  g_clear_pointer (&fixture->virt, vr_virt_close);
  g_unlink (fixture->config_path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->config_path);
  g_free (fixture->directory);
  g_free (fixture->kernel);
  g_free (fixture->initrd);
}

static gboolean
skip_without_libvirt (const Fixture *fixture)
{
  if (fixture->virt == NULL)
    g_test_skip ("no libvirtd at " URI);
  return fixture->virt == NULL;
}

static gboolean
skip_without_image (const Fixture *fixture)
{
  if (skip_without_libvirt (fixture))
    return TRUE;
  gboolean missing = !g_file_test (fixture->kernel, G_FILE_TEST_EXISTS);
  if (missing)
    g_test_skip ("no router image");
  return missing;
}

/* Starts router "r<number>" of lab "virttest"; returns its domain's name. */
static char *
start (const Fixture *fixture, guint number, const char *command_line)
{
  g_autofree char *router = g_strdup_printf ("r%u", number);
  char *name = g_strdup_printf ("vrkit-virttest-%s", router);
  VrDomainSpec spec = { .lab = "virttest",
                        .router = router,
                        .name = name,
                        .kernel = fixture->kernel,
                        .initrd = fixture->initrd,
                        .command_line = command_line,
                        .config_path = fixture->config_path,
                        .accel = "tcg",
                        .nic_model = "virtio",
                        .vcpus = 1,
                        .memory_mib = 128 };
  g_autofree char *xml = vr_domain_xml (&spec, NULL);
  g_autoptr (GError) error = NULL;
  vr_virt_start (fixture->virt, xml, &error);
  g_assert_no_error (error);
  error = NULL;
  g_assert_false (vr_virt_start (fixture->virt, xml, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  return name;
}

static char *
start_quietly (const Fixture *fixture, guint number)
{
  return start (fixture, number, "console=ttyS0 quiet panic=-1");
}

static void
assert_agent (const Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  vr_virt_wait_agent (fixture->virt, name, BOOT_TIMEOUT_US, NULL, &error);
  g_assert_no_error (error);
}

/* The wait for the agent fails as VR_ERROR_GUEST, and says `what`. */
static void
assert_wait_fails (const Fixture *fixture, const char *name, gint64 timeout_us, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_virt_wait_agent (fixture->virt, name, timeout_us, NULL, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, what));
  g_assert_nonnull (strstr (error->message, name));
}

static void
test_no_daemon (Fixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  static const char *const uris[]
      = { "qemu+unix:///system?socket=/nonexistent/libvirt-sock", "nonsense:///system" };
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (vr_virt_open (uris[i], &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (error->message, uris[i]));
    g_assert_nonnull (strstr (error->message, "start libvirtd"));
  }
}

/* A daemon that listens, and no more; the wait is over, and what it left behind ends, too, when the
 * daemon does. */
static void
test_hung_daemon (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->directory, "hung", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) daemon
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_assert_true (g_socket_bind (daemon, address, TRUE, NULL));
  g_assert_true (g_socket_listen (daemon, NULL));
  g_autofree char *uri = g_strdup_printf ("qemu+unix:///system?socket=%s", path);

  g_autoptr (GError) error = NULL;
  g_assert_null (vr_virt_open_within (uri, 1000, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, uri));
  g_assert_nonnull (strstr (error->message, "says nothing for 1 s"));

  g_autoptr (GSocket) waiting = g_socket_accept (daemon, NULL, NULL);
  g_assert_nonnull (waiting);
  g_assert_true (g_socket_close (waiting, NULL));
  g_unlink (path);
}

static void
test_versions (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_libvirt (fixture))
    return;
  g_autoptr (VrVirt) second = vr_virt_open (URI, NULL);
  g_autofree char *libvirt = NULL, *hypervisor = NULL;
  g_assert_true (vr_virt_version (second, &libvirt, &hypervisor, NULL));
  g_assert_true (g_regex_match_simple ("^[0-9]+\\.[0-9]+\\.[0-9]+$", libvirt, 0, 0));
  g_assert_true (g_regex_match_simple ("^QEMU [0-9]+\\.[0-9]+\\.[0-9]+$", hypervisor, 0, 0));
  g_assert_cmpstr (vr_virt_uri (second), ==, URI);
  g_assert_cmpstr (VR_VIRT_NAMESPACE, ==, VR_DOMAIN_NAMESPACE);
  g_assert_cmpstr (VR_VIRT_HELD_NAMESPACE, ==, VR_DOMAIN_HELD_NAMESPACE);
}

static void
test_absent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_libvirt (fixture))
    return;
  const char *name = "vrkit-virttest-r0";
  g_auto (VrGuest) guest = { .domain = NULL };
  g_assert_true (vr_virt_find (fixture->virt, name, &guest, NULL));
  g_assert_cmpint (guest.state, ==, VR_GUEST_ABSENT);
  g_assert_cmpstr (guest.domain, ==, name);
  g_assert_false (guest.owned);
  g_assert_true (vr_virt_destroy (fixture->virt, name, NULL));
  assert_wait_fails (fixture, name, G_USEC_PER_SEC, "no domain of this name");

  g_autoptr (GError) error = NULL;
  g_assert_null (vr_virt_read_file (fixture->virt, name, "/x", 10, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
}

static void
assert_exec (const Fixture *fixture, const char *name, const char *script, const char *output,
             int exit_status)
{
  const char *argv[] = { "sh", "-c", script, NULL };
  VrExecRequest request = { .domain = name, .argv = argv, .timeout_us = 20 * G_USEC_PER_SEC };
  g_auto (VrExecResult) result = { .exit_status = 0 };
  g_autoptr (GError) error = NULL;
  vr_virt_exec (fixture->virt, &request, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (result.exit_status, ==, exit_status);
  g_assert_cmpmem (g_bytes_get_data (result.output, NULL), g_bytes_get_size (result.output), output,
                   strlen (output));
}

static void
check_commands (const Fixture *fixture, const char *name)
{
  assert_exec (fixture, name, "echo out; echo err >&2; exit 3", "out\n", 3);
  assert_exec (fixture, name, "head -c 3 /dev/zero >/dev/null; printf '<\"é\"'", "<\"é\"", 0);
  assert_exec (fixture, name, "kill -9 $$", "", -1);

  const char *unknown[] = { "no-such-program", NULL };
  VrExecRequest request = { .domain = name, .argv = unknown, .timeout_us = G_USEC_PER_SEC };
  g_auto (VrExecResult) result = { .exit_status = 0 };
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_virt_exec (fixture->virt, &request, &result, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  g_assert_nonnull (strstr (error->message, "no-such-program"));
  g_clear_error (&error);

  const char *slow[] = { "sleep", "100", NULL };
  request = (VrExecRequest){ .domain = name, .argv = slow, .timeout_us = 1 };
  g_assert_false (vr_virt_exec (fixture->virt, &request, &result, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  g_assert_null (result.output);
}

static void
check_files (const Fixture *fixture, const char *name)
{
  g_autofree char *status
      = vr_virt_read_file (fixture->virt, name, "/run/vrkit/status", 4096, NULL);
  g_assert_nonnull (status);
  g_assert_true (g_str_has_prefix (status, "ready\n"));

  assert_exec (fixture, name, "head -c 200000 /dev/zero | tr '\\0' x >/run/large", "", 0);
  g_autofree char *large = vr_virt_read_file (fixture->virt, name, "/run/large", 200000, NULL);
  g_assert_nonnull (large);
  g_assert_cmpuint (strspn (large, "x"), ==, 200000);

  static const char *const bad[] = { "/run/large", "/run/nonexistent" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (vr_virt_read_file (fixture->virt, name, bad[i], 199999, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
    g_assert_nonnull (strstr (error->message, bad[i]));
  }
}

static void
check_found (const Fixture *fixture, const char *name)
{
  g_auto (VrGuest) guest = { .domain = NULL };
  g_assert_true (vr_virt_find (fixture->virt, name, &guest, NULL));
  g_assert_cmpint (guest.state, ==, VR_GUEST_RUNNING);
  g_assert_cmpstr (guest.reason, ==, "booted");
  g_assert_true (guest.owned);
  g_assert_true (guest.agent_connected);
  g_assert_cmpstr (guest.lab, ==, "virttest");
  g_assert_cmpstr (guest.router, ==, strrchr (name, '-') + 1);
  g_assert_cmpuint (strlen (guest.digest), ==, 64);
  g_assert_cmpint (kill (guest.pid, 0), ==, 0);
}

static guint
count_listed (const Fixture *fixture)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_guest_free);
  g_assert_true (vr_virt_list (fixture->virt, guests, NULL));
  guint count = 0;
  for (guint i = 0; i < guests->len; i++) {
    const VrGuest *guest = guests->pdata[i];
    g_assert_true (guest->owned);
    count += strcmp (guest->lab, "virttest") == 0;
  }
  return count;
}

static void
assert_readable (const char *path)
{
  struct stat status;
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_uid, ==, 0);
  g_assert_cmpuint (status.st_mode & 0444, ==, 0444);
}

/* Two guests at a time: found, listed, read from, commanded; one ends before the other. */
static void
test_life (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *one = start_quietly (fixture, 0);
  g_autofree char *other = start_quietly (fixture, 1);
  assert_agent (fixture, one);
  assert_agent (fixture, other);
  assert_agent (fixture, one);
  check_found (fixture, one);
  check_found (fixture, other);
  g_assert_cmpuint (count_listed (fixture), ==, 2);

  g_assert_true (vr_virt_destroy (fixture->virt, other, NULL));
  g_assert_cmpuint (count_listed (fixture), ==, 1);
  assert_readable (fixture->kernel);
  assert_readable (fixture->initrd);
  assert_readable (fixture->config_path);
  check_files (fixture, one);
  check_commands (fixture, one);
}

static gpointer
kill_guest (gpointer data)
{
  kill (GPOINTER_TO_INT (data), SIGKILL);
  return NULL;
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *name = start_quietly (fixture, 0);
  assert_wait_fails (fixture, name, 1, "did not answer within");
  g_auto (VrGuest) guest = { .domain = NULL };
  g_assert_true (vr_virt_find (fixture->virt, name, &guest, NULL));
  GThread *killer = g_thread_new ("kill", kill_guest, GINT_TO_POINTER (guest.pid));
  assert_wait_fails (fixture, name, BOOT_TIMEOUT_US, "killed");
  g_thread_join (killer);
  g_assert_true (vr_virt_destroy (fixture->virt, name, NULL));
  /* Nothing of the killed one stands in the way of the next. */
  g_free (g_steal_pointer (&name));
  name = start_quietly (fixture, 0);
}

static void
test_panic (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *name = start_quietly (fixture, 0);
  assert_agent (fixture, name);
  const char *argv[] = { "sh", "-c", "echo c >/proc/sysrq-trigger", NULL };
  VrExecRequest request = { .domain = name, .argv = argv, .timeout_us = G_USEC_PER_SEC };
  g_auto (VrExecResult) result = { .exit_status = 0 };
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_virt_exec (fixture->virt, &request, &result, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  assert_wait_fails (fixture, name, BOOT_TIMEOUT_US, "panicked");
  g_auto (VrGuest) guest = { .domain = NULL };
  g_assert_true (vr_virt_find (fixture->virt, name, &guest, NULL));
  g_assert_cmpint (guest.state, ==, VR_GUEST_CRASHED);
  g_assert_cmpstr (guest.reason, ==, "panicked");
}

/* A kernel that panics before it knows of pvpanic reboots, which ends the domain. */
static void
test_reboot (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *name = start (fixture, 0, "console=ttyS0 quiet panic=-1 rdinit=/nonexistent");
  assert_wait_fails (fixture, name, BOOT_TIMEOUT_US, "shut down or rebooted");
}

static gpointer
cancel (gpointer data)
{
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *name = start_quietly (fixture, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("cancel", cancel, cancellable);
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_virt_wait_agent (fixture->virt, name, BOOT_TIMEOUT_US, cancellable, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_UNWANTED);
  g_thread_join (thread);
}

typedef struct {
  const Fixture *fixture;
  const char *name;
  int in_fd;
  int out_fd;
} ConsoleThread;

static gpointer
run_console (gpointer data)
{
  const ConsoleThread *console = data;
  g_autoptr (GError) error = NULL;
  vr_virt_console (console->fixture->virt, console->name, console->in_fd, console->out_fd, &error);
  g_assert_no_error (error);
  return NULL;
}

/* Reads until `want` was seen. */
static void
expect (int fd, const char *want)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  while (strstr (seen->str, want) == NULL) {
    char buffer[256];
    gssize size = read (fd, buffer, sizeof buffer);
    g_assert_cmpint (size, >, 0);
    g_string_append_len (seen, buffer, size);
  }
}

static void
test_console (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_image (fixture))
    return;
  g_autofree char *name = start_quietly (fixture, 0);
  assert_agent (fixture, name);
  int in[2], out[2];
  g_assert_cmpint (pipe (in), ==, 0);
  g_assert_cmpint (pipe (out), ==, 0);
  g_auto (VrFd) in_read = in[0], in_write = in[1], out_read = out[0], out_write = out[1];
  ConsoleThread console = { fixture, name, in_read, out_write };
  GThread *thread = g_thread_new ("run-console", run_console, &console);
  g_assert_cmpint (write (in_write, "\necho one$((1+1))three\n", 23), ==, 23);
  expect (out_read, "one2three");
  g_autoptr (GError) error = NULL;
  g_assert_false (vr_virt_console (fixture->virt, name, in_read, out_write, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_BUSY);
  g_assert_cmpint (write (in_write, "\x1d", 1), ==, 1);
  g_thread_join (thread);
}

#define TEST(path, function) g_test_add ("/virt/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("no-daemon", test_no_daemon);
  TEST ("hung-daemon", test_hung_daemon);
  TEST ("versions", test_versions);
  TEST ("absent", test_absent);
  TEST ("life", test_life);
  TEST ("killed", test_killed);
  TEST ("panic", test_panic);
  TEST ("reboot", test_reboot);
  TEST ("cancel", test_cancel);
  TEST ("console", test_console);
  return g_test_run ();
}
