import { X509Certificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { makeCertificates } from './tls.ts';

test('the leaf names the hosts and addresses given, and the authority signed it', async () => {
  const { ca, cert } = await makeCertificates({ hosts: ['moodle.z01.azurefd.net'], ips: ['127.64.0.1'] });
  const leaf = new X509Certificate(cert);
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(leaf.checkIP('127.64.0.1')).toBe('127.64.0.1');
  expect(leaf.checkHost('moodle.z01.azurefd.net')).toBe('moodle.z01.azurefd.net');
  expect(leaf.checkHost('example.org')).toBeUndefined();
  expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true);
  expect(new X509Certificate(ca).ca).toBe(true);
});

test('a client that trusts the authority connects; one that does not is refused', async () => {
  const tls = await makeCertificates();
  const server = createServer({ cert: tls.cert, key: tls.key }, (_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const get = (ca: string | undefined) =>
    new Promise<number | string>((resolve) => {
      request({ host: '127.0.0.1', port, ...(ca === undefined ? {} : { ca }) }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
        .end();
    });
  try {
    expect(await get(tls.ca)).toBe(200);
    expect(await get(undefined)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
