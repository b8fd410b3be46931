/** A secret that is known from anywhere in a plan leaves by no text that is made of the plan. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { planModel } from '../src/plan-model.ts';
import { createRedact } from '../src/redact.ts';
import { renderPlan } from '../src/render.ts';

type Json = Record<string, unknown>;

/** Eight letters and digits at least, which turn up by no chance, between all that is escaped somewhere. */
const core = fc.string({
  unit: fc.constantFrom(...'abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789'),
  minLength: 9,
  maxLength: 14,
});
const edge = fc.string({ unit: fc.constantFrom(...'"\\<>&\'%+/=@#|` -_~!()*é日🙂'), maxLength: 4 });
const secrets = fc
  .tuple(core, edge, core, edge)
  .map(([first, inner, second, outer]) => (inner === '' ? first : `${first}${inner}${second}${outer}`).trim());

/** Where the secret is marked, or in what a rule finds it: changes of the plan. */
const KNOWN: Readonly<Record<string, (secret: string) => Json>> = {
  'marked before': (secret) => change({ before: { a: secret }, before_sensitive: { a: true } }),
  'marked after': (secret) => change({ after: { a: { b: [secret] } }, after_sensitive: { a: { b: [true] } } }),
  'marked whole': (secret) => change({ after: { a: { b: secret } }, after_sensitive: true }),
  'marked in what stays': (secret) =>
    change({ actions: ['no-op'], before: { a: secret }, after: { a: secret }, after_sensitive: { a: true } }),
  'by type': (secret) => change({ before: { result: secret } }, 'random_password'),
  'by type, a password by its name': (secret) => change({ before: { result: secret } }, 'random_string', 'db_password'),
  'of Kubernetes': (secret) => change({ after: { data: { x: secret } } }, 'kubernetes_secret_v1'),
  'by name': (secret) => change({ after: { settings: { DB_PASSWORD: secret } } }),
  'by the name beside it': (secret) => change({ after: { env: [{ name: 'apiToken', value: secret }] } }),
  'of a configuration in JSON': (secret) => change({ after: { config: JSON.stringify({ client_secret: secret }) } }),
  'of drift': (secret) => ({
    resource_drift: [resource({ before: { a: secret }, before_sensitive: { a: true } }, 'x_y', 'drifted')],
  }),
  'of what is put off': (secret) => ({
    deferred_changes: [
      { reason: 'unknown', resource_change: resource({ after: { a: secret }, after_sensitive: { a: true } }) },
    ],
  }),
  'of an output': (secret) => ({
    output_changes: { o: { actions: ['create'], before: null, after: secret, after_sensitive: true } },
  }),
  'of an action': (secret) => ({
    action_invocations: [{ address: 'action.a.b', config_values: { a: secret }, config_sensitive: { a: true } }],
  }),
  'of a variable': (secret) => ({
    variables: { v: { value: secret } },
    configuration: { root_module: { variables: { v: { sensitive: true } } } },
  }),
  'of a data source': (secret) => ({
    prior_state: {
      values: {
        root_module: {
          resources: [{ mode: 'data', type: 'x', values: { a: secret }, sensitive_values: { a: true } }],
        },
      },
    },
  }),
  'of the process': () => ({}),
};

function resource(part: Json, type = 'x_y', name = 'known'): Json {
  return { address: `${type}.${name}`, mode: 'managed', type, name, change: { actions: ['update'], ...part } };
}
function change(part: Json, type?: string, name?: string): Json {
  return { resource_changes: [resource(part, type, name)] };
}

/** How the secret is written where nothing marks it. */
const WRITTEN: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `curl -H 'Authorization: ${secret}' https://example.org`,
  (secret) => `first line\n  indented ${secret}\nlast`,
  (secret) => JSON.stringify({ deep: [{ note: secret }] }),
  (secret) => JSON.stringify({ text: JSON.stringify({ note: `x${secret}` }) }),
  (secret) => JSON.stringify(secret).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  (secret) => `https://example.org/?key=${encodeURIComponent(secret)}&x=1`,
  (secret) => `https://example.org/?next=${encodeURIComponent(`/?key=${encodeURIComponent(secret)}`)}`,
  (secret) => `${'x'.repeat(150)}${secret}${'y'.repeat(150)}`,
];

/** Where else it stands. */
const PLACES: readonly ((text: string) => Json)[] = [
  (text) => ({ change: { actions: ['create'], before: null, after: { note: text } } }),
  (text) => ({ change: { actions: ['delete'], before: { note: { deep: [text] } }, after: null } }),
  (text) => ({ change: { before: { note: 'old' }, after: { note: text } } }),
  (text) => ({ change: { before: { note: text }, after: { note: `${text} ` } } }),
  (text) => ({ change: { before: { block: [{ name: text, n: 1 }] }, after: { block: [{ name: text, n: 2 }] } } }),
  (text) => ({ change: { before: { tags: { [text]: 1 } }, after: { tags: {} } } }),
  (text) => ({ change: { before: { ids: ['a'] }, after: { ids: [text] } } }),
  (text) => ({ address: `x_y.other[${JSON.stringify(text)}]`, change: { actions: ['create'], after: {} } }),
  (text) => ({ previous_address: `x_y.a["${text}"]`, change: { actions: ['no-op'] } }),
  (text) => ({ change: { actions: ['no-op'], importing: { id: text } } }),
  (text) => ({ change: { actions: ['no-op'], importing: { id: 'x' }, generated_config: `x = "${text}"` } }),
  (text) => ({ change: { actions: ['delete', 'create'], replace_paths: [[text]], before: {}, after: {} } }),
];

/** The plan, with everything in it that texts are made of. */
function planWith(known: Json, others: readonly Json[], text: string): Json {
  const changes = others.map((other, index) => {
    const { change: part, ...rest } = other;
    return { ...resource(part as Json, 'x_y', `other${index}`), ...rest };
  });
  return {
    format_version: '1.2',
    checks: [{ address: { to_display: 'check.a' }, status: 'fail', instances: [{ problems: [{ message: text }] }] }],
    ...known,
    resource_changes: [...((known.resource_changes as Json[] | undefined) ?? []), ...changes],
    output_changes: {
      plain: { actions: ['update'], before: 'a', after: text },
      ...((known.output_changes as Json | undefined) ?? {}),
    },
  };
}

/** A text without what escapes add, and only what cannot be escaped. */
function bare(text: string): string {
  return text.replace(/&(amp|lt|gt|quot);/g, '').replace(/[^A-Za-z0-9]/g, '');
}

/** What of a secret would be seen though it is escaped. */
function pieces(secret: string): string[] {
  return secret.split(/[^A-Za-z0-9]+/).filter((piece) => piece.length >= 9);
}

const limits = { size: 100_000, measure: (text: string) => text.length, value: 10_000, textLines: 1000 };

test('in 10,000 random plans', () => {
  const room = { title: 'Infrastructure', outcome: 'planned' } as const;
  fc.assert(
    fc.property(
      secrets,
      fc.constantFrom(...Object.entries(KNOWN)),
      fc.array(fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...WRITTEN)), { minLength: 1, maxLength: 3 }),
      (secret, [from, known], places) => {
        const first = places[0]?.[1](secret) ?? '';
        const others = places.map(([place, written]) => place(written(secret)));
        const plan = parsePlan(JSON.stringify(planWith(known(secret), others, first)));
        const redact = createRedact(plan, from === 'of the process' ? { secrets: [secret] } : {});
        const model = planModel(plan, redact);
        const texts = [
          JSON.stringify(model),
          ...[...model.changes, ...model.drift, model.outputs].flatMap((part) => part.diff(limits).lines),
          renderPlan(model, { ...room, warnings: [redact(first)], most: 65_536, unit: 'characters' }),
          renderPlan(model, { ...room, most: 4000, unit: 'bytes' }),
        ].join('\n');
        const shown = bare(texts);
        const unwanted = [...pieces(secret), bare(Buffer.from(secret).toString('base64'))];
        expect(unwanted.filter((piece) => shown.includes(piece))).toEqual([]);
      },
    ),
    { numRuns: 10_000 },
  );
}, 120_000);

test('what is too short to be looked for elsewhere is hidden where it is marked', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^q[0-9]{3,5}z$/), (secret) => {
      const marked = {
        before: { a: 'x', n: { b: secret } },
        before_sensitive: { n: { b: true } },
        after: { a: secret },
      };
      const plan = parsePlan(
        JSON.stringify({ format_version: '1.2', ...change({ ...marked, after_sensitive: { a: true } }) }),
      );
      const model = planModel(plan, createRedact(plan));
      const lines = model.changes.flatMap((part) => part.diff(limits).lines);
      expect(lines.join('\n')).not.toContain(secret);
      expect(lines).toContain('! a = (sensitive value)');
    }),
  );
});
