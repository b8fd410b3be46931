/** Front Door: profile and domain in infra/, the way to Moodle in infra/frontend/. */
import { list, put, resources, text } from '../plan-json.ts';
import { add, argument, one, type Policy } from '../policy.ts';

const root = 'infra/frontend';
const route = 'azurerm_cdn_frontdoor_route';
const origin = 'azurerm_cdn_frontdoor_origin';
const group = 'azurerm_cdn_frontdoor_origin_group';

/** Azure's limit for the message of a private link request. */
const MESSAGE_CHARACTERS = 140;

export const frontDoorPolicies: Policy[] = [
  argument({
    name: 'Front Door is Premium',
    why: 'Private origins and managed firewall rules need it.',
    type: 'azurerm_cdn_frontdoor_profile',
    path: 'sku_name',
    is: ['Premium_AzureFrontDoor'],
    planted: 'Standard_AzureFrontDoor',
  }),
  argument({
    name: 'the domain demands TLS 1.2',
    why: 'Older versions are broken.',
    environment: 'production',
    type: 'azurerm_cdn_frontdoor_custom_domain',
    path: 'tls.0.minimum_version',
    is: ['TLS12', 'TLS13'],
    planted: 'TLS10',
  }),
  argument({
    name: 'a certificate of ours takes the place of a managed one',
    why: 'A certificate that is chosen and not used is noticed on the day the managed one cannot be renewed.',
    environment: 'production',
    type: 'azurerm_cdn_frontdoor_custom_domain',
    path: 'tls.0.certificate_type',
    is: (value, plan) =>
      value === (plan.variables.certificate_name?.value === '' ? 'ManagedCertificate' : 'CustomerCertificate'),
    planted: 'AzureFirstPartyManagedCertificate',
  }),
  {
    name: 'Front Door reads one secret of the vault',
    why: "The others are the database's and the administrator's passwords.",
    root: 'infra',
    environment: 'production',
    check: (plan) =>
      resources(plan, 'azurerm_role_assignment')
        .filter(({ name, values }) => name === 'front_door_certificate' && text(values, 'scope') !== '')
        .filter(({ values }) => !/\/vaults\/[^/]+\/secrets\/[^/]+$/.test(text(values, 'scope')))
        .map(({ address, values }) => `${address} is on ${text(values, 'scope')}`),
    plant: (plan) =>
      put(
        one(plan, 'azurerm_role_assignment', ({ name }) => name === 'front_door_certificate').values,
        'scope',
        '/subscriptions/x/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x',
      ),
  },
  argument({
    root,
    name: 'HTTP becomes HTTPS',
    why: 'A password must not travel in clear.',
    type: route,
    path: 'https_redirect_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    root,
    name: 'the route takes both protocols',
    why: 'Without HTTP there is nothing to redirect.',
    type: route,
    path: 'supported_protocols',
    is: (value) => Array.isArray(value) && value.includes('Http') && value.includes('Https'),
    planted: ['Http'],
  }),
  argument({
    root,
    environment: 'production',
    name: 'the site has one name',
    why: 'Under two names Moodle redirects from one to the other.',
    type: route,
    path: 'link_to_default_domain',
    is: [false],
    planted: true,
  }),
  argument({
    root,
    name: 'the origin group asks whether Moodle is well',
    why: 'Without a probe Front Door sends people to a dead origin.',
    type: group,
    path: 'health_probe.0.path',
    is: ['/healthz'],
    planted: undefined,
  }),
  argument({
    root,
    name: 'any pod serves anybody',
    why: 'Affinity would fill one pod after a scale-out.',
    type: group,
    path: 'session_affinity_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    root,
    name: 'the origin is private',
    why: 'A public origin is a way around the firewall.',
    type: origin,
    path: 'private_link.0.private_link_target_id',
    is: (value) => String(value).includes('/privateLinkServices/'),
    planted: undefined,
  }),
  {
    name: 'all origins are private',
    why: 'Azure takes no mixture.',
    root,
    check: (plan) =>
      resources(plan, origin)
        .filter(({ values }) => list(values, 'private_link').length === 0)
        .map(({ address }) => address),
    plant: (plan) => add(plan, origin, { host_name: 'public.example.org' }),
  },
  argument({
    root,
    name: 'the origin checks certificates',
    why: 'Azure demands it of private origins.',
    type: origin,
    path: 'certificate_name_check_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    root,
    name: 'the request message fits',
    why: 'Azure cuts or refuses a longer one, and nobody would find the request.',
    type: origin,
    path: 'private_link.0.request_message',
    is: (value) => value === undefined || String(value).length <= MESSAGE_CHARACTERS,
    planted: 'x'.repeat(MESSAGE_CHARACTERS + 1),
  }),
  argument({
    root,
    name: 'nobody can guess the request message',
    why: 'Whoever can, is approved in our place.',
    type: 'random_id',
    path: 'byte_length',
    is: (value) => Number(value) >= 16,
    planted: 4,
  }),
];
