variable "location" {
  description = "Azure region of the state and of the identities, such as westeurope. It needs no relation to that of the platform."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]+$", var.location))
    error_message = "location is \"${var.location}\"; give the region's short name, such as westeurope or brazilsouth."
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

variable "environments" {
  description = "Names of the environments in this subscription, as in environments/NAME.yml: each gets an identity that plans and one that applies."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", name))])
    error_message = "environments is [${join(", ", var.environments)}]; give at least one name, each of 3 to 20 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "github_repository" {
  description = "The repository whose workflow calls the pipeline, with the ids that `gh api repos/OWNER/NAME --jq '{owner: .owner.login, owner_id: .owner.id, name, id}'` prints. Letters count: upper and lower case as GitHub writes them."
  nullable    = false
  type = object({
    owner    = string
    owner_id = number
    name     = string
    id       = number
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", var.github_repository.owner)) && can(regex("^[A-Za-z0-9._-]+$", var.github_repository.name))
    error_message = "github_repository is ${var.github_repository.owner}/${var.github_repository.name}; give the owner and the name as they are in the repository's address, each without a slash."
  }

  validation {
    condition     = alltrue([for id in [var.github_repository.owner_id, var.github_repository.id] : id >= 1 && floor(id) == id])
    error_message = "github_repository has owner_id ${var.github_repository.owner_id} and id ${var.github_repository.id}; both are whole numbers from 1 on."
  }
}

variable "subject_forms" {
  description = "Forms of the subject in GitHub's tokens that the identities trust: classic (repo:OWNER/NAME:...) for repositories made before 15 July 2026 and never renamed or transferred, immutable (repo:OWNER@ID/NAME@ID:...) for all others. Both until you know which yours has."
  type        = set(string)
  nullable    = false
  default     = ["classic", "immutable"]

  validation {
    condition     = length(var.subject_forms) > 0 && length(setsubtract(var.subject_forms, ["classic", "immutable"])) == 0
    error_message = "subject_forms is [${join(", ", var.subject_forms)}]; give classic, immutable or both."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.tags) <= 48
    error_message = "tags has ${length(var.tags)} entries; Azure allows 50 on a resource and this configuration adds its own: give at most 48."
  }
}
