# The profile, its endpoint and the site's domain. What they lead to (origin, route, firewall) is the root frontend/, since
# the Private Link Service they need appears only after the Kubernetes service does.
resource "azurerm_cdn_frontdoor_profile" "platform" {
  name                     = local.names.front_door
  resource_group_name      = azurerm_resource_group.platform.name
  sku_name                 = "Premium_AzureFrontDoor"
  response_timeout_seconds = 120
  tags                     = local.tags
}

# Named as the profile, which is how frontend/ finds it.
resource "azurerm_cdn_frontdoor_endpoint" "platform" {
  name                     = azurerm_cdn_frontdoor_profile.platform.name
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.platform.id
  tags                     = local.tags
}

# Here and not in frontend/, so that its owner can prove the domain while the rest is being built.
resource "azurerm_cdn_frontdoor_custom_domain" "site" {
  for_each = toset(var.domain == "" ? [] : [var.domain])

  name                     = replace(each.key, ".", "-")
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.platform.id
  host_name                = each.key

  tls {
    certificate_type = "ManagedCertificate"
    minimum_version  = "TLS12"
  }
}
