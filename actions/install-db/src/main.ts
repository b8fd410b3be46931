import { runAction } from '#toolkit/action/run';
import { contract } from './contract.ts';
import { installDatabase } from './install-db.ts';

await runAction(contract, installDatabase);
