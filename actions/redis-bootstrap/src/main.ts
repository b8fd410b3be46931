import { runAction } from '#toolkit/action/run';
import { bootstrap } from './bootstrap.ts';
import { contract } from './contract.ts';

await runAction(contract, bootstrap);
