variable "environment" {
  description = "Name of the environment, such as production. Part of every resource's name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "environment is \"${var.environment}\"; give 3 to 20 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "name" {
  description = "Prefix of every resource's name."
  type        = string
  nullable    = false
  default     = "moodle"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.name))
    error_message = "name is \"${var.name}\"; give 2 to 10 lower-case letters and digits, starting with a letter."
  }
}

variable "location" {
  description = "Azure region, such as westeurope. It must have availability zones and AKS, PostgreSQL and Premium files in them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]+$", var.location))
    error_message = "location is \"${var.location}\"; give the region's short name, such as westeurope or brazilsouth."
  }

  validation {
    condition     = !contains(local.regions_without_zones, var.location)
    error_message = "location is \"${var.location}\", a region without availability zones; give one that has three, such as westeurope, eastus2 or brazilsouth."
  }
}

variable "zones" {
  description = "Availability zones of the region to spread over. Three make Redis Cluster survive the loss of one."
  type        = list(string)
  nullable    = false
  default     = ["1", "2", "3"]

  validation {
    condition     = length(var.zones) >= 2 && length(distinct(var.zones)) == length(var.zones) && alltrue([for zone in var.zones : contains(["1", "2", "3"], zone)])
    error_message = "zones is [${join(", ", var.zones)}]; give two or three different ones of 1, 2 and 3."
  }
}

variable "concurrent_users" {
  description = "People using Moodle at the same time, at the busiest moment of the year. Every size follows from it."
  type        = number
  nullable    = false

  validation {
    condition     = floor(var.concurrent_users) == var.concurrent_users && var.concurrent_users >= 100 && var.concurrent_users <= 1000000
    error_message = "concurrent_users is ${var.concurrent_users}; give a whole number from 100 to 1000000."
  }
}

variable "capacity_assumptions" {
  description = "Values of the capacity model to replace by measured ones: see modules/capacity/variables.tf for the names."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.capacity_assumptions) : contains([
      "think_seconds", "exam_start_pages", "cpu_seconds_per_page", "target_utilisation", "web_pod_vcpus",
      "web_workers_per_pod", "minimum_web_replicas", "sql_statements_per_page", "sql_statements_per_pgbouncer_second",
      "sql_statements_per_vcore_second", "database_operations_per_page", "database_bytes_per_page",
      "database_log_months", "connection_share", "maximum_pool_size", "cache_commands_per_page",
      "session_commands_per_page", "redis_commands_per_primary_second", "replicas_per_redis_primary",
      "sessions_per_user", "session_kib", "session_node_mib", "cache_node_mib", "file_operations_per_page",
      "file_kib_per_page", "edge_requests_per_page", "origin_requests_per_page", "origin_request_seconds",
      "busy_hours_per_month", "edge_kib_per_page", "log_bytes_per_page", "log_gib_per_node_month",
    ], name)])
    error_message = "capacity_assumptions has a name the capacity model does not know: ${join(", ", keys(var.capacity_assumptions))}. The names are in infra/modules/capacity/variables.tf."
  }
}

variable "domain" {
  description = "Host name of the site, such as moodle.example.edu. Empty: the site is served under the Front Door endpoint's own name."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.domain == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain is \"${var.domain}\"; give a lower-case host name without https:// and path, such as moodle.example.edu, or nothing."
  }
}

variable "certificate_name" {
  description = "Certificate of the domain in this platform's Key Vault, imported there by you. Empty: Front Door gets one of its own and renews it."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = can(regex("^[a-zA-Z0-9-]{0,127}$", var.certificate_name))
    error_message = "certificate_name is \"${var.certificate_name}\"; give the name of a certificate in the Key Vault: letters, digits and hyphens."
  }

  validation {
    condition     = var.certificate_name == "" || var.domain != ""
    error_message = "certificate_name is \"${var.certificate_name}\" without a domain; give the domain that the certificate is for."
  }
}

variable "users_behind_one_address" {
  description = "Users that may share one public address, as a university behind a NAT gateway does. The firewall's rate limit follows from it. An address has 65,535 ports, and each browser takes one at least, so that there cannot be more than the default."
  type        = number
  nullable    = false
  default     = 64000

  validation {
    condition     = floor(var.users_behind_one_address) == var.users_behind_one_address && var.users_behind_one_address >= 100 && var.users_behind_one_address <= 64000
    error_message = "users_behind_one_address is ${var.users_behind_one_address}; give a whole number from 100 to 64000."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.tags) <= 45
    error_message = "tags has ${length(var.tags)} entries; Azure allows 50 on a resource and this configuration adds its own: give at most 45."
  }
}
