/** The paths of the rehearsal itself: its log, faults on demand, and the outcome of Terraform's roots. */
import { timingSafeEqual } from 'node:crypto';
import type { Fault, Faults } from './faults.ts';
import type { AzureState } from './state.ts';
import type { Action, Root } from './terraform.ts';
import { isObject, jsonBody, Refusal, type Route } from './wire.ts';

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
  terraform: (root: Root, action: Action, outputs: Record<string, unknown>) => Promise<void>;
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
    control('POST', 'terraform', async (call) => {
      const { root, action, outputs } = jsonBody(call);
      if (
        (root !== 'infra' && root !== 'frontend') ||
        (action !== 'apply' && action !== 'destroy') ||
        !isObject(outputs)
      )
        throw new Refusal(
          400,
          'RehearsalRequest',
          "Give root 'infra' or 'frontend', action 'apply' or 'destroy', and outputs.",
        );
      try {
        await terraform(root, action, outputs);
      } catch (error) {
        throw new Refusal(409, 'RehearsalRefused', error instanceof Error ? error.message : String(error));
      }
      return { status: 204 };
    }),
  ];
}
