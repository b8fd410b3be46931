/**
 * Running commands in containers over WebSocket, subprotocol v5.channel.k8s.io: each binary message begins with a channel
 * byte (0 stdin, 1 stdout, 2 stderr, 3 status, 4 resize); from the client 255 followed by a channel closes that channel.
 * The status must come last and always: without it kubectl takes a closed connection for success.
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ContainerProcess } from './ports.ts';

/** The only subprotocol that is spoken. */
export const execProtocol = 'v5.channel.k8s.io';

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 };

/** The final status of a command, as the kubelet words it. */
export function exitStatus(code: number): Record<string, unknown> {
  if (code === 0) {
    return { metadata: {}, status: 'Success' };
  }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function message(which: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.of(which), data]);
}

async function forward(socket: WebSocket, which: number, output: Readable): Promise<void> {
  for await (const chunk of output) {
    await new Promise<void>((resolve) => {
      socket.send(message(which, Buffer.from(chunk)), () => resolve());
    });
  }
}

function takeInput(socket: WebSocket, process: ContainerProcess): void {
  const { stdin } = process;
  stdin?.on('error', () => stdin.destroy());
  socket.on('message', (data: Buffer) => {
    const [which, closed] = data;
    if (which === channel.close && closed === channel.stdin) {
      stdin?.end();
    } else if (
      which === channel.stdin &&
      data.length > 1 &&
      stdin?.writable === true &&
      !stdin.write(data.subarray(1))
    ) {
      socket.pause();
      once(stdin, 'drain').then(
        () => socket.resume(),
        () => socket.resume(),
      );
    }
  });
}

/**
 * Connects a socket and a process until both are done. A client that goes away ends stdin and no more: the command runs on
 * unheard, as in a real container (kubernetes/kubernetes issue 89031).
 */
export async function attach(socket: WebSocket, process: ContainerProcess): Promise<void> {
  socket.on('close', () => process.stdin?.end());
  socket.on('error', () => socket.terminate());
  takeInput(socket, process);
  const streams = [forward(socket, channel.stdout, process.stdout), forward(socket, channel.stderr, process.stderr)];
  const status = await Promise.all([process.exit, ...streams]).then(
    ([code]) => exitStatus(code),
    (error: Error) => ({ metadata: {}, status: 'Failure', reason: 'InternalError', message: error.message, code: 500 }),
  );
  socket.send(message(channel.status, Buffer.from(JSON.stringify(status))), () => socket.close(1000));
}
