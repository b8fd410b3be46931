/** The parts of docs/performance.md: for each bench what it measures, and how its chart is labelled. */
import type { Result } from '../harness.ts';

/** One part. */
export interface Section {
  /** Name of the bench. */
  name: string;
  title: string;
  text: string;
  /** Results that the chart shows; the table has all. */
  charted: (result: Result) => boolean;
}

export const SECTIONS: readonly Section[] = [
  {
    name: 'cold',
    title: 'Cold start',
    text: `What every step of a workflow pays before it does anything: from the start of the committed bundle's process to its first log
line, against Node with a file of one line, and the slowest of the public bundles against one \`kubectl get\`. Azure's SDK, two
thirds of the code, is a file of its own that is read when the first request to Azure is made. The size in the table is
that of all code, in kB; \`test/bundles.test.ts\` refuses more than the budget.`,
    charted: ({ bench }) => bench.startsWith('cold-start/'),
  },
  {
    name: 'plan',
    title: 'Plans of many resources',
    text: `All that is done with the JSON of a plan before its comment can be posted, or its summary, which holds sixteen times as much:
reading, fingerprint, finding and hiding secrets, comparing, rendering. The baseline is \`JSON.parse\` of the same text alone.
What a comment shows is bounded, so the part that does not grow weighs most in small plans. Memory is the peak of a process
that does it once.`,
    charted: ({ bench }) => bench === 'plan/render' || bench === 'plan/memory',
  },
  {
    name: 'reaction',
    title: 'Reaction time',
    text: `From "ready" in the cluster to the next step. The actions watch; \`kubectl rollout status\` watches too; a script that asks every
five seconds loses half of that at every wait.`,
    charted: () => true,
  },
  {
    name: 'manifests',
    title: 'Manifests',
    text: `What would change of so many objects, half of which differ from what the cluster has: rendered, compared and planned by three
kubectl processes whatever the number, against \`kubectl diff --server-side\`. The size is the number of objects.`,
    charted: () => true,
  },
  {
    name: 'redis',
    title: 'Redis',
    text: `The committed bundle against \`redis-cli --cluster create\`, on the same real servers, fresh before each run, and healing after
every pod has another address. The size is the number of nodes. See [Redis](redis.md).`,
    charted: () => true,
  },
  {
    name: 'no-op',
    title: 'Redis with nothing to do',
    text: `A run that reads the objects, asks every node and proves every shard, and has nothing to do, against one
\`kubectl exec … redis-cli cluster info\`, which asks one node. The size is the number of nodes. \`far\` is with an API server 50 ms
away, where round trips count: the shell is on its way into the pod while the objects are read, so that the run has one more
than the baseline. \`far-first\` is the same where nobody has used kubectl yet, and it has to ask which kinds there are.

Over loopback what counts is the starting of processes, and twice the baseline is out of reach: \`floor\` is the same two kubectl
and the same script, started by a Node process that does nothing else, and takes longer than that already.`,
    charted: ({ unit }) => unit === 'ms',
  },
  {
    name: 'rehearsal',
    title: 'The whole pipeline',
    text: `In the rehearsal, on this machine: the time is the deployment's own, from its first job to the end of its last, without setting
the stand-ins up. What Azure takes half an hour for, the stand-ins do at once, so a first deployment here is all pipeline:
against a real one the ratio is much smaller. A run with nothing to do plans everything, looks at the site from outside and ends:
there is nothing to approve, and so no gate, no second plan and no apply. The counts are kubectl and terraform processes, and
requests to Kubernetes, by phase, of a run with nothing to do against the first deployment; then requests to Azure (without
those of Terraform) and GitHub, jobs, and minutes of runners as GitHub bills them, each job by the minute begun. \`parallel\` is
the plan of so many environments at once against one alone.`,
    charted: ({ unit }) => unit === 's',
  },
  {
    name: 'growth',
    title: 'Growth',
    text: `From 1,000 to 1,000,000 users, the size in the table. How many requests it takes to deploy the web pods does not depend on how
many they are: one apply, and one watch of the workload. The platform is the same number of Terraform resources at every
size, about a hundred, which is below the 200 writes that Azure Resource Manager takes at once from one identity
([limits](https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling)); Terraform makes
ten at a time, and a 429 is answered by waiting as long as it says. GitHub sees the same jobs, artifacts and
comments at every size.

The sizes are the [capacity model](capacity.md)'s. The first limits that are met, beyond 400,000 users, are Front Door's
requests a second and the cores of one database: the plan then stops before anything is made, names the limit, what is
needed and what there is at most, and says what can be done (\`infra/main.tf\`).`,
    charted: ({ size, bench }) => size === 1_000_000 && bench !== 'growth/web-requests',
  },
];
