import { azureInputs, clusterInputs, modeInput, reconcilerOutputs } from '#toolkit/action/common-inputs';
import { defineContract } from '#toolkit/action/contract';

const databaseStates = [
  'empty',
  'installed',
  'upgrade-pending',
  'partial',
  'newer-than-code',
  'unreachable',
  'unknown',
] as const;

/** Inputs and outputs of install-db. */
export const contract = defineContract({
  name: 'Install the Moodle database',
  description:
    "Installs Moodle into an empty database, or upgrades the tables to the image's version, by a Job with the Moodle image. Never through an open web installer, never twice at once.",
  branding: { icon: 'database', color: 'orange' },
  inputs: {
    ...modeInput,
    ...azureInputs,
    ...clusterInputs,
    manifests: {
      type: 'path',
      default: 'manifests/database',
      description: 'Folder with the kustomize base of the Job.',
    },
    image: {
      type: 'string',
      description:
        'Moodle image, by digest: the one that the web pods will run. In a plan it may be a tag, or missing: not built yet.',
    },
    'moodle-version': {
      type: 'string',
      description:
        'Release of Moodle that the image is made of, such as `5.0.2`. A plan compares it with the database while no pod runs the image yet, and so can tell an upgrade and refuse a downgrade before anything is built.',
    },
    'site-name': { type: 'string', default: 'Moodle', description: 'Full name of a new site.' },
    'site-short-name': { type: 'string', default: 'moodle', description: 'Short name of a new site.' },
    'admin-user': {
      type: 'string',
      default: 'admin',
      description:
        "Name of a new site's administrator. The password is the Key Vault secret `moodle-admin-password`; pods read it from their secrets volume, it never passes through the runner.",
    },
    'admin-email': { type: 'string', required: true, description: "E-mail address of a new site's administrator." },
    language: { type: 'string', default: 'en', description: 'Language of a new site.' },
    'on-partial': {
      type: 'enum',
      values: ['stop', 'reinstall'],
      default: 'stop',
      description:
        'What to do about an installation that was cut off, also by the loss of its own pod. `reinstall` drops its tables and begins again, but only while there is nobody in it besides the administrator and the guest, and no course.',
    },
    timeout: {
      type: 'duration',
      default: '60m',
      description:
        'How long to wait for another run that works on the database, and then how long the Job may take. When it runs out the Job is left alone, and the next run attaches to it again.',
    },
  },
  outputs: {
    ...reconcilerOutputs,
    'state-before': {
      type: 'enum',
      values: databaseStates,
      description: 'State of the database when the action began; `unknown` when a plan had no way to ask.',
    },
    'state-after': {
      type: 'enum',
      values: databaseStates,
      description: 'State of the database when the action ended.',
    },
    'moodle-version': { description: "Release of the image's Moodle, such as `4.5.8 (Build: 20260101)`." },
    'database-version': { description: 'Release that the tables are of, after the action.' },
    'database-version-before': { description: 'Release that the tables were of before; empty when there were none.' },
    'restore-point': {
      description:
        'Time before the first change of an upgrade, such as `2027-01-18T03:15:04Z`: restoring the PostgreSQL server to it undoes the upgrade. Empty when nothing was upgraded.',
    },
    'duration-seconds': {
      type: 'integer',
      description: 'How long the work on the database took; 0 when there was none.',
    },
  },
});

/** The contract as a type. */
export type InstallContract = typeof contract;
