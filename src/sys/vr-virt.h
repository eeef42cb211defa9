/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guests through libvirt: find, start, stop, wait for, and talk to them. The only files that know
 * libvirt are this module's. Every function may be called from several threads at once on one
 * VrVirt. A connection that libvirtd's restart has cut is opened anew at the next call.
 *
 * Errors, unless a function says more: VR_ERROR_HOST no libvirt answers (the message names the URI
 * and the way out), VR_ERROR_PERMISSION and VR_ERROR_BUSY as said, VR_ERROR_KERNEL libvirt refused,
 * VR_ERROR_GUEST the guest failed or its agent did. Messages name the domain. */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/* The namespace of the metadata <router lab= router= digest=/> that mark a domain as vrkit's; the
 * same as VR_DOMAIN_NAMESPACE of plan/vr-domain-xml.h. */
#define VR_VIRT_NAMESPACE "https://vrkit.example/xmlns/router/1"
/* That of the metadata <queues/>, with which a PVR's member starts; the same as
 * VR_DOMAIN_HELD_NAMESPACE there. */
#define VR_VIRT_HELD_NAMESPACE "https://vrkit.example/xmlns/held/1"

typedef struct VrVirt VrVirt;

typedef enum {
  VR_GUEST_ABSENT,
  VR_GUEST_RUNNING,
  VR_GUEST_PAUSED,
  VR_GUEST_CRASHED, /* panicked, and preserved for a look at it */
  VR_GUEST_SHUTOFF, /* defined persistently by somebody, and not running */
  VR_GUEST_OTHER,   /* shutting down, suspended */
} VrGuestState;

/* What libvirt knows of a domain. All strings are owned by the struct, and never NULL but where it
 * is said. */
typedef struct {
  char *domain;
  VrGuestState state;
  char *reason;             /* in words: "booted", "panicked", "by its user" */
  GPid pid;                 /* QEMU's, 0 where unknown: not running, or on another host */
  gboolean owned;           /* it bears vrkit's metadata */
  char *lab;                /* from the metadata, NULL when not owned */
  char *router;             /* same */
  char *pvr;                /* same: of which it is a member, NULL for none */
  char *msr;                /* same: of which it is a part, NULL for none */
  char *part;               /* same: which, "balancer", "backend" or "control"; NULL for none */
  gboolean held;            /* it bears the mark of a member whose queues are held until it
                             * forwards: see vr_virt_unmark */
  char *digest;             /* same: of the XML it was made from, see vr_domain_xml */
  gboolean agent_connected; /* the guest has opened the agent's port */
  char *accel;              /* what runs its instructions, "kvm" or "tcg"; NULL where unknown */
  char *emulator;           /* QEMU's path; NULL where unknown */
} VrGuest;

/* Frees what `guest` holds, and makes it a VR_GUEST_ABSENT of no name. */
void vr_guest_clear (VrGuest *guest);
void vr_guest_free (VrGuest *guest);
const char *vr_guest_state_name (VrGuestState state);

/* A command to run in a guest by its agent. */
typedef struct {
  const char *domain;
  const char *const *argv; /* argv[0] is looked up in the agent's PATH */
  gint64 timeout_us;       /* from the start of the command */
} VrExecRequest;

/* How a command in a guest ended. */
typedef struct {
  int exit_status; /* 0 to 255, or -1 when a signal ended it */
  int signal;      /* that signal, or 0 */
  GBytes *output;  /* standard output and error, never NULL */
  GBytes *errors;
  gboolean truncated; /* the agent keeps 16 MiB of each and dropped the rest */
} VrExecResult;

void vr_exec_result_clear (VrExecResult *result);

/* Connects to `uri` ("qemu:///system") and starts the event loop's thread, one a process: libvirt
 * makes it iterate GLib's default main context, which must then not be run elsewhere. */
VrVirt *vr_virt_open (const char *uri, GError **error);
/* Closes; the last one to close stops the thread. No call may be under way. */
void vr_virt_close (VrVirt *virt);

const char *vr_virt_uri (const VrVirt *virt);

/* Versions as text, "9.0.0" and "QEMU 7.2.22"; the caller frees both. */
gboolean vr_virt_version (VrVirt *virt, char **libvirt, char **hypervisor, GError **error);

/* As whom libvirt runs QEMU: what a guest has to make files in belongs to these. */
gboolean vr_virt_qemu_owner (VrVirt *virt, uid_t *user, gid_t *group, GError **error);

/* Fills `guest`, which holds nothing before. A domain that does not exist is no error: its state is
 * VR_GUEST_ABSENT. */
gboolean vr_virt_find (VrVirt *virt, const char *domain, VrGuest *guest, GError **error);

/* Appends to `guests` (element type VrGuest *, free function vr_guest_free) every active domain
 * that bears vrkit's metadata, sorted by name. */
gboolean vr_virt_list (VrVirt *virt, GPtrArray *guests, GError **error);

/* Starts a transient domain from `xml`. Returns when QEMU runs, long before the guest has booted.
 * VR_ERROR_BUSY when a domain of that name is there already. */
gboolean vr_virt_start (VrVirt *virt, const char *xml, GError **error);
/* Whether the instructions of the guest that `xml` describes are translated. */
gboolean vr_virt_is_emulated (const char *xml);

/* Takes the mark of held queues from a domain that runs. Having none is success. */
gboolean vr_virt_unmark (VrVirt *virt, const char *domain, GError **error);

/* Ends the domain by force, and returns when it is gone (QEMU reaped). An absent one is success.
 * A persistent domain is stopped, not undefined. */
gboolean vr_virt_destroy (VrVirt *virt, const char *domain, GError **error);

/* Returns when the guest has opened its agent's port, at once where it had before. Meanwhile
 * nothing is polled: libvirt's events wake it. VR_ERROR_GUEST: the guest is absent, panicked, was
 * killed, was destroyed, shut down or rebooted (the message says which), or `timeout_us` passed.
 * VR_ERROR_UNWANTED: `cancellable` (may be NULL) was cancelled. VR_ERROR_KERNEL: libvirtd went away
 * and did not come back within 10 s; where it came back, the wait goes on. */
gboolean vr_virt_wait_agent (VrVirt *virt, const char *domain, gint64 timeout_us,
                             GCancellable *cancellable, GError **error);

/* The whole of a guest's file, with a NUL behind it. VR_ERROR_GUEST: the agent does not answer
 * within 10 s, the file cannot be opened, or is longer than `limit` bytes. */
char *vr_virt_read_file (VrVirt *virt, const char *domain, const char *guest_path, gsize limit,
                         GError **error);

/* Runs a command in the guest to its end. A command that fails is no error here: see `result`,
 * which holds nothing before. VR_ERROR_GUEST: no agent, an unknown program, or not done in time (it
 * then goes on in the guest). */
gboolean vr_virt_exec (VrVirt *virt, const VrExecRequest *request, VrExecResult *result,
                       GError **error);

/* Joins `in_fd` and `out_fd` with the domain's first serial console until ^] is typed, `in_fd` ends
 * or the guest does. `in_fd` is made raw where it is a terminal, and restored. VR_ERROR_BUSY:
 * another console is open on it. */
gboolean vr_virt_console (VrVirt *virt, const char *domain, int in_fd, int out_fd, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrVirt, vr_virt_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrGuest, vr_guest_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrGuest, vr_guest_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrExecResult, vr_exec_result_clear)
