/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tenants against the routers that they have, and their rates against one another. Whether they fit
 * is the controller's, since it takes a host and calibrations. */
#include "config/vr-check-router.h"

#include "base/vr-name.h"

static gboolean
refuse_unknown (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < lab->declared->len; i++)
    g_ptr_array_add (names, ((const VrRouter *) lab->declared->pdata[i])->name);
  for (guint i = 0; i < lab->pvrs->len; i++)
    g_ptr_array_add (names, ((const VrPvr *) lab->pvrs->pdata[i])->common.name);
  for (guint i = 0; i < lab->msrs->len; i++)
    g_ptr_array_add (names, ((const VrMsr *) lab->msrs->pdata[i])->common.name);
  g_ptr_array_add (names, NULL);
  const char *meant = vr_name_suggest (name, (const char *const *) names->pdata);
  if (meant != NULL)
    return vr_places_error (error, place,
                            "routers: there is no router, PVR or MSR \"%s\"; did you mean "
                            "\"%s\"?",
                            name, meant);
  return vr_places_error (error, place,
                          "routers: there is no router, PVR or MSR \"%s\": add a group [router %s]",
                          name, name);
}

/* A guest, a PVR or an MSR, whose threads can have reservations that a calibration tells. */
static gboolean
check_router (const VrLab *lab, const char *name, const VrOrigin *place, GError **error)
{
  const VrRouter *router = vr_lab_router (lab, name);
  if (vr_lab_pvr (lab, name) != NULL || vr_lab_msr (lab, name) != NULL)
    return TRUE;
  if (router == NULL)
    return refuse_unknown (lab, name, place, error);
  if (router->msr != NULL)
    return vr_places_error (error, place,
                            "routers: \"%s\" is a part of MSR \"%s\", which spreads its packets "
                            "over all its back-ends: name the MSR",
                            name, router->msr->common.name);
  if (router->pvr != NULL)
    return vr_places_error (error, place,
                            "routers: \"%s\" is a member of PVR \"%s\", which spreads its flows "
                            "over all of them: name the PVR",
                            name, router->pvr->common.name);
  if (router->kind == VR_KIND_NATIVE)
    return vr_places_error (error, place,
                            "routers: \"%s\" is native (%s:%u), and the host's own threads move "
                            "its packets: take it out, or write kind = guest",
                            name, router->origin.file, router->origin.line);
  return TRUE;
}

static const VrOrigin *
place_of (const VrPlaces *places, const VrTenant *tenant, const char *key, guint index)
{
  const VrOrigin *place = vr_places_get (places, tenant, key, index);
  return place != NULL ? place : &tenant->origin;
}

static gboolean
check_routers (const VrLab *lab, const VrPlaces *places, const VrTenant *tenant,
               GHashTable *tenants_of, GError **error)
{
  for (guint i = 0; i < tenant->routers->len; i++) {
    const char *name = tenant->routers->pdata[i];
    const VrOrigin *place = place_of (places, tenant, "routers", i);
    const VrTenant *other = g_hash_table_lookup (tenants_of, name);
    if (other != NULL)
      return vr_places_error (error, place,
                              "routers: \"%s\" is of tenant \"%s\" already (%s:%u): a router is of "
                              "one tenant",
                              name, other->name, other->origin.file, other->origin.line);
    if (!check_router (lab, name, place, error))
      return FALSE;
    g_hash_table_insert (tenants_of, (gpointer) name, (gpointer) tenant);
  }
  return TRUE;
}

static gboolean
check_sizes (const VrPlaces *places, const VrTenant *tenant, GError **error)
{
  static const char *const keys[] = { "rate", "guarantee", "limit" };
  const VrRate *rates[] = { &tenant->rate, &tenant->guarantee, &tenant->limit };
  guint size = vr_tenant_size (tenant);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (rates[i]->size != 0 && rates[i]->size != size)
      return vr_places_error (error, place_of (places, tenant, keys[i], 0),
                              "%s: it is of frames of %u bytes, and tenant \"%s\" has a rate of "
                              "frames of %u: write all of one size",
                              keys[i], rates[i]->size, tenant->name, size);
  return TRUE;
}

static gboolean
check_rates (const VrPlaces *places, const VrTenant *tenant, GError **error)
{
  guint64 rate = vr_rate_pps (&tenant->rate);
  guint64 least = vr_tenant_guarantee_pps (tenant), most = vr_tenant_limit_pps (tenant);
  if (least > rate)
    return vr_places_error (error, place_of (places, tenant, "guarantee", 0),
                            "guarantee: tenant \"%s\" is guaranteed %" G_GUINT64_FORMAT
                            " packets a second of a rate of %" G_GUINT64_FORMAT
                            ": lower the guarantee, or raise the rate",
                            tenant->name, least, rate);
  if (most < rate)
    return vr_places_error (error, place_of (places, tenant, "limit", 0),
                            "limit: tenant \"%s\" is limited to %" G_GUINT64_FORMAT
                            " packets a second, below its rate of %" G_GUINT64_FORMAT
                            ": raise the limit, or lower the rate",
                            tenant->name, most, rate);
  return check_sizes (places, tenant, error);
}

gboolean
vr_check_tenants (const VrLab *lab, const VrPlaces *places, GError **error)
{
  g_autoptr (GHashTable) tenants_of = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < lab->tenants->len; i++) {
    const VrTenant *tenant = lab->tenants->pdata[i];
    if (!check_routers (lab, places, tenant, tenants_of, error)
        || !check_rates (places, tenant, error))
      return FALSE;
  }
  return TRUE;
}
