variable "concurrent_users" {
  description = "People using Moodle at the same time, at the busiest moment of the year."
  type        = number
  nullable    = false

  validation {
    condition     = floor(var.concurrent_users) == var.concurrent_users && var.concurrent_users >= 100 && var.concurrent_users <= 1000000
    error_message = "concurrent_users is ${var.concurrent_users}; give a whole number from 100 to 1000000."
  }
}

variable "exam_start_seconds" {
  description = "All users begin the same exam within so many seconds. Null: nobody begins at a common time."
  type        = number
  default     = null

  validation {
    condition     = var.exam_start_seconds == null ? true : floor(var.exam_start_seconds) == var.exam_start_seconds && var.exam_start_seconds >= 10 && var.exam_start_seconds <= 3600
    error_message = "exam_start_seconds is ${coalesce(var.exam_start_seconds, 0)}; give a whole number of seconds from 10 to 3600, or leave it out."
  }
}

variable "high_availability" {
  description = "The database has a standby and the share is zone-redundant. Changes the bill only."
  type        = bool
  nullable    = false
  default     = true
}

variable "assumptions" {
  description = "What the model believes about one user, one page and one server. Replace a value by what your own load test measured."
  nullable    = false
  default     = {}
  type = object({
    # One user asks for one page in so many seconds.
    think_seconds = optional(number, 60)
    # Page views that the start of an attempt is worth: the quiz, startattempt.php, the first page of questions.
    exam_start_pages = optional(number, 3)
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
    # Operations of the database's disk for one page view: its log entry is one commit.
    database_operations_per_page = optional(number, 1)
    # That entry with its indexes, and the months of them that the disk holds: a term.
    database_bytes_per_page = optional(number, 1000)
    database_log_months     = optional(number, 4)
    # The share of the database's connections that the pools may take together.
    connection_share = optional(number, 0.8)
    # Above this, one single-threaded PgBouncer gains nothing from another connection.
    maximum_pool_size = optional(number, 235)

    cache_commands_per_page           = optional(number, 110)
    session_commands_per_page         = optional(number, 15)
    redis_commands_per_primary_second = optional(number, 60000)
    replicas_per_redis_primary        = optional(number, 1)
    # A login on another device is another session, and one that is left idle stays for hours.
    sessions_per_user = optional(number, 3)
    session_kib       = optional(number, 5)
    # maxmemory of a node, as manifests/redis/*/cluster/purpose.conf has it.
    session_node_mib = optional(number, 2560)
    cache_node_mib   = optional(number, 3072)

    # Every other page shows a file of a course: open, read, close.
    file_operations_per_page = optional(number, 1.5)
    file_kib_per_page        = optional(number, 100)

    # What a browser with an empty cache asks Front Door for, the page included, and what of it reaches Moodle. One that has
    # been there before asks for little more than the latter.
    edge_requests_per_page   = optional(number, 11)
    origin_requests_per_page = optional(number, 4)
    origin_request_seconds   = optional(number, 2)

    # Only for the bill: ten mornings of four hours, the compressed page, a line of log for each request, a node's own log.
    busy_hours_per_month   = optional(number, 40)
    edge_kib_per_page      = optional(number, 100)
    log_bytes_per_page     = optional(number, 2000)
    log_gib_per_node_month = optional(number, 10)
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
