/** The nginx in `NGINX_PATH`, or the first that is on PATH; `undefined` without one. */
export function findNginx(): string | undefined;
