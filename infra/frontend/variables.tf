variable "environment" {
  description = "Name of the environment, such as production: the same as the platform's."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "environment is \"${var.environment}\"; give 3 to 20 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "location" {
  description = "Azure region of the Private Link Service."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]+$", var.location))
    error_message = "location is \"${var.location}\"; give the region's short name, such as westeurope or brazilsouth."
  }
}

variable "domain" {
  description = "Host name of the site; empty: the Front Door endpoint's own name. The same as the platform's."
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

variable "resource_group_name" {
  description = "Output resource_group_name of the platform."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[-\\w.()]{1,90}$", var.resource_group_name))
    error_message = "resource_group_name is \"${var.resource_group_name}\"; give the platform's output of the same name."
  }
}

variable "node_resource_group_name" {
  description = "Output node_resource_group_name of the platform, where AKS keeps the Private Link Service."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[-\\w.()]{1,90}$", var.node_resource_group_name))
    error_message = "node_resource_group_name is \"${var.node_resource_group_name}\"; give the platform's output of the same name."
  }
}

variable "front_door_profile_name" {
  description = "Output front_door_profile_name of the platform; the endpoint has the same name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,44}[a-zA-Z0-9]$", var.front_door_profile_name))
    error_message = "front_door_profile_name is \"${var.front_door_profile_name}\"; give the platform's output of the same name."
  }
}

variable "front_door_endpoint_host" {
  description = "Output front_door_endpoint_host of the platform. Needed when domain is empty; may be empty in a plan made before the platform exists."
  type        = string
  nullable    = false
  default     = ""
}

variable "private_link_service_name" {
  description = "Private Link Service of the load balancer that leads to Moodle."
  type        = string
  nullable    = false
  default     = "moodle-svc-pls"

  validation {
    condition     = can(regex("^[a-zA-Z0-9][-\\w.]{0,78}[a-zA-Z0-9_]$", var.private_link_service_name))
    error_message = "private_link_service_name is \"${var.private_link_service_name}\"; give the name of a Private Link Service, such as moodle-svc-pls."
  }
}

variable "firewall_mode" {
  description = "Prevention blocks what the firewall finds, Detection only logs it."
  type        = string
  nullable    = false
  default     = "Prevention"

  validation {
    condition     = contains(["Prevention", "Detection"], var.firewall_mode)
    error_message = "firewall_mode is \"${var.firewall_mode}\"; give Prevention or Detection."
  }
}

variable "rate_limit_per_minute" {
  description = "Output rate_limit_per_minute of the platform: requests a minute of one address above which the rate limit begins."
  type        = number
  nullable    = false

  validation {
    condition     = floor(var.rate_limit_per_minute) == var.rate_limit_per_minute && var.rate_limit_per_minute >= 100
    error_message = "rate_limit_per_minute is ${var.rate_limit_per_minute}; give a whole number from 100 on, best the platform's output of the same name."
  }
}

variable "rate_limit_action" {
  description = "What happens to an address above the rate limit: Log only writes it down, Block refuses its requests until the minute is over."
  type        = string
  nullable    = false
  default     = "Log"

  validation {
    condition     = contains(["Log", "Block"], var.rate_limit_action)
    error_message = "rate_limit_action is \"${var.rate_limit_action}\"; give Log or Block."
  }
}
