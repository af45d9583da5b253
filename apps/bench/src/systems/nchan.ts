import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventText } from '../bench-event.ts';
import { freePort, onCore, pidsBelow, whenListening } from './beside.ts';
import { NCHAN_MODULE, NGINX } from './nchan-files.ts';
import { PostConnection } from './post-connection.ts';
import type { System, SystemSettings } from './system.ts';

/** nginx with the Nchan module, one worker, history in memory. */
export async function startNchan({ history, core }: SystemSettings): Promise<System> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sse-bench-nchan-'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, history));
  const [program = '', ...rest] = onCore(core, [NGINX, '-c', file, '-p', folder]);
  const nginx = spawn(program, rest, { stdio: 'ignore' });
  await whenListening(port);
  const postHead = 'POST /pub HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const posts = new PostConnection(port, postHead);
  return {
    port,
    path: '/events',
    postHead,
    get pids() {
      return pidsBelow(nginx.pid ?? 0);
    },
    // It knows no batches: several are pipelined on the one connection.
    publish: (events) => Promise.all(events.map((event) => posts.post(eventText(event)))),
    stop() {
      posts.close();
      nginx.kill('SIGTERM'); // its worker ends with it
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, port: number, history: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  return `
load_module ${NCHAN_MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 19900; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 100000000;
  nchan_shared_memory_size 256M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /pub {
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length ${history};
      nchan_message_timeout 1h;
    }
    location = /events {
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
  }
}
`;
}
