/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tenants of a lab take: their rates, by the calibrations of their routers, as threads to
 * reserve time for, in the words of `tune`. Pure functions of a lab, its threads and calibrations;
 * which share each thread gets, vr-decide.h says.
 *
 * The vcpus are what a router is held by: of each whose line can be used the share is controlled.
 * What moves packets is to be no limit: it keeps the reservation that the lab's schedule has for
 * it; where it has none, it gets what its line says for the limit, and half as much again
 * (VR_CONTRACT_MARGIN), or more where the queue would not bridge its waits otherwise; where it has
 * no line either, it is left alone, and a note says what that means.
 *
 * An MSR is held by its back-ends, each by its part of the packets. Its balancers are to be no
 * limit either: which packets pass one of them once and which twice is the traffic's, so that no
 * line tells what they take, and they are left what the lab's schedule reserves for them. */
#pragma once

#include "campaign/vr-calibrate-thread.h"
#include "campaign/vr-calibration.h"
#include "control/vr-decide.h"
#include "host/vr-host.h"
#include "plan/vr-gap.h"

#define VR_CONTRACT_MARGIN 1.5

/* What a whole CPU of a vcpu is taken to forward a second where nothing was measured: about what
 * Debian's kernel does in a guest of QEMU's TCG, and of KVM (Abeni et al., On the performance of
 * KVM-based virtual routers, Fig. 4: some 300,000 at the peak). It is right within a factor of a
 * few, which is what the closed loop corrects. */
#define VR_CONTRACT_GUESS_TCG_PPS 30000.0
#define VR_CONTRACT_GUESS_KVM_PPS 300000.0
/* The period of a guess's reservations. */
#define VR_CONTRACT_GUESS_PERIOD_NS 20000000ull
/* Frames between queue and vcpu: VIRTIO_NET_RX_QUEUE_DEFAULT_SIZE, hw/net/virtio-net.c of QEMU. */
#define VR_CONTRACT_GUESS_RING 256

/* A guest of a tenant, and what is known of it. */
typedef struct {
  const VrRouter *router;
  const VrCalibration *calibration; /* one that holds; NULL: it is guessed */
  const GPtrArray *threads;         /* VrCalibrateThread */
  VrAccel accel;                    /* KVM or TCG */
} VrContractGuest;

typedef struct {
  const VrLab *lab;
  const VrHost *host;
  guint64 ceiling_ppm; /* of each CPU, up to where the kernel grants deadlines; 0: unknown */
  const VrContractGuest *guests; /* of all tenants; of others, if they run, for their threads */
  guint guests_count;
  GHashTable *support; /* set of changes, PATH=VALUE, by which a controller has reserved time for
                        * what moves packets; NULL: none */
} VrContractInput;

/* A thread whose share is controlled: `tenant` and `number` as vr-decide.h counts them. */
typedef struct {
  guint tenant, number;
  char *name; /* "r1/vcpu.0" */
  const VrRouter *router;
  const VrCalibrateThread *thread;
  VrCalibrateGrant grant;
  guint64 tick_ns; /* of the kernel, as vr-gap.h wants it; 0: not known */
  VrGapCpu cpu;    /* whether others may have reservations on its CPUs */
} VrContractThread;

typedef struct {
  GPtrArray *threads; /* VrContractThread, owned: tenant by tenant */
  char **support;     /* changes, PATH=VALUE, that give what moves packets enough */
  char **notes;       /* for people: what was guessed, what is lost */
  GPtrArray *pools;   /* char *, owned: the CPUs, as "@1-2", each list once */
  GArray *capacity;   /* double: CPUs that can be reserved in each pool, for these threads: beside
                       * what else the lab reserves there, and the limits of those in a pool that
                       * has some of the same CPUs and fewer */
  GArray *support_shares; /* double: CPUs of each pool that `support` reserves */
  GPtrArray *held; /* VrTenant, borrowed: the lab's but for those whose routers follow their load */
  GArray
      *tenants; /* VrDecideTenant, of these; threads and names are the contract's and the lab's */
  GPtrArray *lines; /* GArray of VrDecideThread, owned: those of each tenant */
} VrContract;

/* `lab`, `guests` and what they refer to must outlive the contract. VR_ERROR_HOST where a line is
 * of no use; VR_ERROR_INFEASIBLE for a rate that is more than the router was ever seen to forward,
 * that no period bridges (plan/vr-gap.h), or for guarantees that together are more than their CPUs
 * can reserve: the message says what would fit. */
VrContract *vr_contract_new (const VrContractInput *input, GError **error);
void vr_contract_free (VrContract *contract);

/* Whether the tenant's routers follow their load, all of them (config/vr-check-follow.c): then no
 * contract holds it. */
gboolean vr_contract_follows (const VrLab *lab, const VrTenant *tenant);

/* The guests, VrRouter, that route a tenant's packets: routers, members of PVRs, and back-ends of
 * MSRs. The caller owns the array. */
GPtrArray *vr_contract_routers (const VrLab *lab, const VrTenant *tenant);

/* The changes (PATH=VALUE, NULL-terminated) by which the thread has the share; rounded to whole
 * microseconds of the period. The caller owns them. */
char **vr_contract_changes (const VrContractThread *thread, double share);
/* With such a share, above 0, the longest time that it waits for its next budget, and so the most
 * that the reservation adds to a packet's latency; ns. */
guint64 vr_contract_gap_ns (const VrContractThread *thread, double share);
/* That share, as rounded. */
double vr_contract_rounded (const VrContractThread *thread, double share);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrContract, vr_contract_free)
