/** Faults as data: what goes wrong, where, and when. */

/** What can go wrong with a request. */
export const REQUEST_FAULTS = [
  'reset',
  'lost-answer',
  'throttled',
  'server-error',
  'unavailable',
  'slow',
  'truncated',
  'stale-read',
  'expired-token',
] as const;

/** What can happen to somebody else at the moment of a request. */
export const MOMENT_FAULTS = ['kill', 'kill-tree', 'terminate', 'pod-out-of-memory', 'zone-lost'] as const;

/** Who serves the request that a fault waits for. `terraform` is Azure as Terraform's provider asks it. */
export const SERVICES = ['github', 'azure', 'front-door', 'kubernetes', 'terraform'] as const;

export type RequestFaultKind = (typeof REQUEST_FAULTS)[number];
export type MomentFaultKind = (typeof MOMENT_FAULTS)[number];
export type Service = (typeof SERVICES)[number];

/** One fault that waits for the `nth` request to a service, counted from 1 at the beginning of the attempt. */
export interface RequestFault {
  id: string;
  kind: RequestFaultKind | MomentFaultKind;
  service: Service;
  nth: number;
}

/** The attempt begins with a disk on which nothing can be written. */
export interface DiskFault {
  id: string;
  kind: 'disk-full';
}

export type Fault = RequestFault | DiskFault;

/** A fault that happened. */
export interface Fired {
  id: string;
  /** The request, as `METHOD path`, or what else it met. */
  at: string;
}

/** By stage (`deploy/apply/infra/apply`: job and step), the faults of its first attempt, of its second, and so on. */
export type FaultPlan = Readonly<Record<string, readonly (readonly Fault[])[]>>;

/** One attempt of a stage. */
export interface Attempt {
  faults: Fault[];
  fired: Fired[];
  /** Requests by service. */
  requests: Partial<Record<Service, number>>;
  succeeded: boolean;
  seconds: number;
  /** The errors that it told. */
  errors: string[];
}

/** What became of all stages, in their order. */
export type FaultReport = { stage: string; attempts: Attempt[] }[];
