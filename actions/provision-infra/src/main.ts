import { runAction } from '#toolkit/action/run';
import { commented } from './comment.ts';
import { contract } from './contract.ts';
import { failed } from './failed.ts';
import { lookForLock } from './lock-left-behind.ts';
import { provision } from './provision.ts';

await runAction(contract, commented(provision), { failed, post: lookForLock });
