# Front Door's connection arrives at the Private Link Service as a request with this message. Whoever approves connections
# there knows ours by the 128 random bits in it, which are made once and kept in the state.
resource "random_id" "private_link_request" {
  byte_length = 16
}

locals {
  private_link_request_message = "moodle-high-scale/${var.environment}/${random_id.private_link_request.hex}"
}

resource "azurerm_cdn_frontdoor_origin_group" "moodle" {
  name                     = "moodle"
  cdn_frontdoor_profile_id = local.profile_id
  # Any web pod can serve any request: sessions are in Redis.
  session_affinity_enabled = false

  restore_traffic_time_to_healed_or_new_endpoint_in_minutes = 5

  health_probe {
    # Answered by nginx alone, so that a slow database does not take the only origin out of service.
    path                = "/healthz"
    protocol            = "Http"
    request_type        = "GET"
    interval_in_seconds = 30
  }

  load_balancing {
    sample_size                        = 4
    successful_samples_required        = 2
    additional_latency_in_milliseconds = 0
  }
}

resource "azurerm_cdn_frontdoor_origin" "moodle" {
  name                          = "moodle"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.moodle.id
  enabled                       = true

  # Traffic follows the private link, not this name, which must only be a name that is not served by Front Door itself.
  host_name = "${var.private_link_service_name}.moodle.internal"
  # Moodle answers for its public name only. With none known yet, the request's own host is passed on.
  origin_host_header = local.host_name == "" ? null : local.host_name
  http_port          = 80
  https_port         = 443

  # Azure demands the check for private origins. It applies to HTTPS; TLS ends at Front Door here.
  certificate_name_check_enabled = true

  private_link {
    location               = var.location
    private_link_target_id = local.private_link_service_id
    request_message        = local.private_link_request_message
  }
}
