/** A site that gives no answer: why, and what to do. Pure. */

/** No answer; the message is a whole sentence without its full stop. */
export class SiteError extends Error {}

const CERTIFICATE_CODES = /^(ERR_TLS|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

/** The sentence for an error of Node's network. */
export function siteError(url: string, error: unknown): SiteError {
  const { code = '', message } = error as Error & { code?: string };
  return new SiteError(sentence(url, new URL(url).hostname, code, message));
}

function sentence(url: string, host: string, code: string, message: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `${host} is not known to DNS (${code}); make its CNAME record to Front Door's endpoint, or wait until it has spread`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate is for other names than ${host} (${names(message)}); validate the domain in Front Door (record _dnsauth.${host}) and associate it with the route`;
  if (code === 'CERT_HAS_EXPIRED')
    return `the certificate of ${host} has expired; a managed one is renewed only while the domain's CNAME record leads to Front Door, one of yours must be renewed in the vault`;
  if (CERTIFICATE_CODES.test(code))
    return `nobody that this runner trusts has signed the certificate of ${host} (${code}); a managed certificate may not be in place yet, and for a private authority the job needs NODE_EXTRA_CA_CERTS`;
  if (code === 'ECONNREFUSED') return `${url} refuses connections (${code})`;
  return `${url} gives no answer: ${message === '' ? code : message}`;
}

function names(message: string): string {
  return (/altnames: ((?:DNS|IP).*)$/.exec(message)?.[1] ?? message).slice(0, 200);
}
