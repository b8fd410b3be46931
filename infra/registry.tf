# The registry's public endpoint stays on, since the build agents of ACR Tasks use it; who may pull or push is decided by
# Entra ID alone. Nodes pull over the private endpoint.
resource "azurerm_container_registry" "platform" {
  name                          = local.names.registry
  resource_group_name           = azurerm_resource_group.platform.name
  location                      = azurerm_resource_group.platform.location
  sku                           = "Premium"
  zone_redundancy_enabled       = true
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = true
  data_endpoint_enabled         = true
  retention_policy_in_days      = 30
  tags                          = local.tags
}

resource "azurerm_role_assignment" "nodes_pull" {
  scope                = azurerm_container_registry.platform.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.nodes.principal_id
  principal_type       = "ServicePrincipal"
}
