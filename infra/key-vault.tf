resource "azurerm_key_vault" "platform" {
  name                = local.names.key_vault
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tenant_id           = data.azurerm_client_config.current.tenant_id
  sku_name            = "standard"
  tags                = local.tags

  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90

  # Pods use the private endpoint. The pipeline comes from outside: from the ranges given, else from anywhere with a role.
  public_network_access_enabled = true

  network_acls {
    bypass         = "AzureServices"
    default_action = length(var.operator_ip_ranges) > 0 ? "Deny" : "Allow"
    ip_rules       = var.operator_ip_ranges
  }
}

# A new password is made when its number rises. password_version gives the database another one; only PgBouncer knows it.
# Moodle's processes sign in to PgBouncer by one of two accounts in turns: an odd password_version uses a, an even one b, and
# the step to it renews the account that nobody uses. So pods that still run, and know the other one, are let in meanwhile.
locals {
  password_versions = {
    "database-password" = var.password_version
    "pooler-password-a" = floor((var.password_version + 1) / 2)
    "pooler-password-b" = floor(var.password_version / 2) + 1
    # Of a new site. Afterwards it is Moodle's, whose administrator changes it there.
    "moodle-admin-password" = 1
  }
}

# Passwords exist in the vault only: ephemeral resources are never written to plan or state, and the vault's value_wo
# argument is sent and forgotten.
ephemeral "random_password" "secret" {
  for_each = local.password_versions

  length      = 32
  min_lower   = 4
  min_upper   = 4
  min_numeric = 4
  min_special = 2
  # Without quotes, backslash, dollar and per cent: the value also passes through ini files and connection strings.
  override_special = "-_.~+=:"
}

resource "azurerm_key_vault_secret" "password" {
  for_each = local.password_versions

  name             = each.key
  key_vault_id     = azurerm_key_vault.platform.id
  value_wo         = ephemeral.random_password.secret[each.key].result
  value_wo_version = each.value
  content_type     = "password"
  tags             = local.tags
}

ephemeral "azurerm_key_vault_secret" "database_password" {
  name         = azurerm_key_vault_secret.password["database-password"].name
  key_vault_id = azurerm_key_vault_secret.password["database-password"].key_vault_id
  version      = azurerm_key_vault_secret.password["database-password"].version
}
