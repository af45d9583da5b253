import { SseError } from './errors.ts';

/**
 * The part of Standard Schema v1 that we use (https://standardschema.dev); zod, valibot, arktype and others have it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The payload as the schema returns it.
 *
 * @throws SseError `invalid-payload`, naming each failing path; `invalid-option` for a schema that answers with a
 * promise: waiting for it would let later events overtake this one.
 */
export function validatePayload(topic: string, schema: StandardSchema, payload: unknown): unknown {
  const result = schema['~standard'].validate(payload);
  if (result instanceof Promise) {
    // Nobody waits for it: its rejection would end the process.
    result.catch(() => undefined);
    throw new SseError('invalid-option', `Expected the schema of \`${topic}\` to validate without a promise`);
  }
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return `${keys.join('.') || 'payload'}: ${message}`;
  });
  throw new SseError(
    'invalid-payload',
    `The payload of \`${topic}\` does not fit its schema: ${issues.join('; ')}`,
  );
}
