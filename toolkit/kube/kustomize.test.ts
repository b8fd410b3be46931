import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createExec } from '../process/exec.ts';
import { createSecrets } from '../secrets.ts';
import { parseObjects, renderKustomization, renderOverlay } from './kustomize.ts';

const exec = createExec(
  createSecrets(() => {}),
  new AbortController().signal,
);
let directory: string;
let base: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kustomize-'));
  base = join(directory, 'base');
  mkdirSync(base);
  const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: value\n';
  writeFileSync(join(base, 'objects.yaml'), `${configMap}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n`);
  writeFileSync(join(base, 'kustomization.yaml'), 'resources: [objects.yaml]\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a kustomization', () => {
  test('is rendered, the namespace first', async () => {
    const objects = await renderKustomization(base, exec);
    expect(objects.map(({ kind }) => kind)).toEqual(['Namespace', 'ConfigMap']);
  });

  test('that is not there is named as it was given', async () => {
    await expect(renderKustomization('no/such/folder', exec)).rejects.toThrow(
      'Input "manifests" must be a folder with a kustomization.yaml; there is none in "no/such/folder".',
    );
  });

  test('that kustomize refuses is named, with its reason', async () => {
    const broken = join(directory, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'kustomization.yaml'), 'resources: [gone.yaml]\n');
    await expect(renderKustomization(broken, exec)).rejects.toThrow(
      /^The manifests in ".*broken" cannot be rendered: .*gone\.yaml/,
    );
  });

  test('is changed by an overlay, also from a temporary folder behind a link', async () => {
    const temporary = join(directory, 'temporary');
    mkdirSync(temporary);
    symlinkSync(temporary, join(directory, 'link'));
    const objects = await renderOverlay(
      (part) => ({
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        namespace: 'other',
        resources: [part(join(directory, 'base'))],
        components: [],
        images: [],
        replicas: [],
        patches: [],
      }),
      { folder: directory, exec, temporaryDirectory: join(directory, 'link') },
    );
    expect(objects.map(({ metadata }) => [metadata.name, metadata.namespace])).toEqual([
      ['other', undefined],
      ['a', 'other'],
    ]);
  });
});

describe('rendered text', () => {
  test('is read as Go writes it', () => {
    expect(parseObjects('kind: A\nmode: 0440\nname: "yes"\n---\nkind: Namespace\n')).toEqual([
      { kind: 'Namespace' },
      { kind: 'A', mode: 288, name: 'yes' },
    ]);
  });

  test('keeps every object, and what others refer to comes before them', () => {
    const kinds = fc.array(fc.constantFrom('Deployment', 'Service', 'ConfigMap', 'Namespace', 'Other'));
    fc.assert(
      fc.property(kinds, (given) => {
        const text = given.map((kind, index) => `kind: ${kind}\nindex: ${index}\n`).join('---\n');
        const objects = parseObjects(text);
        const order = ['Namespace', 'ConfigMap', 'Other', 'Service', 'Deployment'];
        const places = objects.map(({ kind, index }) => order.indexOf(kind) * 1000 + Number(index));
        expect(objects).toHaveLength(given.length);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }),
    );
  });
});
