locals {
  outputs = {
    resource_group_name           = local.names.resource_group
    node_resource_group_name      = local.names.node_resource_group
    location                      = var.location
    cluster_name                  = local.names.cluster
    registry_name                 = local.names.registry
    registry_login_server         = terraform_data.decided_by_azure.output.registry_login_server
    key_vault_name                = local.names.key_vault
    database_host                 = terraform_data.decided_by_azure.output.database_host
    database_name                 = local.names.database
    database_user                 = local.names.database_user
    files_storage_account_name    = local.names.files_account
    files_share_name              = local.names.files_share
    object_storage_account_name   = local.names.objects_account
    object_storage_container_name = local.names.objects_container
    workload_identity_client_id   = terraform_data.decided_by_azure.output.workload_identity_client_id
    front_door_profile_name       = local.names.front_door
    front_door_endpoint_host      = terraform_data.decided_by_azure.output.front_door_endpoint_host

    # The real model's answers, cut to what one machine can run.
    web_replicas         = min(module.capacity.web_replicas, var.rehearsal_limits.web_replicas)
    cron_replicas        = min(module.capacity.cron_replicas, var.rehearsal_limits.cron_replicas)
    pgbouncer_replicas   = min(module.capacity.pgbouncer_replicas, var.rehearsal_limits.pgbouncer_replicas)
    pgbouncer_pool_size  = min(module.capacity.pgbouncer_pool_size, var.rehearsal_limits.pgbouncer_pool_size)
    redis_sessions_nodes = min(module.capacity.redis_sessions_nodes, var.rehearsal_limits.redis_nodes)
    redis_cache_nodes    = min(module.capacity.redis_cache_nodes, var.rehearsal_limits.redis_nodes)
  }
}

output "resource_group_name" {
  value = local.outputs.resource_group_name
}

output "node_resource_group_name" {
  value = local.outputs.node_resource_group_name
}

output "location" {
  value = local.outputs.location
}

output "cluster_name" {
  value = local.outputs.cluster_name
}

output "registry_name" {
  value = local.outputs.registry_name
}

output "registry_login_server" {
  value = local.outputs.registry_login_server
}

output "key_vault_name" {
  value = local.outputs.key_vault_name
}

output "database_host" {
  value = local.outputs.database_host
}

output "database_name" {
  value = local.outputs.database_name
}

output "database_user" {
  value = local.outputs.database_user
}

output "files_storage_account_name" {
  value = local.outputs.files_storage_account_name
}

output "files_share_name" {
  value = local.outputs.files_share_name
}

output "object_storage_account_name" {
  value = local.outputs.object_storage_account_name
}

output "object_storage_container_name" {
  value = local.outputs.object_storage_container_name
}

output "workload_identity_client_id" {
  value = local.outputs.workload_identity_client_id
}

output "front_door_profile_name" {
  value = local.outputs.front_door_profile_name
}

output "front_door_endpoint_host" {
  value = local.outputs.front_door_endpoint_host
}

output "web_replicas" {
  value = local.outputs.web_replicas
}

output "cron_replicas" {
  value = local.outputs.cron_replicas
}

output "pgbouncer_replicas" {
  value = local.outputs.pgbouncer_replicas
}

output "pgbouncer_pool_size" {
  value = local.outputs.pgbouncer_pool_size
}

output "redis_sessions_nodes" {
  value = local.outputs.redis_sessions_nodes
}

output "redis_cache_nodes" {
  value = local.outputs.redis_cache_nodes
}
