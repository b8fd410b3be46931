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
  description = "Addresses from which the Kubernetes API and the Key Vault may be reached, runners among them. Empty: any address, guarded by Entra ID alone. The API of a private cluster has no public address to limit."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for range in var.operator_ip_ranges : can(cidrhost(range, 0))])
    error_message = "operator_ip_ranges must be ranges such as 203.0.113.0/24; these are not: ${join(", ", [for range in var.operator_ip_ranges : range if !can(cidrhost(range, 0))])}."
  }
}

variable "private_cluster" {
  description = "Give the Kubernetes API a private address only, so that runners must be in the virtual network or in one that is peered with it. Can be chosen only when the cluster is created."
  type        = bool
  nullable    = false
  default     = false
}

variable "private_registry" {
  description = "Turn the registry's public endpoint off. Images are then built by an agent pool in the virtual network, which costs by the second of its machine."
  type        = bool
  nullable    = false
  default     = false
}
