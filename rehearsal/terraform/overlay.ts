/**
 * Turns a checked-out copy's Terraform roots into ones that need no Azure: variables, names and the capacity module stay
 * the real ones; resources and providers give way to `terraform_data`.
 */
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The most that one machine runs of each. */
export interface RehearsalLimits {
  /** Nodes of each Redis Cluster; even, at least 6. */
  redisNodes: number;
  webReplicas: number;
  cronReplicas: number;
  pgbouncerReplicas: number;
  /** Server connections of one PgBouncer. */
  pgbouncerPoolSize: number;
}

/** What two cores run in comfort. */
export const defaultLimits: RehearsalLimits = {
  redisNodes: 6,
  webReplicas: 2,
  cronReplicas: 1,
  pgbouncerReplicas: 2,
  pgbouncerPoolSize: 40,
};

/** Files of a real root that stay: what a caller may set, and what everything is called. */
const kept = new Set(['variables.tf', 'names.tf']);

/** Where a root is in the repository, and its replacement here. */
const roots = [
  { root: 'infra', replacement: 'infra' },
  { root: 'infra/frontend', replacement: 'frontend' },
] as const;

/**
 * Replaces the roots in `workTree`, a copy that nobody needs any more.
 *
 * @param subscriptionId the subscription of the Azure stand-in
 */
export function overlayTerraform(
  workTree: string,
  settings: { subscriptionId: string; limits?: Partial<RehearsalLimits> },
): void {
  const limits = { ...defaultLimits, ...settings.limits };
  const variables = {
    rehearsal_subscription_id: settings.subscriptionId,
    rehearsal_limits: {
      redis_nodes: limits.redisNodes,
      web_replicas: limits.webReplicas,
      cron_replicas: limits.cronReplicas,
      pgbouncer_replicas: limits.pgbouncerReplicas,
      pgbouncer_pool_size: limits.pgbouncerPoolSize,
    },
  };
  for (const { root, replacement } of roots) {
    const target = join(workTree, root);
    if (!existsSync(join(target, 'variables.tf')))
      throw new Error(`${target} is not a Terraform root of this repository.`);
    for (const file of readdirSync(target)) {
      if ((file.endsWith('.tf') && !kept.has(file)) || file === '.terraform.lock.hcl') rmSync(join(target, file));
    }
    const source = join(import.meta.dirname, replacement);
    for (const file of readdirSync(source)) copyFileSync(join(source, file), join(target, file));
    for (const file of ['rehearsal.tf', 'report.mjs'])
      copyFileSync(join(import.meta.dirname, file), join(target, file));
    writeFileSync(join(target, 'rehearsal.auto.tfvars.json'), JSON.stringify(variables, undefined, 2));
  }
}
