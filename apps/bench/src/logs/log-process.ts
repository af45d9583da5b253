// Runs one measurement of an event log in a process of its own: `log-process <task> <subject> <ms>`.
import { answerCalls } from '../ipc.ts';
import { appendsPerSecond } from './appends.ts';
import { throughRedis } from './through-redis.ts';

answerCalls({
  appends: ({ subject, ms }: { subject: string; ms: number }) => appendsPerSecond(subject, ms),
  redis: ({ subject, ms }: { subject: string; ms: number }) => throughRedis(subject, ms),
});
