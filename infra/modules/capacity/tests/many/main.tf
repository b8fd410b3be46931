# The model at many sizes at once, for what must hold between them.
variable "users" {
  type = list(number)
}

variable "exam_start_seconds" {
  type    = number
  default = null
}

module "at" {
  source   = "../.."
  for_each = toset([for count in var.users : tostring(count)])

  concurrent_users   = tonumber(each.key)
  exam_start_seconds = var.exam_start_seconds
}

locals {
  models = [for count in var.users : module.at[tostring(count)]]

  # Everything that a larger number of users may only make larger.
  sizes = {
    pages_per_second     = local.models[*].pages_per_second
    web_replicas         = local.models[*].web_replicas
    cron_replicas        = local.models[*].cron_replicas
    pgbouncer_replicas   = local.models[*].pgbouncer_replicas
    redis_sessions_nodes = local.models[*].redis_sessions_nodes
    redis_cache_nodes    = local.models[*].redis_cache_nodes
    session_memory       = local.models[*].redis_memory.sessions.total
    database_vcores      = local.models[*].database.vcores
    database_storage     = local.models[*].database.storage_mb
    files                = local.models[*].files_quota_gib
    quota                = [for model in local.models : sum(values(model.vcpu_quota)[*].largest)]
    quota_with_surge     = [for model in local.models : sum(values(model.vcpu_quota)[*].with_surge)]
    limits               = [for model in local.models : length(model.limits)]
  }
}

output "shrinking" {
  description = "What becomes smaller with more users, and where."
  value = flatten([
    for name, values in local.sizes : [
      for index in range(1, length(values)) : "${name} from ${var.users[index - 1]} to ${var.users[index]} users"
      if values[index] < values[index - 1]
    ]
  ])
}

output "overrun" {
  description = "Numbers of users whose pools are above the share, or above all connections while a rolling update adds a pod."
  value = [
    for index, model in local.models : var.users[index]
    if model.pgbouncer_replicas * model.pgbouncer_pool_size > 0.8 * (model.database.max_connections - 15)
    || (model.pgbouncer_replicas + 1) * model.pgbouncer_pool_size > model.database.max_connections - 15
  ]
}

output "short" {
  description = "Numbers of users whose sizes are below what the model itself needs, where no limit says so."
  value = [
    for index, model in local.models : var.users[index]
    if length(model.limits) == 0 && (
      model.database.vcores < model.database.vcores_needed
      || model.files_performance.operations < model.files_performance.operations_needed
      || model.files_performance.mib < model.files_performance.mib_needed
      || model.redis_memory.sessions.used > model.redis_memory.sessions.total
      || model.network.most_nodes + 6 > pow(2, 32 - model.network.node_subnet_prefix)
      || model.network.most_nodes > pow(2, 24 - model.network.pod_prefix)
      || anytrue([for pool in model.node_pools : pool.expected_count > pool.max_count || pool.min_count > pool.expected_count])
    )
  ]
}
