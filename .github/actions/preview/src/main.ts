import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { failed, preview } from './preview.ts';

await runAction(contract, preview, { failed });
