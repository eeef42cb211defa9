/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-tenant.h"

#define BITS 8

VrTenant *
vr_tenant_new (void)
{
  VrTenant *tenant = g_new0 (VrTenant, 1);
  tenant->routers = g_ptr_array_new_with_free_func (g_free);
  return tenant;
}

void
vr_tenant_free (VrTenant *tenant)
{
  g_ptr_array_unref (tenant->routers);
  g_free (tenant->name);
  g_free (tenant);
}

gboolean
vr_rate_is_given (const VrRate *rate)
{
  return rate->pps != 0 || rate->bps != 0;
}

guint64
vr_rate_pps (const VrRate *rate)
{
  return rate->bps == 0 ? rate->pps : rate->bps / BITS / rate->size;
}

static guint64
pps_or_rate (const VrTenant *tenant, const VrRate *rate)
{
  return vr_rate_pps (vr_rate_is_given (rate) ? rate : &tenant->rate);
}

guint64
vr_tenant_guarantee_pps (const VrTenant *tenant)
{
  return pps_or_rate (tenant, &tenant->guarantee);
}

guint64
vr_tenant_limit_pps (const VrTenant *tenant)
{
  return pps_or_rate (tenant, &tenant->limit);
}

guint
vr_tenant_size (const VrTenant *tenant)
{
  const VrRate *rates[] = { &tenant->rate, &tenant->guarantee, &tenant->limit };
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    if (rates[i]->size != 0)
      return rates[i]->size;
  return VR_RATE_SIZE_DEFAULT;
}

gboolean
vr_tenant_has (const VrTenant *tenant, const char *router)
{
  return g_ptr_array_find_with_equal_func (tenant->routers, router, g_str_equal, NULL);
}
