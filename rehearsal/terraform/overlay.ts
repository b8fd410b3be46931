/**
 * Prepares a checked-out copy's Terraform roots for a rehearsal. The roots stay as they are; Terraform's override files
 * (https://developer.hashicorp.com/terraform/language/files/override) change two things: the state is a local file, and
 * the outputs that size the pods are cut to what one machine runs. Everything in Azure keeps the size that was asked for.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one machine runs of each: of Redis so many, of the others at most so many. */
export interface RehearsalLimits {
  /** Nodes of each Redis Cluster, whatever the number of users asks for; even, at least 6. */
  redisNodes: number;
  webReplicas: number;
  /** Below which the autoscaler must not go. */
  webMinimumReplicas: number;
  cronReplicas: number;
  pgbouncerReplicas: number;
  /** Server connections of one PgBouncer. */
  pgbouncerPoolSize: number;
}

/** What two cores run in comfort. */
export const defaultLimits: RehearsalLimits = {
  redisNodes: 6,
  webReplicas: 2,
  webMinimumReplicas: 2,
  cronReplicas: 1,
  pgbouncerReplicas: 2,
  pgbouncerPoolSize: 40,
};

const localBackend = 'terraform {\n  backend "local" {}\n}\n';

/** The outputs of `infra/` that say how many pods and connections, each with its limit. */
function limitedOutputs(limits: RehearsalLimits): string {
  const most = {
    web_replicas: limits.webReplicas,
    web_minimum_replicas: limits.webMinimumReplicas,
    cron_replicas: limits.cronReplicas,
    pgbouncer_replicas: limits.pgbouncerReplicas,
    pgbouncer_pool_size: limits.pgbouncerPoolSize,
  };
  const values = [
    ...Object.entries(most).map(([name, limit]) => [name, `min(module.capacity.${name}, ${limit})`]),
    ['redis_sessions_nodes', limits.redisNodes],
    ['redis_cache_nodes', limits.redisNodes],
  ];
  return values.map(([name, value]) => `output "${name}" {\n  value = ${value}\n}\n`).join('\n');
}

/** Puts the override files into `workTree`, a copy of the repository. */
export function overlayTerraform(workTree: string, limits: RehearsalLimits): void {
  for (const root of ['infra', 'infra/frontend']) {
    const folder = join(workTree, root);
    if (!existsSync(join(folder, 'variables.tf')))
      throw new Error(`${folder} is not a Terraform root of this repository.`);
    writeFileSync(join(folder, 'backend_override.tf'), localBackend);
  }
  writeFileSync(join(workTree, 'infra/limits_override.tf'), limitedOutputs(limits));
}
