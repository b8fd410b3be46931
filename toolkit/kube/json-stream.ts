/**
 * Splits what `kubectl get --watch -o json` prints: indented JSON objects, one after the other. Each ends with the only
 * line that is a closing brace without indentation.
 *
 * @param onObject called with every whole object
 * @returns takes the next line
 */
export function jsonObjects(onObject: (value: unknown) => void): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    lines.push(line);
    if (line !== '}') return;
    const text = lines.join('\n');
    lines = [];
    onObject(JSON.parse(text));
  };
}
