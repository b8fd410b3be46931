/** Reading request bodies: JSON, YAML, and saying clearly that protobuf is not among them. */
import { parse } from 'yaml';
import { ApiError, badRequest } from './api-error.ts';
import type { ApiRequest } from './http.ts';

/** The media type of a body, without parameters. */
export function mediaType(request: ApiRequest): string {
  return (
    String(request.headers['content-type'] ?? 'application/json')
      .split(';')[0]
      ?.trim() ?? ''
  );
}

/** 415 that says what to send instead. */
export function unsupported(given: string, accepted: readonly string[]): ApiError {
  const hint = given.includes('protobuf')
    ? ' The Kubernetes stand-in reads protobuf only in access reviews: write a manifest and use kubectl create -f or apply.'
    : '';
  const list = accepted.join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}.${hint}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

/** The body as JSON or YAML. */
export function readBody(request: ApiRequest): unknown {
  const given = mediaType(request);
  const text = request.body.toString('utf8');
  if (given === 'application/json' || given.endsWith('+json')) {
    return readJson(text);
  }
  if (given === 'application/yaml' || given.endsWith('+yaml')) {
    return readYaml(text);
  }
  throw unsupported(given, ['application/json', 'application/yaml']);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not JSON: ${(error as Error).message}`);
  }
}

function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${(error as Error).message}`);
  }
}
