/**
 * Loopback addresses out of 127.64.0.0/10 for pods and Services. A pod keeps its address for its life, and the one
 * that comes after it gets another, as in a real cluster: an address given back is the last to be given again.
 */

/** Which part of the range: 127.64.0.0/11 for pods, 127.96.0.0/12 for Services. */
export type AddressUse = 'pod' | 'service';

const firstOf: Record<AddressUse, number> = { pod: (127 << 24) + (64 << 16), service: (127 << 24) + (96 << 16) };
const blockSize = 4096;

/** Hands out addresses. */
export class Addresses {
  readonly #holders = new Map<string, string>();
  readonly #next: Record<AddressUse, number> = { pod: 1, service: 1 };
  readonly #offset: number;

  /** `block` (0 to 255) sets clusters on one machine apart: each has 4096 pod and 4096 Service addresses of its own. */
  constructor(block = 0) {
    this.#offset = block * blockSize;
  }

  /** An address nobody holds, for a holder (a uid); the same one when the holder has one already. */
  allocate(use: AddressUse, holder: string): string {
    for (const [ip, owner] of this.#holders) {
      if (owner === holder) {
        return ip;
      }
    }
    for (let tries = 0; tries < blockSize; tries += 1) {
      const index = this.#next[use];
      this.#next[use] = (index % (blockSize - 2)) + 1;
      const ip = dotted(firstOf[use] + this.#offset + index);
      if (!this.#holders.has(ip)) {
        this.#holders.set(ip, holder);
        return ip;
      }
    }
    throw new Error(`No loopback address is left for a ${use}.`);
  }

  /** Marks an address as held, after a restart. */
  keep(use: AddressUse, ip: string, holder: string): void {
    this.#holders.set(ip, holder);
    const index = numeric(ip) - firstOf[use] - this.#offset;
    if (index >= this.#next[use] && index < blockSize - 2) {
      this.#next[use] = index + 1;
    }
  }

  /** Gives back whatever the holder holds. */
  release(holder: string): void {
    for (const [ip, owner] of this.#holders) {
      if (owner === holder) {
        this.#holders.delete(ip);
      }
    }
  }
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join('.');
}

function numeric(ip: string): number {
  return ip.split('.').reduce((sum, part) => (sum << 8) + Number(part), 0);
}
