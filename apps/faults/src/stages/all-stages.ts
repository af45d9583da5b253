import { DISK_STAGES } from './disk-stages.ts';
import { FAILOVER_STAGE } from './failover-stage.ts';
import { LMDB_STAGES } from './lmdb-stages.ts';
import { NETNS_STAGE } from './netns-stage.ts';
import { REDIS_STAGES } from './redis-stages.ts';
import type { StageKind } from './stage.ts';

export const STAGES: readonly StageKind[] = [
  ...LMDB_STAGES,
  ...REDIS_STAGES,
  FAILOVER_STAGE,
  ...DISK_STAGES,
  NETNS_STAGE,
];
