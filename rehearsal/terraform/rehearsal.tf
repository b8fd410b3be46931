variable "rehearsal_subscription_id" {
  description = "Subscription of the Azure stand-in."
  type        = string
}

variable "rehearsal_limits" {
  description = "The most that one machine runs of each."
  type = object({
    redis_nodes         = number
    web_replicas        = number
    cron_replicas       = number
    pgbouncer_replicas  = number
    pgbouncer_pool_size = number
  })
}

locals {
  root = basename(abspath(path.root)) == "frontend" ? "frontend" : "infra"
}

# Tells the Azure stand-in what exists now: it makes the resources up that the outputs name. When it refuses, the resource
# is tainted, and the next apply tells it again.
resource "terraform_data" "report" {
  triggers_replace = local.outputs

  provisioner "local-exec" {
    command = "node report.mjs"
    environment = {
      REHEARSAL_REPORT = jsonencode({ root = local.root, action = "apply", outputs = local.outputs })
    }
  }
}

# Apart from the report, since a report that is replaced must not take the platform down.
resource "terraform_data" "presence" {
  input      = local.root
  depends_on = [terraform_data.report]

  provisioner "local-exec" {
    when    = destroy
    command = "node report.mjs"
    environment = {
      REHEARSAL_REPORT = jsonencode({ root = self.input, action = "destroy", outputs = {} })
    }
  }
}
