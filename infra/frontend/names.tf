# Ids put together from names, not looked up: so the plan of this root can be shown before the platform exists.
locals {
  subscription = "/subscriptions/${local.subscription_id}"
  profile_id   = "${local.subscription}/resourceGroups/${var.resource_group_name}/providers/Microsoft.Cdn/profiles/${var.front_door_profile_name}"
  endpoint_id  = "${local.profile_id}/afdEndpoints/${var.front_door_profile_name}"
  domain_ids   = { for domain in compact([var.domain]) : domain => "${local.profile_id}/customDomains/${replace(domain, ".", "-")}" }

  private_link_service_id = "${local.subscription}/resourceGroups/${var.node_resource_group_name}/providers/Microsoft.Network/privateLinkServices/${var.private_link_service_name}"

  host_name = var.domain == "" ? var.front_door_endpoint_host : var.domain

  tags = merge(var.tags, { environment = var.environment, managed-by = "terraform" })
}
