# Every name in one place, known before anything exists: a plan can show them, and nothing has to be looked up by them.
locals {
  prefix = "${var.name}-${var.environment}"
  # Names that all of Azure shares end in six characters of our own, the same at every run.
  suffix  = substr(sha256("${local.subscription_id}/${local.prefix}"), 0, 6)
  compact = substr(replace(local.prefix, "-", ""), 0, 13)

  names = {
    resource_group      = local.prefix
    node_resource_group = "${local.prefix}-nodes"
    cluster             = local.prefix
    registry            = "${local.compact}${local.suffix}"
    key_vault           = "${local.compact}-kv-${local.suffix}"
    # A server that was made from a backup stands beside the one it came from, which keeps its name.
    database_server   = join("-", compact([local.prefix, local.suffix, try(formatdate("YYYYMMDDhhmmss", var.database_restore.at), "")]))
    database          = "moodle"
    database_user     = "moodle"
    files_account     = "${local.compact}files${local.suffix}"
    files_share       = "moodledata"
    objects_account   = "${local.compact}blobs${local.suffix}"
    objects_container = "moodle-files"
    front_door        = local.prefix
  }

  tags = merge(var.tags, { environment = var.environment, managed-by = "terraform" })
}
