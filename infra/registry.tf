# Nodes pull over the private endpoint. The public one stays on unless private_registry is set, since Azure's shared build
# agents use it; who may pull or push is decided by Entra ID alone.
resource "azurerm_container_registry" "platform" {
  name                          = local.names.registry
  resource_group_name           = azurerm_resource_group.platform.name
  location                      = azurerm_resource_group.platform.location
  sku                           = "Premium"
  zone_redundancy_enabled       = true
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = !var.private_registry
  export_policy_enabled         = !var.private_registry
  data_endpoint_enabled         = true
  retention_policy_in_days      = 30
  tags                          = local.tags
}

# Builds without public access run on agents in our own network, which reach the registry over its private endpoint.
resource "azurerm_container_registry_agent_pool" "builds" {
  for_each = toset(var.private_registry ? ["builds"] : [])

  name                      = each.key
  resource_group_name       = azurerm_resource_group.platform.name
  location                  = azurerm_resource_group.platform.location
  container_registry_name   = azurerm_container_registry.platform.name
  tier                      = "S2"
  instance_count            = 1
  virtual_network_subnet_id = azurerm_subnet.builds[each.key].id
  tags                      = local.tags

  depends_on = [azurerm_private_endpoint.platform, azurerm_subnet_nat_gateway_association.builds]
}

resource "azurerm_role_assignment" "nodes_pull" {
  scope                = azurerm_container_registry.platform.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.nodes.principal_id
  principal_type       = "ServicePrincipal"
}
