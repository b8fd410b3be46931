# What Azure, or azurerm, does not give however much is paid. The sizes end there, and the output limits says so: everything else
# is sized all the same, and measured assumptions may say otherwise.
locals {
  ceilings = [
    {
      name      = "database cores"
      needed    = ceil(local.database_vcores_needed)
      available = 96
      remedy    = "Have Moodle read from read replicas (its database option readonly; Azure allows five), at least ${ceil(100 * (1 - 96 / max(96, local.database_vcores_needed)))} % of the statements. Or raise sql_statements_per_vcore_second, if a load test shows that a core carries more. Azure sells up to 192 cores (Ddsv6), of which azurerm knows none above 96 yet."
    },
    {
      name      = "operations a second of the database's disk"
      needed    = ceil(local.database_operations)
      available = 20000
      remedy    = "Lower database_operations_per_page by what a load test shows, or move the server to Premium SSD v2 (80,000), which azurerm does not offer yet."
    },
    {
      name      = "nodes of the web pool, with an upgrade's surge"
      needed    = local.pools.app.max_count + local.surge.app
      available = 1000
      remedy    = "Divide the web pods over two pools."
    },
    {
      name      = "operations a second of the NFS share"
      needed    = ceil(local.file_operations)
      available = 100000
      remedy    = "Move Moodle's files to object storage."
    },
    {
      name      = "NAT addresses of the Private Link Service"
      needed    = local.private_link_addresses
      available = 8
      remedy    = "Add a second Private Link Service as another origin."
    },
    {
      name      = "requests a second of the Front Door profile"
      needed    = ceil(local.edge_requests_per_second)
      available = 100000
      remedy    = "Ask Azure's support for more, weeks ahead."
    },
  ]

  limits = [
    for ceiling in local.ceilings : merge(ceiling, {
      # All of these grow with the pages a second, so that a longer start is the way out if the load after it fits.
      remedy = join(" ", concat(
        local.exam_start_governs && ceiling.needed * local.steady_pages_per_second <= ceiling.available * local.pages_per_second
        ? ["Let the exam begin over ${ceil(coalesce(var.exam_start_seconds, 0) * ceiling.needed / ceiling.available)} seconds, not ${coalesce(var.exam_start_seconds, 0)}."] : [],
        [ceiling.remedy],
      ))
    }) if ceiling.needed > ceiling.available
  ]
}
