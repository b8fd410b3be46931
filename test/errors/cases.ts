/** The mistakes and refusals that docs/errors.md lists: what a person did, and how to bring it about in a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { servicesInputs } from '../../actions/deploy-moodle/test/inputs.ts';
import { DATABASE, IMAGE } from '../../actions/install-db/test/bundle.ts';
import { testIds, testRequestMessage } from '../../rehearsal/azure/testing.ts';
import { serveTestProviders } from '../../rehearsal/terraform/provider/testing.ts';
import { runAction } from '../support/action-process.ts';
import type { Given, Scene } from './scene.ts';

/** One row of the document. */
export interface ErrorCase {
  /** What the person gave or met, in Markdown. */
  situation: string;
  /** Folder of the action. */
  action: string;
  prepare(scene: Scene): Given | Promise<Given>;
}

/** The rows of one action. */
function of(action: string, rows: [situation: string, prepare: ErrorCase['prepare']][]): ErrorCase[] {
  return rows.map(([situation, prepare]) => ({ action, situation, prepare }));
}

const repository = resolve(import.meta.dirname, '../..');
const manifests = join(repository, 'manifests');
const elsewhere = '99999999-9999-4999-8999-999999999999';

/** Writes the production file with some lines changed, and answers the inputs that read it. */
function environmentFile(scene: Scene, change: (text: string) => string): Given {
  const text = readFileSync(join(repository, 'environments/production.yml'), 'utf8');
  scene.write('environments/production.yml', change(text));
  return { inputs: { environment: 'production' } };
}

/** With a gate: the production file as it is, and GitHub's answer about the gate. */
async function gate(scene: Scene, status: number, body: unknown): Promise<Given> {
  environmentFile(scene, (text) => text);
  return scene.github(status, body);
}

/** Changes what a scene gave. */
function changed(given: Given, inputs: Record<string, string>, environment: Record<string, string> = {}): Given {
  return { inputs: { ...given.inputs, ...inputs }, environment: { ...given.environment, ...environment } };
}

const web = { component: 'web', mode: 'apply', manifests, image: IMAGE, replicas: '2' };

const environment = of('.github/actions/environment', [
  [
    'An environment without a file: `environment: prod`',
    (scene) =>
      changed(
        environmentFile(scene, (text) => text),
        { environment: 'prod' },
      ),
  ],
  [
    'An unknown key in the file: `locaton: swedencentral`',
    (scene) => environmentFile(scene, (text) => text.replace(/^location:/m, 'locaton:')),
  ],
  [
    'A value that is none of those allowed: `approval: maybe`',
    (scene) => environmentFile(scene, (text) => `${text.replace(/^approval:.*\n/m, '')}approval: maybe\n`),
  ],
  [
    'A number out of range: `concurrentUsers: 4000000`',
    (scene) => environmentFile(scene, (text) => text.replace(/^concurrentUsers:.*/m, 'concurrentUsers: 4000000')),
  ],
  [
    'A file that is not YAML',
    (scene) => environmentFile(scene, () => 'name: production\ntags: [\nlocation: swedencentral\n'),
  ],
  ['A gate that does not exist', (scene) => gate(scene, 404, { message: 'Not Found' })],
  [
    'A gate without reviewers, where the file says `approval: required`',
    (scene) => gate(scene, 200, { name: 'production', protection_rules: [] }),
  ],
  [
    'An apply without the secret PLAN_KEY',
    (scene) => gate(scene, 200, { name: 'production', protection_rules: [{ type: 'required_reviewers' }] }),
  ],
  [
    'A workflow token that may not look at the gate',
    (scene) => gate(scene, 403, { message: 'Resource not accessible by integration' }),
  ],
]);

/** A resource that takes as long as the test lets it. */
const SLOW = `
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch ../started; sleep 60"
  }
}
`;

/** Another run that holds the lock of the state. */
async function lockedRoot(scene: Scene): Promise<Given> {
  const given = scene.terraform(SLOW);
  scene.othersState();
  const cwd = join(scene.workspace, 'infra');
  const options = { cwd, stdio: 'ignore', env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null' } } as const;
  const program = spawn('terraform', ['version'], options);
  const terraform = await once(program, 'exit').then(
    () => 'terraform',
    () => 'tofu',
  );
  const backend = given.inputs['backend-config'] ?? '';
  await once(spawn(terraform, ['init', `-backend-config=${backend}`], options), 'exit');
  const other = spawn(terraform, ['apply', '-auto-approve'], { ...options, detached: true });
  const ended = once(other, 'exit');
  scene.atEnd(async () => {
    if (other.pid !== undefined) process.kill(-other.pid, 'SIGKILL');
    await ended;
  });
  while (!existsSync(join(scene.workspace, 'started'))) {
    if (other.exitCode !== null) throw new Error('The run that should hold the lock has ended.');
    await new Promise((wait) => setTimeout(wait, 50));
  }
  return changed(given, { 'lock-timeout': '0s' });
}

const PLAN_KEY = '6Jf3dQm1x8Zr2LkV0pYtWcN7uBgH5sEa9oXiTqRy4Mz=';

/** What GitHub tells the jobs of one workflow run. */
const RUN = { GITHUB_REPOSITORY: 'example/moodle', GITHUB_SHA: 'a'.repeat(40), GITHUB_RUN_ID: '1001' };

/** A root with a plan that was reviewed, and the inputs that apply it; `edit` is what becomes of the file in between. */
async function reviewed(scene: Scene, edit: (plan: Buffer) => Buffer = (plan) => plan): Promise<Given> {
  const root = scene.terraform(
    'variable "size" {\n  default = 3\n}\nresource "terraform_data" "one" {\n  input = var.size\n}\n',
  );
  const given = changed(root, { 'plan-key': PLAN_KEY }, { ...RUN, RUNNER_TEMP: scene.workspace });
  const plan = changed(given, { mode: 'plan' });
  const { outputs } = await runAction({
    ...plan,
    action: 'actions/provision-infra',
    workingDirectory: scene.workspace,
  });
  const file = outputs['plan-file'] ?? '';
  writeFileSync(file, edit(readFileSync(file)));
  return changed(given, { 'reviewed-plan': file });
}

const RESOURCE_GROUP = `
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "database" {
  name     = "database"
  location = "swedencentral"
}
`;

const provision = of('actions/provision-infra', [
  ['No inputs, in mode `apply`', () => ({ inputs: { mode: 'apply' } })],
  [
    '`variables` that are not JSON',
    (scene) => changed(scene.terraform(''), { variables: '{"location": swedencentral}' }),
  ],
  [
    'A comment without a token: `comment: auto`',
    (scene) => changed(scene.terraform(''), { comment: 'auto', 'pull-request': '12' }),
  ],
  ['Neither terraform nor tofu on the runner', (scene) => changed(scene.terraform(''), {}, { PATH: '/nowhere' })],
  [
    'A terraform that is too old',
    (scene) => {
      const terraform = scene.program(
        'bin/terraform',
        `[ "$1" = version ] && echo '{"terraform_version": "1.5.7"}' || { echo 'flag provided but not defined: -json' >&2; exit 1; }`,
      );
      return changed(scene.terraform(''), { terraform });
    },
  ],
  [
    'A syntax error in the Terraform root',
    (scene) => scene.terraform('resource "terraform_data" "one" {\n  input =\n}\n'),
  ],
  [
    'A value that the Terraform root refuses',
    (scene) =>
      changed(
        scene.terraform(
          'variable "size" {\n  type = number\n  validation {\n    condition     = var.size < 100\n    error_message = "size is $' +
            '{var.size}; give less than 100."\n  }\n}\n',
        ),
        { variables: '{"size": 200}' },
      ),
  ],
  ['A state that another run has locked', lockedRoot],
  [
    'A key that can be guessed',
    (scene) => changed(scene.terraform(''), { 'plan-key': 'correct horse battery staple' }),
  ],
  ['A key, and no plan that was reviewed', (scene) => changed(scene.terraform(''), { 'plan-key': PLAN_KEY })],
  [
    'A reviewed plan that is not there',
    async (scene) => changed(await reviewed(scene), { 'reviewed-plan': 'gone.plan' }),
  ],
  [
    'A reviewed plan that somebody changed',
    (scene) =>
      reviewed(scene, (plan) => {
        plan.writeUInt8(plan.readUInt8(plan.length - 50) ^ 1, plan.length - 50);
        return plan;
      }),
  ],
  ['A reviewed plan that is truncated', (scene) => reviewed(scene, (plan) => plan.subarray(0, -100))],
  [
    'A reviewed plan that is older than `plan-expiry`',
    async (scene) => {
      const given = await reviewed(scene);
      await new Promise((wait) => setTimeout(wait, 1100));
      return changed(given, { 'plan-expiry': '1s' });
    },
  ],
  [
    'A plan that was encrypted with another key',
    async (scene) => changed(await reviewed(scene), { 'plan-key': `${PLAN_KEY}x` }),
  ],
  ['The plan of another commit', async (scene) => changed(await reviewed(scene), {}, { GITHUB_SHA: 'b'.repeat(40) })],
  ['The plan of another workflow run', async (scene) => changed(await reviewed(scene), {}, { GITHUB_RUN_ID: '1002' })],
  ['The plan of another environment', async (scene) => changed(await reviewed(scene), { environment: 'development' })],
  [
    'What would be applied is not what was reviewed',
    async (scene) => changed(await reviewed(scene), { variables: '{"size": 4}' }),
  ],
  [
    'A resource group with data that would be deleted',
    async (scene) => {
      const providers = await serveTestProviders();
      scene.atEnd(() => providers.stop());
      const given = changed(scene.terraform(RESOURCE_GROUP), {}, providers.environment);
      scene.othersState();
      await runAction({ ...given, action: 'actions/provision-infra', workingDirectory: scene.workspace });
      const [before] = RESOURCE_GROUP.split('resource ');
      return { ...scene.terraform(before ?? ''), ...given };
    },
  ],
  [
    'One of our roots without an output that it must have',
    (scene) =>
      changed(scene.terraform('output "host_name" {\n  value = "x"\n}\noutput "origin_id" {\n  value = "x"\n}\n'), {
        mode: 'plan',
        'outputs-of': 'front-door',
      }),
  ],
]);

const redis = of('actions/redis-bootstrap', [
  ['An odd number of nodes: `nodes: 7`', async (scene) => changed(await scene.redis({ servers: 0 }), { nodes: '7' })],
  [
    'A pod that holds keys, but is not in the cluster',
    async (scene) => {
      const { stage, ...given } = await scene.redis();
      stage.servers.cli(2, 'cluster', 'addslotsrange', '0', '16383');
      while (stage.servers.cli(2, 'set', 'who', 'me') !== 'OK') await new Promise((wait) => setTimeout(wait, 20));
      stage.servers.cli(2, 'cluster', 'delslotsrange', '0', '16383');
      return given;
    },
  ],
  [
    'Redis with a password, and none given',
    async (scene) => {
      const { stage, ...given } = await scene.redis();
      for (const ordinal of stage.servers.ips.keys())
        stage.servers.cli(ordinal, 'config', 'set', 'requirepass', 'secret');
      return given;
    },
  ],
  [
    'A wrong password',
    async (scene) => {
      const { stage, ...given } = await scene.redis();
      for (const ordinal of stage.servers.ips.keys())
        stage.servers.cli(ordinal, 'config', 'set', 'requirepass', 'secret');
      return changed(given, { 'password-file': scene.write('password', 'guess') });
    },
  ],
  [
    'An ACL user without a right that is needed',
    async (scene) => {
      const { stage, ...given } = await scene.redis();
      for (const ordinal of stage.servers.ips.keys())
        stage.servers.cli(ordinal, 'acl', 'setuser', 'keeper', 'on', '>secret', '~*', '+@all', '-cluster');
      return changed(given, { user: 'keeper', 'password-file': scene.write('password', 'secret') });
    },
  ],
  [
    'An API server that cannot be reached',
    (scene) => ({ inputs: { mode: 'apply', 'stateful-set': 'redis-sessions', kubeconfig: scene.closedKubeconfig() } }),
  ],
]);

const deploy = of('actions/deploy-moodle', [
  ['A wrong choice: `component: webb`', () => ({ inputs: { mode: 'apply', component: 'webb' } })],
  [
    'An apply without what the component needs',
    (scene) => ({ inputs: { mode: 'apply', component: 'services', manifests, kubeconfig: scene.closedKubeconfig() } }),
  ],
  [
    'An image by tag in mode `apply`',
    (scene) => ({ inputs: { ...web, image: 'moodle.azurecr.io/moodle:4.5.8', kubeconfig: scene.closedKubeconfig() } }),
  ],
  [
    'A runner without kubectl',
    (scene) => ({
      inputs: { ...web, kubeconfig: scene.closedKubeconfig() },
      environment: { PATH: '/nowhere' },
    }),
  ],
  ['A kubeconfig that is not there', () => ({ inputs: { ...web, kubeconfig: 'kube/config' } })],
  ['Neither a kubeconfig nor the name of a cluster', () => ({ inputs: web })],
  [
    'An identity that may not change the cluster',
    async (scene) => ({ inputs: { ...servicesInputs, mode: 'apply', manifests, kubeconfig: await scene.viewer() } }),
  ],
]);

const install = of('actions/install-db', [
  [
    'An image by tag in mode `apply`',
    (scene) => changed(scene.database(DATABASE.empty), { image: 'moodle.azurecr.io/moodle:4.5.8' }),
  ],
  [
    'Wrong values for the site, all at once',
    (scene) =>
      changed(scene.database(DATABASE.empty), { 'admin-user': 'Admin', 'admin-email': 'nobody', language: 'English' }),
  ],
  ['An image that is older than the database', (scene) => scene.database(DATABASE.newer)],
  ['A database that is half installed', (scene) => scene.database(DATABASE.partial)],
]);

const approve = of('actions/approve-pls', [
  [
    'An apply before the platform is there',
    async (scene) => changed(await scene.azure(), { 'node-resource-group': '', 'request-message': '' }),
  ],
  [
    'A job without the permission for identity tokens',
    async (scene) => changed(await scene.azure(), {}, { ACTIONS_ID_TOKEN_REQUEST_URL: '' }),
  ],
  [
    'A job that no federated credential names',
    async (scene) => {
      const { standIn, ...given } = await scene.azure();
      return changed(given, {}, standIn.issuer.environment('repo:example/moodle:pull_request'));
    },
  ],
  ['A wrong tenant', async (scene) => changed(await scene.azure(), { 'azure-tenant-id': elsewhere })],
  ['A wrong client id', async (scene) => changed(await scene.azure(), { 'azure-client-id': elsewhere })],
  ['A wrong subscription', async (scene) => changed(await scene.azure(), { 'azure-subscription-id': elsewhere })],
  [
    'An identity that may only read',
    async (scene) => changed(await scene.azure(), { 'azure-client-id': testIds.readerId }),
  ],
  [
    'A Private Link Service that is not there',
    async (scene) => changed(await scene.azure(), { 'private-link-service': 'moodle-pls' }),
  ],
  [
    'Two connections with our request message',
    async (scene) => {
      const { standIn, ...given } = await scene.azure();
      const [stranger] = standIn.azure.connections();
      if (stranger !== undefined) stranger.description = testRequestMessage;
      return given;
    },
  ],
  [
    'A connection of ours that somebody rejected',
    async (scene) => {
      const { standIn, ...given } = await scene.azure();
      Object.assign(standIn.azure.connections()[1] ?? {}, { status: 'Rejected', description: testRequestMessage });
      return given;
    },
  ],
  [
    'A Private Link Service that AKS made anew',
    async (scene) => {
      const { standIn, ...given } = await scene.azure();
      Object.assign(standIn.azure.connections()[1] ?? {}, { status: 'Disconnected' });
      return changed(given, { timeout: '10s' });
    },
  ],
  ["Only somebody else's connection, until the time is up", (scene) => scene.azure({ requested: false })],
  [
    'No connection at all, until the time is up',
    async (scene) => {
      const { standIn, ...given } = await scene.azure({ requested: false });
      (standIn.azure.connections() as unknown[]).length = 0;
      return given;
    },
  ],
]);

const moved = 'https://old.example.org/login/index.php';

const smoke = of('.github/actions/smoke', [
  [
    'A private link connection that is not approved, until the time is up',
    (scene) => scene.site({ unreachable: true }),
  ],
  ['A certificate of another name', (scene) => scene.site({ certificate: { hosts: ['other.example.org'] } })],
  [
    'A database that is not installed',
    (scene) =>
      scene.site({
        pods: { login: { status: 303, headers: { location: 'https://moodle.example.org/admin/index.php' } } },
      }),
  ],
  ["Moodle's web installer is open to the world", (scene) => scene.site({ pods: { installerOpen: true } })],
  [
    'A Moodle that was told another address',
    (scene) => scene.site({ pods: { login: { status: 303, headers: { location: moved } } } }),
  ],
  [
    'Headers and cache rules that have not spread, until the time is up',
    (scene) => scene.site({ edge: { verdict: (verdict) => ({ ...verdict, headers: [], cached: false }) } }),
  ],
  ['Proxies that Moodle trusts too much', (scene) => scene.site({ pods: { client: ([first = '']) => first } })],
  ['Sessions that stay in a pod', (scene) => scene.site({ pods: { sessionsInPods: true } })],
  [
    'A site that cannot be reached',
    () => ({ inputs: { 'host-name': 'moodle.example.org', 'connect-to': '127.0.0.1:1', timeout: '1s' } }),
  ],
]);
/** GitHub that knows no such pull request. */
async function noPullRequest(scene: Scene): Promise<Given> {
  const given = await scene.github(404, { message: 'Not Found' });
  const { GITHUB_API_URL = '' } = given.environment ?? {};
  return changed(
    given,
    { sections: '{"production": "text"}', 'pull-request': '12' },
    { GITHUB_GRAPHQL_URL: `${GITHUB_API_URL}/graphql` },
  );
}

const comment = of('.github/actions/comment', [
  ['A pull request that does not exist: `pull-request: 12`', noPullRequest],
  ['No section: `sections: {}`', async (scene) => changed(await noPullRequest(scene), { sections: '{}' })],
  [
    'A section whose name is no name: `sections: {"a b": "…"}`',
    async (scene) => changed(await noPullRequest(scene), { sections: '{"a b": "text"}' }),
  ],
]);

/** All of them, in the order of the pipeline. */
export const CASES: readonly ErrorCase[] = [
  ...environment,
  ...provision,
  ...redis,
  ...deploy,
  ...install,
  ...approve,
  ...smoke,
  ...comment,
];
