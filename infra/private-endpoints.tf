# Everything the pods use has an address in the virtual network, and a name that leads there.
locals {
  private_endpoints = {
    files    = { zone = "privatelink.file.core.windows.net", subresource = "file", resource = azurerm_storage_account.files.id }
    objects  = { zone = "privatelink.blob.core.windows.net", subresource = "blob", resource = azurerm_storage_account.objects.id }
    vault    = { zone = "privatelink.vaultcore.azure.net", subresource = "vault", resource = azurerm_key_vault.platform.id }
    registry = { zone = "privatelink.azurecr.io", subresource = "registry", resource = azurerm_container_registry.platform.id }
  }
}

resource "azurerm_private_dns_zone" "endpoint" {
  for_each = local.private_endpoints

  name                = each.value.zone
  resource_group_name = azurerm_resource_group.platform.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "endpoint" {
  for_each = azurerm_private_dns_zone.endpoint

  name                = local.prefix
  private_dns_zone_id = each.value.id
  virtual_network_id  = azurerm_virtual_network.platform.id
  tags                = local.tags
}

resource "azurerm_private_endpoint" "platform" {
  for_each = local.private_endpoints

  name                = "${local.prefix}-${each.key}"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  subnet_id           = azurerm_subnet.endpoints.id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    is_manual_connection           = false
    private_connection_resource_id = each.value.resource
    subresource_names              = [each.value.subresource]
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.endpoint[each.key].id]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.endpoint]
}
