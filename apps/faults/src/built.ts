import { fileURLToPath } from 'node:url';

// All of these are the same from `src` and from `dist`.
const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The hub, as its users run it. `FAULTS_SERVER` names another build of it. */
export const SERVER_MAIN: string = process.env['FAULTS_SERVER'] ?? built('../../server/dist/main.js');
export const CLIENT_PROCESS: string = built('../dist/client-process.js');
export const STORM_PROCESS: string = built('../dist/storm.js');
export const GUARANTEES: string = built('../../../docs/guarantees.md');
