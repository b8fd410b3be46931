import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { deploy } from './deploy.ts';

await runAction(contract, deploy);
