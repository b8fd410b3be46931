# On the subscription and not on a resource group, since the groups do not exist before the first apply, and AKS makes one
# of its own. A subscription for Moodle alone keeps this harmless.

locals {
  # Ids that are the same in every tenant: Owner, User Access Administrator, Role Based Access Control Administrator.
  administrator_roles = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9, f58310d9-a9f6-439a-9e8d-f62e7b41a168"
}

# --- the identities that apply

# Everything that infra/ makes; builds in the registry; approval of the private link connection.
resource "azurerm_role_assignment" "deploy_resources" {
  for_each = local.deployers

  scope                = local.subscription
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type       = "ServicePrincipal"
}

# infra/ gives roles to the identities it makes, which Contributor may not. The condition keeps it from making an
# administrator, itself among them.
resource "azurerm_role_assignment" "deploy_roles" {
  for_each = local.deployers

  scope                = local.subscription
  role_definition_name = "Role Based Access Control Administrator"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type       = "ServicePrincipal"
  condition_version    = "2.0"
  condition = join(" AND ", [for action, attribute in { write = "@Request", delete = "@Resource" } :
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (${attribute}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {${local.administrator_roles}}))"
  ])
}

# infra/ writes the passwords, at once after it made the vault: a role given by infra/ itself would come too late.
resource "azurerm_role_assignment" "deploy_secrets" {
  for_each = local.deployers

  scope                = local.subscription
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type       = "ServicePrincipal"
}

# --- the identities that plan

# Terraform's refresh, and what approve-pls and deploy-moodle look at.
resource "azurerm_role_assignment" "plan_resources" {
  for_each = local.planners

  scope                = local.subscription
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type       = "ServicePrincipal"
}

# What a preview needs in the cluster outside the role that infra/ gives on Moodle's namespace (pipeline-access.tf there).
# Reads say which zone a Redis node is in. Writes are server-side dry runs, which Kubernetes authorises as if they were
# none: the namespace itself, the volume, the priorities of pods, and custom resources: SecretProviderClass, and those of
# KEDA and managed Prometheus.
resource "azurerm_role_definition" "preview" {
  name              = "${var.name}-${local.suffix} cluster preview"
  scope             = local.subscription
  description       = "What the plans of the Moodle pipeline need in an AKS cluster outside Moodle's namespace."
  assignable_scopes = [local.subscription]

  permissions {
    data_actions = [
      "Microsoft.ContainerService/managedClusters/nodes/read",
      "Microsoft.ContainerService/managedClusters/namespaces/read",
      "Microsoft.ContainerService/managedClusters/namespaces/write",
      "Microsoft.ContainerService/managedClusters/persistentvolumes/read",
      "Microsoft.ContainerService/managedClusters/persistentvolumes/write",
      "Microsoft.ContainerService/managedClusters/scheduling.k8s.io/priorityclasses/read",
      "Microsoft.ContainerService/managedClusters/scheduling.k8s.io/priorityclasses/write",
      "Microsoft.ContainerService/managedClusters/customresources/read",
      "Microsoft.ContainerService/managedClusters/customresources/write",
    ]
  }
}

resource "azurerm_role_assignment" "plan_cluster" {
  for_each = local.planners

  scope              = local.subscription
  role_definition_id = azurerm_role_definition.preview.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type     = "ServicePrincipal"
}

# --- both

# Writing for a plan too, though it takes no lock: where there is no state yet, the backend writes an empty one before
# anything else. Once every root has a state, "Storage Blob Data Reader" is enough for the identities that plan.
resource "azurerm_role_assignment" "state" {
  for_each = local.identities

  scope                = azurerm_storage_container.state.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.pipeline[each.key].principal_id
  principal_type       = "ServicePrincipal"
}
