/** The two tables of docs/redis.md: what became of each fault, and how long it took by version of the servers. */
import { resolve } from 'node:path';
import type { Outcome } from './outcome.ts';

export const DOCUMENT = resolve(import.meta.dirname, '../../../../docs/redis.md');

const FAULTS = ['| Fault | A plan says | What is done | Keys lost | Seconds |', '| --- | --- | --- | ---: | ---: |'];

/** Puts fresh rows into the first table; rows of other faults are kept. */
export function writeFaults(document: string, fresh: readonly Outcome[]): string {
  const rows = fresh.map(({ fault, found, done, lost, seconds }) => [
    fault,
    [found, done, lost, seconds?.toFixed(1) ?? ''].join(' | '),
  ]);
  return replace(document, 'faults', (before) => [...FAULTS, ...merge(before, rows)]);
}

/** Puts one column into the second table: the seconds of each fault, or how it ended where there was nothing to heal. */
export function writeVersion(document: string, version: string, fresh: readonly Outcome[]): string {
  return replace(document, 'versions', (before) => {
    const [head = '| Fault |', , ...rows] = before;
    const versions = [...new Set([...cells(head).slice(1), version])].sort();
    const seen = new Map(
      rows
        .map(cells)
        .map(([fault = '', ...rest]) => [fault, new Map(rest.map((cell, at) => [cells(head)[at + 1] ?? '', cell]))]),
    );
    for (const { fault, seconds } of fresh) {
      const row = seen.get(fault) ?? new Map<string, string>();
      seen.set(fault, row.set(version, seconds?.toFixed(1) ?? 'refused'));
    }
    const merged = [...seen].map(([fault, row]): [string, string] => [
      fault,
      versions.map((one) => row.get(one) ?? '').join(' | '),
    ]);
    return [`| Fault | ${versions.join(' | ')} |`, `| --- |${' ---: |'.repeat(versions.length)}`, ...merge([], merged)];
  });
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Sorted by fault; a fresh row takes the place of the one before. */
function merge(before: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = rows.map(([fault, rest]) => `| ${fault} | ${rest} |`);
  const kept = before.slice(FAULTS.length).filter((line) => !rows.some(([fault]) => cells(line)[0] === fault));
  return [...kept, ...lines].sort((a, b) => a.localeCompare(b));
}

function replace(document: string, name: string, make: (before: string[]) => string[]): string {
  const section = new RegExp(`(<!-- generated: ${name} -->\\n)([\\s\\S]*?)(\\n<!-- end -->)`);
  const [, , before] = section.exec(document) ?? [];
  if (before === undefined) throw new Error(`docs/redis.md has no section "generated: ${name}".`);
  const lines = make(before.split('\n').filter((line) => line !== ''));
  return document.replace(section, (_, begin: string, __, end: string) => `${begin}\n${lines.join('\n')}\n${end}`);
}
