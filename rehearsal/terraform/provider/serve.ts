/**
 * The providers as one long-lived server each, which Terraform is pointed at by TF_REATTACH_PROVIDERS: nothing to install
 * at init, plain gRPC on loopback.
 */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Provider } from './provider.ts';
import { implement, providerService } from './service.ts';

/** Providers that are up. */
export interface ServedProviders {
  /** The value of TF_REATTACH_PROVIDERS. Names without a host are those of terraform's and of OpenTofu's registry. */
  reattach: string;
  stop(): Promise<void>;
}

/** A gRPC server of one provider. States are larger than gRPC's usual limit of 4 MB. */
export function makeServer(provider: Provider): Server {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(providerService, implement(provider));
  return server;
}

export function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

/** Serves providers by their source addresses, such as `hashicorp/azurerm`. */
export async function serveProviders(providers: Record<string, Provider>): Promise<ServedProviders> {
  const servers: Server[] = [];
  const addresses: Record<string, object> = {};
  for (const [source, provider] of Object.entries(providers)) {
    const server = makeServer(provider);
    servers.push(server);
    const port = await bind(server, '127.0.0.1:0', ServerCredentials.createInsecure());
    addresses[source] = {
      Protocol: 'grpc',
      ProtocolVersion: 5,
      // Terraform cancels every call when this process is gone.
      Pid: process.pid,
      // Terraform leaves the process alone.
      Test: true,
      Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
    };
  }
  return {
    reattach: JSON.stringify(addresses),
    async stop() {
      for (const server of servers) server.forceShutdown();
    },
  };
}
