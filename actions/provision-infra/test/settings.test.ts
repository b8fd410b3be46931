import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outputsOfRoot, rootOutputSpecs } from '../src/contract.ts';
import { Refused } from '../src/failure.ts';
import { typedOutputs } from '../src/outputs.ts';
import { checkIdentity, checkRoot, parseBackendConfig, renderVariables } from '../src/settings.ts';

const words = { environment: 'production', root: 'frontend' };

describe('the identity', () => {
  const all = { azureTenantId: 't', azureClientId: 'c', azureSubscriptionId: 's' };

  const job = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example.org' };

  test('is given whole, or not at all, or by the environment; or the job may not sign in', () => {
    expect(() => checkIdentity(all, job)).not.toThrow();
    expect(() => checkIdentity({}, job)).not.toThrow();
    expect(() => checkIdentity({ ...all, azureClientId: undefined }, { ...job, ARM_CLIENT_ID: 'c' })).not.toThrow();
    expect(() => checkIdentity({ azureSubscriptionId: 's' }, {})).not.toThrow();
  });

  test('given in part, it is said what is missing, and where it comes from', () => {
    expect(() => checkIdentity({ ...all, azureClientId: undefined }, { ...job, ARM_CLIENT_ID: '' })).toThrow(
      'To sign in to Azure, the input "azure-client-id" (variable AZURE_CLIENT_ID) must be given too: look whether the GitHub environment of this job has that variable. Nothing was done.',
    );
    expect(() => checkIdentity({ azureClientId: 'c' }, job)).toThrow(
      'the inputs "azure-tenant-id" (variable AZURE_TENANT_ID) and "azure-subscription-id" (variable AZURE_SUBSCRIPTION_ID) must be given too: look whether the GitHub environment of this job has these variables.',
    );
  });
});

describe('backend settings', () => {
  test('words in braces are replaced, and the first = divides', () => {
    expect(
      parseBackendConfig(['key={environment}/{root}.tfstate', 'endpoint = https://x/?a=b', 'empty='], words),
    ).toEqual({
      key: 'production/frontend.tfstate',
      endpoint: 'https://x/?a=b',
      empty: '',
    });
  });

  test.each([
    ['no name', 'just text', '"just text" must have the form name=value'],
    ['a bad name', '1key=x', '"1key=x" must have the form name=value'],
    ['an unknown word', 'key={env}.tfstate', 'key has {env}, and only {environment} and {root} are known'],
    ['a secret', 'sas_token=?sv=1', 'sas_token is a secret'],
  ])('refuses %s', (_, line, message) => {
    expect(() => parseBackendConfig([line], words)).toThrow(message);
  });

  test('tells all that is wrong at once', () => {
    expect(() => parseBackendConfig(['a=1', 'a=2', 'nonsense'], words)).toThrow(/a is given twice\.\n.*"nonsense"/);
  });

  test('any value without braces stays as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/[{}]/.test(text)),
        (text) => {
          expect(parseBackendConfig([`key=${text}`], words)).toEqual({ key: text.trim() });
        },
      ),
    );
  });
});

describe('variables', () => {
  test('come out as they went in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/), fc.jsonValue()), (variables) => {
        expect(JSON.parse(renderVariables(variables))).toEqual(JSON.parse(JSON.stringify(variables)));
      }),
    );
  });

  test.each([[null], ['text'], [7], [[]]])('%j is refused', (value) => {
    expect(() => renderVariables(value)).toThrow('must be a JSON object');
  });

  test('names that no variable can have are named', () => {
    expect(() => renderVariables({ ok: 1, 'not ok': 2, '': 3 })).toThrow(
      'has "not ok", "", which no variable can be named',
    );
  });
});

test('the root is the last part of its folder, whatever the way there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'root-'));
  writeFileSync(join(folder, 'main.tf.json'), '{}');
  expect(checkRoot(`${folder}/`)).toBe(folder.split('/').at(-1));
  rmSync(folder, { recursive: true });
  expect(() => checkRoot(folder)).toThrow('is not a folder');
});

describe('outputs', () => {
  const expected = { specs: rootOutputSpecs, required: [], directory: 'infra' };
  const plain = (value: unknown) => ({ sensitive: false, value });

  test('are handed on by their names with dashes and with their types; others are not', () => {
    const outputs = { cluster_name: plain('aks'), web_replicas: plain(3), own: plain('x'), constructor: plain('y') };
    expect(typedOutputs(outputs, expected).values).toEqual({ 'cluster-name': 'aks', 'web-replicas': 3 });
  });

  test('that are not known are left out', () => {
    const outputs = { cluster_name: { sensitive: false }, host_name: plain(null) };
    expect(typedOutputs(outputs, expected).values).toEqual({});
  });

  test.each([['3'], [3.5], [true], [{}]])('%j is not a whole number', (value) => {
    expect(() => typedOutputs({ web_replicas: plain(value) }, expected)).toThrow('must be a whole number');
  });

  test('that are sensitive are masked, leaf by leaf, and never handed on', () => {
    const outputs = {
      cluster_name: { sensitive: true, value: 'hush-1' },
      own: { sensitive: true, value: { user: 'admin', deep: ['hush-2', 5, null], short: 'no' } },
    };
    expect(typedOutputs(outputs, expected)).toEqual({
      values: {},
      withheld: ['cluster_name'],
      secrets: ['hush-1', 'admin', 'hush-2'],
      all: {},
    });
  });

  test('of any root are handed on together, but for those that are sensitive', () => {
    const outputs = {
      own: plain({ a: [1] }),
      hidden: { sensitive: true, value: 'hush-3' },
      later: { sensitive: false },
    };
    expect(typedOutputs(outputs, expected).all).toEqual({ own: { a: [1] } });
  });

  test('that a root of ours must have are missed by name', () => {
    const platform = { ...expected, required: outputsOfRoot['front-door'], directory: 'infra/frontend' };
    expect(() => typedOutputs({ host_name: plain('x'), origin_id: { sensitive: false } }, platform)).toThrow(
      new Refused(
        'outputs-invalid',
        'Output "private_link_request_message" is missing: the root infra/frontend must have it, as `output "private_link_request_message"`.',
      ),
    );
  });
});
