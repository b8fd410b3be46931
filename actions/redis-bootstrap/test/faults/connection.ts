/** One connection to one server, one command at a time: as much of the protocol as SET, GET and DEL need. */
import { connect, type Socket } from 'node:net';

export class Connection {
  private readonly socket: Socket;
  private received = '';
  private waiting: { resolve: (reply: string) => void; reject: (error: Error) => void } | undefined;

  constructor(ip: string) {
    this.socket = connect({ host: ip, port: 6379, noDelay: true });
    this.socket.setEncoding('utf8');
    this.socket.on('data', (chunk: string) => this.read(chunk));
    this.socket.on('error', (error) => this.end(error));
    this.socket.on('close', () => this.end(new Error(`${ip} closed the connection`)));
  }

  /** The reply without its type, an error with the `-` before it; `-1` for nothing. */
  send(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(`${command}\r\n`);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.received += chunk;
    const end = this.received.indexOf('\r\n');
    if (end < 0) return;
    const line = this.received.slice(0, end);
    const length = line.startsWith('$') ? Number(line.slice(1)) : -1;
    if (length < 0) this.answer(line.startsWith('-') ? line : line.slice(1), end + 2);
    else if (this.received.length >= end + 4 + length) {
      this.answer(this.received.slice(end + 2, end + 2 + length), end + 4 + length);
    }
  }

  private answer(reply: string, length: number): void {
    this.received = this.received.slice(length);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(reply);
  }

  private end(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
