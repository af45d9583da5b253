import type { Fault } from '../faults/fault.ts';
import { networkFaults } from '../faults/network-faults.ts';
import { FaultProxy } from '../plant/fault-proxy.ts';
import type { HubProcess } from '../plant/hub-process.ts';
import type { Random } from '../random.ts';

/** Proxies between clients and servers. Each connection goes to any of the servers. */
export interface Doors {
  readonly streamUrls: readonly string[];
  readonly publishUrls: readonly string[];
  readonly faults: readonly Fault[];
  close(): Promise<void>;
}

const FOR_CLIENTS = 3;

export async function openDoors(hubs: readonly HubProcess[], random: Random): Promise<Doors> {
  const upstream = (): HubProcess => random.pick(hubs);
  const proxies: FaultProxy[] = [];
  for (let n = 0; n <= FOR_CLIENTS; n++) proxies.push(await FaultProxy.start(upstream));
  const urls = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
  return {
    streamUrls: urls.slice(0, FOR_CLIENTS),
    // The last door, and each server itself.
    publishUrls: [...urls.slice(FOR_CLIENTS), ...hubs.map(({ url }) => url)],
    faults: proxies.flatMap((proxy, n) => networkFaults(proxy, 'clients', `door-${n}`)),
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  };
}
