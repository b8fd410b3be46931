data "azurerm_client_config" "current" {}

locals {
  subscription_id = data.azurerm_client_config.current.subscription_id

  # The Kubernetes service account that Moodle's pods run as.
  service_account = { namespace = "moodle", name = "moodle" }
}

module "capacity" {
  source = "./modules/capacity"

  concurrent_users   = var.concurrent_users
  exam_start_seconds = var.exam_start_seconds
  high_availability  = var.high_availability
  assumptions        = var.capacity_assumptions
}

# A warning in the plan, not a refusal: everything but what is named is sized, and measured capacity_assumptions may say
# otherwise.
check "capacity" {
  assert {
    condition     = length(module.capacity.limits) == 0
    error_message = "By the capacity model ${var.concurrent_users} users are more than Azure carries here. ${join(" ", [for limit in module.capacity.limits : "Of ${limit.name} ${limit.needed} are needed and ${limit.available} is the most. ${limit.remedy}"])}"
  }
}

resource "azurerm_resource_group" "platform" {
  name     = local.names.resource_group
  location = var.location
  tags     = local.tags
}
