// What JSON.parse and JSON.stringify cost, beside bench-json: the same documents, and as bytes, as they come and go.
//
// usage: node json_node.js SECONDS MESSAGE.json FEED.json
const fs = require("node:fs");

function processTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function calls(seconds, body) {
  const begin = processTime();
  let count = 0;
  for (let batch = 1; ; ) {
    for (let i = 0; i < batch; i++) kept = body();
    count += batch;
    const taken = processTime() - begin;
    if (taken >= seconds) return [count, taken];
    batch = taken > 0 ? Math.max(1, Math.floor(((count / taken) * seconds) / 200)) : batch * 2;
  }
}

let kept;
const [seconds, ...files] = process.argv.slice(2);

function report(name, body) {
  calls(seconds / 10, body);
  const [count, taken] = calls(Number(seconds), body);
  console.log(JSON.stringify({ case: name, us: (taken / count) * 1e6 }));
}

["small", "large"].forEach((size, i) => {
  const bytes = fs.readFileSync(files[i]);
  const text = bytes.toString();
  const value = JSON.parse(text);
  report(`decode-${size} string`, () => JSON.parse(text));
  report(`decode-${size} bytes`, () => JSON.parse(bytes.toString()));
  report(`encode-${size} string`, () => JSON.stringify(value));
  report(`encode-${size} bytes`, () => Buffer.from(JSON.stringify(value)));
});
