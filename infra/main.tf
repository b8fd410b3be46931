data "azurerm_client_config" "current" {}

locals {
  prefix = "${var.name}-${var.environment}"
  # Names that all of Azure shares end in six characters of our own, the same at every run.
  suffix  = substr(sha256("${data.azurerm_client_config.current.subscription_id}/${local.prefix}"), 0, 6)
  compact = substr(replace(local.prefix, "-", ""), 0, 13)

  tags = merge(var.tags, { environment = var.environment, managed-by = "terraform" })

  # The Kubernetes service account that Moodle's pods run as.
  service_account = { namespace = "moodle", name = "moodle" }
}

module "capacity" {
  source = "./modules/capacity"

  concurrent_users = var.concurrent_users
  assumptions      = var.capacity_assumptions
}

resource "azurerm_resource_group" "platform" {
  name     = local.prefix
  location = var.location
  tags     = local.tags
}
