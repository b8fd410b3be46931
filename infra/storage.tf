# moodledata: one NFS share that all pods mount. NFS knows no keys; the private endpoint is the only way in, and the file
# driver encrypts the mount (which is why the account itself must accept connections that are not HTTPS).
resource "azurerm_storage_account" "files" {
  name                = local.names.files_account
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags

  account_kind             = "FileStorage"
  account_tier             = "Premium"
  account_replication_type = var.high_availability ? "ZRS" : "LRS"

  https_traffic_only_enabled      = false
  min_tls_version                 = "TLS1_2"
  shared_access_key_enabled       = false
  allow_nested_items_to_be_public = false
  public_network_access_enabled   = false

  share_properties {
    retention_policy {
      days = 14
    }
  }
}

resource "azurerm_storage_share" "moodledata" {
  name               = local.names.files_share
  storage_account_id = azurerm_storage_account.files.id
  enabled_protocol   = "NFS"
  quota              = module.capacity.files_quota_gib

  lifecycle {
    prevent_destroy = true
  }
}

# Moodle's file pool, moved here from the share by its object storage plugin under the workload identity.
resource "azurerm_storage_account" "objects" {
  name                = local.names.objects_account
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags

  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.high_availability ? "ZRS" : "LRS"

  min_tls_version                 = "TLS1_2"
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  public_network_access_enabled   = false

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 30
    }

    container_delete_retention_policy {
      days = 30
    }
  }
}

resource "azurerm_storage_container" "files" {
  name                  = local.names.objects_container
  storage_account_id    = azurerm_storage_account.objects.id
  container_access_type = "private"

  lifecycle {
    prevent_destroy = true
  }
}
