/** A refusal of Azure's, with the role that would allow it. Pure. */
import { AzureError } from '#toolkit/azure/azure-error';
import { UserError } from '#toolkit/errors';

/**
 * Names the least built-in role for an action that the identity may not do, and where it is needed. Other errors are
 * handed back as they are.
 */
export function withRole(error: unknown): unknown {
  if (!(error instanceof AzureError) || error.code !== 'AuthorizationFailed') return error;
  const [, action = '', scope = ''] = /may not do (\S+) on (\S+?);/.exec(error.message) ?? [];
  const group = /\/resourceGroups\/([^/]+)/i.exec(scope)?.[1];
  if (group === undefined) return error;
  const role = action.endsWith('/write') ? 'Network Contributor' : 'Reader';
  return new UserError(
    `The identity may not do ${action} on ${scope}; give it the role ${role}, or one with this action, on resource group ${group} (new role assignments take some minutes). (${error.code})`,
  );
}
