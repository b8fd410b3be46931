terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
  }

  # No backend: this root makes the account that states are kept in. Its own state has no secrets; see README.md.
}
