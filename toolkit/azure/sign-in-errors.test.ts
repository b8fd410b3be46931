import { describe, expect, test } from '@jest/globals';
import { transientFault } from '../process/transient.ts';
import { signInFailure, signInSentence } from './sign-in-errors.ts';

const attempt = { clientId: 'the-client', tenantId: 'the-tenant', subject: 'repo:a/b:ref:refs/heads/main' };
/** As the identity library words it. */
const wrapped = (number: number) =>
  `invalid_client: Error(s): ${number} - Timestamp: 2026-11-24 10:00:00Z - Description: AADSTS${number}: Something in Microsoft's words. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-11-24 10:00:00Z - Correlation ID: 2 - Trace ID: 1`;

describe('signInSentence', () => {
  test.each([
    [700213, /no federated credential for this job's subject 'repo:a\/b:ref:refs\/heads\/main'/],
    [70021, /no federated credential/],
    [7002138, /only in upper and lower case/],
    [700016, /no application with client id the-client in tenant the-tenant/],
    [90002, /Tenant the-tenant was not found/],
    [700024, /had expired/],
    [700211, /another issuer/],
    [700212, /api:\/\/AzureADTokenExchange/],
    [500011, /check azure-cloud/],
  ])('AADSTS%i', (number, sentence) => {
    const said = signInSentence(wrapped(number), attempt);
    expect(said).toMatch(sentence);
    expect(said).toContain(`(AADSTS${number})`);
    expect(said).not.toMatch(/Trace ID|\n/);
  });

  test("a number that is not in the table keeps Microsoft's words, without ids", () => {
    expect(signInSentence(wrapped(53003), attempt)).toBe(
      "Microsoft Entra ID refused the sign-in: Something in Microsoft's words. (AADSTS53003)",
    );
  });

  test('a host that is no sign-in service, and a text without a number', () => {
    expect(signInSentence('endpoints_resolution_error: Error: x', attempt)).toMatch(/check azure-authority-host/);
    expect(signInSentence('GitHub gave the job no\nidentity token.', attempt)).toBe(
      'Sign-in to Azure failed: GitHub gave the job no identity token.',
    );
  });

  test('a connection that was lost', () => {
    expect(signInSentence('network_error: See https://aka.ms/msal.js.errors', attempt)).toMatch(
      /connection .* was lost/,
    );
  });
});

describe('what is tried again', () => {
  const again = (error: unknown) => transientFault(signInFailure(error))?.name;

  test.each([
    ['a lost connection', new Error('network_error: See https://aka.ms/msal.js.errors'), 'connection lost'],
    ['a host that did not answer', new Error('endpoints_resolution_error: x'), 'connection lost'],
    ["Entra's 429", Object.assign(new Error('AADSTS90055: throttled'), { statusCode: 429 }), 'throttled'],
  ])('%s', (_, error, name) => {
    expect(again(error)).toBe(name);
  });

  test.each([
    ['a refusal of Entra', Object.assign(new Error('AADSTS700213: none'), { statusCode: 401 })],
    ['another failure', new Error('GitHub gave the job no identity token: status 401.')],
  ])('not %s', (_, error) => {
    expect(again(error)).toBeUndefined();
  });
});
