import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { removeDirectories, temporaryDirectory, testCertificates } from '../runner/testing.ts';
import { type JobIdentity, subjectOf } from './oidc.ts';
import type { Permissions } from './permissions.ts';
import { type GitHub, startGitHub } from './server.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

const identity: JobIdentity = {
  repository: 'org/app',
  repositoryId: 1,
  repositoryOwnerId: 2,
  immutableSubject: false,
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  headRef: '',
  baseRef: '',
  actor: 'alice',
  actorId: 3,
  workflow: 'Deploy',
  workflowRef: 'org/app/.github/workflows/main.yml@refs/heads/main',
  workflowSha: 'a'.repeat(40),
  jobWorkflowRef: 'org/kit/.github/workflows/k.yml@refs/tags/v1',
  jobWorkflowSha: 'b'.repeat(40),
  eventName: 'workflow_dispatch',
  runId: 5,
  runNumber: 1,
  runAttempt: 2,
  environment: undefined,
};

let github: GitHub;
let stateFile: string;
let ca: string;

beforeAll(async () => {
  const tls = await testCertificates();
  ca = tls.ca;
  stateFile = join(temporaryDirectory(), 'comments.json');
  github = await startGitHub({ tls, stateFile });
  const repository = github.repositories.ensure('org/app', 1);
  repository.pulls.set(7, { number: 7, body: { number: 7, title: 'T' }, files: ['a', 'b', 'c'] });
  repository.environments.set('production', { id: 9, name: 'production', reviewers: ['bob'] });
  const createdAt = '2026-01-01T00:00:00Z';
  repository.runs.set(5, {
    id: 5,
    name: 'Deploy',
    path: 'p',
    event: 'push',
    headBranch: 'main',
    headSha: 's',
    runNumber: 1,
    attempt: 2,
    actor: 'alice',
    createdAt,
  });
  repository.artifacts.set(5, [{ id: 1, name: 'plan', size: 10, digest: 'd', createdAt, expiresAt: createdAt }]);
});

afterAll(async () => {
  await github.close();
  removeDirectories();
});

function call(
  method: string,
  path: string,
  authorization: string,
  body?: unknown,
  headers: Record<string, string> = { 'user-agent': 'test' },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, github.url),
      { method, ca, headers: { authorization, ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text === '' ? undefined : JSON.parse(text),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const job = (permissions: Permissions): string => `token ${github.tokens.issueJob(identity, permissions).token}`;

describe('REST', () => {
  test.each<[string, string, Permissions]>([
    ['GET', '/repos/org/app/issues/7/comments', { issues: 'read' }],
    ['GET', '/repos/org/app/issues/7/comments', { 'pull-requests': 'read' }],
    ['GET', '/repos/org/app/pulls/7', { 'pull-requests': 'read' }],
    ['GET', '/repos/org/app/pulls/7/files', { 'pull-requests': 'read' }],
    ['GET', '/repos/org/app/environments/production', { actions: 'read' }],
    ['GET', '/repos/org/app/actions/runs/5', { actions: 'read' }],
    ['GET', '/repos/org/app/actions/runs/5/artifacts', { actions: 'read' }],
    ['GET', '/repos/org/app/actions/runs/5/pending_deployments', { actions: 'read' }],
  ])('%s %s needs %j', async (method, path, permissions) => {
    expect((await call(method, path, job(permissions))).status).toBe(200);
    expect(await call(method, path, job({ contents: 'write' }))).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration', status: '403' },
    });
  });

  test('reading is not writing', async () => {
    expect(
      (await call('POST', '/repos/org/app/issues/7/comments', job({ issues: 'read' }), { body: 'x' })).status,
    ).toBe(403);
  });

  test('comments: create, page, change, delete, and the file', async () => {
    const token = job({ issues: 'write' });
    const path = '/repos/org/app/issues/7/comments';
    for (const body of ['one', 'two', 'three']) expect((await call('POST', path, token, { body })).status).toBe(201);
    const first = await call('GET', `${path}?per_page=2`, token);
    expect(first.body).toEqual([expect.objectContaining({ body: 'one' }), expect.objectContaining({ body: 'two' })]);
    expect(first.headers.link).toContain(`${path}?per_page=2&page=2>; rel="next"`);
    const second = await call('GET', `${path}?per_page=2&page=2`, token);
    expect(second.body).toMatchObject([{ body: 'three', user: { login: 'github-actions[bot]', type: 'Bot' } }]);
    expect(second.headers.link).toContain('rel="prev"');
    expect(await call('PATCH', '/repos/org/app/issues/comments/1', token, { body: 'new' })).toMatchObject({
      status: 200,
      body: { body: 'new' },
    });
    expect((await call('DELETE', '/repos/org/app/issues/comments/2', token)).status).toBe(204);
    expect((await call('GET', '/repos/org/app/issues/comments/2', token)).status).toBe(404);
    expect(
      JSON.parse(readFileSync(stateFile, 'utf8')).comments.map((comment: { body: string }) => comment.body),
    ).toEqual(['new', 'three']);
    const again = await startGitHub({ tls: await testCertificates(), stateFile });
    expect(again.comments.list('org/app', 7)).toHaveLength(2);
    await again.close();
  });

  test.each([
    [{}, 'Invalid request.\n\n"body" wasn\'t supplied.'],
    [{ body: ' ' }, 'Validation Failed'],
    [{ body: 'x'.repeat(65_537) }, 'Validation Failed'],
  ])('a comment %# that is not valid', async (body, message) => {
    expect(await call('POST', '/repos/org/app/issues/7/comments', job({ issues: 'write' }), body)).toMatchObject({
      status: 422,
      body: { message },
    });
  });

  test('the reviewers of an environment', async () => {
    const { body } = await call('GET', '/repos/org/app/environments/Production', job({ actions: 'read' }));
    expect(body).toMatchObject({
      name: 'production',
      protection_rules: [{ type: 'required_reviewers', reviewers: [{ reviewer: { login: 'bob' } }] }],
    });
    expect((await call('GET', '/repos/org/app/environments/none', job({ actions: 'read' }))).status).toBe(404);
  });

  test('artifacts by name', async () => {
    const path = '/repos/org/app/actions/artifacts?name=';
    expect((await call('GET', `${path}plan`, job({ actions: 'read' }))).body).toMatchObject({
      total_count: 1,
      artifacts: [{ name: 'plan', workflow_run: { id: 5 } }],
    });
    expect((await call('GET', `${path}other`, job({ actions: 'read' }))).body).toMatchObject({ total_count: 0 });
  });

  test('no token, a wrong token, another repository', async () => {
    const path = '/repos/org/app/pulls/7';
    expect(await call('GET', path, '')).toMatchObject({ status: 401, body: { message: 'Requires authentication' } });
    expect(await call('GET', path, 'Bearer nonsense')).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
    github.repositories.ensure('org/other', 8).pulls.set(1, { number: 1, body: {}, files: [] });
    expect((await call('GET', '/repos/org/other/pulls/1', job({ 'pull-requests': 'read' }))).status).toBe(404);
  });

  test('a path that is not known is recorded', async () => {
    expect(await call('GET', '/user', job({}))).toMatchObject({
      status: 404,
      body: { message: 'not simulated: GET /user' },
    });
    expect(await call('PUT', '/repos/org/app/pulls/7', job({}))).toMatchObject({ status: 404 });
    expect(github.notSimulated.slice(0, 2)).toEqual(['GET /user', 'PUT /repos/org/app/pulls/7']);
  });

  test('whose token it is', async () => {
    const ask = (token: string, query: string) => call('POST', '/graphql', token, { query });
    expect((await ask(job({}), 'query { viewer { login } }')).body).toEqual({
      data: { viewer: { login: 'github-actions[bot]' } },
    });
    const bob = `token ${github.tokens.issueUser('bob')}`;
    expect((await ask(bob, 'query {\n  viewer { login }\n}')).body).toMatchObject({
      data: { viewer: { login: 'bob' } },
    });
    expect((await ask('', 'query { viewer { login } }')).status).toBe(401);
    expect(await ask(bob, 'query { viewer { name } }')).toMatchObject({
      status: 404,
      body: { message: 'not simulated: POST /graphql' },
    });
  });

  test('an entity tag spares a client what it has', async () => {
    const path = '/repos/org/app/pulls/7';
    const token = job({ 'pull-requests': 'read' });
    const { etag } = (await call('GET', path, token)).headers;
    const headers = { 'user-agent': 'test', 'if-none-match': String(etag) };
    expect(await call('GET', path, token, undefined, headers)).toMatchObject({ status: 304, body: undefined });
  });

  test('a request must say who asks', async () => {
    expect((await call('GET', '/repos/org/app/pulls/7', job({}), undefined, {})).status).toBe(403);
  });

  test('faults on demand', async () => {
    const token = job({ issues: 'write' });
    const path = '/repos/org/app/issues/7/comments';
    github.faults.add({ match: 'POST /repos', kind: 'secondary-limit', retryAfterSeconds: 2 });
    expect(await call('POST', path, token, { body: 'x' })).toMatchObject({
      status: 403,
      headers: { 'retry-after': '2' },
      body: { message: expect.stringContaining('secondary rate limit') },
    });
    github.faults.add({ match: 'POST /repos', kind: 'server-error' });
    expect((await call('POST', path, token, { body: 'x' })).status).toBe(502);
    const before = github.comments.list('org/app').length;
    github.faults.add({ match: 'POST /repos', kind: 'lost-answer' });
    await expect(call('POST', path, token, { body: 'x' })).rejects.toThrow();
    expect(github.comments.list('org/app')).toHaveLength(before + 1);
  });

  test('a body that is no JSON', async () => {
    expect((await call('POST', '/repos/org/app/issues/7/comments', job({ issues: 'write' }), ['x'])).status).toBe(400);
  });
});

describe('reviews', () => {
  const path = '/repos/org/app/actions/runs/5/pending_deployments';
  const wait = () =>
    github.reviews.wait(
      { runId: 5, environment: 'production', environmentId: 9, job: 'apply', reviewers: ['bob'] },
      new AbortController().signal,
    );
  const answer = { environment_ids: [9], state: 'rejected', comment: 'no' };

  test('only a reviewer answers', async () => {
    const waiting = wait();
    expect((await call('POST', path, `token ${github.tokens.issueUser('eve')}`, answer)).status).toBe(422);
    expect((await call('POST', path, job({ deployments: 'write', actions: 'write' }), answer)).status).toBe(403);
    expect((await call('GET', '/repos/org/app/actions/runs/5', job({ actions: 'read' }))).body).toMatchObject({
      status: 'waiting',
    });
    const bob = `token ${github.tokens.issueUser('bob')}`;
    expect((await call('GET', path, bob)).body).toMatchObject([
      { environment: { id: 9 }, current_user_can_approve: true },
    ]);
    expect((await call('POST', path, bob, { ...answer, comment: undefined })).status).toBe(422);
    expect((await call('POST', path, bob, answer)).status).toBe(200);
    expect(await waiting).toEqual({ approved: false, reviewer: 'bob' });
    expect((await call('GET', path, bob)).body).toEqual([]);
  });
});

describe('ID tokens', () => {
  test.each<[Partial<JobIdentity>, string]>([
    [{}, 'repo:org/app:ref:refs/heads/main'],
    [{ eventName: 'pull_request', ref: 'refs/pull/7/merge' }, 'repo:org/app:pull_request'],
    [{ eventName: 'pull_request', environment: 'prod' }, 'repo:org/app:environment:prod'],
    [{ environment: 'a:b' }, 'repo:org/app:environment:a%3Ab'],
    [{ environment: 'prod', immutableSubject: true }, 'repo:org@2/app@1:environment:prod'],
  ])('%j has subject %s', (change, subject) => {
    expect(subjectOf({ ...identity, ...change })).toBe(subject);
  });

  test('are signed by the published key', async () => {
    const { runtimeToken } = github.tokens.issueJob(identity, { 'id-token': 'write' });
    const url = new URL(github.idTokenRequestUrl);
    const { body } = await call('GET', `${url.pathname}${url.search}&audience=me`, `Bearer ${runtimeToken}`);
    const { value }: { value: string } = Object.assign({ value: '' }, body);
    const [head = '', claims = '', signature = ''] = value.split('.');
    const discovery = await call('GET', '/.well-known/openid-configuration', '');
    expect(discovery.body).toMatchObject({ issuer: github.url, jwks_uri: `${github.url}/.well-known/jwks` });
    const { keys }: { keys: { kid: string }[] } = Object.assign(
      { keys: [] },
      (await call('GET', '/.well-known/jwks', '')).body,
    );
    const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
    expect([kid, alg]).toEqual([keys[0]?.kid, 'RS256']);
    const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
    expect(verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(said).toMatchObject({
      iss: github.url,
      aud: 'me',
      job_workflow_ref: identity.jobWorkflowRef,
      job_workflow_sha: 'b'.repeat(40),
      run_attempt: '2',
    });
    expect(said.exp - said.iat).toBe(300);
  });

  test('the permission and the token are checked, and the audience has a default', async () => {
    const url = new URL(github.idTokenRequestUrl);
    const ask = (token: string) => call('GET', `${url.pathname}${url.search}`, `Bearer ${token}`);
    expect((await ask(github.tokens.issueJob(identity, { contents: 'write' }).runtimeToken)).status).toBe(403);
    const credentials = github.tokens.issueJob(identity, { 'id-token': 'write' });
    const { value }: { value: string } = Object.assign({ value: '' }, (await ask(credentials.runtimeToken)).body);
    expect(JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()).aud).toBe(
      'https://github.com/org',
    );
    credentials.revoke();
    expect((await ask(credentials.runtimeToken)).status).toBe(401);
  });
});
