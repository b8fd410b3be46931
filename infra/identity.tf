# What Moodle's pods are in Azure: they read secrets and files as this identity, without any key.
resource "azurerm_user_assigned_identity" "moodle" {
  name                = "${local.prefix}-workload"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "moodle" {
  name                      = "kubernetes"
  user_assigned_identity_id = azurerm_user_assigned_identity.moodle.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = azurerm_kubernetes_cluster.platform.oidc_issuer_url
  subject                   = "system:serviceaccount:${local.service_account.namespace}:${local.service_account.name}"
}

resource "azurerm_role_assignment" "moodle_secrets" {
  scope                = azurerm_key_vault.platform.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.moodle.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "moodle_objects" {
  scope                = azurerm_storage_account.objects.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.moodle.principal_id
  principal_type       = "ServicePrincipal"
}
