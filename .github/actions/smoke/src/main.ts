import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { Smoke } from './smoke.ts';

const smoke = new Smoke();
await runAction(contract, (context) => smoke.run(context), { failed: () => smoke.report() });
