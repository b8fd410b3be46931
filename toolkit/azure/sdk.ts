/**
 * All that is used of Azure's SDK. It takes longer to load than Node to start, and many runs never ask Azure for anything: it
 * is imported, as `#azure-sdk`, when the first request is made. In an action it is a file of its own beside the bundle,
 * azure.js, that is not even read before; so nothing of the toolkit may be imported here, or it would be there twice.
 */

import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type PipelineRequestOptions,
  type PipelineResponse,
  proxyPolicy,
} from '@azure/core-rest-pipeline';
import { ClientAssertionCredential, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { type Client, getClient } from '@azure-rest/core-client';
import type { Cloud } from './cloud.ts';

/** Who a job is, and what it proves it with. */
export interface JobIdentity {
  tenantId: string;
  clientId: string;
  /** The job's identity token; called for every token. */
  assertion: () => Promise<string>;
}

/** Whoever is signed in on this machine. */
export function personCredential(cloud: Cloud): TokenCredential {
  return new DefaultAzureCredential({ authorityHost: cloud.authorityHost });
}

/** The job's identity token, exchanged. */
export function jobCredential(cloud: Cloud, { tenantId, clientId, assertion }: JobIdentity): TokenCredential {
  return new ClientAssertionCredential(tenantId, clientId, assertion, {
    authorityHost: cloud.authorityHost,
    // The library asks Microsoft's own host whether an unknown sign-in host is genuine; a private one never is.
    disableInstanceDiscovery: !cloud.authorityIsMicrosoft,
    retryOptions: { maxRetries: 3 },
  });
}

/** JSON requests with a token for the audience. */
export function restClient(endpoint: string, audience: string, credential: TokenCredential): Client {
  return getClient(endpoint, credential, {
    credentials: { scopes: [`${audience}/.default`] },
    // Retries are ours: the library's own neither knows Azure's codes nor bounds a Retry-After.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'moodle-high-scale' },
  });
}

/** One request as it stands, through the proxy if there is one: without a token, and tried once. */
export function sendPlain({
  headers,
  ...options
}: Omit<PipelineRequestOptions, 'headers'> & { headers: Record<string, string> }): Promise<PipelineResponse> {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  return pipeline.sendRequest(
    createDefaultHttpClient(),
    createPipelineRequest({ ...options, headers: createHttpHeaders(headers) }),
  );
}
