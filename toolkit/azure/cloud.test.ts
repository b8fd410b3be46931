import { describe, expect, test } from '@jest/globals';
import { selectCloud } from './cloud.ts';

describe('selectCloud', () => {
  test.each([
    ['public', 'login.microsoftonline.com', 'management.azure.com'],
    ['us-government', 'login.microsoftonline.us', 'management.usgovcloudapi.net'],
    ['china', 'login.chinacloudapi.cn', 'management.chinacloudapi.cn'],
  ] as const)('%s', (azureCloud, login, management) => {
    expect(selectCloud({ azureCloud })).toMatchObject({
      authorityHost: `https://${login}`,
      resourceManager: `https://${management}`,
      resourceManagerAudience: `https://${management}`,
      authorityIsMicrosoft: true,
    });
  });

  test('given hosts replace the own ones; the audience stays', () => {
    const cloud = selectCloud({
      azureCloud: 'public',
      azureAuthorityHost: 'https://127.0.0.1:8443/',
      azureResourceManagerEndpoint: 'https://127.0.0.1:8443',
    });
    expect(cloud).toMatchObject({
      authorityHost: 'https://127.0.0.1:8443',
      resourceManager: 'https://127.0.0.1:8443',
      resourceManagerAudience: 'https://management.azure.com',
      authorityIsMicrosoft: false,
    });
  });

  test.each(['http://login.example.org', 'login.example.org', 'https://login.example.org/tenant'])(
    '%s is refused',
    (host) => {
      expect(() => selectCloud({ azureCloud: 'public', azureAuthorityHost: host })).toThrow(
        `Input "azure-authority-host" must be an address such as https://login.example.org; it is "${host}".`,
      );
    },
  );
});
