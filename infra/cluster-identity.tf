# Least rights for the control plane: to join its nodes and its Private Link Service to these two subnets.
resource "azurerm_user_assigned_identity" "cluster" {
  name                = "${local.prefix}-cluster"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags
}

resource "azurerm_role_assignment" "cluster_subnets" {
  for_each = {
    nodes                = azurerm_subnet.nodes.id
    private_link_service = azurerm_subnet.private_link_service.id
  }

  scope                = each.value
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.cluster.principal_id
  principal_type       = "ServicePrincipal"
}

# The nodes' own identity is made here and not by AKS, so that it may pull images before the first node exists.
resource "azurerm_user_assigned_identity" "nodes" {
  name                = "${local.prefix}-nodes"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags
}

resource "azurerm_role_assignment" "cluster_nodes_identity" {
  scope                = azurerm_user_assigned_identity.nodes.id
  role_definition_name = "Managed Identity Operator"
  principal_id         = azurerm_user_assigned_identity.cluster.principal_id
  principal_type       = "ServicePrincipal"
}
