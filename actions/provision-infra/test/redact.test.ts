import { describe, expect, test } from '@jest/globals';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { createRedact } from '../src/redact.ts';
import { isPasswordLike, isSecretName, writtenSecrets } from '../src/secret-rules.ts';
import { secretValues } from '../src/secret-values.ts';
import { resource } from './golden/samples.ts';

const planOf = (...resources: object[]) =>
  parsePlan(JSON.stringify({ format_version: '1.2', resource_changes: resources }));
const found = (...resources: object[]): string[] => [...secretValues(planOf(...resources))].sort();

describe('a registered secret', () => {
  const secret = 'S3cr&t "key"/é';
  const redact = createRedact(undefined, { secrets: [secret] });

  test.each([
    ['as it is', `x ${secret} y`, 'x *** y'],
    ['twice', `${secret}${secret}`, '******'],
    ['in JSON', `{"a":${JSON.stringify(secret)}}`, '{"a":"***"}'],
    ['in JSON of Terraform', '{"a":"S3cr\\u0026t \\"key\\"/\\u00e9"}', '{"a":"***"}'],
    ['in JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: secret }) }), '{"a":"{\\"b\\":\\"***\\"}"}'],
    [
      'escaped in two ways',
      `{"a":${JSON.stringify(secret)},"b":${JSON.stringify(JSON.stringify(secret))}}`,
      '{"a":"***","b":"\\"***\\""}',
    ],
    ['in a URL', `https://x/?a=${encodeURIComponent(secret)}`, '***'],
    ['in a form', 'a=S3cr%26t+%22key%22%2f%C3%A9 b', '*** b'],
    ['in base64', Buffer.from(secret).toString('base64'), '***'],
    ['in base64 of something longer', `Basic ${Buffer.from(`user:${secret}!`).toString('base64')}.`, 'Basic ***.'],
    ['in base64 for URLs', Buffer.from(`??${secret}`).toString('base64url'), '***'],
    ['in base64 of JSON', Buffer.from(JSON.stringify({ a: secret })).toString('base64'), '***'],
  ])('%s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test('a text without it stays, whatever is in it', () => {
    const text = '100% \\u00zz %zz \\" /subscriptions/x?a=%20 -----BEGIN CERTIFICATE----- aGVsbG8gd29ybGQ=';
    expect(redact(text)).toBe(text);
  });

  test('one that stands in another is covered to the end of both', () => {
    const both = createRedact(undefined, { secrets: ['abcdefgh', 'efghijkl'] });
    expect(both('-abcdefghijkl-')).toBe('-***-');
  });

  test('of less than four characters is left to where it is marked', () => {
    expect(createRedact(undefined, { secrets: ['abc', ''] })('abc')).toBe('abc');
  });
});

test('ids are hidden in small and capital letters', () => {
  const redact = createRedact(undefined, { hidden: ['AbCdEf12-0000'] });
  expect(redact('/subscriptions/abcdef12-0000/ABCDEF12-0000/AbCdEf12-0000')).toBe('/subscriptions/***/***/***');
});

describe('secrets that show by the way they are written', () => {
  const redact = createRedact(undefined);
  test.each([
    ['Server=tcp:x;User ID=a;Password=p4ss;Encrypt=true', 'Server=tcp:x;User ID=a;Password=***;Encrypt=true'],
    ['AccountName=a;AccountKey=abc123==;EndpointSuffix=x', 'AccountName=a;AccountKey=***;EndpointSuffix=x'],
    ['Endpoint=sb://x/;SharedAccessKey=abc=', 'Endpoint=sb://x/;SharedAccessKey=***'],
    ['https://x.blob.core.windows.net/c?sv=1&sig=a%2Bb&se=2', 'https://x.blob.core.windows.net/c?sv=1&sig=***&se=2'],
    ['postgres://user:p4ss@host:5432/db', 'postgres://user:***@host:5432/db'],
    ['redis://:p4ss@host', 'redis://:***@host'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
      '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----',
    ],
    [
      'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.abc-def_1',
      'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.***',
    ],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
    expect(redact(expected)).toBe(expected);
    expect(writtenSecrets(text)).toHaveLength(1);
  });

  test.each(['a=b', 'user@example.org', 'http://host:8080/path@x', 'passwordless=1', 'git@github.com:o/r.git'])(
    '%s is none',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe('names', () => {
  test.each([
    'password',
    'administrator_password',
    'adminPassword',
    'DB_PASSWORD',
    'db-password',
    'primary_access_key',
    'secondary_connection_string',
    'connectionString',
    'sas_token',
    'sas_url',
    'kube_config',
    'kube_admin_config_raw',
    'client_secret',
    'private_key_pem',
    'token',
    'shared_key',
    'PGPASSWD',
    'instrumentation_key',
    'api_key',
    'apiKey',
  ])('%s is of a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    'name',
    'key_vault_secret_id',
    'password_version',
    'administrator_password_wo_version',
    'secret_name',
    'token_ttl',
    'secretName',
    'key_permissions',
    'secret_permissions',
    'key_vault_secrets_provider',
    'secret_rotation_interval',
    'password_policy',
    'ssh_public_key',
    'token_url',
    'tenant_id',
    'access_key_id',
    'passenger',
    'bypass',
  ])('%s is not', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('what a plan tells of secrets', () => {
  test('marks and rules, whole texts and the secrets in them', () => {
    const before = {
      marked: 'marked-value',
      nested: [{ deep: ['deep-value'], open: 'open-value' }],
      url: 'postgres://u:url-password@h/d',
      config: '{"api_key":"json-value"}',
      short: 'abc',
    };
    const before_sensitive = { marked: true, nested: [{ deep: [true] }], short: true };
    expect(found(resource('a.b', { actions: ['no-op'], before, after: before, before_sensitive }))).toEqual([
      'deep-value',
      'json-value',
      'marked-value',
      'url-password',
    ]);
  });

  test('what a field names is shown, what it holds is not', () => {
    const after = {
      secret: [{ name: 'database-secret', value: 'the-value-of-it' }],
      key_vault_secret_id: 'https://id',
    };
    expect(found(resource('a.b', { actions: ['create'], after }))).toEqual(['the-value-of-it']);
  });

  test('a random text is one when it is a password by its type, name or length', () => {
    expect(isPasswordLike('random_password', 'x', 'short')).toBe(true);
    expect(isPasswordLike('random_string', 'moodle-db-password', 'abcdefgh')).toBe(true);
    expect(isPasswordLike('random_string', 'suffix', 'abcdefgh')).toBe(false);
    expect(isPasswordLike('random_string', 'x', 'a'.repeat(16))).toBe(true);
    expect(isPasswordLike('random_id', 'suffix', 'a'.repeat(32))).toBe(false);
    const suffix = { actions: ['delete'], before: { result: 'k3j2h1g9' }, after: null };
    expect(found(resource('random_string.suffix', suffix))).toEqual([]);
    expect(found(resource('random_string.admin_password', suffix))).toEqual(['k3j2h1g9']);
  });

  test('a text of many lines line by line', () => {
    const before = { key: 'first line of it\n  second line of it\nx' };
    const lines = ['first line of it', 'first line of it\n  second line of it\nx', 'second line of it'];
    expect(found(resource('a.b', { before, before_sensitive: { key: true } }))).toEqual(lines);
  });
});
