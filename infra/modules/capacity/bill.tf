# What a month's bill is made of, as quantities; prices are no business of Terraform (scripts/capacity/prices.json).
# least:    every pool at its fewest nodes, and no traffic. Reached only where web pods are scaled in.
# expected: the pods of the peak run all month, as the manifests have them, and no traffic.
# most:     every pool at its most nodes all month, and a busy month's traffic.
locals {
  # As Azure's price pages count: 365 days / 12.
  month_hours = 730

  vm_sizes = distinct([for pool in local.pools : "Standard_${pool.series}${pool.vcpus}ds_v5"])
  nodes = { for size in local.vm_sizes : size => {
    for name in ["min_count", "expected_count", "max_count"] :
    name => sum([for pool in local.pools : "Standard_${pool.series}${pool.vcpus}ds_v5" == size ? pool[name] : 0])
  } }
  all_nodes = { for name in ["min_count", "expected_count", "max_count"] : name => sum(values(local.nodes)[*][name]) }

  # A standby is a second server with a second disk.
  database_servers = var.high_availability ? 2 : 1

  gib_per_kib = 1 / 1048576

  bill_of_fixed = [
    { item = "aks/standard", unit = "hour", quantity = local.month_hours },
    { item = "postgresql/ddsv5", unit = "vCore hour", quantity = local.database_servers * local.database.vcores * local.month_hours },
    { item = "postgresql/storage", unit = "GiB month", quantity = local.database_servers * floor(local.database_disk.mib / 1024) },
    { item = var.high_availability ? "files/premium-zrs" : "files/premium-lrs", unit = "GiB month", quantity = local.files_quota_gib },
    { item = "registry/premium", unit = "day", quantity = local.month_hours / 24 },
    { item = "front-door/premium", unit = "month", quantity = 1 },
    { item = "nat-gateway/standard-v2", unit = "hour", quantity = local.month_hours },
    { item = "public-ip", unit = "hour", quantity = 2 * local.month_hours },
    # The share, object storage, Key Vault, registry.
    { item = "private-endpoint", unit = "hour", quantity = 4 * local.month_hours },
  ]

  bill_of_traffic = [
    { item = "front-door/requests", unit = "10,000 requests", quantity = local.pages_per_month * local.assume.origin_requests_per_page / 10000 },
    { item = "front-door/egress", unit = "GiB", quantity = local.pages_per_month * local.assume.edge_kib_per_page * local.gib_per_kib },
    { item = "private-endpoint/data", unit = "GiB", quantity = local.pages_per_month * local.assume.file_kib_per_page * local.gib_per_kib },
  ]

  bill_of_materials = concat(
    [for size, count in local.nodes : {
      item     = "vm/${size}"
      unit     = "hour"
      least    = count.min_count * local.month_hours
      expected = count.expected_count * local.month_hours
      most     = count.max_count * local.month_hours
    }],
    [for line in local.bill_of_fixed : { item = line.item, unit = line.unit, least = line.quantity, expected = line.quantity, most = line.quantity }],
    [for line in local.bill_of_traffic : { item = line.item, unit = line.unit, least = 0, expected = 0, most = line.quantity }],
    [{
      item     = "log-analytics"
      unit     = "GiB"
      least    = local.all_nodes.min_count * local.assume.log_gib_per_node_month
      expected = local.all_nodes.expected_count * local.assume.log_gib_per_node_month
      most     = local.all_nodes.max_count * local.assume.log_gib_per_node_month + local.pages_per_month * local.assume.log_bytes_per_page / pow(1024, 3)
    }],
  )
}
