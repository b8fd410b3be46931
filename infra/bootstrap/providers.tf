# An owner of the subscription, signed in with `az login`, applies this root once. ARM_SUBSCRIPTION_ID says which.
provider "azurerm" {
  storage_use_azuread = true

  # All that infra/ uses, registered here by the owner, since the identity that plans may not register.
  resource_provider_registrations = "none"
  resource_providers_to_register = [
    "Microsoft.AlertsManagement",
    "Microsoft.Authorization",
    "Microsoft.Cdn",
    "Microsoft.Compute",
    "Microsoft.ContainerRegistry",
    "Microsoft.ContainerService",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Monitor",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
  ]

  features {
    resource_group {
      prevent_deletion_if_contains_resources = true
    }

    storage {
      # The container is made through Resource Manager, so the owner needs no data role.
      data_plane_available = false
    }
  }
}
