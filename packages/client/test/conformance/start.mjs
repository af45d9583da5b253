// `npm run conformance`: runs main.ts in any Node, whether it reads TypeScript or not.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
