/** Azure's SDK, loaded by the first that needs it. The bundler leaves the import as it is; dist/package.json leads to the file. */
export function sdk(): Promise<typeof import('./sdk.ts')> {
  return import(/* webpackIgnore: true */ '#azure-sdk');
}
