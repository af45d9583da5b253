export { type Authorize, bearerToken, type Grant, type Refusal } from './authorization.ts';
export { CLIENTS_PAGE, type ClientsOptions, clients } from './clients.ts';
export { type HealthOptions, health, ready } from './health.ts';
export { notFound, type Problem, problems, sendProblem } from './problem.ts';
export { PUBLISHER_DEFAULTS, type PublisherOptions, publisher } from './publisher.ts';
export { type RouterOptions, router } from './router.ts';
export { type StreamOptions, sse } from './stream.ts';
