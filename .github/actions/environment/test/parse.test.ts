import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { parseEnvironment } from '../src/parse.ts';
import { environmentJsonSchema } from '../src/schema.ts';

const folder = resolve(import.meta.dirname, '../../../../environments');
const good = readFileSync(join(folder, 'production.yml'), 'utf8');
const read = (text: string, name = 'production') => parseEnvironment(text, 'environments/production.yml', name);
const change = (from: RegExp | string, to: string): string => {
  const changed = good.replace(from, to);
  expect(changed).not.toBe(good);
  return changed;
};

/** The good file with plugins, each the same but for what is given. */
function plugin(...changes: Record<string, string | undefined>[]): string {
  const one = {
    path: 'local/objectfs',
    version: 'v1',
    url: 'https://example.org/objectfs.tar.gz',
    sha256: 'a'.repeat(64),
  };
  const plugins = changes.map((more) => ({ ...one, ...more }));
  return change('moodle:\n', `moodle:\n  plugins: ${JSON.stringify(plugins)}\n`);
}

describe('environment file', () => {
  test.each(['production', 'development'])('%s.yml is right, also by the JSON schema', (name) => {
    const text = readFileSync(join(folder, `${name}.yml`), 'utf8');
    expect(parseEnvironment(text, `${name}.yml`, name).name).toBe(name);
    const validate = new Ajv2020({ strict: false, formats: { email: true } }).compile(
      environmentJsonSchema() as object,
    );
    expect(validate(parse(text))).toBe(true);
    expect(validate({ ...parse(text), surprise: 1 })).toBe(false);
  });

  test('defaults are filled in', () => {
    const environment = read(change(/ {2}language: en\n {2}timezone: Etc\/UTC\n/, ''));
    expect(environment.moodle).toMatchObject({ language: 'en', timezone: 'Etc/UTC' });
    expect(environment.prefix).toBe('moodle');
  });

  test.each([
    [
      'a typing error in a key',
      change(/^concurrentUsers/m, 'concurentUsers'),
      /"concurentUsers" in the file is not known; the keys there are name, prefix/,
    ],
    ['a missing key', change(/location: .*\n/, ''), /"location" is missing/],
    [
      'an unknown key inside',
      change('siteShortName', 'shortname'),
      /"shortname" in moodle is not known; the keys there are version, sha256, siteName/,
    ],
    ['too few users', change('400000', '50'), /"concurrentUsers" must be at least 100/],
    ['a number that is a text', change('400000', 'many'), /"concurrentUsers" must be/],
    ['a bad enum', change('approval: required', 'approval: maybe'), /"approval" must be one of required, none/],
    [
      'a version without quotes that YAML reads as a number',
      change('"4.5.8"', '4.5'),
      /"moodle.version" must be of type string/,
    ],
    [
      'a version that is none',
      change('"4.5.8"', 'latest'),
      /"moodle.version" must be a Moodle version such as "4.5.8", in quotes/,
    ],
    ['a bad address', change('moodle-admin@example.org', 'admin'), /"moodle.adminEmail" must be an e-mail address/],
    [
      'a region with spaces',
      change('swedencentral', 'Sweden Central'),
      /"location" must be an Azure region by its short name/,
    ],
    ['a plugin outside of the web root', plugin({ path: '../etc' }), /"moodle.plugins.0.path" must be the directory/],
    [
      'a plugin by an address without TLS',
      plugin({ url: 'http://x.org/a' }),
      /"moodle.plugins.0.url" must be an https/,
    ],
    [
      'a plugin whose address would end the list',
      plugin({ url: 'https://x.org/;b' }),
      /"moodle.plugins.0.url" must be/,
    ],
    ['a plugin that nothing vouches for', plugin({ sha256: 'abc' }), /"moodle.plugins.0.sha256" must be the 64 hex/],
    ['a plugin without a version', plugin({ version: undefined }), /"moodle.plugins.0.version" is missing/],
    [
      'an unknown key of a plugin',
      plugin({ name: 'x' }),
      /"name" in moodle.plugins.0 is not known; the keys there are path, version, url, sha256/,
    ],
    [
      'an unknown key where everything has a default',
      good.replace('tags:', 'platform:\n  zone: 1\ntags:'),
      /"zone" in platform is not known; the keys there are kubernetesVersion, highAvailability/,
    ],
    ['a plugin twice', plugin({}, {}), /"moodle.plugins.1.path" names "local\/objectfs" a second time/],
    ['broken YAML', 'name: [', /is not valid YAML/],
    ['an empty file', '', /the file/],
  ])('%s is told', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('all problems are told at once', () => {
    expect(() => read(change('400000', '50').replace('approval: required', 'approval: maybe'))).toThrow(
      /concurrentUsers[\s\S]*\n[\s\S]*approval/,
    );
  });

  test('a file for another environment is refused', () => {
    expect(() => read(good, 'staging')).toThrow('"name" is production, but the workflow was called for staging');
  });
});

describe('overrides', () => {
  const overridden = (overrides: unknown) =>
    parseEnvironment(good, 'environments/production.yml', 'production', overrides);

  test('merge sections, add to lists and replace values; the rest is as it was', () => {
    const exam = { start: '2027-01-18T08:00:00Z', end: '2027-01-18T12:00:00Z' };
    const plain = read(good);
    const changed = overridden({ concurrentUsers: 300_000, scaling: { exams: [exam] }, allowDestroy: ['a.b'] });
    expect(changed).toEqual({
      ...plain,
      concurrentUsers: 300_000,
      scaling: { ...plain.scaling, exams: [...plain.scaling.exams, exam] },
      allowDestroy: [...plain.allowDestroy, 'a.b'],
    });
  });

  test('an exam with its hours, where all pods are there at all times, is told that none is needed', () => {
    const exam = { start: '2027-01-18T08:00:00Z', end: '2027-01-18T12:00:00Z' };
    expect(() => overridden({ scaling: { web: 'fixed', exams: [exam] } })).toThrow(
      '"scaling" has exams, which need "web: automatic": with "fixed" all web pods are there at all times, and no exam needs more.',
    );
  });

  test('are checked as the file is', () => {
    expect(() => overridden({ concurrentUsers: -1 })).toThrow('"concurrentUsers" must be at least');
    expect(() => overridden({ users: 5 })).toThrow('"users" in the file is not known');
    expect(() => overridden([1])).toThrow('Input "overrides" must be a JSON object');
  });
});
