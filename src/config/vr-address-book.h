/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses were seen where, so that a second one is found in constant time. */
#pragma once

#include "model/vr-lab.h"

typedef struct VrAddressBook VrAddressBook;

VrAddressBook *vr_address_book_new (void);
void vr_address_book_free (VrAddressBook *book);

/* Notes `prefix`, length included, or `mac`, for `scope` (a port, a router), and returns NULL; or
 * returns the place of the equal one that is noted already. Borrowed. */
const VrOrigin *vr_address_book_add (VrAddressBook *book, gconstpointer scope,
                                     const VrPrefix *prefix, const VrOrigin *origin);
const VrOrigin *vr_address_book_add_mac (VrAddressBook *book, gconstpointer scope, const VrMac *mac,
                                         const VrOrigin *origin);

/* The place of `prefix`, or NULL. */
const VrOrigin *vr_address_book_find (const VrAddressBook *book, gconstpointer scope,
                                      const VrPrefix *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrAddressBook, vr_address_book_free)
