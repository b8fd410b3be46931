resource "azurerm_cdn_frontdoor_firewall_policy" "site" {
  # Azure allows letters and digits here only.
  name                       = replace("${var.front_door_profile_name}waf", "-", "")
  resource_group_name        = var.resource_group_name
  sku_name                   = "Premium_AzureFrontDoor"
  mode                       = var.firewall_mode
  request_body_check_enabled = true
  tags                       = local.tags

  # Moodle is installed from inside; its web installer is nobody's business from outside.
  custom_rule {
    name     = "webinstaller"
    priority = 10
    type     = "MatchRule"
    action   = "Block"

    match_condition {
      match_variable = "RequestUri"
      operator       = "Contains"
      match_values   = ["/install.php", "/admin/cli/"]
      transforms     = ["Lowercase", "URLDecode"]
    }
  }

  # Counted by the address of the connection, which Front Door sees, and not by a header that a client can write. Log only
  # unless somebody decided otherwise: a threshold that is too low would shut a whole university out of its exam.
  custom_rule {
    name                           = "ratelimit"
    priority                       = 20
    type                           = "RateLimitRule"
    action                         = var.rate_limit_action
    rate_limit_duration_in_minutes = 1
    rate_limit_threshold           = var.rate_limit_per_minute

    # Every request has a Host, so this is all of them; Azure demands a condition.
    match_condition {
      match_variable = "RequestHeader"
      selector       = "Host"
      operator       = "GreaterThanOrEqual"
      match_values   = ["0"]
    }
  }

  managed_rule {
    type    = "Microsoft_DefaultRuleSet"
    version = "2.1"
    action  = "Block"

    # What teachers write is HTML, in fields whose names end in [text]; taken for an attack it would be blocked.
    exclusion {
      match_variable = "RequestBodyPostArgNames"
      operator       = "EndsWith"
      selector       = "[text]"
    }
  }

  managed_rule {
    type    = "Microsoft_BotManagerRuleSet"
    version = "1.1"
    action  = "Block"
  }
}

resource "azurerm_cdn_frontdoor_security_policy" "site" {
  name                     = "site"
  cdn_frontdoor_profile_id = local.profile_id

  security_policies {
    firewall {
      cdn_frontdoor_firewall_policy_id = azurerm_cdn_frontdoor_firewall_policy.site.id

      association {
        patterns_to_match = ["/*"]

        dynamic "domain" {
          for_each = concat([local.endpoint_id], values(local.domain_ids))

          content {
            cdn_frontdoor_domain_id = domain.value
          }
        }
      }
    }
  }
}
