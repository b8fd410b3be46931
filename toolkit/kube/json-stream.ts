/**
 * Splits what `kubectl get --watch --output=json` prints, one object after the other: watch events on a line each, plain
 * objects indented, ending with the only line that is a closing brace without indentation.
 *
 * @param onObject called with every whole object
 * @returns takes the next line
 */
export function jsonObjects(onObject: (value: unknown) => void): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    if (line === '' && lines.length === 0) return;
    const whole = lines.length === 0 && line !== '{';
    lines.push(line);
    if (!whole && line !== '}') return;
    const text = lines.join('\n');
    lines = [];
    onObject(JSON.parse(text));
  };
}
