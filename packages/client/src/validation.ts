import { StreamError } from './errors.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/** What the topic's schema has against a payload, as an error that names each failing path; `undefined` for nothing. */
export function validationError(
  schemas: Readonly<Record<string, StandardSchemaV1 | undefined>> | undefined,
  topic: string,
  data: unknown,
): StreamError | undefined {
  // A topic comes from the other side, and may be called `__proto__`.
  const schema = schemas !== undefined && Object.hasOwn(schemas, topic) ? schemas[topic] : undefined;
  if (schema === undefined) return undefined;
  try {
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
    const { issues } = result;
    return new StreamError(
      'invalid',
      `The payload of \`${topic}\` does not fit its schema: ${texts.join('; ')}`,
      { issues },
    );
  } catch (cause) {
    return new StreamError('invalid', `The schema of \`${topic}\` threw`, { cause });
  }
}
