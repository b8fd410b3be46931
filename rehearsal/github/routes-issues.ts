import { type Comment, longestBody } from './comments.ts';
import { failure, page, type Reply } from './http.ts';
import type { Call, Route } from './routes.ts';

const scopes = ['issues', 'pull-requests'];

/** Comments on issues and pull requests, and the pull requests themselves. */
export const issueRoutes: readonly Route[] = [
  { method: 'GET', path: '/issues/{number}/comments', scopes, access: 'read', handle: listComments },
  { method: 'POST', path: '/issues/{number}/comments', scopes, access: 'write', handle: createComment },
  { method: 'GET', path: '/issues/comments/{id}', scopes, access: 'read', handle: withComment(show) },
  { method: 'PATCH', path: '/issues/comments/{id}', scopes, access: 'write', handle: withComment(updateComment) },
  { method: 'DELETE', path: '/issues/comments/{id}', scopes, access: 'write', handle: withComment(deleteComment) },
  { method: 'GET', path: '/pulls/{number}', scopes: ['pull-requests'], access: 'read', handle: getPull },
  { method: 'GET', path: '/pulls/{number}/files', scopes: ['pull-requests'], access: 'read', handle: listFiles },
];

function listComments(call: Call): Reply {
  const issue = Number(call.variables.number);
  if (!call.repository.pulls.has(issue)) return failure(404, 'Not Found');
  const { items, headers } = page(call.request, call.store.comments.list(call.repository.fullName, issue));
  return { status: 200, body: items.map((comment) => render(call, comment)), headers };
}

function createComment(call: Call): Reply {
  const issue = Number(call.variables.number);
  const pull = call.repository.pulls.get(issue);
  if (pull === undefined) return failure(404, 'Not Found');
  if (pull.body.locked === true && call.caller.kind === 'job')
    return failure(403, 'Unable to create comment because issue is locked.');
  const body = readBody(call);
  if (typeof body !== 'string') return body;
  const { fullName } = call.repository;
  const added = call.store.comments.add(
    { repository: fullName, issue, author: call.caller.login, body },
    call.store.now(),
  );
  return { status: 201, body: render(call, added) };
}

function withComment(handle: (call: Call, comment: Comment) => Reply): (call: Call) => Reply {
  return (call) => {
    const comment = call.store.comments.find(call.repository.fullName, Number(call.variables.id));
    return comment === undefined ? failure(404, 'Not Found') : handle(call, comment);
  };
}

function show(call: Call, comment: Comment): Reply {
  return { status: 200, body: render(call, comment) };
}

function updateComment(call: Call, comment: Comment): Reply {
  const body = readBody(call);
  if (typeof body !== 'string') return body;
  return show(call, call.store.comments.update(comment, body, call.store.now()));
}

function deleteComment(call: Call, comment: Comment): Reply {
  call.store.comments.remove(comment);
  return { status: 204 };
}

function readBody(call: Call): string | Reply {
  const { body } = call.request.body;
  if (typeof body !== 'string') return failure(422, 'Invalid request.\n\n"body" wasn\'t supplied.');
  if (body.trim() === '') return invalid('Body cannot be blank');
  if (body.length > longestBody) return invalid(`Body is too long (maximum is ${longestBody} characters)`);
  return body;
}

function invalid(message: string): Reply {
  return failure(422, 'Validation Failed', [
    { resource: 'IssueComment', code: 'unprocessable', field: 'data', message },
  ]);
}

function render(call: Call, comment: Comment): unknown {
  const { url } = call.store;
  const { fullName } = call.repository;
  const isBot = comment.author.endsWith('[bot]');
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${url}/repos/${fullName}/issues/comments/${comment.id}`,
    html_url: `https://github.com/${fullName}/pull/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${url}/repos/${fullName}/issues/${comment.issue}`,
    user: { login: comment.author, type: isBot ? 'Bot' : 'User' },
    author_association: isBot ? 'NONE' : 'MEMBER',
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}

function getPull(call: Call): Reply {
  const pull = call.repository.pulls.get(Number(call.variables.number));
  return pull === undefined ? failure(404, 'Not Found') : { status: 200, body: pull.body };
}

function listFiles(call: Call): Reply {
  const pull = call.repository.pulls.get(Number(call.variables.number));
  if (pull === undefined) return failure(404, 'Not Found');
  const { items, headers } = page(call.request, pull.files);
  return { status: 200, body: items.map((filename) => ({ filename, status: 'modified' })), headers };
}
