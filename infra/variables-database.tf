variable "high_availability" {
  description = "Standby database in a second zone and zone-redundant storage. Turn off only where an outage of hours hurts nobody."
  type        = bool
  nullable    = false
  default     = true

  validation {
    condition     = var.high_availability || var.environment != "production"
    error_message = "high_availability is false in production; a production environment needs its standby."
  }
}

variable "backup_retention_days" {
  description = "Days that the database can be set back to any moment of. Empty: 35, the most that Azure keeps, with high_availability, and 7, the least, without."
  type        = number
  default     = null

  validation {
    condition     = var.backup_retention_days == null ? true : floor(var.backup_retention_days) == var.backup_retention_days && var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "backup_retention_days is ${coalesce(var.backup_retention_days, 0)}; give a whole number from 7 to 35."
  }
}

variable "geo_redundant_backup" {
  description = "Keep database backups in the paired region too. Can be chosen only when the server is created."
  type        = bool
  nullable    = false
  default     = false
}

variable "database_restore" {
  description = "Make the database's server from the backups of another: from is that one's resource id, at the moment to go back to, from_paired_region whether its region is another one and keeps geo-redundant backups here. Counts only when the server is made: see README.md."
  type        = object({ from = string, at = string, from_paired_region = optional(bool, false) })
  default     = null

  validation {
    condition     = var.database_restore == null ? true : can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.DBforPostgreSQL/flexibleServers/[^/]+$", var.database_restore.from))
    error_message = "database_restore.from is \"${var.database_restore == null ? "" : var.database_restore.from}\"; give the resource id of a flexible server: /subscriptions/…/resourceGroups/…/providers/Microsoft.DBforPostgreSQL/flexibleServers/…"
  }

  validation {
    condition     = var.database_restore == null ? true : can(regex("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$", var.database_restore.at))
    error_message = "database_restore.at is \"${var.database_restore == null ? "" : var.database_restore.at}\"; give a moment in UTC such as 2027-01-18T03:15:04Z."
  }
}

variable "database_replicas" {
  description = "Read replicas of the database. Moodle reads from them only when its own configuration names them: see README.md."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = floor(var.database_replicas) == var.database_replicas && var.database_replicas >= 0 && var.database_replicas <= 5
    error_message = "database_replicas is ${var.database_replicas}; give a whole number from 0 to 5, which is the most that Azure keeps of one server."
  }
}

variable "database_admin" {
  description = "Entra group, user or service principal that administers the database by its own sign-in; type is Group, User or ServicePrincipal, name as Entra ID shows it. None: only the password signs in, which nobody but the pods should know."
  type        = object({ object_id = string, name = string, type = optional(string, "Group") })
  default     = null

  validation {
    condition = var.database_admin == null ? true : (
      can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", var.database_admin.object_id)) &&
      var.database_admin.name != "" && contains(["Group", "User", "ServicePrincipal"], var.database_admin.type)
    )
    error_message = "database_admin needs the object id (a GUID) and the name that Entra ID shows, and the type Group, User or ServicePrincipal."
  }
}

variable "password_version" {
  description = "Raise by one to give the database, and the account by which Moodle reaches it, new passwords."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = floor(var.password_version) == var.password_version && var.password_version >= 1
    error_message = "password_version is ${var.password_version}; give a whole number from 1 on."
  }
}
