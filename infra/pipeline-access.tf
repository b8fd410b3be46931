# What the pipeline's two identities may do with what this root makes. What they need before anything exists, and beside
# this root, they have from bootstrap/. Names of built-in roles only: an identity that could define roles could give itself
# any right.

# --- the identity that applies

# It makes the namespace, the volumes and everything in them, and takes over fields of others: no smaller built-in role
# may write cluster-wide objects.
resource "azurerm_role_assignment" "deployer_cluster" {
  for_each = toset(var.deployer_object_ids)

  scope                = azurerm_kubernetes_cluster.platform.id
  role_definition_name = "Azure Kubernetes Service RBAC Cluster Admin"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# To be told where the cluster's API is; gives no right inside it.
resource "azurerm_role_assignment" "deployer_cluster_user" {
  for_each = toset(var.deployer_object_ids)

  scope                = azurerm_kubernetes_cluster.platform.id
  role_definition_name = "Azure Kubernetes Service Cluster User Role"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# Uploading a build context and scheduling a build are control-plane rights on the registry.
resource "azurerm_role_assignment" "deployer_registry" {
  for_each = toset(var.deployer_object_ids)

  scope                = azurerm_container_registry.platform.id
  role_definition_name = "Contributor"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# --- the identity that plans

# To be told where the cluster's API is. Terraform's refresh asks the same of every AKS cluster, and the role Reader, which
# ends at actions named "read", may not.
resource "azurerm_role_assignment" "planner_cluster_user" {
  for_each = toset(var.planner_object_ids)

  scope                = azurerm_kubernetes_cluster.platform.id
  role_definition_name = "Azure Kubernetes Service Cluster User Role"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# More than reading, and in one namespace only. A preview asks Redis and the database for their state, which is pods/exec, and
# asks the API server what an apply would make of each object, which is a server-side dry run. Kubernetes authorises a dry
# run as the write that it is not: a right to dry runs alone does not exist. So this identity can change and delete objects
# of the namespace and read its Secrets (there are none: passwords stay in the vault), though the pipeline's plan never
# does. The cluster-wide objects of the preview, a Namespace and a PersistentVolume, and the SecretProviderClass are outside
# this role; the custom role of bootstrap/ has exactly these.
resource "azurerm_role_assignment" "planner_namespace" {
  for_each = toset(var.planner_object_ids)

  scope                = "${azurerm_kubernetes_cluster.platform.id}/namespaces/${local.service_account.namespace}"
  role_definition_name = "Azure Kubernetes Service RBAC Writer"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# To see whether an image that is taken over from another environment is there already.
resource "azurerm_role_assignment" "planner_registry" {
  for_each = toset(var.planner_object_ids)

  scope                = azurerm_container_registry.platform.id
  role_definition_name = "AcrPull"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# Terraform's refresh of a Key Vault secret reads it with its value, though nothing of it is kept. So who can make a plan run
# can know the passwords: an argument for review of workflow changes, not for another role, since there is none.
resource "azurerm_role_assignment" "planner_secrets" {
  for_each = toset(var.planner_object_ids)

  scope                = azurerm_key_vault.platform.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}
