locals {
  outputs = {
    host_name                    = local.host_name
    private_link_request_message = "moodle-high-scale/${var.environment}/${replace(terraform_data.nonce.output, "-", "")}"
    origin_id                    = terraform_data.origin.output
  }
}

output "host_name" {
  value = local.outputs.host_name
}

output "private_link_request_message" {
  value = local.outputs.private_link_request_message
}

output "origin_id" {
  value = local.outputs.origin_id
}
