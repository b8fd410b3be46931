import base from './jest.config.js';

// Workers take it from here: see actions/redis-bootstrap/test/faults/extent.ts.
process.env.REDIS_FAULTS = 'full';

/** Every fault of Redis Clusters in every case, one cluster at a time: what is measured is the healing, not the crowd. */
export default {
  ...base,
  testMatch: ['<rootDir>/actions/redis-bootstrap/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  maxConcurrency: 1,
};
