output "resource_group_name" {
  description = "Resource group of the platform."
  value       = azurerm_resource_group.platform.name
}

output "node_resource_group_name" {
  description = "Resource group that AKS keeps its nodes, load balancer and Private Link Service in."
  value       = azurerm_kubernetes_cluster.platform.node_resource_group
}

output "location" {
  description = "Azure region."
  value       = azurerm_resource_group.platform.location
}

output "cluster_name" {
  description = "AKS cluster."
  value       = azurerm_kubernetes_cluster.platform.name
}

output "registry_name" {
  description = "Container registry."
  value       = azurerm_container_registry.platform.name
}

output "registry_login_server" {
  description = "Host name in the image references of the registry."
  value       = azurerm_container_registry.platform.login_server
}

output "registry_agent_pool_name" {
  description = "Agent pool that builds images when the registry is private. Empty: Azure's own agents build."
  value       = join("", [for pool in azurerm_container_registry_agent_pool.builds : pool.name])
}

output "key_vault_name" {
  description = "Key Vault with the secrets database-password, pooler-password-a, pooler-password-b and moodle-admin-password."
  value       = azurerm_key_vault.platform.name
}

output "password_version" {
  description = "Number of the database's password. Odd: pods sign in to PgBouncer as moodle_a; even: as moodle_b."
  value       = var.password_version
}

output "database_host" {
  description = "Host name of the PostgreSQL server, resolvable in the virtual network only."
  value       = azurerm_postgresql_flexible_server.moodle.fqdn
}

output "database_replica_hosts" {
  description = "Host names of the read replicas, separated by commas. Empty: there are none."
  value       = join(",", [for replica in azurerm_postgresql_flexible_server.replica : replica.fqdn])
}

output "database_name" {
  description = "Moodle's database."
  value       = azurerm_postgresql_flexible_server_database.moodle.name
}

output "database_user" {
  description = "Login of the database."
  value       = azurerm_postgresql_flexible_server.moodle.administrator_login
}

output "files_storage_account_name" {
  description = "Storage account of the NFS share."
  value       = azurerm_storage_account.files.name
}

output "files_share_name" {
  description = "NFS share for moodledata."
  value       = azurerm_storage_share.moodledata.name
}

output "object_storage_account_name" {
  description = "Storage account of Moodle's file pool."
  value       = azurerm_storage_account.objects.name
}

output "object_storage_container_name" {
  description = "Container of Moodle's file pool."
  value       = azurerm_storage_container.files.name
}

output "workload_identity_client_id" {
  description = "Client id of the identity that Moodle's pods run as."
  value       = azurerm_user_assigned_identity.moodle.client_id
}

output "front_door_profile_name" {
  description = "Front Door profile; its endpoint has the same name."
  value       = azurerm_cdn_frontdoor_profile.platform.name
}

output "front_door_endpoint_host" {
  description = "Host name of the Front Door endpoint."
  value       = azurerm_cdn_frontdoor_endpoint.platform.host_name
}

output "rate_limit_per_minute" {
  description = "Requests a minute of one address above which the firewall's rate limit begins: more than users_behind_one_address make at the start of an exam."
  value       = local.rate_limit_per_minute
}

output "web_replicas" {
  description = "Moodle web pods at the peak."
  value       = module.capacity.web_replicas
}

output "web_minimum_replicas" {
  description = "Moodle web pods below which an autoscaler must not go."
  value       = module.capacity.web_minimum_replicas
}

output "metrics_endpoint" {
  description = "Query endpoint of managed Prometheus."
  value       = azurerm_monitor_workspace.platform.query_endpoint
}

output "autoscaler_identity_client_id" {
  description = "Client id of the identity with which KEDA reads managed Prometheus."
  value       = azurerm_user_assigned_identity.autoscaler.client_id
}

output "bill_of_materials" {
  description = "Quantities that a month's bill is made of, by the capacity model: what the preview estimates the cost with."
  # Terraform reckons with more digits than its state keeps of a fraction: without rounding every plan would see another value.
  value = [
    for line in module.capacity.bill_of_materials : merge(line, {
      for key in ["least", "expected", "most"] : key => tonumber(format("%.3f", line[key]))
    })
  ]
}

output "cron_replicas" {
  description = "Moodle cron pods."
  value       = module.capacity.cron_replicas
}

output "pgbouncer_replicas" {
  description = "PgBouncer pods."
  value       = module.capacity.pgbouncer_replicas
}

output "pgbouncer_pool_size" {
  description = "Server connections that one PgBouncer pod may open, of all its pools together."
  value       = module.capacity.pgbouncer_pool_size
}

output "redis_sessions_nodes" {
  description = "Nodes of the Redis Cluster for sessions."
  value       = module.capacity.redis_sessions_nodes
}

output "redis_cache_nodes" {
  description = "Nodes of the Redis Cluster for the cache."
  value       = module.capacity.redis_cache_nodes
}
