/** GET …/pods/NAME/log: the log as plain text, followed until the container has ended. */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { badRequest } from './api-error.ts';
import { containerOf, waitingReason } from './containers.ts';
import type { Api, ApiRequest, Reply } from './http.ts';
import type { Route } from './route.ts';

const refused = ['sinceSeconds', 'sinceTime', 'timestamps', 'limitBytes', 'stream'];

/** Answers a log request. */
export async function readLog(api: Api, route: Route, request: ApiRequest): Promise<Reply> {
  const { ref, pod } = containerOf(api, route, request);
  const unknown = refused.find((name) => request.query.has(name) && request.query.get(name) !== 'false');
  if (unknown !== undefined) {
    throw badRequest(`the Kubernetes stand-in has no log option "${unknown}"`);
  }
  const reason = waitingReason(pod, ref.container);
  if (reason !== undefined) {
    throw badRequest(`container "${ref.container}" in pod "${ref.pod}" is waiting to start: ${reason}`);
  }
  const tailLines = request.query.get('tailLines');
  const log = await api.runtime
    .logs(ref, {
      follow: request.query.get('follow') === 'true',
      previous: request.query.get('previous') === 'true',
      ...(tailLines === null ? {} : { tailLines: Number(tailLines) }),
    })
    .catch((error: Error) => {
      throw badRequest(error.message);
    });
  const stream = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    pipeline(log, response).catch(() => log.destroy());
  };
  return { code: 200, stream };
}
