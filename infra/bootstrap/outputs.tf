output "repository_variables" {
  description = "Variables of the GitHub repository, by name."
  value = {
    AZURE_TENANT_ID       = data.azurerm_client_config.current.tenant_id
    AZURE_SUBSCRIPTION_ID = local.subscription_id
    TERRAFORM_BACKEND_CONFIG = join("\n", [
      "resource_group_name=${azurerm_resource_group.pipeline.name}",
      "storage_account_name=${azurerm_storage_account.state.name}",
      "container_name=${azurerm_storage_container.state.name}",
      "key={environment}/{root}.tfstate",
    ])
  }
}

output "environment_variables" {
  description = "Variables of each GitHub environment, by its name and theirs."
  value       = { for name, identity in azurerm_user_assigned_identity.pipeline : name => { AZURE_CLIENT_ID = identity.client_id } }
}

output "environment_file_access" {
  description = "What to put under access in each environments/NAME.yml, by NAME."
  value = { for environment in var.environments : environment => {
    plannerObjectIds  = [azurerm_user_assigned_identity.pipeline["${environment}-plan"].principal_id]
    deployerObjectIds = [azurerm_user_assigned_identity.pipeline["${environment}-deploy"].principal_id]
  } }
}

output "subjects" {
  description = "Subjects of GitHub's tokens that may sign in, by identity and form: compare with the one in an error of the sign-in."
  value       = { for name, credential in azurerm_federated_identity_credential.github : name => credential.subject }
}
