locals {
  container_streams = ["Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory"]
}

resource "azurerm_log_analytics_workspace" "platform" {
  name                         = local.prefix
  resource_group_name          = azurerm_resource_group.platform.name
  location                     = azurerm_resource_group.platform.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  local_authentication_enabled = false
  tags                         = local.tags
}

# Logs of containers, events and the inventory of pods. Numbers go to Prometheus (prometheus.tf): here each would be a row that
# is paid for like a line of a log.
resource "azurerm_monitor_data_collection_rule" "containers" {
  name                = "${local.prefix}-containers"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  kind                = "Linux"
  tags                = local.tags

  destinations {
    log_analytics {
      name                  = "platform"
      workspace_resource_id = azurerm_log_analytics_workspace.platform.id
    }
  }

  data_flow {
    streams      = local.container_streams
    destinations = ["platform"]
  }

  data_sources {
    extension {
      name           = "ContainerInsightsExtension"
      extension_name = "ContainerInsights"
      streams        = local.container_streams
      extension_json = jsonencode({
        dataCollectionSettings = {
          interval               = "1m"
          namespaceFilteringMode = "Off"
          enableContainerLogV2   = true
        }
      })
    }
  }
}

resource "azurerm_monitor_data_collection_rule_association" "containers" {
  name                    = "ContainerInsightsExtension"
  target_resource_id      = azurerm_kubernetes_cluster.platform.id
  data_collection_rule_id = azurerm_monitor_data_collection_rule.containers.id
}

resource "azurerm_monitor_diagnostic_setting" "platform" {
  for_each = {
    cluster    = { target = azurerm_kubernetes_cluster.platform.id, logs = ["kube-audit-admin", "guard", "cluster-autoscaler", "cloud-controller-manager"] }
    database   = { target = azurerm_postgresql_flexible_server.moodle.id, logs = ["PostgreSQLLogs"] }
    vault      = { target = azurerm_key_vault.platform.id, logs = ["AuditEvent"] }
    registry   = { target = azurerm_container_registry.platform.id, logs = ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"] }
    objects    = { target = "${azurerm_storage_account.objects.id}/blobServices/default", logs = ["StorageDelete"] }
    front_door = { target = azurerm_cdn_frontdoor_profile.platform.id, logs = ["FrontDoorWebApplicationFirewallLog", "FrontDoorHealthProbeLog"] }
  }

  name                       = "log-analytics"
  target_resource_id         = each.value.target
  log_analytics_workspace_id = azurerm_log_analytics_workspace.platform.id

  dynamic "enabled_log" {
    for_each = toset(each.value.logs)

    content {
      category = enabled_log.value
    }
  }

  enabled_metric {
    category = "AllMetrics"
  }
}
