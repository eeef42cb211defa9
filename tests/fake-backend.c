/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-backend.h"

#include <signal.h>
#include <string.h>

#include "base/vr-address.h"
#include "base/vr-error.h"

struct FakeBackend {
  VrBackend base;
  FakeHost *host;
  GMutex lock; /* of all below and of the host */
  GCond arrived;
  char *meeting; /* a call, or NULL */
  guint awaited;
  GHashTable *trips; /* "TRIP ID" */
  GString *log;
};

static char *
fake_trip_key (FakeTrip trip, const char *id)
{
  return g_strdup_printf ("%d %s", (int) trip, id);
}

static gboolean
fake_is_tripped (FakeBackend *fake, FakeTrip trip, const char *id)
{
  g_autofree char *key = fake_trip_key (trip, id);
  return trip == FAKE_FAIL_UNDO ? g_hash_table_remove (fake->trips, key)
                                : g_hash_table_contains (fake->trips, key);
}

static gboolean
fake_refuse (const VrOp *op, const char *what, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_KERNEL, "%s %s: %s", vr_op_kind_name (op->kind),
               op->target, what);
  return FALSE;
}

/* The first key of a setting that is one of an interface: net.FAMILY.conf.IFNAME.KEY. */
static char *
fake_sysctl_ifname (const char *name)
{
  g_auto (GStrv) words = g_strsplit (name, ".", -1);
  if (g_strv_length (words) != 5 || strcmp (words[3], "all") == 0
      || strcmp (words[3], "default") == 0)
    return NULL;
  return g_strdup (words[3]);
}

static char *
fake_link (const char *netns, const char *ifname)
{
  return netns != NULL ? g_strdup_printf ("link/%s/%s", netns, ifname)
                       : g_strdup_printf ("link/%s", ifname);
}

/* The link through which a route goes: its own, or that with an address next to its gateway. */
static char *
fake_route_link (FakeBackend *fake, const VrOp *op)
{
  const char *netns = vr_op_get (op, "netns"), *via = vr_op_get (op, "via");
  if (via == NULL)
    return fake_link (netns, vr_op_get (op, "ifname"));
  VrPrefix gateway, address;
  g_assert_true (vr_prefix_parse_address (via, &gateway, NULL));
  g_autofree char *prefix = g_strdup_printf ("address/%s/", netns);
  g_auto (GStrv) names = fake_host_names (fake->host, prefix);
  for (char **name = names; *name != NULL; name++) {
    const char *ifname = *name + strlen (prefix);
    const char *slash = strchr (ifname, '/');
    g_assert_true (vr_prefix_parse (slash + 1, &address, NULL));
    g_autofree char *only = g_strndup (ifname, (gsize) (slash - ifname));
    if (vr_prefix_contains (&address, &gateway))
      return fake_link (netns, only);
  }
  return g_strdup ("nowhere");
}

/* What the operation is about, by the host's name. */
static char *
fake_thing_of (const VrOp *op)
{
  switch (op->kind) {
  case VR_OP_VETH:
  case VR_OP_LINK:
  case VR_OP_NIC:
  case VR_OP_BRIDGE:
  case VR_OP_ENSLAVE:
  case VR_OP_MACVTAP:
  case VR_OP_TAP:
  case VR_OP_MACVLAN:
    return g_strconcat ("link/", op->target, NULL);
  case VR_OP_READY:
    return g_strconcat ("domain/", op->target, NULL);
  default:
    return g_strconcat (vr_op_kind_name (op->kind), "/", op->target, NULL);
  }
}

/* What must be there before it, and takes it along when it goes; separated by blanks, or NULL. */
static char *
fake_parents_of (FakeBackend *fake, const VrOp *op)
{
  const char *netns = vr_op_get (op, "netns"), *lower = vr_op_get (op, "lower");
  switch (op->kind) {
  case VR_OP_VETH:
    return g_strdup_printf ("netns/%s", vr_op_get (op, "peer-netns"));
  case VR_OP_MACVTAP:
    return fake_link (NULL, lower);
  case VR_OP_OVS_PORT:
    if (g_strcmp0 (vr_op_get (op, "type"), "dpdkvhostuserclient") == 0)
      return g_strdup_printf ("ovs-bridge/%s", vr_op_get (op, "bridge"));
    return g_strdup_printf ("ovs-bridge/%s link/%s", vr_op_get (op, "bridge"), op->target);
  case VR_OP_MACVLAN:
    return g_strdup_printf ("netns/%s link/%s", netns, lower);
  case VR_OP_OFFLOADS:
  case VR_OP_ADDRESS:
  case VR_OP_NEIGHBOUR:
    return fake_link (netns, vr_op_get (op, "ifname"));
  case VR_OP_ROUTE:
    return fake_route_link (fake, op);
  case VR_OP_SYSCTL: {
    g_autofree char *ifname = fake_sysctl_ifname (vr_op_get (op, "name"));
    return ifname != NULL ? fake_link (netns, ifname) : g_strdup_printf ("netns/%s", netns);
  }
  case VR_OP_KNOB: {
    g_auto (GStrv) parts = g_strsplit (op->target, "/", -1);
    gboolean is_queue = g_strv_length (parts) == 3;
    return is_queue ? fake_link (NULL, parts[1]) : NULL;
  }
  case VR_OP_EXCLUSIVE:
  case VR_OP_THREAD: {
    const char *thread = op->kind == VR_OP_THREAD ? op->target : vr_op_get (op, "thread");
    g_autofree char *domain = g_strndup (thread, strcspn (thread, "/"));
    return g_strconcat ("domain/", domain, NULL);
  }
  default:
    return NULL;
  }
}

/* Whether all things of a list are there. */
static gboolean
fake_has_all (FakeBackend *fake, const char *list)
{
  g_auto (GStrv) names = g_strsplit (list != NULL ? list : "", " ", -1);
  for (char **name = names; *name != NULL; name++)
    if (!fake_host_has (fake->host, *name))
      return FALSE;
  return TRUE;
}

/* A value that the kernel has without anybody setting it. */
static const char *
fake_default (VrOpKind kind, const char **key)
{
  static const struct {
    const char *key, *value;
  } defaults[VR_OP_KINDS]
      = { [VR_OP_SYSCTL] = { "value", "default" },       [VR_OP_OFFLOADS] = { "offloads", "on" },
          [VR_OP_EXCLUSIVE] = { "thread", "none" },      [VR_OP_THREAD] = { "policy", "other" },
          [VR_OP_RT_RUNTIME] = { "rt-runtime-us", "0" }, [VR_OP_KNOB] = { "value", "as it was" } };
  *key = defaults[kind].key;
  return defaults[kind].value;
}

/* --- Probe --------------------------------------------------------------------------------------
 */

static gboolean
fake_check_owner (FakeBackend *fake, const VrOp *op, const char *thing, GError **error)
{
  const char *key = op->kind == VR_OP_DOMAIN    ? "lab"
                    : op->kind == VR_OP_ENSLAVE ? "master"
                                                : "alias";
  const char *ours = vr_op_get (op, key), *theirs = fake_host_get (fake->host, thing, key);
  if (ours == NULL || theirs == NULL || strcmp (ours, theirs) == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY, "%s is %s's, not %s's", thing, theirs, ours);
  return FALSE;
}

static GVariant *
fake_with (GVariant *strings, const char *key, const char *value)
{
  g_autoptr (GVariant) owned G_GNUC_UNUSED = strings;
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name, *is;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &is))
    if (strcmp (name, key) != 0)
      g_variant_builder_add (&builder, "{ss}", name, is);
  if (value != NULL)
    g_variant_builder_add (&builder, "{ss}", key, value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* A veth's far end is there only where it is up. */
static GVariant *
fake_probe_veth (FakeBackend *fake, const VrOp *op, GVariant *strings)
{
  g_autofree char *peer = fake_link (vr_op_get (op, "peer-netns"), vr_op_get (op, "peer"));
  if (g_strcmp0 (fake_host_get (fake->host, peer, "up"), "yes") == 0)
    return fake_with (strings, "peer-mac", fake_host_get (fake->host, peer, "mac"));
  return fake_with (fake_with (strings, "peer", NULL), "peer-mac", NULL);
}

static GVariant *
fake_look (FakeBackend *fake, const VrOp *op, const char *thing)
{
  GVariant *strings = fake_host_strings (fake->host, thing);
  const char *key, *value = fake_default (op->kind, &key);
  if (key != NULL) {
    g_autofree char *parents = fake_parents_of (fake, op);
    const char *is = fake_host_get (fake->host, thing, key);
    g_clear_pointer (&strings, g_variant_unref);
    return fake_has_all (fake, parents)
               ? fake_with (g_variant_ref (op->want), key, is != NULL ? is : value)
               : NULL;
  }
  if (strings != NULL && op->kind == VR_OP_VETH)
    return fake_probe_veth (fake, op, strings);
  if (op->kind == VR_OP_READY && strings != NULL
      && g_strcmp0 (fake_host_get (fake->host, thing, "status"), "ready") != 0)
    g_clear_pointer (&strings, g_variant_unref);
  return strings;
}

static gboolean
fake_probe (VrBackend *backend, const VrOp *op, GVariant **found, GError **error)
{
  FakeBackend *fake = (FakeBackend *) backend;
  g_autofree char *thing = fake_thing_of (op);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&fake->lock);
  if (!fake_check_owner (fake, op, thing, error))
    return FALSE;
  *found = fake_look (fake, op, thing);
  return TRUE;
}

/* --- Apply --------------------------------------------------------------------------------------
 */

static void
fake_enter (FakeBackend *fake, const char *verb, const char *id, VrOpKind kind)
{
  g_autofree char *call = g_strdup_printf ("%s %s", verb, vr_op_kind_name (kind));
  g_string_append_printf (fake->log, "%s %s\n", verb, id);
  if (g_strcmp0 (fake->meeting, call) != 0)
    return;
  if (fake->awaited > 0)
    fake->awaited--;
  g_cond_broadcast (&fake->arrived);
  while (fake->awaited > 0)
    g_cond_wait (&fake->arrived, &fake->lock);
}

/* The devices and the file that a domain's XML names. */
static char *
fake_domain_uses (const char *xml)
{
  g_autoptr (GRegex) regex = g_regex_new ("target dev=\"([^\"]+)\"|file=\"([^\"]+)\"",
                                          G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GString) uses = g_string_new (NULL);
  for (g_regex_match (regex, xml, G_REGEX_MATCH_DEFAULT, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL)) {
    g_autofree char *device = g_match_info_fetch (match, 1);
    g_autofree char *file = g_match_info_fetch (match, 2);
    g_string_append_printf (uses, "%s%s/%s", uses->len > 0 ? " " : "",
                            *device != '\0' ? "link" : "config", *device != '\0' ? device : file);
  }
  return g_strdup (uses->str);
}

static gboolean
fake_start_domain (FakeBackend *fake, const VrOp *op, const char *thing, GError **error)
{
  g_assert_nonnull (op->payload);
  g_autofree char *uses = fake_domain_uses (op->payload);
  g_auto (GStrv) names = g_strsplit (uses, " ", -1);
  if (!fake_has_all (fake, uses))
    return fake_refuse (op, "a device or file of it is not there", error);
  for (char **name = names; *name != NULL; name++)
    if (fake_host_user (fake->host, *name) != NULL)
      return fake_refuse (op, "another domain uses a device of it", error);
  fake_host_set (fake->host, thing, "uses", uses);
  fake_host_set (fake->host, thing, "state", "paused");
  return TRUE;
}

static void
fake_make_peer (FakeBackend *fake, const VrOp *op, const char *thing)
{
  g_autofree char *peer = fake_link (vr_op_get (op, "peer-netns"), vr_op_get (op, "peer"));
  g_autofree char *parents = g_strdup_printf ("%s netns/%s", thing, vr_op_get (op, "peer-netns"));
  fake_host_set (fake->host, thing, "parents", peer);
  fake_host_set (fake->host, peer, "parents", parents);
  fake_host_set (fake->host, peer, "mac", vr_op_get (op, "peer-mac"));
  fake_host_set (fake->host, thing, "channels", "1");
}

/* What is there after the kernel's first call, with no attribute but those it is made with. */
static gboolean
fake_create (FakeBackend *fake, const VrOp *op, const char *thing, GError **error)
{
  const char *key;
  g_autofree char *parents = fake_parents_of (fake, op);
  if (!fake_has_all (fake, parents))
    return fake_refuse (op, "what it needs is not there", error);
  fake_default (op->kind, &key);
  if (!(vr_op_traits (op->kind)->flags & VR_OP_CREATES) && key == NULL)
    return fake_host_has (fake->host, thing) || fake_refuse (op, "it is not there", error);
  if (key == NULL && fake_host_has (fake->host, thing))
    return fake_refuse (op, "it is there already", error);
  if (op->kind == VR_OP_DOMAIN)
    return fake_start_domain (fake, op, thing, error);
  fake_host_set (fake->host, thing, "parents", parents);
  for (const char *const *fixed = vr_op_traits (op->kind)->fixed; *fixed != NULL; fixed++)
    if (vr_op_get (op, *fixed) != NULL)
      fake_host_set (fake->host, thing, *fixed, vr_op_get (op, *fixed));
  if (op->kind == VR_OP_CONFIG)
    fake_host_set (fake->host, thing, "sha256", "of a half-written file");
  if (op->kind == VR_OP_VETH)
    fake_make_peer (fake, op, thing);
  return TRUE;
}

static gboolean
fake_set_all (FakeBackend *fake, const VrOp *op, const char *thing, GError **error)
{
  const char *master = vr_op_get (op, "master");
  g_autofree char *bridge = fake_link (NULL, master);
  GVariantIter iter;
  const char *key, *value;
  if (master != NULL && !fake_host_has (fake->host, bridge))
    return fake_refuse (op, "its master is not there", error);
  g_variant_iter_init (&iter, op->want);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    fake_host_set (fake->host, thing, key, value);
  if (op->kind == VR_OP_VETH) {
    g_autofree char *peer = fake_link (vr_op_get (op, "peer-netns"), vr_op_get (op, "peer"));
    fake_host_set (fake->host, peer, "up", "yes");
  }
  if (op->kind == VR_OP_CONFIG) {
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, op->payload, -1);
    g_assert_cmpstr (digest, ==, vr_op_get (op, "sha256"));
  }
  return TRUE;
}

/* What exists must differ in no key that cannot change in place, but for a file's. */
static gboolean
fake_can_change (FakeBackend *fake, const VrOp *op, const char *thing, GError **error)
{
  if (!fake_host_has (fake->host, thing))
    return fake_refuse (op, "it is not there any more", error);
  if (op->kind == VR_OP_CONFIG)
    return TRUE;
  for (const char *const *fixed = vr_op_traits (op->kind)->fixed; *fixed != NULL; fixed++)
    if (vr_op_get (op, *fixed) != NULL
        && g_strcmp0 (vr_op_get (op, *fixed), fake_host_get (fake->host, thing, *fixed)) != 0)
      return fake_refuse (op, "that cannot change in place", error);
  return TRUE;
}

static gboolean
fake_apply (VrBackend *backend, const VrOp *op, GVariant *found, GError **error)
{
  FakeBackend *fake = (FakeBackend *) backend;
  g_autofree char *thing = fake_thing_of (op);
  g_autofree char *id = vr_op_id (op);
  const char *key;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&fake->lock);
  fake_enter (fake, "apply", id, op->kind);
  fake_default (op->kind, &key);
  if (fake_is_tripped (fake, FAKE_FAIL_APPLY, id))
    return fake_refuse (op, "the kernel says no", error);
  if (fake_is_tripped (fake, FAKE_LIE, id))
    return TRUE;
  gboolean made = found == NULL || key != NULL ? fake_create (fake, op, thing, error)
                                               : fake_can_change (fake, op, thing, error);
  if (made && fake_is_tripped (fake, FAKE_HALF, id)) {
    fake_host_flush (fake->host);
    raise (SIGKILL);
  }
  gboolean good = made && fake_set_all (fake, op, thing, error);
  fake_host_flush (fake->host);
  return good;
}

/* --- Undo ---------------------------------------------------------------------------------------
 */

static void
fake_restore (FakeBackend *fake, const VrOp *op, const char *thing, GVariant *old)
{
  static const char *const of_link[] = { "mtu", "promiscuous", "up", NULL };
  static const char *const of_nic[]
      = { "channels", "rx-ring", "rx-usecs", "adaptive-coalescing", NULL };
  static const char *const *const keys[VR_OP_KINDS]
      = { [VR_OP_LINK] = of_link, [VR_OP_NIC] = of_nic };
  const char *key, *value = fake_default (op->kind, &key);
  if (!fake_host_has (fake->host, thing))
    return;
  if (op->kind == VR_OP_ENSLAVE)
    fake_host_set (fake->host, thing, "master", NULL);
  else if (key != NULL && g_strcmp0 (vr_op_lookup (old, key), value) == 0)
    fake_host_remove (fake->host, thing);
  else if (key != NULL && vr_op_lookup (old, key) != NULL)
    fake_host_set (fake->host, thing, key, vr_op_lookup (old, key));
  for (const char *const *each = keys[op->kind]; each != NULL && *each != NULL; each++)
    if (vr_op_lookup (old, *each) != NULL)
      fake_host_set (fake->host, thing, *each, vr_op_lookup (old, *each));
}

static gboolean
fake_undo (VrBackend *backend, const VrOp *op, GVariant *old, GError **error)
{
  FakeBackend *fake = (FakeBackend *) backend;
  g_autofree char *thing = fake_thing_of (op);
  g_autofree char *id = vr_op_id (op);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&fake->lock);
  fake_enter (fake, "undo", id, op->kind);
  if (fake_is_tripped (fake, FAKE_FAIL_UNDO, id))
    return fake_refuse (op, "the kernel will not let it go", error);
  if (!fake_check_owner (fake, op, thing, error))
    return FALSE;
  if (fake_is_tripped (fake, FAKE_WARN_UNDO, id)) {
    g_autoptr (GError) cause = NULL;
    fake_refuse (op, "frames may be lost", &cause);
    vr_backend_warn (backend, op, cause);
  }
  if (vr_op_traits (op->kind)->flags & VR_OP_CREATES)
    fake_host_remove (fake->host, thing);
  else
    fake_restore (fake, op, thing, old);
  fake_host_flush (fake->host);
  return TRUE;
}

/* --- The rest -----------------------------------------------------------------------------------
 */

static const VrBackendClass fake_class = { fake_probe, fake_apply, fake_undo };

FakeBackend *
fake_backend_new (const char *dir)
{
  FakeBackend *fake = g_new0 (FakeBackend, 1);
  fake->base.class = &fake_class;
  fake->host = fake_host_open (dir);
  g_mutex_init (&fake->lock);
  g_cond_init (&fake->arrived);
  fake->trips = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  fake->log = g_string_new (NULL);
  return fake;
}

void
fake_backend_free (FakeBackend *fake)
{
  fake_host_close (fake->host);
  g_mutex_clear (&fake->lock);
  g_cond_clear (&fake->arrived);
  g_free (fake->meeting);
  g_hash_table_unref (fake->trips);
  g_string_free (fake->log, TRUE);
  g_free (fake);
}

VrBackend *
fake_backend_base (FakeBackend *fake)
{
  return &fake->base;
}

FakeHost *
fake_backend_host (FakeBackend *fake)
{
  return fake->host;
}

void
fake_backend_trip (FakeBackend *fake, FakeTrip trip, const char *id)
{
  g_hash_table_add (fake->trips, fake_trip_key (trip, id));
}

void
fake_backend_meet (FakeBackend *fake, const char *call, guint count)
{
  g_free (fake->meeting);
  fake->meeting = g_strdup (call);
  fake->awaited = count;
}

char *
fake_backend_take_log (FakeBackend *fake)
{
  char *text = g_strdup (fake->log->str);
  g_string_truncate (fake->log, 0);
  return text;
}
