/**
 * `npm run audit`: fails when npm knows of a weakness of severity high or above in what is locked. A registry that cannot be
 * asked (some mirrors do not serve advisories) proves nothing: that is said as loudly as an error, and does not fail.
 */
import { spawnSync } from 'node:child_process';

const { stdout, stderr } = spawnSync('npm', ['audit', '--json', '--audit=true'], { encoding: 'utf8' });
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = {};
}
const counts = report.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report.error?.summary || report.message || stderr.trim().split('\n')[0] || 'no answer';
  const sentence = `NOT AUDITED: the npm registry could not be asked for advisories (${reason}).`;
  console.log(process.env.GITHUB_ACTIONS === 'true' ? `::warning title=npm audit::${sentence}` : `\n${sentence}\n`);
} else if (counts.high + counts.critical > 0) {
  for (const [name, { severity, via }] of Object.entries(report.vulnerabilities)) {
    const titles = via.map((one) => one.title ?? one).join('; ');
    if (['high', 'critical'].includes(severity)) console.error(`${severity}: ${name}: ${titles}`);
  }
  process.exitCode = 1;
} else {
  console.log(`npm audit: none of severity high or above (${counts.total} in all).`);
}
