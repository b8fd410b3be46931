output "host_name" {
  description = "Host name the site is served under."
  value       = local.host_name
}

output "private_link_request_message" {
  description = "Message that Front Door's connection to the Private Link Service carries. Approve the connection with this message and no other."
  value       = local.private_link_request_message
}

output "origin_id" {
  description = "Front Door origin of the site."
  value       = azurerm_cdn_frontdoor_origin.moodle.id
}
