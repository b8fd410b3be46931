/** `$(VAR)` references in command, args and env values, as third_party/forked/golang/expansion of Kubernetes expands them. */

/** Replaces known references; `$$` is a dollar sign, unknown references stay as they are. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, body: string, name: string | undefined) => {
    if (body === '$') {
      return '$';
    }
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole;
  });
}
