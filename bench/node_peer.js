// Node's dgram: one worker thread sends, another receives; they share counters.
//
//   node node_peer.js stream '{"sizes":[64],"receivers":1,"window":1024,"closedLoop":true}'
//   node node_peer.js echo SOCKETS
//
// `stream` prints the number of deliveries every 10 ms, `echo` the seconds it took to open
// the sockets, and their ports.
'use strict';

const dgram = require('dgram');
const { Worker, isMainThread, workerData } = require('worker_threads');

const BUFFER = 4 << 20;

function receive({ what, delivered, ports }) {
  let bound = 0;
  for (let i = 0; i < what.receivers; ++i) {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: BUFFER, reuseAddr: what.multicast });
    socket.on('message', () => {
      Atomics.add(delivered, 0, 1n);
      if ((delivered[0] & 63n) === 0n) Atomics.notify(delivered, 0);
    });
    const ready = () => {
      if (what.multicast) socket.addMembership(what.group, '127.0.0.1');
      Atomics.store(ports, i, socket.address().port);
      if (++bound === what.receivers) Atomics.notify(ports, 0);
    };
    socket.bind(what.multicast ? what.port : 0, what.multicast ? what.group : '127.0.0.1', ready);
  }
}

function send({ what, delivered, ports }) {
  const bytes = Buffer.alloc(65536, 'x');
  const copies = BigInt(what.multicast ? what.receivers : 1);
  const parts = what.sizes.map((size) => bytes.subarray(0, size));
  // Numeric addresses need no look-up.
  const lookup = (host, options, callback) => callback(null, host, 4);
  const socket = dgram.createSocket({ type: 'udp4', sendBufferSize: BUFFER, lookup });
  const address = what.multicast ? what.group : '127.0.0.1';
  const connected = what.receivers === 1 && !what.multicast;
  const sentOne = () => { --waiting; };
  let sent = 0;
  let waiting = 0;
  const room = () => (what.closedLoop ? what.window - (sent - Number(Atomics.load(delivered, 0) / copies))
                                      : what.window - waiting);
  const pump = () => {
    // No callbacks are pending, so the thread may block here.
    if (waiting === 0 && room() <= 0) Atomics.wait(delivered, 0, delivered[0], 1);
    for (let left = Math.min(room(), 64 - waiting); left > 0; --left, ++sent) {
      ++waiting;
      if (connected) socket.send(parts[sent % parts.length], sentOne);
      else socket.send(parts[sent % parts.length], what.multicast ? what.port : ports[sent % what.receivers], address, sentOne);
    }
    setImmediate(pump);
  };
  socket.bind(0, what.multicast ? '0.0.0.0' : '127.0.0.1', () => {
    if (what.multicast) socket.setMulticastInterface('127.0.0.1');
    if (connected) socket.connect(ports[0], address, pump);
    else pump();
  });
}

async function stream(what) {
  const delivered = new BigInt64Array(new SharedArrayBuffer(8));
  const ports = new Int32Array(new SharedArrayBuffer(4 * what.receivers));
  if (what.multicast) {
    what.group = '239.255.87.3';
    what.port = 20000 + (process.pid % 40000);
  }
  new Worker(__filename, { workerData: { role: 'receive', what, delivered, ports } });
  while (Array.from(ports).some((port) => port === 0)) await new Promise((done) => setTimeout(done, 5));
  new Worker(__filename, { workerData: { role: 'send', what, delivered, ports } });
  setInterval(() => process.stdout.write(`${delivered[0]}\n`), 10);
}

async function echo(sockets) {
  const start = process.hrtime.bigint();
  const bound = [];
  for (let i = 0; i < sockets; ++i) {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: BUFFER });
    socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
    bound.push(new Promise((done) => socket.bind(0, '127.0.0.1', () => done(socket.address().port))));
  }
  const ports = await Promise.all(bound);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.stdout.write(`${seconds} ${ports.join(' ')}\n`);
}

if (!isMainThread) {
  (workerData.role === 'send' ? send : receive)(workerData);
} else {
  process.stdin.on('end', () => process.exit(0)).resume();
  if (process.argv[2] === 'stream') stream(JSON.parse(process.argv[3]));
  else echo(Number(process.argv[3]));
}
