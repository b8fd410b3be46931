import type { InputsOf } from '#toolkit/action/contract';
import { UserError } from '#toolkit/errors';
import type { InstallContract } from './contract.ts';

export type Inputs = InputsOf<InstallContract>;

/** An input whose text Moodle would refuse in the middle of an installation. */
interface Rule {
  name: string;
  value: string | undefined;
  valid: RegExp;
  must: string;
}

/** Moodle's own rules (PARAM_USERNAME, PARAM_EMAIL, PARAM_LANG), and the lengths of its columns. */
function rules(inputs: Inputs): Rule[] {
  return [
    {
      name: 'image',
      value: inputs.image,
      ...(inputs.mode === 'apply'
        ? {
            valid: /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/,
            must: 'must be an image by digest, registry/name@sha256:…, because a tag may mean another version tomorrow',
          }
        : {
            // An image that is planned but not built has no digest yet.
            valid: /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
            must: 'must be an image, registry/name:tag or registry/name@sha256:…',
          }),
    },
    {
      name: 'moodle-version',
      value: inputs.moodleVersion,
      valid: /^\d+\.\d+(\.\d+)?\+?$/,
      must: 'must be a release of Moodle, such as 5.0.2',
    },
    {
      name: 'site-name',
      value: inputs.siteName,
      valid: /^[^\p{Cc}]{1,254}$/u,
      must: 'must be one line of at most 254 characters',
    },
    {
      name: 'site-short-name',
      value: inputs.siteShortName,
      valid: /^[^\p{Cc}]{1,100}$/u,
      must: 'must be one line of at most 100 characters',
    },
    {
      name: 'admin-user',
      value: inputs.adminUser,
      valid: /^(?!guest$)[a-z0-9._@-]{1,100}$/,
      must: 'must be of lower-case letters, digits and . _ @ -, and not "guest"',
    },
    {
      name: 'admin-email',
      value: inputs.adminEmail,
      valid: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
      must: 'must be an e-mail address',
    },
    {
      name: 'language',
      value: inputs.language,
      valid: /^[a-z]{2,3}(_[a-z0-9]+)*$/,
      must: 'must be a language code of Moodle, such as en or pt_br',
    },
  ];
}

/**
 * Checks what the contract cannot.
 *
 * @throws UserError with every wrong input
 */
export function checkInputs(inputs: Inputs): void {
  const problems = rules(inputs)
    .filter(({ value, valid }) => value !== undefined && !valid.test(value))
    .map(({ name, value, must }) => `Input "${name}" ${must}; it is "${value}".`);
  if (inputs.mode === 'apply' && inputs.image === undefined) {
    problems.push('Input "image" is required to apply and was not given.');
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}
