import { type Access, allows, type Permissions } from '../github/permissions.ts';
import { entries, literal, type Token } from './tokens.ts';

export { type Access, allows, type Permissions };

/** Every scope of the `permissions` key with the most that it can have (schema of @actions/workflow-parser). */
const highest: Readonly<Record<string, Access>> = {
  actions: 'write',
  'artifact-metadata': 'write',
  attestations: 'write',
  checks: 'write',
  'code-quality': 'write',
  contents: 'write',
  deployments: 'write',
  discussions: 'write',
  'id-token': 'write',
  issues: 'write',
  models: 'read',
  packages: 'write',
  pages: 'write',
  'pull-requests': 'write',
  'repository-projects': 'write',
  'security-events': 'write',
  statuses: 'write',
  'vulnerability-alerts': 'read',
};

/** What a new repository gives to a workflow that asks for nothing. */
export const defaultPermissions: Permissions = { contents: 'read', packages: 'read' };

/** Reads a `permissions` key; undefined when there is none, which means "inherit". */
export function readPermissions(token: Token | undefined): Permissions | undefined {
  if (token === undefined) return undefined;
  const shorthand = literal(token);
  if (shorthand === 'write-all') return highest;
  if (shorthand === 'read-all') return readOnly(highest);
  return Object.fromEntries(
    entries(token).map(({ key, value }) => {
      const access = literal(value);
      return [key, access === 'write' || access === 'read' ? access : 'none'];
    }),
  );
}

/** What GitHub leaves of a token in a run that a fork's pull request started. */
export function readOnly(permissions: Permissions): Permissions {
  return Object.fromEntries(
    Object.entries(permissions).map(([scope, access]) => [
      scope,
      scope === 'id-token' ? 'none' : access === 'write' ? 'read' : access,
    ]),
  );
}

/** The scopes in which `wanted` exceeds `granted`, as GitHub prints them. */
export function excess(wanted: Permissions, granted: Permissions): { wanted: string; granted: string }[] {
  return Object.entries(wanted)
    .filter(([scope, access]) => !allows(granted, scope, access))
    .map(([scope, access]) => ({ wanted: `${scope}: ${access}`, granted: `${scope}: ${granted[scope] ?? 'none'}` }));
}
