/** What GitHub must know of the identity that the job signs in with, looked at before anything signs in. Pure. */
import { UserError } from '#toolkit/errors';

/** What the workflows cannot do without, and what it is. */
const NEEDED: Readonly<Record<string, string>> = {
  AZURE_TENANT_ID: 'the Microsoft Entra tenant',
  AZURE_SUBSCRIPTION_ID: 'the Azure subscription',
  AZURE_CLIENT_ID: 'the client id of the identity that the job signs in with',
  TERRAFORM_BACKEND_CONFIG: "where Terraform's state is",
};

/**
 * A GitHub environment that does not exist is made by the job that names it, without a variable: an empty one may be a name
 * that is spelt wrong.
 *
 * @param variables the `vars` context of the job: those of the environment, the repository and the organisation
 * @param environment the GitHub environment of the job
 * @throws UserError that names every variable that is missing
 */
export function checkVariables(variables: unknown, environment: string): void {
  const given = (variables ?? {}) as Record<string, unknown>;
  const missing = Object.entries(NEEDED).filter(([name]) => String(given[name] ?? '').trim() === '');
  if (missing.length === 0) return;
  const list = missing.map(([name, what]) => `${name} (${what})`).join(', ');
  throw new UserError(
    `The GitHub environment "${environment}" has no ${missing.length === 1 ? 'variable' : 'variables'} ${list}, and the repository has none of ${missing.length === 1 ? 'that name' : 'these names'} either. Set ${missing.length === 1 ? 'it' : 'them'}, or give the name of an environment that has: docs/getting-started.md. Nothing was done.`,
  );
}
