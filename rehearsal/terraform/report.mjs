/**
 * Run by Terraform's local-exec: tells the Azure stand-in what a root left behind, and fails when it refuses, so that the
 * apply fails as it would with Azure.
 */
const { REHEARSAL_AZURE_URL: url, REHEARSAL_AZURE_KEY: key, REHEARSAL_REPORT: body } = process.env;
if (!url || !key || !body) {
  console.error(
    'REHEARSAL_AZURE_URL, REHEARSAL_AZURE_KEY and REHEARSAL_REPORT must be set: this root is for rehearsals.',
  );
  process.exit(1);
}
try {
  const answer = await fetch(`${url}/_rehearsal/terraform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-rehearsal-key': key },
    body,
  });
  if (!answer.ok) {
    console.error(`Azure stand-in: ${answer.status} ${(await answer.text()).trim()}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`Azure stand-in: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
