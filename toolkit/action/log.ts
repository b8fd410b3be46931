import * as core from '@actions/core';
import type { Log, Place } from '../log.ts';
import type { Secrets } from '../secrets.ts';

/** The job's log on GitHub: workflow commands for folding and annotations. Every text is redacted. */
export function createLog(secrets: Secrets): Log {
  const clean = (message: string): string => secrets.redact(message);
  const properties = (place: Place | undefined): core.AnnotationProperties =>
    place === undefined
      ? {}
      : { file: place.file, ...(place.startLine === undefined ? {} : { startLine: place.startLine }) };
  return {
    debug: (message) => core.debug(clean(message)),
    info: (message) => core.info(neutralize(clean(message))),
    notice: (message, place) => core.notice(clean(message), properties(place)),
    warning: (message, place) => core.warning(clean(message), properties(place)),
    error: (message, place) => core.error(clean(message), properties(place)),
    group: (title, body) => core.group(clean(title), body),
  };
}

/**
 * Text from elsewhere (a pod's log, a plan) must not be taken for a workflow command. The runner looks for `::` at the
 * beginning of a line, white space left out, and for `##[` anywhere in it (actions/runner, ActionCommand.cs).
 */
export function neutralize(message: string): string {
  return message.replace(/^([\s\u0085]*)::/gm, '$1\u200b::').replaceAll('##[', '##\u200b[');
}
