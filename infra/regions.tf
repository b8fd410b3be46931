locals {
  # A region whose zones are missing is found by Azure only after half an hour of applying. Of the regions of the public cloud,
  # these had none on 23 September 2025: https://learn.microsoft.com/azure/reliability/regions-list
  regions_without_zones = [
    "australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth",
    "germanynorth", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest",
    "uaecentral", "ukwest", "westcentralus", "westindia", "westus",
  ]
}
