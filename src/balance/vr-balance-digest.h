/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of things as one number: the same number, the same set, whatever came in which order. A
 * thing has a key, and a value that may be another later; of both only hashes are kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t key; /* 0: nobody */
  uint64_t value;
} VrDigestEntry;

/* All zeros: the empty set. */
typedef struct {
  VrDigestEntry *entries; /* NULL until there is one */
  size_t room;            /* a power of two, at least twice `count`; 0 without entries */
  size_t count;
  uint64_t sum; /* the number; 0 of the empty set */
} VrDigest;

/* Of what goes before, 0 at first, and of what comes next. Not for where somebody would seek two
 * things with one hash. */
uint64_t vr_digest_hash (uint64_t before, const void *bytes, size_t length);

/* Adds it, or gives it another value. False where there is no memory for it: all is as it was. */
bool vr_digest_put (VrDigest *digest, uint64_t key, uint64_t value);

/* Nothing happens where it is not there. */
void vr_digest_drop (VrDigest *digest, uint64_t key);

/* To the empty set, without memory. */
void vr_digest_clear (VrDigest *digest);
