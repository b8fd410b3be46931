/** The random provider (hashicorp/random 3.7): what of it `infra/` uses, after its documentation. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Provider } from './provider.ts';
import type { Attribute, ProviderSchema, Schemas } from './schema.ts';
import { asValues, type Value, type Values } from './values.ts';

const text: Attribute = { type: 'string', computed: true };
const flag: Attribute = { type: 'bool', optional: true, computed: true };
const count: Attribute = { type: 'number', optional: true, computed: true };

function only(type: string, attributes: Record<string, Attribute>): Schemas {
  return { [type]: { version: 0, block: { attributes, blocks: {} } } };
}

const schema: ProviderSchema = {
  provider: { version: 0, block: { attributes: {}, blocks: {} } },
  resources: only('random_id', {
    byte_length: { type: 'number', required: true, forceNew: true },
    keepers: { type: ['map', 'string'], optional: true, forceNew: true },
    prefix: { type: 'string', optional: true, forceNew: true },
    b64_std: text,
    b64_url: text,
    dec: text,
    hex: text,
    id: text,
  }),
  dataSources: {},
  ephemeral: only('random_password', {
    length: { type: 'number', required: true },
    lower: flag,
    upper: flag,
    numeric: flag,
    special: flag,
    min_lower: count,
    min_upper: count,
    min_numeric: count,
    min_special: count,
    override_special: { type: 'string', optional: true },
    result: { ...text, sensitive: true },
    bcrypt_hash: { ...text, sensitive: true },
  }),
};

/** Makes a provider; it needs nothing and remembers nothing. */
export function randomProvider(): Provider {
  return {
    schema,
    legacyTypeSystem: false,
    configure() {},
    read: async (_type, state) => state,
    create: async (_type, planned) => randomId(planned),
    update: async (_type, _prior, planned) => planned,
    async remove() {},
    importState: (type) => {
      throw new Error(`not simulated: import of ${type}`);
    },
    readData: async (type) => {
      throw new Error(`not simulated: ${type}`);
    },
    open: async (_type, config) => randomPassword(config),
  };
}

function randomId(planned: Values): Values {
  const bytes = randomBytes(Number(planned.byte_length));
  const prefix = planned.prefix ?? '';
  return {
    ...planned,
    id: bytes.toString('base64url'),
    b64_url: `${prefix}${bytes.toString('base64url')}`,
    b64_std: `${prefix}${bytes.toString('base64')}`,
    hex: `${prefix}${bytes.toString('hex')}`,
    dec: `${prefix}${BigInt(`0x${bytes.toString('hex')}`)}`,
  };
}

const kinds = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  numeric: '0123456789',
  special: '!@#$%&*()-_=+[]{}<>:?',
} as const;

/** The least number of each kind, then any of the kinds that are wanted, shuffled. */
function randomPassword(config: Values): Values {
  const length = Number(config.length);
  const override = config.override_special;
  const letters = Object.entries(kinds).map(([kind, usual]) => ({
    wanted: config[kind] ?? true,
    least: Number(config[`min_${kind}`] ?? 0),
    from: kind === 'special' && typeof override === 'string' && override !== '' ? override : usual,
  }));
  const least = letters.reduce((sum, kind) => sum + kind.least, 0);
  if (length < least)
    throw new Error(
      `Attribute length value must be at least sum of min_upper + min_lower + min_numeric + min_special, got: ${length}`,
    );
  const any = letters
    .filter(({ wanted }) => wanted)
    .map(({ from }) => from)
    .join('');
  if (any === '') throw new Error('At least one of special, upper, lower and numeric must be true');
  const picked = letters.flatMap((kind) => pick(kind.from, kind.least)).concat(pick(any, length - least));
  for (let last = picked.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [picked[last], picked[other]] = [picked[other] ?? '', picked[last] ?? ''];
  }
  return { ...config, ...settings(config), result: picked.join(''), bcrypt_hash: bcryptShaped() };
}

function pick(from: string, count: number): string[] {
  return Array.from({ length: count }, () => from[randomInt(from.length)] ?? '');
}

/** The optional arguments with what stands for them when they are not given. */
function settings(config: Values): Values {
  const given = (name: string, otherwise: Value): Value => asValues(config)[name] ?? otherwise;
  return Object.fromEntries(
    Object.keys(kinds).flatMap((kind) => [
      [kind, given(kind, true)],
      [`min_${kind}`, given(`min_${kind}`, 0)],
    ]),
  );
}

/** In the form of a bcrypt hash, and the hash of nothing. */
function bcryptShaped(): string {
  return `$2a$10$${randomBytes(40).toString('base64url').replaceAll(/[-_]/g, '.').slice(0, 53)}`;
}
