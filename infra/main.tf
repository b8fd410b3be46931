data "azurerm_client_config" "current" {}

locals {
  subscription_id = data.azurerm_client_config.current.subscription_id

  # The Kubernetes service account that Moodle's pods run as.
  service_account = { namespace = "moodle", name = "moodle" }
}

module "capacity" {
  source = "./modules/capacity"

  concurrent_users = var.concurrent_users
  assumptions      = var.capacity_assumptions
}

resource "azurerm_resource_group" "platform" {
  name     = local.names.resource_group
  location = var.location
  tags     = local.tags
}
