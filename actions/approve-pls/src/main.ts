import { runAction } from '#toolkit/action/run';
import { approve, failed } from './approve.ts';
import { contract } from './contract.ts';

await runAction(contract, approve, { failed });
