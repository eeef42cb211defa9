/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backend whose host is fake-host.h's, and which fails, lies and dies where it is told to. */
#pragma once

#include "apply/vr-backend.h"
#include "fake-host.h"

typedef struct FakeBackend FakeBackend;

typedef enum {
  FAKE_FAIL_APPLY, /* the kernel refuses, each time */
  FAKE_LIE,        /* apply succeeds and has done nothing */
  FAKE_FAIL_UNDO,  /* the kernel refuses, once */
  FAKE_WARN_UNDO,  /* undo succeeds, and warns each time */
  FAKE_HALF,       /* apply begins the thing, then kills the process */
} FakeTrip;

FakeBackend *fake_backend_new (const char *dir);
void fake_backend_free (FakeBackend *fake);
VrBackend *fake_backend_base (FakeBackend *fake);
/* For looking and for changing behind the executor's back, while no run is on. */
FakeHost *fake_backend_host (FakeBackend *fake);

/* `id` is the operation's, as of vr_op_id. */
void fake_backend_trip (FakeBackend *fake, FakeTrip trip, const char *id);
/* Nobody gets past `call` ("apply domain", "undo domain") before `count` threads are in it. */
void fake_backend_meet (FakeBackend *fake, const char *call, guint count);

/* Calls since the last one of this function, lines like "apply tap vr0123456789". */
char *fake_backend_take_log (FakeBackend *fake);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeBackend, fake_backend_free)
