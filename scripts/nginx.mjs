// Where the tests find nginx. `node scripts/nginx.mjs` installs it where that can be.
import { fileURLToPath } from 'node:url';
import { findProgram, provideProgram } from './test-program.mjs';

const NGINX = {
  variable: 'NGINX_PATH',
  names: ['nginx'],
  aptPackage: 'nginx',
  neededBy: 'the tests with nginx',
};

/** The nginx in `NGINX_PATH`, or the first that is on PATH; `undefined` without one. */
export function findNginx() {
  return findProgram(NGINX);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) provideProgram(NGINX);
