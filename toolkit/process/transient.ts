/**
 * The one table of faults that pass by themselves. What is not here fails at once with its cause: retrying a refusal only
 * hides it. Azure codes: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
 * kubectl words an answer that is no Status by itself (k8s.io/apimachinery, NewGenericServerResponse).
 */
export interface TransientFault {
  /** The name that the log shows. */
  name: string;
  /** HTTP status codes that mean it, whatever the body says. */
  statuses?: readonly number[];
  /** Error codes that mean it, whatever the status: Azure sends AnotherOperationInProgress with 409 and with 400. */
  codes?: readonly string[];
  /** Texts of commands (kubectl, terraform) that mean it. */
  text?: RegExp;
}

/** Every fault that is retried. */
export const TRANSIENT_FAULTS: readonly TransientFault[] = [
  {
    name: 'throttled',
    statuses: [429],
    codes: ['TooManyRequests'],
    text: /\b429\b|TooManyRequests|Too Many Requests|has received too many requests/,
  },
  {
    name: 'another operation in progress',
    codes: [
      'AnotherOperationInProgress',
      'OperationPreempted',
      'CanceledAndSupersededDueToAnotherOperation',
      'RetryableError',
    ],
    text: /AnotherOperationInProgress|another operation is in progress|operation in progress/i,
  },
  {
    name: 'server error',
    statuses: [408, 500, 502, 503, 504],
    text: /\b50[0234]\b (Internal|Bad|Service|Gateway)|etcdserver: (leader changed|request timed out)|\((InternalError|ServiceUnavailable|ServerTimeout)\)|currently unable to handle the request|has prevented the request from succeeding|unable to return a response in the time allotted/,
  },
  {
    name: 'connection lost',
    codes: ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'],
    text: /connection reset by peer|ECONNRESET|TLS handshake timeout|unexpected EOF|: EOF\b|server sent GOAWAY|client connection lost|i\/o timeout|context deadline exceeded/,
  },
];

/** What is known of a failed call. */
export interface Failure {
  status?: number;
  code?: string;
  text?: string;
}

/** The fault that a failure is an instance of, or undefined when it should not be retried. */
export function transientFault(failure: Failure): TransientFault | undefined {
  return TRANSIENT_FAULTS.find(
    (fault) =>
      (failure.code !== undefined && fault.codes?.includes(failure.code)) ||
      (failure.status !== undefined && fault.statuses?.includes(failure.status)) ||
      (failure.text !== undefined && fault.text?.test(failure.text)),
  );
}
