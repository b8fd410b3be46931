import { runAction } from '#toolkit/action/run';
import { approve } from './approve.ts';
import { contract } from './contract.ts';

await runAction(contract, approve);
