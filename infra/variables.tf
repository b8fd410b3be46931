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
    condition     = floor(var.concurrent_users) == var.concurrent_users && var.concurrent_users >= 100 && var.concurrent_users <= 500000
    error_message = "concurrent_users is ${var.concurrent_users}; give a whole number from 100 to 500000."
  }
}

variable "capacity_assumptions" {
  description = "Values of the capacity model to replace by measured ones: see modules/capacity/variables.tf for the names."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.capacity_assumptions) : contains([
      "think_seconds", "cpu_seconds_per_page", "target_utilisation", "web_pod_vcpus", "web_workers_per_pod",
      "minimum_web_replicas", "sql_statements_per_page", "sql_statements_per_pgbouncer_second",
      "sql_statements_per_vcore_second", "connection_share", "maximum_pool_size",
      "cache_commands_per_page", "session_commands_per_page", "redis_commands_per_primary_second",
      "replicas_per_redis_primary",
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

variable "kubernetes_version" {
  description = "Kubernetes minor version; patches are applied by AKS. At least 1.33, the first whose file driver encrypts NFS in transit."
  type        = string
  nullable    = false
  default     = "1.34"

  validation {
    condition     = can(regex("^1\\.(3[3-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "kubernetes_version is \"${var.kubernetes_version}\"; give a minor version from 1.33 on, such as 1.34."
  }
}

variable "address_space" {
  description = "Addresses of the virtual network. Nodes take its first sixteenth."
  type        = string
  nullable    = false
  default     = "10.64.0.0/16"

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && can(regex("/(1[2-8])$", var.address_space))
    error_message = "address_space is \"${var.address_space}\"; give an IPv4 range from /12 to /18, such as 10.64.0.0/16."
  }
}

variable "pod_address_space" {
  description = "Overlay addresses of pods, the same in every cluster. A node takes a /24, so /14 is enough for 1,024 nodes."
  type        = string
  nullable    = false
  default     = "10.128.0.0/14"

  validation {
    condition     = can(cidrhost(var.pod_address_space, 0)) && can(regex("/(1[0-4])$", var.pod_address_space))
    error_message = "pod_address_space is \"${var.pod_address_space}\"; give an IPv4 range from /10 to /14, such as 10.128.0.0/14."
  }
}

variable "high_availability" {
  description = "Standby database in a second zone, zone-redundant storage and long backups. Turn off only where an outage of hours hurts nobody."
  type        = bool
  nullable    = false
  default     = true

  validation {
    condition     = var.high_availability || var.environment != "production"
    error_message = "high_availability is false in production; a production environment needs its standby."
  }
}

variable "geo_redundant_backup" {
  description = "Keep database backups in the paired region too. Can be chosen only when the server is created."
  type        = bool
  nullable    = false
  default     = false
}

variable "admin_group_object_ids" {
  description = "Entra groups whose members administer the cluster."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for id in var.admin_group_object_ids : can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", id))])
    error_message = "admin_group_object_ids must be object ids (GUIDs) of Entra groups."
  }
}

variable "deployer_object_ids" {
  description = "Object ids of the identities that the pipeline applies as: they may manage the objects in the cluster and build images."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for id in var.deployer_object_ids : can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", id))])
    error_message = "deployer_object_ids must be object ids (GUIDs) of service principals or managed identities; the client id is another GUID."
  }
}

variable "planner_object_ids" {
  description = "Object ids of the identities that the pipeline plans as: they may read, run commands in pods, and write in Moodle's namespace as far as a server-side dry run counts as writing."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for id in var.planner_object_ids : can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", id))])
    error_message = "planner_object_ids must be object ids (GUIDs) of service principals or managed identities; the client id is another GUID."
  }

  validation {
    condition     = length(setintersection(var.planner_object_ids, var.deployer_object_ids)) == 0
    error_message = "planner_object_ids and deployer_object_ids have an identity in common, which needs to be in deployer_object_ids only: ${join(", ", setintersection(var.planner_object_ids, var.deployer_object_ids))}."
  }
}

variable "operator_ip_ranges" {
  description = "Addresses from which the Kubernetes API and the Key Vault may be reached, runners among them. Empty: any address, guarded by Entra ID alone."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for range in var.operator_ip_ranges : can(cidrhost(range, 0))])
    error_message = "operator_ip_ranges must be ranges such as 203.0.113.0/24; these are not: ${join(", ", [for range in var.operator_ip_ranges : range if !can(cidrhost(range, 0))])}."
  }
}

variable "password_version" {
  description = "Raise by one to give the database and the Moodle administrator new passwords."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = floor(var.password_version) == var.password_version && var.password_version >= 1
    error_message = "password_version is ${var.password_version}; give a whole number from 1 on."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = floor(var.log_retention_days) == var.log_retention_days && var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "log_retention_days is ${var.log_retention_days}; give a whole number from 30 to 730."
  }
}

variable "alert_emails" {
  description = "Addresses that alerts are sent to. Alerts can be seen in the portal without any."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", address))])
    error_message = "alert_emails must be e-mail addresses; these are not: ${join(", ", [for address in var.alert_emails : address if !can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", address))])}."
  }
}

variable "maintenance_freezes" {
  description = "Times in which AKS starts no upgrade of the cluster or its nodes, such as exam weeks: start and end in RFC 3339, such as 2027-01-18T00:00:00Z."
  type        = list(object({ start = string, end = string }))
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for freeze in var.maintenance_freezes : try(timecmp(freeze.start, freeze.end) < 0, false)])
    error_message = "maintenance_freezes must each have a start before its end, both in RFC 3339 such as 2027-01-18T00:00:00Z; these do not: ${join(", ", [for freeze in var.maintenance_freezes : "${freeze.start} to ${freeze.end}" if !try(timecmp(freeze.start, freeze.end) < 0, false)])}."
  }
}

variable "private_registry" {
  description = "Turn the registry's public endpoint off. Images are then built by an agent pool in the virtual network, which costs by the second of its machine."
  type        = bool
  nullable    = false
  default     = false
}
