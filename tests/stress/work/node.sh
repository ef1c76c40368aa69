# node: worker threads, child processes, files, streams.
set -eu
cat > t.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const cp = require('child_process'), fs = require('fs'), path = require('path');
const { pipeline } = require('stream/promises'), zlib = require('zlib');
async function worker(n) {
  return new Promise((res, rej) => {
    const w = new Worker(__filename, { workerData: n });
    w.on('message', res); w.on('error', rej);
  });
}
async function main() {
  const r = await Promise.all([1, 2, 3, 4, 5, 6].map(worker));
  console.log('workers', r.join(' '));
  const sab = new SharedArrayBuffer(4), a = new Int32Array(sab);
  setTimeout(() => { Atomics.store(a, 0, 1); Atomics.notify(a, 0); }, 10);
  console.log('wait', (await Atomics.waitAsync(a, 0, 0).value));
  console.log('sync', cp.execSync('echo child; echo err 1>&2', { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim());
  const s = cp.spawn('cat'); s.stdin.end('through cat');
  let out = ''; for await (const c of s.stdout) out += c; console.log(out);
  const f = cp.spawn(process.execPath, ['-e', 'process.on("SIGTERM",()=>process.exit(7));setInterval(()=>{},1000);console.log("up")']);
  f.stdout.once('data', () => f.kill('SIGTERM'));
  console.log('exit', await new Promise(r => f.on('exit', (c, s) => r(`${c} ${s}`))));
  const k = cp.spawn('sleep', ['100']); k.kill('SIGKILL');
  console.log('exit', await new Promise(r => k.on('exit', (c, s) => r(`${c} ${s}`))));
  const ch = cp.fork(__filename, ['child']);
  console.log('ipc', await new Promise(r => ch.on('message', r)));
  await new Promise(r => ch.on('exit', r));
  console.log('missing', await new Promise(r => cp.spawn('/no/such').on('error', e => r(e.code))));
  fs.mkdirSync('d/e/f', { recursive: true });
  fs.writeFileSync('d/big', Buffer.alloc(3 << 20, 'abc'));
  await pipeline(fs.createReadStream('d/big'), zlib.createGzip(), fs.createWriteStream('d/big.gz'));
  await pipeline(fs.createReadStream('d/big.gz'), zlib.createGunzip(), fs.createWriteStream('d/back'));
  console.log('gzip', fs.readFileSync('d/big').equals(fs.readFileSync('d/back')));
  await Promise.all(Array.from({ length: 200 }, (_, i) => fs.promises.writeFile(`d/e/${i}`, String(i))));
  console.log('files', (await fs.promises.readdir('d/e')).length, fs.statSync('d/e/77').size);
  fs.renameSync('d/e/1', 'd/e/one'); fs.symlinkSync('one', 'd/e/link'); console.log(fs.readlinkSync('d/e/link'));
  const seen = new Promise(r => { const w = fs.watch('d', (t, n) => { w.close(); r(n); }); });
  setTimeout(() => fs.writeFileSync('d/watched', 'x'), 50); console.log('watch', await seen);
  fs.rmSync('d', { recursive: true }); console.log('gone', fs.existsSync('d'));
}
if (!isMainThread) { let s = 0; for (let i = 0; i < 3e6; i++) s = (s + i * workerData) | 0; parentPort.postMessage(s); }
else if (process.argv[2] === 'child') { process.send({ hello: process.argv[2] }); process.disconnect(); }
else main().catch(e => { console.log('error', e); process.exit(1); });
END
node t.js
