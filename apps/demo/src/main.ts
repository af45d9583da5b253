import 'uplot/dist/uPlot.min.css';
import { alertsPanel } from './alerts-panel.ts';
import { breakPanel } from './break-panel.ts';
import { chartsPanel } from './charts-panel.ts';
import { clientsPanel } from './clients-panel.ts';
import { countersPanel } from './counters-panel.ts';
import { getCurl, publishCurl, streamCurl } from './curl.ts';
import { curlLines } from './curl-lines.ts';
import { Dashboard } from './dashboard.ts';
import { byId, setText } from './dom.ts';
import { frameLoop } from './frame-loop.ts';
import { logPanel } from './log-panel.ts';
import { Plug } from './plug.ts';
import { publishPanel } from './publish-panel.ts';
import { Session } from './session.ts';
import { SlowReader } from './slow-reader.ts';
import { statusBar } from './status-bar.ts';
import { FIRST_TOPICS, streamPanel } from './stream-panel.ts';
import { themeButton } from './theme.ts';

const announcer = byId('announcer');
const plug = new Plug();
const slowReader = new SlowReader();
const dashboard = new Dashboard({
  onChange: () => change(),
  announce: (text) => setText(announcer, text),
  clockDifferenceMs: () => plug.clockDifferenceMs,
});
const session = new Session({ topics: FIRST_TOPICS, name: 'demo', tags: ['dashboard'] }, plug, dashboard);

const drawStatus = statusBar(dashboard, session);
const drawCounters = countersPanel(dashboard, session, plug);
const charts = chartsPanel(dashboard, () => change());
const drawLog = logPanel(dashboard);
const drawAlerts = alertsPanel(dashboard);
const clients = clientsPanel({
  ownId: () => session.status?.clientId,
  onRows: (rows) => breaks.heardClients(rows),
});
const breaks = breakPanel({
  dashboard,
  session,
  slowReader,
  refreshClients: clients.refresh,
  change: () => change(),
});
const publishing = publishPanel({
  slowReader,
  onChange: () => change(),
  refreshClients: clients.refresh,
});
const drawCurls = curlLines(curlOf);

function curlOf(name: string): string {
  const { origin } = location;
  const only = (topic: string): string => streamCurl(origin, { topics: [topic], name: '', tags: [] });
  switch (name) {
    case 'metrics':
      return only('metric');
    case 'log':
      return only('log');
    case 'alerts':
      return only('alert');
    case 'stream':
      return streamCurl(origin, session.query);
    case 'publish':
      return publishCurl(origin, publishing.body());
    default:
      return getCurl(origin, `/${name}`);
  }
}

const change = frameLoop(() => {
  const now = Date.now();
  drawStatus(now);
  drawCounters(now);
  charts.draw(now);
  drawLog();
  drawAlerts(now);
  breaks.draw(now);
  publishing.draw();
  drawCurls();
});

streamPanel({
  session,
  onChange() {
    const hasMetrics = session.query.topics.some((topic) => ['metric', '*', '**'].includes(topic));
    dashboard.interruptions.setTopic(hasMetrics, Date.now());
    clients.refresh();
    change();
  },
});
setText(byId('origin'), location.host);
themeButton(byId('theme', HTMLButtonElement), () => charts.recolor());
session.connect();
