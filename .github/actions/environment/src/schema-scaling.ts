/** Sections `scaling` and `firewall` of the environment file: how much there is, and what is kept away. */
import { z } from 'zod';

/** A time with its zone. */
export const moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
    'must be a time with its zone such as "2027-01-18T00:00:00Z", in quotes',
  );

/** Web pods by the clock and by load. */
export const scaling = z
  .strictObject({
    web: z
      .enum(['fixed', 'automatic'])
      .default('fixed')
      .describe(
        '`fixed`: the web pods of the peak, at all times. `automatic`: KEDA adds them by load, and by the clock for `exams`.',
      ),
    minimumWebPods: z
      .int()
      .min(1)
      .max(5000)
      .optional()
      .describe('Web pods that there are at all times when it is automatic. A tenth of the peak when absent.'),
    headroomPods: z
      .int()
      .min(0)
      .max(500)
      .default(0)
      .describe('Room for so many more web pods, kept on nodes that are there already.'),
    exams: z
      .array(z.strictObject({ start: moment, end: moment }))
      .default([])
      .describe('Times at which there are the web pods of the peak, from 45 minutes before.'),
    examMode: z
      .boolean()
      .default(false)
      .describe(
        'An exam is on: the web pods of the peak whatever the load, and none taken away before another is ready.',
      ),
  })
  .refine(({ web, exams }) => web === 'automatic' || exams.length === 0, {
    error:
      'has exams, which need "web: automatic": with "fixed" all web pods are there at all times, and no exam needs more',
  })
  .describe('How many web pods there are, and when.');

/** What Front Door's firewall does. */
export const firewall = z
  .strictObject({
    mode: z
      .enum(['Prevention', 'Detection'])
      .optional()
      .describe('`Detection` only logs what the firewall finds. `Prevention` when absent.'),
    rateLimitAction: z
      .enum(['Log', 'Block'])
      .optional()
      .describe('What happens to an address above the rate limit. `Log` when absent.'),
    usersBehindOneAddress: z
      .int()
      .min(100)
      .max(64_000)
      .optional()
      .describe('Users that may share one public address, from which the rate limit follows. 64,000 when absent.'),
  })
  .describe("Front Door's web application firewall.");
