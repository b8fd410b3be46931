terraform {
  required_version = ">= 1.9"

  backend "local" {}
}

locals {
  subscription_id = var.rehearsal_subscription_id
}

module "capacity" {
  source = "./modules/capacity"

  concurrent_users = var.concurrent_users
  assumptions      = var.capacity_assumptions
}

# One resource for each part of the platform, whose input is what the variables decide of it.
resource "terraform_data" "platform" {
  for_each = {
    resource_group = { name = local.names.resource_group, location = var.location, tags = local.tags }
    network        = { name = local.prefix, address_space = var.address_space, pods = var.pod_address_space }
    cluster        = { name = local.names.cluster, version = var.kubernetes_version, pools = module.capacity.node_pools, zones = var.zones }
    registry       = { name = local.names.registry, login_server = "${local.names.registry}.azurecr.io" }
    database       = { name = local.names.database_server, size = module.capacity.database, standby = var.high_availability }
    files          = { name = local.names.files_account, quota = module.capacity.files_quota_gib }
    objects        = { name = local.names.objects_account }
    key_vault      = { name = local.names.key_vault, password_version = var.password_version, ranges = var.operator_ip_ranges }
    identity       = { name = "${local.prefix}-workload" }
    front_door     = { name = local.names.front_door, domain = var.domain }
    logs           = { name = local.prefix, retention_days = var.log_retention_days }
  }

  input = each.value
}

# What Azure decides, not we: unknown until the resource exists, as with the real provider.
resource "terraform_data" "decided_by_azure" {
  input = {
    registry_login_server = "${local.names.registry}.azurecr.io"
    database_host         = "${local.names.database_server}.postgres.database.azure.com"
    # The form of a GUID, the same at every run.
    workload_identity_client_id = join("-", [for part in [[0, 8], [8, 4], [12, 4], [16, 4], [20, 12]] : substr(sha256("${local.prefix}-${local.suffix}"), part[0], part[1])])
    front_door_endpoint_host    = "${local.names.front_door}-${local.suffix}.z01.azurefd.net"
  }
}
