// Sends a text to so many recipients by multicast with LINE's official SDK: no ledger, no plan, nothing is remembered.
//
//   musubi simulate --listen 127.0.0.1:8099 --latency-ms 100 &
//   npm install && node send.mjs http://127.0.0.1:8099 100000
//
// It keeps LINE's 200 multicast calls a second, as a careful program does: beyond them LINE answers 429.
import { messagingApi } from '@line/bot-sdk';
import process from 'node:process';

const [base, count = '100000'] = process.argv.slice(2);
const [recipients, perCall, perSecond] = [Number(count), 500, 200];
const secret = process.env.LINE_CHANNEL_SECRET ?? '0123456789abcdef0123456789abcdef';
const form = { grant_type: 'client_credentials', client_id: process.env.LINE_CHANNEL_ID ?? '1234567890', client_secret: secret };
const answer = await fetch(`${base}/oauth2/v3/token`, { method: 'POST', body: new URLSearchParams(form) });
const client = new messagingApi.MessagingApiClient({ channelAccessToken: (await answer.json()).access_token, baseURL: base });

const user = (number) => `U${number.toString(16).padStart(32, '0')}`;
const messages = [{ type: 'text', text: '特定健診の予約が始まりました。' }];
const begun = performance.now();
const open = [];
for (let first = 0, call = 0; first < recipients; first += perCall, call += 1) {
  const wait = begun + (call * 1000) / perSecond - performance.now();
  if (wait > 1) await new Promise((done) => setTimeout(done, wait));
  const to = Array.from({ length: Math.min(perCall, recipients - first) }, (_, at) => user(10 + first + at));
  open.push(client.multicast({ to, messages }, crypto.randomUUID()));
}
const ended = await Promise.allSettled(open);
const seconds = (performance.now() - begun) / 1000;
const failed = ended.filter((one) => one.status === 'rejected').length;
const { user: ours, system } = process.cpuUsage();
console.log(JSON.stringify({
  bench: 'line-sdk', recipients, calls: open.length, failed, seconds,
  recipients_per_second: recipients / seconds, cpu_seconds: (ours + system) / 1e6,
  megabytes: process.memoryUsage().rss / 1048576,
}));
