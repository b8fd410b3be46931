resource "azurerm_kubernetes_cluster" "platform" {
  name                = local.names.cluster
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  node_resource_group = local.names.node_resource_group
  dns_prefix          = local.prefix
  sku_tier            = "Standard"
  kubernetes_version  = var.kubernetes_version
  tags                = local.tags

  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"

  local_account_disabled            = true
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  azure_policy_enabled              = true
  image_cleaner_enabled             = true
  image_cleaner_interval_hours      = 168
  cost_analysis_enabled             = true
  run_command_enabled               = false

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    tenant_id              = data.azurerm_client_config.current.tenant_id
    admin_group_object_ids = var.admin_group_object_ids
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster.id]
  }

  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.nodes.client_id
    object_id                 = azurerm_user_assigned_identity.nodes.principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.nodes.id
  }

  # A private cluster's name is in a private zone that AKS makes in the group of the nodes and links to this network. Runners
  # in a peered network need a link of their own.
  private_cluster_enabled = var.private_cluster

  # Nodes leave through the NAT gateway, so its addresses must stay among those that may reach the API. A private cluster
  # has no address that could be limited.
  dynamic "api_server_access_profile" {
    for_each = length(var.operator_ip_ranges) > 0 && !var.private_cluster ? [1] : []

    content {
      authorized_ip_ranges = concat(var.operator_ip_ranges, [for address in azurerm_public_ip.outbound : "${address.ip_address}/32"])
    }
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    outbound_type       = "userAssignedNATGateway"
    pod_cidr            = var.pod_address_space
    service_cidr        = "172.16.0.0/20"
    dns_service_ip      = "172.16.0.10"
  }

  node_provisioning_profile {
    mode               = "Manual"
    default_node_pools = "None"
  }

  default_node_pool {
    name                         = "system"
    vm_size                      = module.capacity.node_pools.system.vm_size
    auto_scaling_enabled         = true
    min_count                    = module.capacity.node_pools.system.min_count
    max_count                    = module.capacity.node_pools.system.max_count
    zones                        = var.zones
    vnet_subnet_id               = azurerm_subnet.nodes.id
    only_critical_addons_enabled = true
    os_disk_type                 = "Ephemeral"
    os_disk_size_gb              = 100
    temporary_name_for_rotation  = "systemtmp"
    tags                         = local.tags

    upgrade_settings {
      max_surge = "33%"
    }
  }

  key_vault_secrets_provider {
    secret_rotation_enabled  = true
    secret_rotation_interval = "5m"
  }

  # Logs and the inventory of pods go to the workspace, numbers to managed Prometheus (prometheus.tf).
  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.platform.id
    msi_auth_for_monitoring_enabled = true
  }

  monitor_metrics {
    annotations_allowed = null
    labels_allowed      = null
  }

  # It scales web pods by load, and ahead of an exam by the clock, which no reaction to load does in time; see
  # manifests/components/autoscaling.
  workload_autoscaler_profile {
    keda_enabled = true
  }

  # Web pods come and go with the day; the emptiest node goes first and never one that still evicts. Between two exams of
  # one morning nodes stay: a fresh one takes minutes, and half an hour of an idle one costs less than a queue.
  auto_scaler_profile {
    expander                      = "least-waste"
    balance_similar_node_groups   = true
    skip_nodes_with_local_storage = false
    max_graceful_termination_sec  = "600"
    scale_down_unneeded           = "30m"
    scale_down_delay_after_add    = "30m"
  }

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    duration    = 6
    day_of_week = "Sunday"
    start_time  = "01:00"
    utc_offset  = "+00:00"

    dynamic "not_allowed" {
      for_each = var.maintenance_freezes

      content {
        start = not_allowed.value.start
        end   = not_allowed.value.end
      }
    }
  }

  maintenance_window_node_os {
    frequency   = "Weekly"
    interval    = 1
    duration    = 6
    day_of_week = "Saturday"
    start_time  = "01:00"
    utc_offset  = "+00:00"

    dynamic "not_allowed" {
      for_each = var.maintenance_freezes

      content {
        start = not_allowed.value.start
        end   = not_allowed.value.end
      }
    }
  }

  depends_on = [
    azurerm_role_assignment.cluster_subnets,
    azurerm_role_assignment.cluster_nodes_identity,
    azurerm_role_assignment.nodes_pull,
    azurerm_subnet_nat_gateway_association.nodes,
    azurerm_nat_gateway_public_ip_association.outbound,
    azurerm_subnet_network_security_group_association.platform,
  ]

  lifecycle {
    # The autoscaler owns the count, and the patch channel the last figure of the version.
    ignore_changes = [default_node_pool[0].node_count]
  }
}
