# Who KEDA is in Azure: it may read managed Prometheus, for the number of busy PHP workers, and nothing else. Its operator is
# AKS's add-on, whose service account is always this one.
resource "azurerm_user_assigned_identity" "autoscaler" {
  name                = "${local.prefix}-autoscaler"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "autoscaler" {
  name                      = "keda"
  user_assigned_identity_id = azurerm_user_assigned_identity.autoscaler.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = azurerm_kubernetes_cluster.platform.oidc_issuer_url
  subject                   = "system:serviceaccount:kube-system:keda-operator"
}

resource "azurerm_role_assignment" "autoscaler_metrics" {
  scope                = azurerm_monitor_workspace.platform.id
  role_definition_name = "Monitoring Data Reader"
  principal_id         = azurerm_user_assigned_identity.autoscaler.principal_id
  principal_type       = "ServicePrincipal"
}
