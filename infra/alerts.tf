# What an on-call person has to know before users do, of what Azure measures itself; of the cluster: prometheus.tf. The rules exist without receivers too: they are seen in the portal.
locals {
  database_connections = module.capacity.database.max_connections - 15

  # Severity 0: the site is down. 1: it will be soon. 2: it gets slow, or something has to be done this week.
  metric_alerts = {
    site-errors = {
      target      = azurerm_cdn_frontdoor_profile.platform.id
      namespace   = "Microsoft.Cdn/profiles"
      metric      = "Percentage5XX"
      aggregation = "Average"
      operator    = "GreaterThan"
      threshold   = 5
      window      = "PT5M"
      severity    = 0
      description = "More than 5 % of all answers are errors of the server."
    }
    origin-unreachable = {
      target      = azurerm_cdn_frontdoor_profile.platform.id
      namespace   = "Microsoft.Cdn/profiles"
      metric      = "OriginHealthPercentage"
      aggregation = "Average"
      operator    = "LessThan"
      threshold   = 50
      window      = "PT5M"
      severity    = 0
      description = "Front Door's probes of the web pods fail: look at the private link connection, the load balancer and nginx."
    }
    slow-pages = {
      target      = azurerm_cdn_frontdoor_profile.platform.id
      namespace   = "Microsoft.Cdn/profiles"
      metric      = "OriginLatency"
      aggregation = "Average"
      operator    = "GreaterThan"
      threshold   = 3000
      window      = "PT5M"
      severity    = 2
      description = "Pages take more than 3 seconds on average."
    }
    database-down = {
      target      = azurerm_postgresql_flexible_server.moodle.id
      namespace   = "Microsoft.DBforPostgreSQL/flexibleServers"
      metric      = "is_db_alive"
      aggregation = "Maximum"
      operator    = "LessThan"
      threshold   = 1
      window      = "PT5M"
      severity    = 0
      description = "The database server does not answer. A failover takes one to two minutes; this is longer."
    }
    database-cpu = {
      target      = azurerm_postgresql_flexible_server.moodle.id
      namespace   = "Microsoft.DBforPostgreSQL/flexibleServers"
      metric      = "cpu_percent"
      aggregation = "Average"
      operator    = "GreaterThan"
      threshold   = 80
      window      = "PT15M"
      severity    = 1
      description = "The database's processors are busy for a quarter of an hour: more of them need a restart, so decide before the peak."
    }
    database-connections = {
      target      = azurerm_postgresql_flexible_server.moodle.id
      namespace   = "Microsoft.DBforPostgreSQL/flexibleServers"
      metric      = "active_connections"
      aggregation = "Maximum"
      operator    = "GreaterThan"
      # All pools together cannot pass connection_share of these (0.8 as given): beyond it somebody goes around PgBouncer.
      threshold   = floor(0.9 * local.database_connections)
      window      = "PT5M"
      severity    = 1
      description = "Nine tenths of the database's connections are taken, which PgBouncer's pools alone cannot do."
    }
    database-storage = {
      target      = azurerm_postgresql_flexible_server.moodle.id
      namespace   = "Microsoft.DBforPostgreSQL/flexibleServers"
      metric      = "storage_percent"
      aggregation = "Maximum"
      operator    = "GreaterThan"
      threshold   = 85
      window      = "PT15M"
      severity    = 2
      description = "The database's storage is 85 % full. It grows by itself; at 95 % without growth the server becomes read-only."
    }
    files-unavailable = {
      target      = azurerm_storage_account.files.id
      namespace   = "Microsoft.Storage/storageAccounts"
      metric      = "Availability"
      aggregation = "Average"
      operator    = "LessThan"
      threshold   = 99
      window      = "PT5M"
      severity    = 1
      description = "Requests to moodledata fail."
    }
  }
}

resource "azurerm_monitor_action_group" "on_call" {
  name                = "${local.prefix}-on-call"
  resource_group_name = azurerm_resource_group.platform.name
  short_name          = "moodle"
  tags                = local.tags

  dynamic "email_receiver" {
    for_each = toset(var.alert_emails)

    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_metric_alert" "platform" {
  for_each = local.metric_alerts

  name                = "${local.prefix}-${each.key}"
  resource_group_name = azurerm_resource_group.platform.name
  scopes              = [each.value.target]
  description         = each.value.description
  severity            = each.value.severity
  frequency           = "PT1M"
  window_size         = each.value.window
  tags                = local.tags

  criteria {
    metric_namespace = each.value.namespace
    metric_name      = each.value.metric
    aggregation      = each.value.aggregation
    operator         = each.value.operator
    threshold        = each.value.threshold
  }

  action {
    action_group_id = azurerm_monitor_action_group.on_call.id
  }
}
