/** Faults of what Terraform's provider asks of Azure. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../terraform/provider/cloud.ts';
import { isRefusal, refusalSentence } from './refusals.ts';
import type { Wire } from './wire.ts';

const SLOW_MILLISECONDS = 3000;

/**
 * The cloud with faults. What the provider would retry by itself is past that here: the fault is what it gives up with. A
 * stale read does not happen: the provider waits until what it made can be read.
 */
export function faultyCloud(cloud: Cloud, wire: Wire): Cloud {
  async function meet<T>(operation: string, type: string, act: () => Promise<T>): Promise<T> {
    const fault = wire.take('terraform', `${operation} ${type}`);
    if (fault === undefined || fault.kind === 'stale-read') return act();
    fault.met();
    if (isRefusal(fault.kind)) throw new Error(refusalSentence(fault.kind));
    if (fault.kind === 'reset') throw new Error('read tcp: connection reset by peer');
    if (fault.kind === 'slow') await sleep(SLOW_MILLISECONDS);
    const result = await act();
    if (fault.kind === 'lost-answer') throw new Error('read tcp: connection reset by peer');
    if (fault.kind === 'truncated') throw new Error('unexpected EOF');
    return result;
  }
  return {
    read: (type, id) => meet('read', type, () => cloud.read(type, id)),
    write: (type, id, values, secrets) => meet('write', type, () => cloud.write(type, id, values, secrets)),
    remove: (type, id) => meet('remove', type, () => cloud.remove(type, id)),
    secret: (vault, name) => meet('read', 'azurerm_key_vault_secret', () => cloud.secret(vault, name)),
  };
}
