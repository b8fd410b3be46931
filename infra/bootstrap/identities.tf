locals {
  # One identity for each of the GitHub environments NAME-plan and NAME-deploy.
  identities = merge([for environment in var.environments : {
    for role in ["plan", "deploy"] : "${environment}-${role}" => { environment = environment, role = role }
  }]...)

  planners  = toset([for name, identity in local.identities : name if identity.role == "plan"])
  deployers = toset([for name, identity in local.identities : name if identity.role == "deploy"])

  repository = {
    classic   = "repo:${var.github_repository.owner}/${var.github_repository.name}"
    immutable = "repo:${var.github_repository.owner}@${format("%d", var.github_repository.owner_id)}/${var.github_repository.name}@${format("%d", var.github_repository.id)}"
  }

  credentials = merge([for name in keys(local.identities) : {
    for form in var.subject_forms : "${name}-${form}" => { identity = name, form = form, subject = "${local.repository[form]}:environment:${name}" }
  }]...)
}

resource "azurerm_user_assigned_identity" "pipeline" {
  for_each = local.identities

  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.pipeline.name
  location            = azurerm_resource_group.pipeline.location
  tags                = merge(local.tags, { environment = each.value.environment })
}

# A job may sign in when GitHub says that it runs in this environment of this repository. Who may use the environment is
# decided in GitHub: limit NAME-deploy to the default branch. The classic form names no ids, so that whoever gets the name
# of a deleted repository gets its rights: leave it out of subject_forms when tokens have the other.
resource "azurerm_federated_identity_credential" "github" {
  for_each = local.credentials

  name                      = "github-${each.value.form}"
  user_assigned_identity_id = azurerm_user_assigned_identity.pipeline[each.value.identity].id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://token.actions.githubusercontent.com"
  subject                   = each.value.subject
}
