import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { readEnvironment } from './read.ts';

await runAction(contract, readEnvironment);
