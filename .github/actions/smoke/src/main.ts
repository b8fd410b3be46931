import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { smoke } from './smoke.ts';

await runAction(contract, smoke);
