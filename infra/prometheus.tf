# Managed Prometheus: what the cluster's kubelets, cAdvisor and kube-state-metrics say every 30 seconds, kept for 18 months.
# The agents on the nodes find out from the rule where to send it; the endpoint is the one they send to.
resource "azurerm_monitor_workspace" "platform" {
  name                = local.prefix
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags
}

resource "azurerm_monitor_data_collection_endpoint" "metrics" {
  name                = "${local.prefix}-metrics"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  kind                = "Linux"
  tags                = local.tags
}

resource "azurerm_monitor_data_collection_rule" "metrics" {
  name                        = "${local.prefix}-metrics"
  resource_group_name         = azurerm_resource_group.platform.name
  location                    = azurerm_resource_group.platform.location
  kind                        = "Linux"
  data_collection_endpoint_id = azurerm_monitor_data_collection_endpoint.metrics.id
  tags                        = local.tags

  destinations {
    monitor_account {
      name               = "platform"
      monitor_account_id = azurerm_monitor_workspace.platform.id
    }
  }

  data_flow {
    streams      = ["Microsoft-PrometheusMetrics"]
    destinations = ["platform"]
  }

  data_sources {
    prometheus_forwarder {
      name    = "PrometheusDataSource"
      streams = ["Microsoft-PrometheusMetrics"]
    }
  }
}

resource "azurerm_monitor_data_collection_rule_association" "metrics" {
  name                    = "${local.prefix}-metrics"
  target_resource_id      = azurerm_kubernetes_cluster.platform.id
  data_collection_rule_id = azurerm_monitor_data_collection_rule.metrics.id
}

# What only the cluster itself knows. All of these series are in the add-on's default set, so that nothing more has to be
# collected for them.
locals {
  in_namespace = "namespace=\"${local.service_account.namespace}\""

  cluster_alerts = merge({
    autoscaler-at-maximum = {
      severity    = 2
      for         = "PT15M"
      description = "An autoscaler wants as many pods as it may have: raise its maximum, or ask why there is so much to do."
      expression  = "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas{${local.in_namespace}}) >= max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas{${local.in_namespace}})"
    }
    redis-memory = {
      severity    = 1
      for         = "PT5M"
      description = "A Redis node uses more than 85 % of its memory limit: sessions would be next to go."
      expression  = "max by (pod) (container_memory_working_set_bytes{${local.in_namespace},container=\"redis\"}) > 0.85 * max by (pod) (kube_pod_container_resource_limits{${local.in_namespace},container=\"redis\",resource=\"memory\"})"
    }
    pods-pending = {
      severity    = 1
      for         = "PT10M"
      description = "Pods of Moodle find no node: quota, a zone without capacity, or a pool at its maximum."
      # Pods that keep room wait for nodes by design.
      expression = "sum by (pod) (kube_pod_status_phase{${local.in_namespace},phase=\"Pending\",pod!~\"moodle-headroom-.*\"}) > 0"
    }
    pods-restarting = {
      severity    = 2
      for         = "PT1M"
      description = "A container of Moodle was restarted three times or more in a quarter of an hour."
      expression  = "sum by (pod, container) (increase(kube_pod_container_status_restarts_total{${local.in_namespace}}[15m])) >= 3"
    }
    }, {
    # AKS names a node aks-POOL-…; the bounds of all pools are those of the capacity model.
    for name, pool in module.capacity.node_pools : "pool-${name}-at-maximum" => {
      severity    = 2
      for         = "PT15M"
      description = "The node pool ${name} has all of the ${pool.max_count} nodes that it may have."
      expression  = "count(kube_node_info{node=~\"aks-${name}-.*\"}) >= ${pool.max_count}"
    }
  })
}

resource "azurerm_monitor_alert_prometheus_rule_group" "cluster" {
  name                = local.prefix
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  cluster_name        = azurerm_kubernetes_cluster.platform.name
  scopes              = [azurerm_monitor_workspace.platform.id]
  description         = "Pods, autoscalers and node pools of Moodle's cluster."
  interval            = "PT1M"
  rule_group_enabled  = true
  tags                = local.tags

  dynamic "rule" {
    for_each = local.cluster_alerts

    content {
      alert      = rule.key
      enabled    = true
      expression = rule.value.expression
      for        = rule.value.for
      severity   = rule.value.severity

      annotations = {
        description = rule.value.description
      }

      action {
        action_group_id = azurerm_monitor_action_group.on_call.id
      }

      alert_resolution {
        auto_resolved   = true
        time_to_resolve = "PT10M"
      }
    }
  }
}
