# The route itself caches nothing: pages belong to one logged-in person. What may be shared is named in the rules.
resource "azurerm_cdn_frontdoor_route" "site" {
  name                          = "site"
  cdn_frontdoor_endpoint_id     = local.endpoint_id
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.moodle.id
  cdn_frontdoor_origin_ids      = [azurerm_cdn_frontdoor_origin.moodle.id]
  cdn_frontdoor_rule_set_ids    = [azurerm_cdn_frontdoor_rule_set.site.id]

  patterns_to_match      = ["/*"]
  supported_protocols    = ["Http", "Https"]
  https_redirect_enabled = true
  # From Front Door to the pods: inside Microsoft's network and a private link, ended by nginx.
  forwarding_protocol = "HttpOnly"

  cdn_frontdoor_custom_domain_ids = values(local.domain_ids)
  link_to_default_domain          = var.domain == ""

  depends_on = [
    azurerm_cdn_frontdoor_rule.security_headers,
    azurerm_cdn_frontdoor_rule.personal_files,
    azurerm_cdn_frontdoor_rule.static_files,
  ]
}

resource "azurerm_cdn_frontdoor_custom_domain_association" "site" {
  for_each = local.domain_ids

  cdn_frontdoor_custom_domain_id = each.value
  cdn_frontdoor_route_ids        = [azurerm_cdn_frontdoor_route.site.id]
}

resource "azurerm_cdn_frontdoor_rule_set" "site" {
  name                     = "site"
  cdn_frontdoor_profile_id = local.profile_id
}

resource "azurerm_cdn_frontdoor_rule" "security_headers" {
  name                      = "securityheaders"
  cdn_frontdoor_rule_set_id = azurerm_cdn_frontdoor_rule_set.site.id
  # Rules of order 0 apply to every request and need no condition.
  order              = 0
  behaviour_on_match = "Continue"

  # Who may show a page in a frame is not said here but by Moodle (X-Frame-Options: sameorigin), which alone knows its
  # exceptions: the mobile app, LTI launches, embedded H5P, and the setting allowframembedding. Nor is a content security
  # policy, which would have to know every plugin.
  actions {
    modify_response_header {
      header_name  = "Strict-Transport-Security"
      operator     = "Overwrite"
      header_value = "max-age=31536000"
    }

    # A text that somebody uploaded must not run as a script.
    modify_response_header {
      header_name  = "X-Content-Type-Options"
      operator     = "Overwrite"
      header_value = "nosniff"
    }

    # Other sites learn the host of the site, and not which course or attempt a link was in.
    modify_response_header {
      header_name  = "Referrer-Policy"
      operator     = "Overwrite"
      header_value = "strict-origin-when-cross-origin"
    }
  }

  depends_on = [azurerm_cdn_frontdoor_origin.moodle]
}

# Files of courses and people: Moodle checks at each request who may see them.
resource "azurerm_cdn_frontdoor_rule" "personal_files" {
  name                      = "personalfiles"
  cdn_frontdoor_rule_set_id = azurerm_cdn_frontdoor_rule_set.site.id
  order                     = 1
  behaviour_on_match        = "Stop"

  actions {
    route_configuration_override {
      caching {
        behaviour = "Disabled"
      }
    }
  }

  conditions {
    request_path {
      operator = "BeginsWith"
      values   = ["pluginfile.php", "draftfile.php", "tokenpluginfile.php", "webservice/pluginfile.php", "file.php"]
    }
  }

  depends_on = [azurerm_cdn_frontdoor_origin.moodle]
}

# Style sheets, scripts, images and fonts carry a revision in their path and are the same for everybody. Moodle says how
# long they may be kept, and says "no-store" while a theme is being designed: so its answer is honoured, not overridden.
# The query string is part of the key, since that of yui_combo.php names the scripts to join.
resource "azurerm_cdn_frontdoor_rule" "static_files" {
  name                      = "staticfiles"
  cdn_frontdoor_rule_set_id = azurerm_cdn_frontdoor_rule_set.site.id
  order                     = 2
  behaviour_on_match        = "Stop"

  actions {
    route_configuration_override {
      caching {
        behaviour              = "HonorOrigin"
        query_string_behaviour = "UseQueryString"
        compression_enabled    = true
      }
    }
  }

  conditions {
    request_path {
      operator = "BeginsWith"
      values = [
        "theme/styles.php", "theme/image.php", "theme/font.php", "theme/javascript.php", "theme/jquery.php",
        "theme/yui_combo.php", "theme/yui_image.php", "lib/javascript.php", "lib/requirejs.php",
      ]
    }
    request_method {
      operator = "Equal"
      values   = ["GET", "HEAD"]
    }
  }

  depends_on = [azurerm_cdn_frontdoor_origin.moodle]
}
