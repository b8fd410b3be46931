# How many requests a minute may come from one address, so that the start of an exam is never taken for a flood: a school, or a
# university behind a NAT gateway, is one address, and all of it begins at the same second.
locals {
  # Of one user in that minute: the form to sign in, the sign-in, the dashboard, the course, the quiz, the first questions; or
  # what the capacity model has users do all the time, where that is more.
  pages_per_user_and_minute = max(6, 60 * module.capacity.pages_per_second / var.concurrent_users)

  # Each with its style sheets, scripts, images and AJAX calls, also those that Front Door answers from its cache. A site cannot
  # have more users behind one address than it has users.
  rate_limit_per_minute = ceil(min(var.concurrent_users, var.users_behind_one_address) * local.pages_per_user_and_minute * module.capacity.edge_requests_per_page)
}
