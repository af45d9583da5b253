import { StreamError } from './errors.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/** What a schema has against a payload, as an error that names each failing path; `undefined` for nothing. */
export function validationIssues(
  topic: string,
  schema: StandardSchemaV1,
  data: unknown,
): StreamError | undefined {
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise) {
    // Nobody waits for it: later messages would overtake this one.
    result.catch(() => undefined);
    return new StreamError('invalid', `Expected the schema of \`${topic}\` to validate without a promise`);
  }
  if (result.issues === undefined) return undefined;
  const texts = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return `${keys.join('.') || 'payload'}: ${message}`;
  });
  return new StreamError(
    'invalid',
    `The payload of \`${topic}\` does not fit its schema: ${texts.join('; ')}`,
    {
      issues: result.issues,
    },
  );
}
