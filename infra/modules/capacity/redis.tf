locals {
  # Commands of one page, counted on Moodle 4.5 with all caches in Redis: 112 for the dashboard with its sessions, and 13 to 15
  # for sessions alone.
  redis_commands_per_second = {
    sessions = local.pages_per_second * local.assume.session_commands_per_page
    cache    = local.pages_per_second * local.assume.cache_commands_per_page
  }

  # A session of somebody who is logged in was measured at 4.6 KB. None may be evicted, so that they fill four fifths of the
  # memory at most. The cache evicts what was not used for longest, and takes any size.
  session_mib       = var.concurrent_users * local.assume.sessions_per_user * local.assume.session_kib / 1024
  session_primaries = ceil(local.session_mib / (0.8 * local.assume.session_node_mib))

  # At least three primaries, so that a majority survives the loss of one.
  redis_primaries = {
    sessions = max(3, local.session_primaries, ceil(local.redis_commands_per_second.sessions / local.assume.redis_commands_per_primary_second))
    cache    = max(3, ceil(local.redis_commands_per_second.cache / local.assume.redis_commands_per_primary_second))
  }
  redis_nodes = { for name, primaries in local.redis_primaries : name => primaries * (1 + local.assume.replicas_per_redis_primary) }
}
