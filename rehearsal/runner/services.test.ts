import { afterAll, describe, expect, test } from '@jest/globals';
import { startGitHub } from '../github/server.ts';
import { type Files, removeDirectories, run, testCertificates } from './testing.ts';

afterAll(removeDirectories);

const client: Files = {
  'actions/call/action.yml': `name: call
description: x
inputs: {token: {description: x, default: "\${{ github.token }}"}, code: {description: x}}
runs: {using: node24, main: main.js}
`,
  'actions/call/main.js': `
const api = async (method, path, body, token = process.env.INPUT_TOKEN) => {
  const response = await fetch(process.env.GITHUB_API_URL + path, { method, body: body && JSON.stringify(body), headers: { authorization: 'Bearer ' + token } });
  return { status: response.status, body: response.status === 204 ? null : await response.json() };
};
const idToken = async (audience) => {
  const response = await fetch(process.env.ACTIONS_ID_TOKEN_REQUEST_URL + '&audience=' + audience, { headers: { authorization: 'Bearer ' + process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN } });
  return (await response.json()).value;
};
const repo = '/repos/' + process.env.GITHUB_REPOSITORY;
eval('(async () => {' + process.env.INPUT_CODE + '})()').catch((error) => { console.log(error.stack); process.exit(1); });
`,
};

const event = { name: 'pull_request', number: 7, head: { ref: 'topic' }, base: 'main', files: ['a.tf'] } as const;

function workflow(permissions: string, code: string, jobRest = ''): Files {
  return {
    '.github/workflows/main.yml': `on: [pull_request, workflow_dispatch]
permissions: ${permissions}
jobs:
  a:
    runs-on: x
${jobRest}    steps:
      - uses: $/actions/call
        with:
          code: |
${code.replaceAll(/^/gm, '            ')}
`,
    ...client,
  };
}

describe('the API as a job sees it', () => {
  test('comments: create, find, update', async () => {
    const ran = await run(
      workflow(
        '{pull-requests: write}',
        `const made = await api('POST', repo + '/issues/7/comments', { body: 'first' });
const list = await api('GET', repo + '/issues/7/comments?per_page=100');
await api('PATCH', repo + '/issues/comments/' + list.body[0].id, { body: 'second' });
console.log(made.status, list.body[0].user.login);`,
      ),
      { event },
    );
    expect(ran.lines).toEqual(['201 github-actions[bot]']);
    expect(ran.result.comments).toEqual([{ issue: 7, body: 'second', author: 'github-actions[bot]' }]);
  });

  test("a token without the permission gets GitHub's 403", async () => {
    const ran = await run(
      workflow(
        '{contents: read}',
        `const { status, body } = await api('POST', repo + '/issues/7/comments', { body: 'x' });
console.log(status, body.message);`,
      ),
      { event },
    );
    expect(ran.lines).toEqual(['403 Resource not accessible by integration']);
  });

  test('a call that is not simulated fails the run by its name', async () => {
    const ran = await run(workflow('{}', "console.log((await api('GET', repo + '/releases')).body.message)"));
    expect(ran.lines).toEqual(['not simulated: GET /repos/org/app/releases']);
    expect(ran.result).toMatchObject({
      result: 'failed',
      notSimulated: ['GET /repos/org/app/releases'],
      reasons: ["the GitHub API call 'GET /repos/org/app/releases' is not simulated"],
    });
  });

  test('the tokens end with the job', async () => {
    const github = await startGitHub({ tls: await testCertificates() });
    const code = "console.log('t' + Buffer.from(process.env.INPUT_TOKEN).toString('hex'))";
    const ran = await run(workflow('{actions: read}', code), { github });
    const token = Buffer.from((ran.lines[0] ?? '').slice(1), 'hex').toString();
    expect(token).toMatch(/^ghs_/);
    expect(github.tokens.caller(`Bearer ${token}`)).toBeUndefined();
    await github.close();
  });

  test('a reviewer approves through the API', async () => {
    const github = await startGitHub({ tls: await testCertificates() });
    const bob = github.tokens.issueUser('bob');
    const code = `const path = repo + '/actions/runs/' + process.env.GITHUB_RUN_ID + '/pending_deployments';
const token = '${bob}';
let pending = await api('GET', path, undefined, token);
while (pending.body.length === 0) pending = await api('GET', path, undefined, token);
const done = await api('POST', path, { environment_ids: [pending.body[0].environment.id], state: 'approved', comment: 'ok' }, token);
const own = await api('POST', path, { environment_ids: [1], state: 'approved', comment: 'ok' });
console.log(pending.body[0].environment.name, done.status, own.status);`;
    const files = workflow('{actions: write, deployments: write}', code);
    const main = `${files['.github/workflows/main.yml']}  b:\n    runs-on: x\n    environment: prod\n    steps: [run: echo applied]\n`;
    const ran = await run(
      { ...files, '.github/workflows/main.yml': main },
      { github, gate: { mode: 'ask' }, environments: { prod: { reviewers: ['bob'] } } },
    );
    expect(ran.lines).toEqual(expect.arrayContaining(['prod 200 403', 'applied']));
    expect(ran.job('b').review).toMatchObject({ reviewer: 'bob', approved: true });
    await github.close();
  });
});

describe('ID tokens', () => {
  const print = `const token = await idToken('api://azure');
const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
console.log(JSON.stringify(claims));`;
  const claimsOf = (lines: readonly string[]): Record<string, unknown> => JSON.parse(lines[0] ?? '{}');

  test('the environment is the subject', async () => {
    const ran = await run(workflow('{id-token: write}', print, '    environment: prod\n'), {
      environments: { prod: {} },
      runId: 42,
    });
    expect(claimsOf(ran.lines)).toMatchObject({
      sub: 'repo:org/app:environment:prod',
      aud: 'api://azure',
      environment: 'prod',
      repository: 'org/app',
      ref: 'refs/heads/main',
      job_workflow_ref: 'org/app/.github/workflows/main.yml@refs/heads/main',
      run_id: '42',
      run_attempt: '1',
      event_name: 'workflow_dispatch',
    });
  });

  test('a pull request, and a called workflow of another repository', async () => {
    const kit = workflow('{id-token: write}', print);
    const called = (kit['.github/workflows/main.yml'] ?? '').replace(
      'on: [pull_request, workflow_dispatch]',
      'on: workflow_call',
    );
    const app =
      'on: pull_request\npermissions: {id-token: write}\njobs:\n  go:\n    uses: org/kit/.github/workflows/k.yml@main\n';
    const ran = await run(app, { event }, { 'org/kit': { ...client, '.github/workflows/k.yml': called } });
    expect(claimsOf(ran.lines)).toMatchObject({
      sub: 'repo:org/app:pull_request',
      repository: 'org/app',
      job_workflow_ref: 'org/kit/.github/workflows/k.yml@refs/heads/main',
      workflow_ref: 'org/app/.github/workflows/main.yml@refs/pull/7/merge',
    });
  });

  test('without the permission there is no address to ask', async () => {
    const ran = await run(workflow('{contents: read}', 'console.log(process.env.ACTIONS_ID_TOKEN_REQUEST_URL)'));
    expect(ran.lines).toEqual(['undefined']);
  });
});
