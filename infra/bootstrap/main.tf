data "azurerm_client_config" "current" {}

locals {
  subscription_id = data.azurerm_client_config.current.subscription_id
  subscription    = "/subscriptions/${local.subscription_id}"
  # Storage account names are shared by all of Azure: six characters of our own, the same at every run.
  suffix = substr(sha256("${local.subscription_id}/${var.name}"), 0, 6)
  tags   = merge(var.tags, { managed-by = "terraform", purpose = "pipeline" })
}

resource "azurerm_resource_group" "pipeline" {
  name     = "${var.name}-pipeline"
  location = var.location
  tags     = local.tags
}
