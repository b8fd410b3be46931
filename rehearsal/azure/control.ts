/** The paths of the rehearsal itself: its log, faults on demand, and Azure as Terraform's provider sees it. */
import { timingSafeEqual } from 'node:crypto';
import type { Cloud } from '../terraform/provider/cloud.ts';
import { asValues, type Value } from '../terraform/provider/values.ts';
import type { Fault, Faults } from './faults.ts';
import type { AzureState } from './state.ts';
import { jsonBody, Refusal, type Route } from './wire.ts';

/** One request as it was served; it holds no token, signature or body. */
export interface LogEntry {
  at: string;
  method: string;
  path: string;
  status: number | 'dropped';
  fault?: true;
}

export interface ControlOptions {
  /** What the header `x-rehearsal-key` must hold. */
  controlKey: string;
  state: AzureState;
  faults: Faults;
  log: LogEntry[];
  /** Sentences `not simulated: …`. */
  missing: string[];
  terraform: Cloud;
}

export function controlRoutes({ controlKey, state, faults, log, missing, terraform }: ControlOptions): Route[] {
  const control = (method: string, path: string, handle: Route['handle']): Route => ({
    method,
    path: `/_rehearsal/${path}`,
    handle: (call) => {
      const given = Buffer.from(call.headers['x-rehearsal-key'] ?? '');
      const wanted = Buffer.from(controlKey);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
        throw new Refusal(401, 'RehearsalKey', 'The header x-rehearsal-key is missing or wrong.');
      return handle(call);
    },
  });
  return [
    control('GET', 'log', () => ({ status: 200, json: { requests: log, notSimulated: missing } })),
    control('GET', 'connections', () => ({
      status: 200,
      json: {
        connections: state.connections.map(({ name, status }) => ({
          name,
          status,
          ours: name === state.origin?.connection,
        })),
      },
    })),
    control('POST', 'faults', (call) => {
      const { faults: given } = jsonBody(call);
      faults.add(Array.isArray(given) ? (given as Fault[]) : []);
      return { status: 204 };
    }),
    control('POST', 'terraform/:operation', async (call) => {
      const body = jsonBody(call);
      try {
        return { status: 200, json: { result: (await operate(terraform, call.parameters.operation, body)) ?? null } };
      } catch (error) {
        throw new Refusal(409, 'RehearsalRefused', error instanceof Error ? error.message : String(error));
      }
    }),
  ];
}

/** One of the four operations of a provider in a process of its own; see terraform/provider/cloud-client.ts. */
async function operate(cloud: Cloud, operation: string | undefined, body: Record<string, unknown>): Promise<unknown> {
  const text = (name: string): string => String(body[name]);
  const values = (name: string) => asValues(body[name] as Value);
  if (operation === 'read') return await cloud.read(text('type'), text('id'));
  if (operation === 'write') return await cloud.write(text('type'), text('id'), values('values'), values('secrets'));
  if (operation === 'remove') return await cloud.remove(text('type'), text('id'));
  if (operation === 'secret') return await cloud.secret(text('vault'), text('name'));
  throw new Error('The operations are read, write, remove and secret.');
}
