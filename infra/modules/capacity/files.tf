# On a premium share of the first billing model, size buys speed: 3,000 operations a second and one more for each GiB, at most
# 100,000; 100 MiB a second and 0.1 more for each GiB; 100 GiB to 100 TiB.
# https://learn.microsoft.com/azure/storage/files/understanding-billing
locals {
  file_operations = local.pages_per_second * local.assume.file_operations_per_page
  file_mib        = local.pages_per_second * local.assume.file_kib_per_page / 1024

  files_gib_needed = max(local.file_operations - 3000, (local.file_mib - 100) / 0.1)
  files_quota_gib  = 1024 * max(1, min(100, ceil(local.files_gib_needed / 1024)))
}
