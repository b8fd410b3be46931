variable "concurrent_users" {
  description = "People using Moodle at the same time, at the busiest moment of the year."
  type        = number
  nullable    = false

  validation {
    condition     = floor(var.concurrent_users) == var.concurrent_users && var.concurrent_users >= 100 && var.concurrent_users <= 500000
    error_message = "concurrent_users is ${var.concurrent_users}; give a whole number from 100 to 500000."
  }
}

variable "assumptions" {
  description = "What the model believes about one user, one page and one server. Replace a value by what your own load test measured."
  nullable    = false
  default     = {}
  type = object({
    # One user asks for one page in so many seconds.
    think_seconds = optional(number, 60)
    # CPU seconds of PHP for one page view with its AJAX calls.
    cpu_seconds_per_page = optional(number, 0.2)
    # The share of a processor that may be busy at the peak.
    target_utilisation = optional(number, 0.6)

    web_pod_vcpus        = optional(number, 3)
    web_workers_per_pod  = optional(number, 20)
    minimum_web_replicas = optional(number, 3)

    sql_statements_per_page             = optional(number, 50)
    sql_statements_per_pgbouncer_second = optional(number, 20000)
    sql_statements_per_vcore_second     = optional(number, 5000)
    # The share of the database's connections that the pools may take together.
    connection_share = optional(number, 0.8)
    # Above this, one single-threaded PgBouncer gains nothing from another connection.
    maximum_pool_size = optional(number, 235)

    cache_commands_per_page           = optional(number, 110)
    session_commands_per_page         = optional(number, 15)
    redis_commands_per_primary_second = optional(number, 60000)
    replicas_per_redis_primary        = optional(number, 1)
  })

  validation {
    condition     = alltrue([for name, value in var.assumptions : value > 0])
    error_message = "Every assumption must be greater than 0; these are not: ${join(", ", [for name, value in var.assumptions : name if value <= 0])}."
  }

  validation {
    condition     = var.assumptions.target_utilisation <= 1 && var.assumptions.connection_share <= 1
    error_message = "target_utilisation and connection_share are shares: at most 1."
  }
}
