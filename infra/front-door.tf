locals {
  certificates = toset(compact([var.certificate_name]))
}

# The profile, its endpoint and the site's domain. What they lead to (origin, route, firewall) is the root frontend/, since
# the Private Link Service they need appears only after the Kubernetes service does.
resource "azurerm_cdn_frontdoor_profile" "platform" {
  name                     = local.names.front_door
  resource_group_name      = azurerm_resource_group.platform.name
  sku_name                 = "Premium_AzureFrontDoor"
  response_timeout_seconds = 120
  tags                     = local.tags

  # Who Front Door is when it fetches a certificate of yours.
  dynamic "identity" {
    for_each = local.certificates

    content {
      type = "SystemAssigned"
    }
  }
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
    certificate_type        = var.certificate_name == "" ? "ManagedCertificate" : "CustomerCertificate"
    cdn_frontdoor_secret_id = one([for certificate in azurerm_cdn_frontdoor_secret.certificate : certificate.id])
    minimum_version         = "TLS12"
  }
}

# The one secret that holds the certificate with its key, and no other of the vault.
resource "azurerm_role_assignment" "front_door_certificate" {
  for_each = local.certificates

  scope                = "${azurerm_key_vault.platform.id}/secrets/${each.key}"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_cdn_frontdoor_profile.platform.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# Without a version, so that Front Door follows renewals.
resource "azurerm_cdn_frontdoor_secret" "certificate" {
  for_each = local.certificates

  name                     = each.key
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.platform.id

  secret {
    customer_certificate {
      key_vault_certificate_id = "${azurerm_key_vault.platform.vault_uri}certificates/${each.key}"
    }
  }

  depends_on = [azurerm_role_assignment.front_door_certificate]
}
