/** A word with one Redis server, without starting a process for it. */
import { connect } from 'node:net';

/** Sends commands over a connection of their own and answers everything that comes back. */
export function ask(ip: string, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(6379, ip);
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write([...commands, 'QUIT', ''].join('\r\n'));
  });
}
