import { StreamError } from './errors.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/**
 * The payload as its topic's schema returns it; the payload itself where there is no schema.
 *
 * @returns what the schema has against it instead, as an error that names each failing path.
 */
export function validated(
  schemas: Readonly<Record<string, StandardSchemaV1 | undefined>> | undefined,
  topic: string,
  data: unknown,
): { readonly value: unknown } | StreamError {
  // A topic comes from the other side, and may be called `__proto__`.
  const schema = schemas !== undefined && Object.hasOwn(schemas, topic) ? schemas[topic] : undefined;
  if (schema === undefined) return { value: data };
  try {
    const result = schema['~standard'].validate(data);
    if (result instanceof Promise) {
      // Nobody waits for it: later messages would overtake this one.
      result.catch(() => undefined);
      return new StreamError('invalid', `Expected the schema of \`${topic}\` to validate without a promise`);
    }
    if (result.issues === undefined) return result;
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
