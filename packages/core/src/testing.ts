export { type AuthStoreBounds, type AuthStoreFixture, authStoreLaws } from './testing/auth-store-laws.ts';
export { type EventLogFixture, eventLogLaws } from './testing/event-log-laws.ts';
export { FakeSink, type FakeSinkOptions } from './testing/fake-sink.ts';
export { assertLaw, type Law, LawBroken } from './testing/law.ts';
export { type SinkFixture, type SinkPeer, sinkLaws } from './testing/sink-laws.ts';
export { seededRandom, VirtualEnvironment } from './testing/virtual-environment.ts';
