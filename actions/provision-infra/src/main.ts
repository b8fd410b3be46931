import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { provision } from './provision.ts';

await runAction(contract, provision);
