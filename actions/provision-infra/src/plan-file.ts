/**
 * The file that crosses the gate: Terraform's plan and what is needed to compare it, encrypted with AES-256-GCM. Its head
 * says in clear what the plan belongs to; that is authenticated with the rest, so nothing of the file can be changed, cut
 * or put into another. Layout: a line with the format, a line of JSON (the head), the ciphertext, the tag of 16 bytes.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { formatElapsed } from '#toolkit/process/clock';
import { deriveKey } from '#toolkit/terraform/plan-key';
import { checkBinding } from './binding.ts';
import { Refused } from './failure.ts';
import type { Binding } from './fingerprint.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';

const FORMAT = Buffer.from('moodle-high-scale plan 1\n');
const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/** What stands in clear. `check` tells another key from a changed file; `bytes` counts ciphertext and tag. */
interface Head {
  binding: Binding;
  /** ISO 8601. */
  madeAt: string;
  salt: string;
  nonce: string;
  check: string;
  bytes: number;
}

/** A plan as it crosses the gate. */
export interface SealedPlan {
  reviewed: ReviewedPlan;
  /** Terraform's own plan file. */
  planFile: Buffer;
}

/** Encrypts a plan. */
export function sealPlan(plan: SealedPlan, key: string, binding: Binding, madeAt: Date): Buffer {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const reviewed = gzipSync(JSON.stringify(plan.reviewed));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(reviewed.length);
  const content = Buffer.concat([length, reviewed, plan.planFile]);
  const head: Head = {
    binding,
    madeAt: madeAt.toISOString(),
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    check: keyCheck(key, salt),
    bytes: content.length + TAG_BYTES,
  };
  const clear = Buffer.concat([FORMAT, Buffer.from(`${JSON.stringify(head)}\n`)]);
  const cipher = createCipheriv(CIPHER, deriveKey(key, 'encryption', salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(clear);
  return Buffer.concat([clear, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** What a plan file is opened with. */
export interface OpenOptions {
  key: string;
  binding: Binding;
  now: number;
  expiryMilliseconds: number;
}

/**
 * Decrypts a plan that belongs here.
 *
 * @param name the file, for messages
 * @throws Refused with a reason of its own for each thing that can be wrong
 */
export function openPlan(file: Buffer, name: string, options: OpenOptions): SealedPlan {
  const { head, clear, rest } = readHead(file, name);
  if (rest.length < head.bytes)
    throw new Refused(
      'plan-truncated',
      `The plan file ${name} is truncated: ${head.bytes - rest.length} of its bytes are missing. Nothing was applied.`,
    );
  const salt = Buffer.from(head.salt, 'base64');
  if (head.check !== keyCheck(options.key, salt))
    throw new Refused(
      'plan-wrong-key',
      `The plan file ${name} was encrypted with another key: the jobs that plan and apply need the same secret. Nothing was applied.`,
    );
  const content = decrypt(options.key, head, clear, rest);
  if (content === undefined)
    throw new Refused(
      'plan-tampered',
      `The plan file ${name} is not as it was made: somebody or something changed it. Nothing was applied; plan again.`,
    );
  checkBinding(head.binding, options.binding);
  const age = options.now - Date.parse(head.madeAt);
  if (age > options.expiryMilliseconds)
    throw new Refused(
      'plan-expired',
      `The plan was made ${formatElapsed(age)} ago, and one is good for ${formatElapsed(options.expiryMilliseconds)} (input "plan-expiry"). Nothing was applied; plan again.`,
    );
  const length = content.readUInt32BE(0);
  const reviewed = JSON.parse(gunzipSync(content.subarray(4, 4 + length)).toString()) as ReviewedPlan;
  return { reviewed, planFile: content.subarray(4 + length) };
}

function readHead(file: Buffer, name: string): { head: Head; clear: Buffer; rest: Buffer } {
  const start = file.subarray(0, FORMAT.length);
  const end = file.indexOf('\n', FORMAT.length);
  if (!start.equals(FORMAT.subarray(0, start.length)))
    throw new Refused(
      'plan-tampered',
      `The file ${name} is no plan file of this action, or one of another version of it. Nothing was applied.`,
    );
  if (end < 0)
    throw new Refused(
      'plan-truncated',
      `The plan file ${name} is truncated: it ends in its head. Nothing was applied.`,
    );
  try {
    const head: unknown = JSON.parse(file.toString('utf8', FORMAT.length, end));
    if (!isHead(head)) throw new Error('Some part is missing.');
    return { head, clear: file.subarray(0, end + 1), rest: file.subarray(end + 1) };
  } catch {
    throw new Refused('plan-tampered', `The head of the plan file ${name} is not as it was made. Nothing was applied.`);
  }
}

const BINDING = ['repository', 'commit', 'workflow', 'environment', 'root', 'run', 'state'] as const;

function isHead(value: unknown): value is Head {
  const head = value as Partial<Head> | null;
  return (
    hasTexts(head, ['madeAt', 'salt', 'nonce', 'check']) &&
    hasTexts(head?.binding, BINDING) &&
    Number.isSafeInteger(head?.bytes)
  );
}

function hasTexts(value: object | null | undefined, names: readonly string[]): boolean {
  return names.every((name) => typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'string');
}

function keyCheck(key: string, salt: Buffer): string {
  return Buffer.from(deriveKey(key, 'check', salt)).toString('base64');
}

/** Undefined when the tag does not fit. */
function decrypt(key: string, head: Head, clear: Buffer, rest: Buffer): Buffer | undefined {
  try {
    const nonce = Buffer.from(head.nonce, 'base64');
    const salt = Buffer.from(head.salt, 'base64');
    const decipher = createDecipheriv(CIPHER, deriveKey(key, 'encryption', salt), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(clear);
    decipher.setAuthTag(rest.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(rest.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
