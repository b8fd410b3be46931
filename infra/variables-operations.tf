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
