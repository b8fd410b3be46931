/** Azure for a provider in a process of its own: the Azure stand-in over HTTPS, at the paths of the rehearsal itself. */
import type { Cloud } from './cloud.ts';
import type { Values } from './values.ts';

/** @param url base address of the stand-in; @param key what its header `x-rehearsal-key` must hold */
export function cloudClient(url: string, key: string): Cloud {
  async function ask(operation: string, body: object): Promise<unknown> {
    const response = await fetch(`${url}/_rehearsal/terraform/${operation}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-rehearsal-key': key },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (!response.ok) throw new Error(answer.error?.message ?? `The Azure stand-in answers ${response.status}.`);
    return answer.result;
  }
  return {
    read: async (type, id) => ((await ask('read', { type, id })) as Values | null) ?? undefined,
    async write(type, id, values, secrets) {
      await ask('write', { type, id, values, secrets });
    },
    async remove(type, id) {
      await ask('remove', { type, id });
    },
    secret: async (vault, name) => String(await ask('secret', { vault, name })),
  };
}
