/**
 * The certificates of a rehearsal: one authority made at start and one leaf that every stand-in serves.
 *
 * The actions trust the authority through NODE_EXTRA_CA_CERTS in the runner's base environment, exactly as a company
 * with a private authority would set it, so nothing in an action knows about certificates.
 */
import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

/** PEM texts: the authority to trust, and the leaf with its key to serve. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const dayInMs = 24 * 60 * 60 * 1000;
const lifetimeInDays = 30;

/** What the leaf is for, besides `localhost` and 127.0.0.1, and when it ends. */
export interface CertificateWish {
  hosts?: string[];
  ips?: string[];
  /** From now; may be past. */
  daysLeft?: number;
}

/**
 * Makes an authority and a leaf valid for `localhost`, 127.0.0.1 and the names and addresses given.
 *
 * ECDSA P-256, valid for 30 days, unless told, from one day ago (a clock that is a little behind must not break a rehearsal).
 */
export async function makeCertificates(names: CertificateWish = {}): Promise<Certificates> {
  const validity = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayInMs),
    notAfterDate: new Date(Date.now() + lifetimeInDays * dayInMs),
  } as const;
  // Issuers are looked up by name: two authorities of the same name in one trust store would hide each other.
  const name = `Moodle rehearsal authority ${randomUUID()}`;
  const authority = await generate([{ name: 'commonName', value: name }], {
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const daysLeft = names.daysLeft ?? lifetimeInDays;
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...validity,
    notBeforeDate: new Date(Date.now() + Math.min(-1, daysLeft - 1) * dayInMs),
    notAfterDate: new Date(Date.now() + daysLeft * dayInMs),
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...[...new Set(['localhost', ...(names.hosts ?? [])])].map((value) => ({ type: 2 as const, value })),
          ...[...new Set(['127.0.0.1', ...(names.ips ?? [])])].map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: leaf.cert, key: leaf.private };
}
