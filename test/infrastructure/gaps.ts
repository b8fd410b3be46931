/**
 * Policies that `infra/` does not keep yet, each with what is missing. The test fails when one is kept after all, so
 * that its line here is removed.
 */
export const gaps: Readonly<Record<string, string>> = {
  'there is a pool pgbouncer': 'PgBouncer runs on nodes of the web pool.',
  'Redis nodes are for Redis': 'The label draws Redis to its nodes; no taint keeps others away.',
  'persons sign in to the database with Entra ID': 'Only the password signs in.',
  'one address cannot flood the site': 'No rate limit, since a school may be one address: a threshold is to be found.',
  'browsers do not guess types': 'Front Door adds Strict-Transport-Security only.',
};
