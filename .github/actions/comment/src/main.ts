import { runAction } from '#toolkit/action/run';
import { comment } from './comment.ts';
import { contract } from './contract.ts';

await runAction(contract, comment);
