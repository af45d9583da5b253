import type { Scenario } from './scenario.ts';
import { t1a, t1b } from './t1.ts';
import { t1c } from './t1c-timer.ts';
import { t2, t3 } from './t2-latency.ts';
import { t4 } from './t4-memory.ts';
import { t5 } from './t5-connects.ts';
import { t6 } from './t6-single.ts';
import { t7 } from './t7-topics.ts';
import { t8 } from './t8-replay.ts';
import { t9 } from './t9-posts.ts';
import { t10 } from './t10-stuck.ts';
import { t11 } from './t11-logs.ts';
import { t12 } from './t12-workers.ts';
import { t13 } from './t13-soak.ts';

export const SCENARIOS: readonly Scenario[] = [
  t1a,
  t1b,
  t1c,
  ...t2,
  t3,
  t4,
  t5,
  t6,
  t7,
  t8,
  t9,
  t10,
  ...t11,
  ...t12,
  t13,
];
