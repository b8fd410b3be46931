/** One attempt of a probe or lifecycle handler: exec, httpGet, tcpSocket or sleep. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import type { Container, Handler, IntOrString } from '../objects.ts';
import type { RunningContainer } from './container-process.ts';

/** Whether it succeeded, and what it said when not. */
export interface CheckResult {
  ok: boolean;
  message: string;
}

/** What a check needs to know of the container. */
export interface CheckTarget {
  running: RunningContainer;
  container: Container;
  podIP: string;
}

/** Tries once. Never throws; a handler that is not implemented fails with a sentence. */
export async function check(handler: Handler, target: CheckTarget, timeoutSeconds: number): Promise<CheckResult> {
  try {
    return await attempt(handler, target, timeoutSeconds);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function attempt(handler: Handler, target: CheckTarget, timeoutSeconds: number): Promise<CheckResult> {
  const timeout = timeoutSeconds * 1000;
  if (handler.exec !== undefined) {
    return execute(target.running, handler.exec.command ?? [], timeout);
  }
  if (handler.httpGet !== undefined) {
    return get(handler.httpGet, target, timeout);
  }
  if (handler.tcpSocket !== undefined) {
    const { host = target.podIP, port } = handler.tcpSocket;
    return open(host, portNumber(port, target.container), timeout);
  }
  if (handler.sleep !== undefined) {
    const { seconds } = handler.sleep;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return { ok: true, message: '' };
  }
  return { ok: false, message: 'the rehearsal implements exec, httpGet, tcpSocket and sleep only' };
}

/** A port by number or by the name that the container gives it; 0, which nobody listens on, when there is none. */
export function portNumber(port: IntOrString, container: Container): number {
  if (typeof port === 'number') {
    return port;
  }
  return container.ports?.find((candidate) => candidate.name === port)?.containerPort ?? 0;
}

async function execute(running: RunningContainer, command: string[], timeout: number): Promise<CheckResult> {
  const child = running.enter(command, { stdin: false });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeout);
  const [out, err, code] = await Promise.all([read(child.stdout), read(child.stderr), child.exit]);
  clearTimeout(timer);
  if (timedOut) {
    return {
      ok: false,
      message: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeout / 1000}s`,
    };
  }
  return { ok: code === 0, message: `${out}${err}`.trim() };
}

async function read(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text = text.length < 10_000 ? text + String(chunk) : text;
  }
  return text;
}

function get(handler: NonNullable<Handler['httpGet']>, target: CheckTarget, timeout: number): Promise<CheckResult> {
  const host = handler.host ?? target.podIP;
  const port = portNumber(handler.port, target.container);
  const headers = Object.fromEntries((handler.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = { host, port, path: handler.path ?? '/', headers, agent: false, timeout };
  return new Promise((resolve) => {
    const answer = (response: IncomingMessage): void => {
      const code = response.statusCode ?? 0;
      response.resume();
      resolve({ ok: code >= 200 && code < 400, message: `HTTP probe failed with statuscode: ${code}` });
    };
    // Like kubelet, which does not verify the certificate of what it probes.
    const request =
      handler.scheme === 'HTTPS'
        ? httpsRequest({ ...options, rejectUnauthorized: false }, answer)
        : httpRequest(options, answer);
    const url = `"${(handler.scheme ?? 'HTTP').toLowerCase()}://${host}:${port}${options.path}"`;
    request.once('timeout', () => request.destroy(new Error('context deadline exceeded')));
    request.once('error', (error) => resolve({ ok: false, message: `Get ${url}: ${error.message}` }));
    request.end();
  });
}

function open(host: string, port: number, timeout: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (ok: boolean, message: string): void => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.setTimeout(timeout, () => finish(false, `dial tcp ${host}:${port}: i/o timeout`));
    socket.once('connect', () => finish(true, ''));
    socket.once('error', (error) => finish(false, `dial tcp ${host}:${port}: ${error.message}`));
  });
}
