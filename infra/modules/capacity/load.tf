locals {
  assume = var.assumptions

  # Requests a second, not people, are what a server feels (Moodle's documentation, Performance FAQ).
  steady_pages_per_second = var.concurrent_users / local.assume.think_seconds

  # At a common start everybody asks for the same pages within the window. The published exam test of a machine of known size
  # (Universidad de la República, Moodle 4.5, 2026) found this moment to be the only one that its largest run felt.
  exam_start_pages_per_second = var.exam_start_seconds == null ? 0 : var.concurrent_users * local.assume.exam_start_pages / var.exam_start_seconds

  # Who begins an exam does nothing else meanwhile, so that the larger of the two counts and not their sum.
  pages_per_second          = max(local.steady_pages_per_second, local.exam_start_pages_per_second)
  exam_start_governs        = local.exam_start_pages_per_second > local.steady_pages_per_second
  sql_statements_per_second = local.pages_per_second * local.assume.sql_statements_per_page

  # A month's pages if every busy hour is as the busiest, without the minute in which an exam begins: an upper bound.
  pages_per_month = local.steady_pages_per_second * 3600 * local.assume.busy_hours_per_month
}
