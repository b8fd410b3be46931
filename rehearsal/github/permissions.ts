/** How much a token may do with one kind of resource. */
export type Access = 'none' | 'read' | 'write';

/** What a token may do, by scope of the `permissions` key; a scope that is missing is `none`. */
export type Permissions = Readonly<Record<string, Access>>;

const rank: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 2 };

/** Whether `granted` covers `wanted` on `scope`. */
export function allows(granted: Permissions, scope: string, wanted: Access): boolean {
  return rank[granted[scope] ?? 'none'] >= rank[wanted];
}
