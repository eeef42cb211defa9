/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads of a QEMU process, and those that the kernel runs for it. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* By what the kernel and QEMU (debug-threads=on, as libvirt starts it) call them. */
typedef enum {
  VR_TASK_VCPU,     /* "CPU 0/KVM", "CPU 0/TCG" */
  VR_TASK_EMULATOR, /* the process itself: QEMU's main loop */
  VR_TASK_IOTHREAD, /* "IO iothread1" */
  VR_TASK_VHOST,    /* "vhost-PID", a thread of QEMU (since Linux 6.4) or of the kernel */
  VR_TASK_WORKER,   /* "worker": QEMU's pool */
  VR_TASK_PIT,      /* "kvm-pit/PID", of the kernel */
  VR_TASK_PMD,      /* "pmd-c01/id:7", of Open vSwitch: polls the queues that it has on CPU 1 */
  VR_TASK_OTHER,
} VrTaskRole;

typedef struct {
  pid_t tid;
  VrTaskRole role;
  guint index; /* of a vcpu or iothread; the CPU of one that polls; of a vhost worker its place
                * among them, by tid, which is the order of the guest's cards as long as none was
                * added later */
  char name[16];
} VrTask;

/* The process of a guest, by the file that libvirt's daemon of the system keeps; 0 where there is
 * none. That file may be stale, or another host's (a daemon in a mount namespace of its own):
 * QEMU's command line must hold `mark`, or where that is NULL, the domain's name as libvirt writes
 * it. */
pid_t vr_task_guest (const char *domain, const char *mark);

/* A guest that runs, as its QEMU's command line tells, which everybody may read. */
typedef struct {
  pid_t process;
  char *name; /* the domain's */
  char *lab;  /* whose configuration it was started with; NULL where it is no lab's */
} VrTaskGuest;

void vr_task_guest_free (VrTaskGuest *guest);

/* The guest that the process runs; NULL where it runs none. `labs_dir`: below which each lab has
 * its directory, with the configurations of its guests. */
VrTaskGuest *vr_task_guest_read (pid_t process, const char *labs_dir);
/* All guests of this host, as VrTaskGuest. */
GPtrArray *vr_task_guests (const char *labs_dir);

/* The memory of the process that is of huge pages of that size (kB): what it has mapped, touched or
 * not.
 */
guint64 vr_task_huge_kib (pid_t process, guint64 page_kib);

/* The process of the guest that a thread of the kernel serves, by its name ("vhost-PID"); else
 * `process` itself. */
pid_t vr_task_served (pid_t process);

/* Whether more than one thread runs in the process, as in each QEMU. */
gboolean vr_task_has_threads (pid_t process);

/* Whether the thread waits for something, and so is not at a CPU nor in the queue of one. */
gboolean vr_task_sleeps (pid_t tid);

/* Whether a thread of SCHED_DEADLINE has used up the runtime of its period, or had when it left
 * that policy last: "dl.runtime" of /proc/TID/sched, where "dl.deadline" tells that it ever had
 * one. FALSE where the kernel does not tell. */
gboolean vr_task_is_spent (pid_t tid);

/* Whether to look through all processes for those of the kernel, too. */
typedef enum { VR_TASKS_OWN, VR_TASKS_ALL } VrTasks;

/* The VrTasks of the process, by role and then index or tid. VR_ERROR_HOST: it is gone. */
GArray *vr_task_list (pid_t process, VrTasks which, GError **error);

/* The one of that role and index, or NULL. Owned by the array. */
const VrTask *vr_task_find (const GArray *tasks, VrTaskRole role, guint index);

/* Whether a switch of Open vSwitch on this host has loaded a library of that name's beginning, as
 * "librte_net_af_xdp.so". */
gboolean vr_task_switch_has (const char *library);

/* The polling threads (VR_TASK_PMD) of every switch of Open vSwitch on this host, by CPU. */
GArray *vr_task_pollers (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTaskGuest, vr_task_guest_free)

/* "vcpu", "emulator", "iothread", "vhost", "worker", "kvm-pit", "pmd", "other" */
const char *vr_task_role_name (VrTaskRole role);
