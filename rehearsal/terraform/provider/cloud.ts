/** What the azurerm provider asks of Azure: the rehearsal's Azure stand-in, or a memory in tests. */
import type { Values } from './values.ts';

/** Azure as the provider sees it: resources under their Terraform type and their id. Refusals are thrown, as sentences. */
export interface Cloud {
  read(type: string, id: string): Promise<Values | undefined>;
  /** Makes or changes a resource. `secrets` are its write-only values, when they are sent. */
  write(type: string, id: string, values: Values, secrets: Values): Promise<void>;
  remove(type: string, id: string): Promise<void>;
  /** The present value of a secret in a Key Vault. */
  secret(vaultId: string, name: string): Promise<string>;
}
