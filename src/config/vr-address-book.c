/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vr-address-book.h"

#include <string.h>
#include <sys/socket.h>

typedef struct {
  gconstpointer scope;
  VrPrefix prefix;
  VrOrigin origin;
} Entry;

struct VrAddressBook {
  GHashTable *entries; /* of Entry, owned, by scope and prefix */
};

static guint
hash_entry (gconstpointer data)
{
  const Entry *entry = data;
  guint hash = g_direct_hash (entry->scope) * 31 + entry->prefix.length;
  for (guint i = 0; i < sizeof entry->prefix.bytes; i++)
    hash = hash * 31 + entry->prefix.bytes[i];
  return hash;
}

static gboolean
same_entry (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;
  return x->scope == y->scope && x->prefix.family == y->prefix.family
         && x->prefix.length == y->prefix.length
         && memcmp (x->prefix.bytes, y->prefix.bytes, sizeof x->prefix.bytes) == 0;
}

VrAddressBook *
vr_address_book_new (void)
{
  VrAddressBook *book = g_new0 (VrAddressBook, 1);
  book->entries = g_hash_table_new_full (hash_entry, same_entry, g_free, NULL);
  return book;
}

void
vr_address_book_free (VrAddressBook *book)
{
  g_hash_table_unref (book->entries);
  g_free (book);
}

const VrOrigin *
vr_address_book_find (const VrAddressBook *book, gconstpointer scope, const VrPrefix *prefix)
{
  Entry wanted = { .scope = scope, .prefix = *prefix };
  const Entry *entry = g_hash_table_lookup (book->entries, &wanted);
  return entry != NULL ? &entry->origin : NULL;
}

const VrOrigin *
vr_address_book_add (VrAddressBook *book, gconstpointer scope, const VrPrefix *prefix,
                     const VrOrigin *origin)
{
  const VrOrigin *known = vr_address_book_find (book, scope, prefix);
  if (known != NULL)
    return known;
  Entry entry = { scope, *prefix, *origin };
  g_hash_table_add (book->entries, g_memdup2 (&entry, sizeof entry));
  return NULL;
}

const VrOrigin *
vr_address_book_add_mac (VrAddressBook *book, gconstpointer scope, const VrMac *mac,
                         const VrOrigin *origin)
{
  VrPrefix prefix = { .family = AF_PACKET };
  memcpy (prefix.bytes, mac->bytes, sizeof mac->bytes);
  return vr_address_book_add (book, scope, &prefix, origin);
}
