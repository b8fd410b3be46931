/** What the tests of this action share: the platform with its Private Link Service, and the bundle against it. */

import type { Connection } from '../../../rehearsal/azure/state.ts';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testFrontendOutputs,
  testIds,
  testOutputs,
  testRequestMessage,
  testService,
} from '../../../rehearsal/azure/testing.ts';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';

/** A platform on whose Private Link Service a stranger's connection is pending. */
export class Stage {
  readonly standIn: TestAzure;

  private constructor(standIn: TestAzure) {
    this.standIn = standIn;
  }

  static async open(options: Parameters<typeof startTestAzure>[0] = {}): Promise<Stage> {
    const stage = new Stage(await startTestAzure(options));
    await applyPlatform(stage.standIn.azure);
    stage.makeService();
    return stage;
  }

  close(): Promise<void> {
    return this.standIn.stop();
  }

  makeService(port = 80): void {
    this.standIn.azure.privateLinkServiceFor(testService({}, port), '127.0.0.1');
  }

  /** AKS makes the service anew under its old name: all connections are lost. */
  remakeService(): void {
    this.standIn.azure.privateLinkServiceGone(testService());
    this.makeService();
  }

  requestFromFrontDoor(): Promise<void> {
    return applyFrontend(this.standIn.azure);
  }

  /** Terraform replaces the origin, and so Front Door asks anew. */
  async replaceOrigin(): Promise<void> {
    await this.standIn.azure.terraform.remove('azurerm_cdn_frontdoor_origin', testFrontendOutputs.origin_id);
    await this.requestFromFrontDoor();
  }

  statuses(): string[] {
    return this.standIn.azure.connections().map(({ status }) => status);
  }

  connection(index: number): Connection {
    const found = this.standIn.azure.connections()[index];
    if (found === undefined) throw new Error(`There is no connection ${index}.`);
    return found;
  }

  requests(method: string, path = /./) {
    return this.standIn.azure.log().filter((entry) => entry.method === method && path.test(entry.path));
  }

  run(inputs: Record<string, string> = {}, more: Partial<ActionRun> = {}): Promise<ActionEnd> {
    const { azure, caFile, issuer } = this.standIn;
    return runAction({
      action: 'actions/approve-pls',
      ...more,
      inputs: {
        mode: 'apply',
        'azure-tenant-id': testIds.tenantId,
        'azure-client-id': testIds.clientId,
        'azure-subscription-id': testIds.subscriptionId,
        'azure-cloud': 'public',
        'azure-authority-host': azure.url,
        'azure-resource-manager-endpoint': azure.url,
        'node-resource-group': testOutputs.node_resource_group_name,
        'private-link-service': 'moodle-svc-pls',
        'owner-service': 'moodle/moodle-svc',
        'request-message': testRequestMessage,
        timeout: '10s',
        'poll-interval': '1s',
        ...inputs,
      },
      environment: { NODE_EXTRA_CA_CERTS: caFile, ...issuer.environment(), ...more.environment },
    });
  }
}
