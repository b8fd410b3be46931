terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }

  # The values come from -backend-config: storage account, container and key are one environment's own.
  backend "azurerm" {
    use_oidc         = true
    use_azuread_auth = true
  }
}
