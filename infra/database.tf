resource "azurerm_private_dns_zone" "database" {
  name                = "${local.prefix}.private.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.platform.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "database" {
  name                = local.prefix
  private_dns_zone_id = azurerm_private_dns_zone.database.id
  virtual_network_id  = azurerm_virtual_network.platform.id
  tags                = local.tags
}

resource "azurerm_postgresql_flexible_server" "moodle" {
  name                              = local.names.database_server
  resource_group_name               = azurerm_resource_group.platform.name
  location                          = azurerm_resource_group.platform.location
  create_mode                       = var.database_restore == null ? null : var.database_restore.from_paired_region ? "GeoRestore" : "PointInTimeRestore"
  source_server_id                  = try(var.database_restore.from, null)
  point_in_time_restore_time_in_utc = try(var.database_restore.at, null)

  # What every Moodle from 4.5 to 5.3 runs on: 5.2 is the first to refuse 15.
  version = "16"
  tags    = local.tags

  sku_name          = module.capacity.database.sku_name
  storage_mb        = module.capacity.database.storage_mb
  auto_grow_enabled = true

  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.database.id
  public_network_access_enabled = false

  # The password is read back from the Key Vault, so that a run which stopped between the two continues with the same one.
  administrator_login               = local.names.database_user
  administrator_password_wo         = ephemeral.azurerm_key_vault_secret.database_password.value
  administrator_password_wo_version = var.password_version

  # Moodle knows passwords only. Persons sign in as themselves, when there is somebody who may let them.
  authentication {
    password_auth_enabled         = true
    active_directory_auth_enabled = var.database_admin != null
    tenant_id                     = var.database_admin == null ? null : data.azurerm_client_config.current.tenant_id
  }

  backup_retention_days        = coalesce(var.backup_retention_days, var.high_availability ? 35 : 7)
  geo_redundant_backup_enabled = var.geo_redundant_backup

  zone = var.zones[0]

  dynamic "high_availability" {
    for_each = var.high_availability ? [1] : []

    content {
      mode                      = "ZoneRedundant"
      standby_availability_zone = var.zones[1]
    }
  }

  # Saturday night, and not the night of the cluster's own upgrades.
  maintenance_window {
    day_of_week  = 6
    start_hour   = 22
    start_minute = 0
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.database]

  lifecycle {
    # A failover swaps the two zones; swapping them back would be another failover. Storage grows by itself and cannot
    # shrink: a smaller number here would mean a new server. Where a server came from counts once, when it is made.
    ignore_changes = [
      zone, high_availability[0].standby_availability_zone, storage_mb,
      name, create_mode, source_server_id, point_in_time_restore_time_in_utc,
    ]

    postcondition {
      condition     = var.database_restore == null || self.name == local.names.database_server
      error_message = "database_restore asks for a server made from a backup, and the state has ${self.name}. Take that one out of the state first; it stays in Azure: docs/operate.md, Restore."
    }
  }
}

resource "azurerm_postgresql_flexible_server_active_directory_administrator" "persons" {
  for_each = { for admin in [var.database_admin] : admin.object_id => admin if admin != null }

  server_name         = azurerm_postgresql_flexible_server.moodle.name
  resource_group_name = azurerm_resource_group.platform.name
  tenant_id           = data.azurerm_client_config.current.tenant_id
  object_id           = each.value.object_id
  principal_name      = each.value.name
  principal_type      = each.value.type
}

# Copies that lag behind by moments, for reading. They are of the database's size, since one that is smaller falls behind for
# good, and go from zone to zone beginning with the one that has neither the database nor its standby.
resource "azurerm_postgresql_flexible_server" "replica" {
  for_each = toset([for number in range(var.database_replicas) : tostring(number + 1)])

  name                = "${azurerm_postgresql_flexible_server.moodle.name}-replica-${each.key}"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags

  create_mode      = "Replica"
  source_server_id = azurerm_postgresql_flexible_server.moodle.id

  version           = azurerm_postgresql_flexible_server.moodle.version
  sku_name          = module.capacity.database.sku_name
  storage_mb        = module.capacity.database.storage_mb
  auto_grow_enabled = true

  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.database.id
  public_network_access_enabled = false

  zone = var.zones[(each.key + 1) % length(var.zones)]

  # A replica is made from a server that has everything.
  depends_on = [
    azurerm_postgresql_flexible_server_configuration.moodle,
    azurerm_postgresql_flexible_server_active_directory_administrator.persons,
  ]

  lifecycle {
    ignore_changes = [zone, storage_mb]
  }
}

resource "azurerm_postgresql_flexible_server_database" "moodle" {
  name      = local.names.database
  server_id = azurerm_postgresql_flexible_server.moodle.id
  charset   = "UTF8"
  collation = "en_US.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

# What Azure does not set as this site needs it.
resource "azurerm_postgresql_flexible_server_configuration" "moodle" {
  for_each = {
    # Azure's own value for the size, from which the capacity model takes the pools' share. Azure sets it when the server is
    # made and never again, so that a server which grew would keep the connections of the small one. Needs a restart, which
    # the provider does. More is advised against; shared_buffers is left to Azure.
    max_connections = tostring(module.capacity.database.max_connections)
    # A client that died in a transaction keeps a pooled connection. Longer than Moodle's own limit of a task, half an hour.
    idle_in_transaction_session_timeout = "2700000"
    # Milliseconds: statements that a page should not wait for.
    log_min_duration_statement = "2000"
    # Who waits for whom, which is what an exam's first minute is about.
    log_lock_waits = "on"
  }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.moodle.id
  value     = each.value
}
