import { describe, expect, test } from '@jest/globals';
import { checkInputs, requireInputs } from '../src/requirements.ts';
import { parsed, podInputs, servicesInputs } from './inputs.ts';

describe('what a component needs', () => {
  test('services, web and cron with all that they need pass', () => {
    for (const given of [servicesInputs, podInputs('web'), podInputs('cron')]) {
      expect(() => requireInputs(parsed(given))).not.toThrow();
      expect(() => checkInputs(parsed(given))).not.toThrow();
    }
  });

  test.each([
    ['web', 'Component "web" needs the inputs "image", "replicas", not given.'],
    ['cron', 'Component "cron" needs the inputs "image", "replicas", not given.'],
    [
      'image',
      'Component "image" needs the inputs "registry-name", "resource-group", "azure-subscription-id", not given.',
    ],
  ])('%s without anything', (component, message) => {
    expect(() => requireInputs(parsed({ component }))).toThrow(message);
  });

  test('only what is missing is named', () => {
    const given = { ...servicesInputs, 'database-host': '', 'resource-group': '' };
    expect(() => requireInputs(parsed(given))).toThrow(
      'Component "services" needs the inputs "database-host", "files-resource-group", not given.',
    );
    expect(() => requireInputs(parsed({ ...podInputs('web'), replicas: '' }))).toThrow(
      'Component "web" needs the input "replicas", not given.',
    );
  });

  test('all needs what its components need', () => {
    const all = { ...servicesInputs, ...podInputs('web'), component: 'all' };
    expect(() => requireInputs(parsed(all))).toThrow('Component "all" needs the input "cron-replicas", not given.');
    expect(() => requireInputs(parsed({ ...all, 'cron-replicas': '1' }))).not.toThrow();
  });

  test('scaling needs no image', () => {
    expect(() => requireInputs(parsed({ ...podInputs('web'), image: '', 'scale-only': 'true' }))).not.toThrow();
  });

  test('no replicas at all is a number, not a missing input', () => {
    expect(() => requireInputs(parsed({ ...podInputs('cron'), replicas: '0' }))).not.toThrow();
  });
});

describe('the form of inputs', () => {
  test.each([
    [{ 'host-name': 'https://moodle.example.edu' }, 'Input "host-name" must be a host name such as moodle.example.org'],
    [{ 'host-name': 'moodle_x.example.edu' }, 'Input "host-name" must be a host name'],
    [{ 'redis-cache-seeds': 'redis-cache:6379' }, 'Input "redis-cache-seeds" must name at least two nodes'],
    [{ 'redis-session-seeds': 'a,b' }, 'Input "redis-session-seeds" must name at least two nodes as host:port'],
    [
      { mode: 'apply', 'object-storage-container': '' },
      'Inputs "object-storage-account" and "object-storage-container" must be given both',
    ],
    [{ 'minimum-replicas': '5', replicas: '4' }, 'Input "minimum-replicas" must be at most "replicas", 4; it is 5.'],
    [
      { 'exam-windows': '[{"start":"2027-01-18T08:00:00Z","end":"2027-01-18T11:00:00Z"}]' },
      'Input "exam-windows" needs "minimum-replicas"',
    ],
    [{ 'exam-windows': '{}' }, 'Input "exam-windows" must be a JSON list'],
    [
      { 'exam-windows': '[{"start":"2027-01-18 08:00","end":"2027-01-18T11:00:00Z"}]' },
      'Input "exam-windows" must have times with their zone such as 2027-01-18T08:00:00Z; one is "2027-01-18 08:00".',
    ],
    [
      { 'exam-windows': '[{"start":"2027-01-18T11:00:00Z","end":"2027-01-18T08:00:00Z"}]' },
      'Input "exam-windows" must have windows that end after they start',
    ],
    [{ 'scale-only': 'true' }, 'Input "scale-only" is for the components web and cron; the component is services.'],
    [
      { mode: 'apply', 'metrics-endpoint': 'https://m' },
      'Inputs "metrics-endpoint" and "metrics-identity-client-id" must be given both',
    ],
    [{ 'build-arguments': 'MOODLE_VERSION' }, 'Input "build-arguments" must have lines such as NAME=value'],
  ])('%j', (change, message) => {
    expect(() => checkInputs(parsed({ ...servicesInputs, ...change }))).toThrow(message);
  });

  test('an image by tag is refused when it would be applied, not in a plan, which may come before the build', () => {
    const tagged = { ...podInputs('web'), image: 'mhs.azurecr.io/moodle:4.5' };
    expect(() => checkInputs(parsed({ ...tagged, mode: 'apply' }))).toThrow('Input "image" must be by digest');
    expect(() => checkInputs(parsed({ ...tagged, mode: 'plan' }))).not.toThrow();
    const services = { ...servicesInputs, mode: 'apply', 'pgbouncer-image': 'mhs.azurecr.io/pgbouncer:1' };
    expect(() => checkInputs(parsed(services))).toThrow('Input "pgbouncer-image" must be by digest');
  });

  test('a plan may know one half of a pair only, when an apply was stopped between them', () => {
    const half = { 'metrics-endpoint': 'https://m', 'object-storage-container': '' };
    expect(() => checkInputs(parsed({ ...servicesInputs, ...half, mode: 'plan' }))).not.toThrow();
  });

  test('all that is wrong is told at once', () => {
    const given = { ...servicesInputs, 'host-name': '-', 'redis-cache-seeds': 'x' };
    expect(() => checkInputs(parsed(given))).toThrow(/host-name.*\n.*redis-cache-seeds/);
  });
});
