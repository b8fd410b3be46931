/**
 * Loopback addresses of one rehearsal. Several may run on one machine, from several clones; each claims a block, and holds
 * it as long as it is up by listening on an address of it.
 */
import { createServer, type Server } from 'node:net';

/** Addresses outside the range of pods and Services, which is 127.64.0.0/10. */
export interface BlockAddresses {
  database: string;
  frontDoor: string;
  loadBalancer: string;
}

/** A claimed block. */
export interface AddressBlock {
  block: number;
  release(): Promise<void>;
}

/** Blocks that rehearsals use; tests of the nodes use those above. */
const BLOCKS = 100;
const CLAIM_PORT = 47_000;

/** The addresses of a block. */
export function addressesOf(block: number): BlockAddresses {
  return { database: `127.130.${block}.10`, frontDoor: `127.130.${block}.20`, loadBalancer: `127.130.${block}.30` };
}

/** Listens on the block's own address, or answers undefined when somebody else does. */
function claim(block: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(CLAIM_PORT, `127.130.${block}.1`, () => resolve(server));
  });
}

/**
 * Claims the block that a stored state is bound to, or the first that is free.
 *
 * @throws Error when the wanted block is in use, or all are
 */
export async function claimBlock(wanted?: number): Promise<AddressBlock> {
  const candidates = wanted === undefined ? Array.from({ length: BLOCKS }, (_, block) => block) : [wanted];
  for (const block of candidates) {
    const server = await claim(block);
    if (server !== undefined) return { block, release: () => new Promise((done) => server.close(() => done())) };
  }
  throw new Error(
    wanted === undefined
      ? `All ${BLOCKS} address blocks are in use by other rehearsals on this machine.`
      : 'The addresses of the kept state are in use by another rehearsal on this machine; end that one, or start anew without --again.',
  );
}
