import { describe, expect, test } from '@jest/globals';
import { createSecrets } from '../secrets.ts';
import { defineContract } from './contract.ts';
import { readInputs } from './inputs.ts';

const contract = defineContract({
  name: 'Test',
  description: 'Test',
  branding: { icon: 'x', color: 'blue' },
  inputs: {
    mode: { type: 'enum', values: ['plan', 'apply'], default: 'plan', description: '' },
    'stateful-set': { type: 'string', required: true, description: '' },
    nodes: { type: 'integer', min: 6, max: 100, description: '' },
    timeout: { type: 'duration', default: '15m', description: '' },
    dry: { type: 'boolean', default: 'false', description: '' },
    arguments: { type: 'list', description: '' },
    password: { type: 'secret', description: '' },
    variables: { type: 'json', description: '' },
  },
  outputs: {},
});

function read(given: Record<string, string>) {
  const masked: string[] = [];
  const secrets = createSecrets((value) => masked.push(value));
  return { inputs: readInputs(contract, (name) => given[name] ?? '', secrets), masked };
}

describe('inputs', () => {
  test('are parsed by their kind, with defaults', () => {
    expect(
      read({
        'stateful-set': 'redis',
        nodes: '12',
        timeout: '90s',
        dry: 'true',
        arguments: ' A=1 \n\nB=2\n',
        variables: '{"a":[1]}',
      }).inputs,
    ).toEqual({
      mode: 'plan',
      statefulSet: 'redis',
      nodes: 12,
      timeout: 90_000,
      dry: true,
      arguments: ['A=1', 'B=2'],
      password: undefined,
      variables: { a: [1] },
    });
  });

  test('that are absent and have no default are undefined, lists are empty', () => {
    const { inputs } = read({ 'stateful-set': 'redis' });
    expect(inputs.nodes).toBeUndefined();
    expect(inputs.arguments).toEqual([]);
    expect(inputs.timeout).toBe(900_000);
  });

  test('all problems are told at once, each with the input, what was given and what is valid', () => {
    const broken = () => read({ mode: 'aply', nodes: '5', timeout: '15', dry: 'yes', variables: '{' });
    expect(broken).toThrow(
      [
        'Input "mode" must be one of plan, apply; it is "aply".',
        'Input "stateful-set" is required and was not given.',
        'Input "nodes" must be a whole number from 6 to 100; it is "5".',
        'Input "timeout" must be a number with a unit, such as 90s, 15m or 2h; it is "15".',
        'Input "dry" must be true or false; it is "yes".',
      ].join('\n'),
    );
    expect(broken).toThrow('Input "variables" must be JSON');
  });

  test.each(['6.5', '1e1', ' ', '0x10', '101', '-6', 'six'])('nodes = "%s" is refused', (nodes) => {
    expect(() => read({ 'stateful-set': 'redis', nodes })).toThrow('Input "nodes"');
  });

  test('secrets are masked, also when another input is wrong', () => {
    const masked: string[] = [];
    const given: Record<string, string> = { mode: 'wrong', password: 'hunter22' };
    expect(() =>
      readInputs(
        contract,
        (name) => given[name] ?? '',
        createSecrets((value) => masked.push(value)),
      ),
    ).toThrow();
    expect(masked).toContain('hunter22');
  });
});
