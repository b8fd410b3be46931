variable "address_space" {
  description = "Addresses of the virtual network. Nodes take its first sixteenth."
  type        = string
  nullable    = false
  default     = "10.64.0.0/16"

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && can(regex("/(1[2-8])$", var.address_space))
    error_message = "address_space is \"${var.address_space}\"; give an IPv4 range from /12 to /18, such as 10.64.0.0/16."
  }

  validation {
    condition     = try(4 + tonumber(regex("/(1[2-8])$", var.address_space)[0]) <= module.capacity.network.node_subnet_prefix, true)
    error_message = "address_space is \"${var.address_space}\", whose first sixteenth has too few addresses for the ${module.capacity.network.most_nodes} nodes that ${var.concurrent_users} users need during an upgrade; give at least a /${module.capacity.network.node_subnet_prefix - 4}, such as 10.64.0.0/${module.capacity.network.node_subnet_prefix - 4}."
  }
}

variable "pod_address_space" {
  description = "Overlay addresses of pods, the same in every cluster. A node takes a /24, so a /14 is enough for 1,024 nodes."
  type        = string
  nullable    = false
  default     = "10.128.0.0/14"

  validation {
    condition     = can(cidrhost(var.pod_address_space, 0)) && can(regex("/(1[0-6])$", var.pod_address_space))
    error_message = "pod_address_space is \"${var.pod_address_space}\"; give an IPv4 range from /10 to /16, such as 10.128.0.0/14."
  }

  validation {
    condition     = try(tonumber(regex("/(1[0-6])$", var.pod_address_space)[0]) <= module.capacity.network.pod_prefix, true)
    error_message = "pod_address_space is \"${var.pod_address_space}\", too small for the ${module.capacity.network.most_nodes} nodes that ${var.concurrent_users} users need during an upgrade and that take a /24 each; give at least a /${module.capacity.network.pod_prefix}, such as 10.128.0.0/${module.capacity.network.pod_prefix}."
  }
}
