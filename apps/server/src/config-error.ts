/** A variable has a wrong value. The message is one line: the variable, what was expected, what was found. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly variable: string;

  constructor(variable: string, expected: string, found: string) {
    super(`Expected \`${variable}\` to be ${expected}, got ${found}`);
    this.variable = variable;
  }
}
