import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openapiDocument } from '../../src/openapi/openapi-document.ts';

/** What a server was asked, and what it answered. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Where the body is JSON. */
  readonly body?: unknown;
  readonly allow?: string | null;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const DOCUMENT = closed(structuredClone(openapiDocument('0.0.0'))) as { readonly paths: Paths };
const ajv = new Ajv2020({ strict: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
ajv.addSchema(DOCUMENT, 'openapi');
const validators = new Map<string, ValidateFunction>();

/** Throws unless `/openapi.json` says that this may be answered: the route, the status, the type and the body. */
export function checkContract(exchange: Exchange): void {
  const { method, status, contentType } = exchange;
  const pathname = exchange.path.split(/[?#]/, 1)[0] ?? '';
  const template = Object.keys(DOCUMENT.paths).find((path) => isAt(path, pathname));
  const failed = (why: string): never => {
    throw new Error(`/openapi.json: ${method} ${pathname} answered ${status} ${contentType}: ${why}`);
  };
  if (method === 'OPTIONS' || pathname.startsWith('/demo/')) return;
  if (template === undefined) return status === 404 ? undefined : failed('no such path');
  const operations = DOCUMENT.paths[template] ?? {};
  const key = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = operations[key];
  if (operation === undefined) {
    const methods = Object.keys(operations).flatMap((name) =>
      name === 'get' ? ['GET', 'HEAD'] : [name.toUpperCase()],
    );
    // A page may be asked for by whatever method Express takes for one.
    if (status === 404 && template === '/') return;
    return status === 405 && exchange.allow === methods.join(', ') ? undefined : failed('no such method');
  }
  const response = operation.responses[String(status)] ?? failed('no such status');
  if (response.content === undefined) return;
  const type = (contentType ?? '').split(';', 1)[0] ?? '';
  if (!Object.hasOwn(response.content, type)) failed('no such type');
  if (exchange.body === undefined || method === 'HEAD') return;
  const place = ['paths', template, key, 'responses', String(status), 'content', type, 'schema'];
  const validate = validatorAt(`openapi#/${place.map((part) => part.replaceAll('/', '~1')).join('/')}`);
  if (!validate(exchange.body)) failed(ajv.errorsText(validate.errors));
}

function isAt(template: string, pathname: string): boolean {
  const [parts, found] = [template.split('/'), pathname.split('/')];
  return parts.length === found.length && parts.every((part, n) => part.startsWith('{') || part === found[n]);
}

function validatorAt(place: string): ValidateFunction {
  const known = validators.get(place) ?? ajv.compile({ $ref: encodeURI(place) });
  validators.set(place, known);
  return known;
}

/** The same document, in which an object has no property but those that are listed: what is answered is to be written down. */
function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) closed(part);
  if ('properties' in value && 'type' in value && !('additionalProperties' in value))
    Object.assign(value, { additionalProperties: false });
  return value;
}
