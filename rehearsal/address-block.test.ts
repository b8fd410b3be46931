import { expect, test } from '@jest/globals';
import { addressesOf, claimBlock } from './address-block.ts';

test('two rehearsals at once get different addresses', async () => {
  const [first, second] = [await claimBlock(), await claimBlock()];
  try {
    expect(first.block).not.toBe(second.block);
    expect(addressesOf(first.block).database).not.toBe(addressesOf(second.block).database);
  } finally {
    await first.release();
    await second.release();
  }
});

test('a state is bound to its block, and says so when another rehearsal has it', async () => {
  const { block, release } = await claimBlock();
  await expect(claimBlock(block)).rejects.toThrow('in use by another rehearsal');
  await release();
  const again = await claimBlock(block);
  expect(again.block).toBe(block);
  await again.release();
});
