locals {
  # Processors first (they, not memory, are the limit of Moodle: the same published test), then pods, then nodes.
  web_vcpus    = local.pages_per_second * local.assume.cpu_seconds_per_page / local.assume.target_utilisation
  web_replicas = max(local.assume.minimum_web_replicas, ceil(local.web_vcpus / local.assume.web_pod_vcpus))
  web_workers  = local.web_replicas * local.assume.web_workers_per_pod

  # A larger node wastes less on its own agents, a smaller one makes a small environment affordable. One processor of each
  # is left to the system (AKS reserves about 0.3, DaemonSets take the rest).
  web_node_vcpus    = local.pages_per_second <= 85 ? 8 : 16
  web_pods_per_node = floor((local.web_node_vcpus - 1) / local.assume.web_pod_vcpus)
  web_nodes         = ceil(local.web_replicas / local.web_pods_per_node)

  # Moodle runs three scheduled and three ad-hoc tasks at a time by default, so more pods than these would idle.
  cron_replicas = var.concurrent_users < 100000 ? 2 : 3
}
