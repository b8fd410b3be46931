/** Counts the requests of an attempt and says which of them meets a fault. */
import type { Fired, MomentFaultKind, RequestFault, RequestFaultKind, Service } from './fault.ts';

/** What a process of stand-ins tells of an attempt. */
export interface WireReport {
  requests: Partial<Record<Service, number>>;
  fired: Fired[];
}

/** See the file's head. */
export class Wire {
  readonly #act: (kind: MomentFaultKind, pid: number | undefined) => string | undefined;
  #faults: readonly RequestFault[] = [];
  #requests: Partial<Record<Service, number>> = {};
  #fired: Fired[] = [];
  #pid: number | undefined;

  /** @param act does what happens at a moment, and answers what it met, or undefined when there was nobody to meet */
  constructor(act: (kind: MomentFaultKind, pid: number | undefined) => string | undefined) {
    this.#act = act;
  }

  /** A new attempt begins. */
  arm(faults: readonly RequestFault[]): void {
    this.#faults = faults;
    this.#requests = {};
    this.#fired = [];
    this.#pid = undefined;
  }

  /** The attempt's process, for what happens to it. */
  aim(pid: number): void {
    this.#pid = pid;
  }

  report(): WireReport {
    return { requests: this.#requests, fired: this.#fired };
  }

  /** Counts a request. What is to happen to it counts as happened only when `met` says so. */
  take(service: Service, request: string): { kind: RequestFaultKind; met: () => void } | undefined {
    const count = (this.#requests[service] ?? 0) + 1;
    this.#requests[service] = count;
    const fault = this.#faults.find((candidate) => candidate.service === service && candidate.nth === count);
    if (fault === undefined) return undefined;
    const fired = this.#fired;
    const { id, kind } = fault;
    if (isMoment(kind)) {
      const met = this.#act(kind, this.#pid);
      if (met !== undefined) fired.push({ id, at: `${request}: ${met}` });
      return undefined;
    }
    return { kind, met: () => fired.push({ id, at: request }) };
  }
}

function isMoment(kind: RequestFault['kind']): kind is MomentFaultKind {
  return ['kill', 'kill-tree', 'terminate', 'pod-out-of-memory', 'zone-lost'].includes(kind);
}
