/** Names and labels, after apimachinery's util/validation. */
import type { StatusCause } from '../api-error.ts';
import type { KubeObject } from '../ports.ts';
import { isMap } from '../typed/schema.ts';
import { invalidValue, required } from './causes.ts';

interface Rule {
  pattern: RegExp;
  longest: number;
  text: string;
}

const subdomain: Rule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  longest: 253,
  text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
};

const label: Rule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
};

const serviceName: Rule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  text: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
};

const labelValue: Rule = {
  pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  longest: 63,
  text: `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
};

const configKey: Rule = {
  pattern: /^[-._a-zA-Z0-9]+$/,
  longest: 253,
  text: `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
};

const nameRules: Record<string, Rule> = {
  Namespace: label,
  StatefulSet: label,
  Service: serviceName,
  Job: { ...subdomain, longest: 63 },
  CronJob: { ...subdomain, longest: 52 },
};

function check(rule: Rule, field: string, value: string): StatusCause[] {
  const causes = rule.pattern.test(value) ? [] : [invalidValue(field, value, rule.text)];
  return value.length <= rule.longest
    ? causes
    : [...causes, invalidValue(field, value, `must be no more than ${rule.longest} characters`)];
}

/** Checks a DNS label in any field, as the names of containers and volumes. */
export function checkLabelName(field: string, value: unknown): StatusCause[] {
  return value === undefined || value === '' ? [required(field)] : check(label, field, String(value));
}

/** Checks a port number; names are left to the kinds that allow them. */
export function checkPort(field: string, port: unknown): StatusCause[] {
  const fits = typeof port === 'number' && port >= 1 && port <= 65535;
  return fits ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
}

/** Checks an object's name, labels, and the keys of its data. */
export function checkNames(object: KubeObject): StatusCause[] {
  const { kind, metadata } = object;
  const anyName = kind === 'Role' || kind === 'RoleBinding';
  const causes = anyName ? [] : check(nameRules[kind] ?? subdomain, 'metadata.name', metadata.name);
  for (const value of Object.values(metadata.labels ?? {})) {
    causes.push(...check(labelValue, 'metadata.labels', value));
  }
  if (kind === 'ConfigMap' || kind === 'Secret') {
    for (const key of Object.keys(isMap(object.data) ? object.data : {})) {
      causes.push(...check(configKey, `data[${key}]`, key));
    }
  }
  return causes;
}
