/** How Microsoft Entra ID words a refusal. */
import { randomUUID } from 'node:crypto';
import type { Answer } from './wire.ts';

/** Entra's error body; the description carries the number, a trace id and a time, as clients print them. */
export function entraError(status: number, error: string, number: number, sentence: string): Answer {
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    status,
    json: {
      error,
      error_description: `AADSTS${number}: ${sentence} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    },
  };
}
