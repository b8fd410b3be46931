# Who signs in and where (ARM_CLIENT_ID, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID, ARM_USE_OIDC) comes from the environment.
provider "azurerm" {
  # The platform root registers what both need.
  resource_provider_registrations = "none"

  features {}
}
