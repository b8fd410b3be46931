terraform {
  # 1.11 is the first version with write-only arguments, which keep passwords out of plan and state (OpenTofu: 1.11 too).
  required_version = ">= 1.11, < 2.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
    # 3.7 is the first version with the ephemeral random_password.
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
