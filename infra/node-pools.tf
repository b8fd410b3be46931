locals {
  # Pools for one workload, which only pods that tolerate the taint are put into. AKS's own DaemonSets tolerate every taint
  # that keeps pods from being scheduled. app has none: it takes the web pods and whatever you add.
  dedicated_pools = ["redis", "pgbouncer", "jobs"]
}

# The manifests select a pool by the label that AKS gives, kubernetes.azure.com/agentpool; workload=<name> is for people.
# No pool uses Spot: each holds something that a person waits for, and losing half the web nodes of an exam at once is not a
# saving.
resource "azurerm_kubernetes_cluster_node_pool" "workload" {
  for_each = { for name, pool in module.capacity.node_pools : name => pool if name != "system" }

  name                        = each.key
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.platform.id
  mode                        = "User"
  vm_size                     = each.value.vm_size
  auto_scaling_enabled        = true
  min_count                   = each.value.min_count
  max_count                   = each.value.max_count
  zones                       = var.zones
  vnet_subnet_id              = azurerm_subnet.nodes.id
  os_disk_type                = "Ephemeral"
  os_disk_size_gb             = 100
  temporary_name_for_rotation = "${each.key}tmp"
  node_labels                 = { workload = each.key }
  node_taints                 = contains(local.dedicated_pools, each.key) ? ["workload=${each.key}:NoSchedule"] : null
  tags                        = local.tags

  upgrade_settings {
    # A Redis node at a time, so that a shard never loses its primary and its replica together.
    max_surge                     = each.key == "redis" ? "1" : "33%"
    drain_timeout_in_minutes      = 30
    node_soak_duration_in_minutes = each.key == "redis" ? 5 : 0
  }

  lifecycle {
    ignore_changes = [node_count]

    precondition {
      condition     = each.value.max_count <= 1000
      error_message = "The pool ${each.key} would grow to ${each.value.max_count} nodes and AKS allows 1,000 in a pool: lower concurrent_users, or correct capacity_assumptions by what a load test measured."
    }
  }
}
