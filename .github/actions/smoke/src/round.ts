/** All checks once, in the order of the report. */
import type { Check, CheckResult } from './check.ts';
import { pagesNotCached, staticCached } from './checks/caching.ts';
import { healthHidden, installerClosed } from './checks/closed-doors.ts';
import { securityHeaders } from './checks/headers.ts';
import { loginPage, ownAddress } from './checks/login-page.ts';
import { clientAddress, sessionAcrossPods } from './checks/pods.ts';
import { certificate, name, redirect } from './checks/way.ts';
import type { Site } from './site.ts';
import { SiteError } from './site-error.ts';

const CHECKS: readonly Check[] = [
  name,
  certificate,
  redirect,
  loginPage,
  ownAddress,
  securityHeaders,
  pagesNotCached,
  staticCached,
  installerClosed,
  healthHidden,
  clientAddress,
  sessionAcrossPods,
];

/** The verdicts, up to a failed gate. An answer that does not come is a check that did not pass. */
export async function runChecks(site: Site): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name: check, look, gate } of CHECKS) {
    const verdict = await look(site).catch((error: unknown) => {
      if (error instanceof SiteError) return { passed: false, detail: error.message };
      throw error;
    });
    results.push({ check, ...verdict });
    if (gate === true && !verdict.passed) break;
  }
  return results;
}
