/**
 * The Azure clouds: where to sign in, where Resource Manager is, and which audiences their tokens name.
 * Source: https://learn.microsoft.com/azure/developer/identity/authentication-national-cloud and the `az cloud show` table.
 */
import { UserError } from '../errors.ts';

/** One cloud, with the hosts of a run. */
export interface Cloud {
  /** Sign-in host, `https://…`, without a trailing slash. */
  authorityHost: string;
  /** Resource Manager endpoint, `https://…`, without a trailing slash. */
  resourceManager: string;
  /** Audience of Resource Manager tokens. It belongs to the cloud and stays when the endpoint is overridden. */
  resourceManagerAudience: string;
  /** Audience of Key Vault tokens. */
  keyVaultAudience: string;
  /** False when the sign-in host was given by hand: the identity library knows only Microsoft's own hosts. */
  authorityIsMicrosoft: boolean;
}

type CloudName = 'public' | 'us-government' | 'china';

const clouds: Record<CloudName, Cloud> = {
  public: {
    authorityHost: 'https://login.microsoftonline.com',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.azure.com',
    keyVaultAudience: 'https://vault.azure.net',
    authorityIsMicrosoft: true,
  },
  'us-government': {
    authorityHost: 'https://login.microsoftonline.us',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.usgovcloudapi.net',
    keyVaultAudience: 'https://vault.usgovcloudapi.net',
    authorityIsMicrosoft: true,
  },
  china: {
    authorityHost: 'https://login.chinacloudapi.cn',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.chinacloudapi.cn',
    keyVaultAudience: 'https://vault.azure.cn',
    authorityIsMicrosoft: true,
  },
};

/** The inputs that choose a cloud, as the common Azure inputs give them. */
export interface CloudInputs {
  azureCloud: CloudName;
  azureAuthorityHost?: string | undefined;
  azureResourceManagerEndpoint?: string | undefined;
}

/**
 * The cloud named by the inputs, with the hosts that override its own.
 *
 * @throws UserError when a host is not an `https` address
 */
export function selectCloud(inputs: CloudInputs): Cloud {
  const cloud = clouds[inputs.azureCloud];
  const authority = httpsOrigin('azure-authority-host', inputs.azureAuthorityHost);
  const endpoint = httpsOrigin('azure-resource-manager-endpoint', inputs.azureResourceManagerEndpoint);
  return {
    ...cloud,
    ...(authority === undefined
      ? {}
      : {
          authorityHost: authority,
          authorityIsMicrosoft: Object.values(clouds).some((c) => c.authorityHost === authority),
        }),
    ...(endpoint === undefined ? {} : { resourceManager: endpoint }),
  };
}

function httpsOrigin(input: string, given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const url = URL.parse(given);
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '')
    throw new UserError(`Input "${input}" must be an address such as https://login.example.org; it is "${given}".`);
  return url.origin;
}
