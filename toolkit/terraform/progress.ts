/** How far a plan or an apply is, from its events: counts, and the resources that take long by name. */
import { formatElapsed } from '../process/clock.ts';
import type { UiEvent } from './ui-events.ts';

/** From when on a resource is named, and how many are. */
const LONG_MILLISECONDS = 15_000;
const MOST_NAMED = 3;

/** Follows the events of one command. */
export class Progress {
  readonly #now: () => number;
  /** When each resource that is under way was begun. */
  readonly #underWay = new Map<string, number>();
  #refreshed = 0;
  #planned = 0;
  #done = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add({ type, hook }: UiEvent): void {
    const address = hook?.resource.addr ?? '';
    switch (type) {
      case 'planned_change':
        this.#planned += 1;
        return;
      case 'refresh_complete':
        this.#refreshed += 1;
        return;
      case 'apply_start':
        this.#underWay.set(address, this.#now());
        return;
      case 'apply_complete':
        this.#done += 1;
        this.#underWay.delete(address);
        return;
      case 'apply_errored':
        this.#underWay.delete(address);
    }
  }

  /** One line such as `12 of 70 done, 3 under way: azurerm_kubernetes_cluster.platform 4 min`; empty when there is nothing to say. */
  status(): string {
    if (this.#done === 0 && this.#underWay.size === 0)
      return this.#refreshed === 0 ? '' : `${this.#refreshed} resources read`;
    // A replacement is one planned change and two operations.
    const total = Math.max(this.#planned, this.#done + this.#underWay.size);
    const parts = [`${this.#done} of ${total} done`];
    if (this.#underWay.size > 0) parts.push(`${this.#underWay.size} under way${this.#named()}`);
    return parts.join(', ');
  }

  #named(): string {
    const long = [...this.#underWay]
      .map(([address, begun]) => ({ address, elapsed: this.#now() - begun }))
      .filter(({ elapsed }) => elapsed >= LONG_MILLISECONDS);
    const named = long.slice(0, MOST_NAMED).map(({ address, elapsed }) => `${address} ${formatElapsed(elapsed)}`);
    return named.length === 0 ? '' : `: ${named.join(', ')}`;
  }
}
