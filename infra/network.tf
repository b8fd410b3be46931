resource "azurerm_virtual_network" "platform" {
  name                = local.prefix
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  address_space       = [var.address_space]
  tags                = local.tags
}

# In a /16: 4,091 addresses for nodes, whose surge during an upgrade needs room too; the variable refuses a range in which
# they have none. Pods have addresses of their own.
resource "azurerm_subnet" "nodes" {
  name                            = "nodes"
  resource_group_name             = azurerm_resource_group.platform.name
  virtual_network_name            = azurerm_virtual_network.platform.name
  address_prefixes                = [cidrsubnet(var.address_space, 4, 0)]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet" "database" {
  name                            = "database"
  resource_group_name             = azurerm_resource_group.platform.name
  virtual_network_name            = azurerm_virtual_network.platform.name
  address_prefixes                = [cidrsubnet(var.address_space, 8, 16)]
  default_outbound_access_enabled = false

  delegation {
    name = "postgresql"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                              = "endpoints"
  resource_group_name               = azurerm_resource_group.platform.name
  virtual_network_name              = azurerm_virtual_network.platform.name
  address_prefixes                  = [cidrsubnet(var.address_space, 8, 17)]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "NetworkSecurityGroupEnabled"
}

# The addresses that Front Door's connections arrive from: named by the annotation azure-pls-ip-configuration-subnet of
# the load balancer service. Azure refuses a Private Link Service in a subnet whose network policies are on.
resource "azurerm_subnet" "private_link_service" {
  name                                          = "private-link-service"
  resource_group_name                           = azurerm_resource_group.platform.name
  virtual_network_name                          = azurerm_virtual_network.platform.name
  address_prefixes                              = [cidrsubnet(var.address_space, 8, 18)]
  default_outbound_access_enabled               = false
  private_link_service_network_policies_enabled = false
}

# Agents that build images when the registry is private. They fetch base images and packages through the NAT gateway.
resource "azurerm_subnet" "builds" {
  for_each = toset(var.private_registry ? ["builds"] : [])

  name                            = each.key
  resource_group_name             = azurerm_resource_group.platform.name
  virtual_network_name            = azurerm_virtual_network.platform.name
  address_prefixes                = [cidrsubnet(var.address_space, 8, 19)]
  default_outbound_access_enabled = false
}

resource "azurerm_network_security_group" "internal" {
  name                = "${local.prefix}-internal"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags

  # Azure's own last rule denies the Internet already; stated, so that a rule added above it is a visible decision.
  security_rule {
    name                       = "deny-internet"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "Internet"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_network_security_group" "database" {
  name                = "${local.prefix}-database"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  tags                = local.tags

  # 6432 is Azure's own, by which a server and its standby find each other.
  security_rule {
    name                         = "allow-postgresql"
    priority                     = 100
    direction                    = "Inbound"
    access                       = "Allow"
    protocol                     = "Tcp"
    source_address_prefixes      = concat(azurerm_subnet.nodes.address_prefixes, azurerm_subnet.database.address_prefixes)
    source_port_range            = "*"
    destination_address_prefixes = azurerm_subnet.database.address_prefixes
    destination_port_ranges      = ["5432", "6432"]
  }

  security_rule {
    name                       = "deny-network"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "VirtualNetwork"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "platform" {
  for_each = merge({
    nodes     = { subnet = azurerm_subnet.nodes.id, group = azurerm_network_security_group.internal.id }
    endpoints = { subnet = azurerm_subnet.endpoints.id, group = azurerm_network_security_group.internal.id }
    database  = { subnet = azurerm_subnet.database.id, group = azurerm_network_security_group.database.id }
    }, { for name, subnet in azurerm_subnet.builds :
    name => { subnet = subnet.id, group = azurerm_network_security_group.internal.id }
  })

  subnet_id                 = each.value.subnet
  network_security_group_id = each.value.group
}

# StandardV2 is zone-redundant by itself. Two addresses: each carries 64,512 flows per destination.
resource "azurerm_nat_gateway" "outbound" {
  name                = local.prefix
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  sku_name            = "StandardV2"
  tags                = local.tags
}

resource "azurerm_public_ip" "outbound" {
  for_each = toset(["1", "2"])

  name                = "${local.prefix}-outbound-${each.key}"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
  allocation_method   = "Static"
  sku                 = "StandardV2"
  zones               = var.zones
  tags                = local.tags
}

resource "azurerm_nat_gateway_public_ip_association" "outbound" {
  for_each = azurerm_public_ip.outbound

  nat_gateway_id       = azurerm_nat_gateway.outbound.id
  public_ip_address_id = each.value.id
}

resource "azurerm_subnet_nat_gateway_association" "nodes" {
  subnet_id      = azurerm_subnet.nodes.id
  nat_gateway_id = azurerm_nat_gateway.outbound.id
}

resource "azurerm_subnet_nat_gateway_association" "builds" {
  for_each = azurerm_subnet.builds

  subnet_id      = each.value.id
  nat_gateway_id = azurerm_nat_gateway.outbound.id

  depends_on = [azurerm_nat_gateway_public_ip_association.outbound]
}
