terraform {
  required_version = ">= 1.9"

  backend "local" {}
}

locals {
  subscription_id = var.rehearsal_subscription_id
}

# Made once and kept in the state, as random_id does.
resource "terraform_data" "nonce" {
  input = uuid()

  lifecycle {
    ignore_changes = [input]
  }
}

resource "terraform_data" "origin" {
  input = "${local.profile_id}/originGroups/moodle/origins/moodle"
}

resource "terraform_data" "site" {
  for_each = {
    origin_group = { name = "moodle" }
    route        = { endpoint = local.endpoint_id, host_name = local.host_name, domains = local.domain_ids }
    firewall     = { mode = var.firewall_mode, tags = local.tags }
    private_link = { target = local.private_link_service_id, location = var.location }
  }

  input = each.value
}
