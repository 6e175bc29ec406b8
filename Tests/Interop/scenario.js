// The scenario in the browser, with the official client. Each entry of `scenario` is one case; it gets a maker of sockets.
"use strict";

const PATIENCE = 4000; // milliseconds

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const show = (value) => (JSON.stringify(value) || String(value)).slice(0, 150);

/** Binary as something that can be compared and printed. */
function plain(value) {
  if (value instanceof ArrayBuffer) return { bytes: Array.from(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) return { bytes: Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}

function check(condition, text) {
  if (!condition) throw new Error(text);
}

function equal(got, wanted, what = "value") {
  check(same(plain(got), plain(wanted)), `${what} is ${show(plain(got))} instead of ${show(plain(wanted))}`);
}

function within(promise, what, milliseconds = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within ${milliseconds} ms`)), milliseconds); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A socket that collects its events in order. */
class Peer {
  constructor(socket) {
    this.socket = socket;
    this.arrived = [];
    this.waiting = [];
    socket.onAny((...event) => this.push(event));
  }
  push(event) {
    const waiter = this.waiting.shift();
    if (waiter) waiter(event); else this.arrived.push(event);
  }
  next() {
    if (this.arrived.length) return Promise.resolve(this.arrived.shift());
    return within(new Promise((resolve) => this.waiting.push(resolve)), `an event on ${this.socket.nsp}`);
  }
  async hears(...wanted) { equal(await this.next(), wanted, "event"); }
  once(name) { return within(new Promise((resolve) => this.socket.once(name, (...values) => resolve(values))), name); }
  call(...event) { return this.socket.timeout(PATIENCE).emitWithAck(...event); }
  /** No event waits, after a round trip that overtakes nothing. */
  async hearsNothing() {
    this.socket.emit("echo", "the end");
    await this.hears("echo", "the end");
  }
}

const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const bytes = (...values) => new Uint8Array(values).buffer;

class Maker {
  constructor(url, transport) { this.url = url; this.transport = transport; this.managers = []; this.sockets = []; }
  manager(options = {}) {
    const manager = new io.Manager(this.url, { transports: TRANSPORTS[this.transport], reconnection: false, timeout: PATIENCE, ...options });
    this.managers.push(manager);
    return manager;
  }
  /** A connected peer that has read its `auth` event; in the upgrade's case, after the upgrade. */
  async peer({ namespace = "/", auth, manager, ...options } = {}) {
    manager = manager || this.manager(options);
    const peer = this.watched(manager.socket(namespace, auth ? { auth } : undefined));
    if (!peer.socket.connected) await peer.once("connect");
    await peer.hears("auth", auth || {});
    if (this.transport === "upgrade") await this.upgraded(manager);
    return peer;
  }
  upgraded(manager) {
    if (manager.engine.transport.name === "websocket") return undefined;
    return within(new Promise((resolve) => manager.engine.once("upgrade", resolve)), "upgrade");
  }
  refused(namespace, manager) {
    const socket = this.watched((manager || this.manager()).socket(namespace)).socket;
    return within(new Promise((resolve, reject) => {
      socket.once("connect_error", resolve);
      socket.once("connect", () => reject(new Error("connected")));
    }), "connect_error");
  }
  watched(socket) {
    this.sockets.push(socket);
    return new Peer(socket);
  }
  close() {
    for (const manager of this.managers) manager.reconnection(false);
    for (const socket of this.sockets) socket.disconnect();
    for (const manager of this.managers) if (manager.engine) manager.engine.close();
  }
}

const scenario = {
  async "connects, gets its auth back, and uses the wanted transport"(make) {
    const one = await make.peer({ auth: { token: "abc", n: [1, null] } });
    equal(one.socket.io.engine.transport.name, make.transport === "polling" ? "polling" : "websocket", "transport");
    check(one.socket.id.length === 20 && one.socket.id !== one.socket.io.engine.id, `id ${one.socket.id}`);
  },
  async "events carry arguments both ways"(make) {
    const one = await make.peer();
    for (const values of [[], [1], ["a", 2, null, true, 1.5], [{ b: [1, { c: [] }] }, [[]]], ["€ ünï 🎉 \u2028 \0 \ud800"], ["x".repeat(200000)]]) {
      one.socket.emit("echo", ...values);
      await one.hears("echo", ...values);
      one.socket.emit("message", ...values);
      await one.hears("message-back", ...values);
    }
  },
  async "acknowledgements carry arguments"(make) {
    const one = await make.peer();
    equal(await one.call("echo", "a"), "a");
    equal(await within(new Promise((resolve) => one.socket.emit("echo", "a", { b: [1] }, null, (...values) => resolve(values))), "ack"), ["a", { b: [1] }, null]);
    equal(await within(new Promise((resolve) => one.socket.emit("message-with-ack", (...values) => resolve(values))), "ack"), []);
    await one.hearsNothing();
  },
  async "the server asks and is answered"(make) {
    const one = await make.peer();
    one.socket.on("question", (...values) => values.pop()(["yes", ...values]));
    one.socket.emit("ask", 1, "two");
    const asked = await one.next();
    equal(asked[0], "question");
    await one.hears("answered", ["yes", 1, "two"]);
  },
  async "the server asks, and a binary answer arrives whole"(make) {
    const one = await make.peer();
    one.socket.on("question", (value, answer) => answer(new Uint8Array(value).reverse()));
    one.socket.emit("ask", bytes(1, 2, 3));
    await one.next();
    await one.hears("answered", bytes(3, 2, 1));
  },
  async "the server asks in vain and notices after two seconds"(make) {
    const one = await make.peer();
    one.socket.emit("ask", 1);
    await one.next();
    equal((await one.next())[0], "answered-timeout");
  },
  async "binary travels both ways, nested and in number"(make) {
    const one = await make.peer();
    const large = crypto.getRandomValues(new Uint8Array(60000)).buffer;
    for (const values of [[bytes()], [bytes(0)], [large], [{ a: [bytes(1), { b: bytes(2) }] }, "t", bytes(3)], Array.from({ length: 10 }, (_, n) => bytes(n, n))]) {
      one.socket.emit("echo", ...values);
      await one.hears("echo", ...values);
    }
    equal(await one.call("echo", { deep: [large] }), { deep: [large] });
    equal(await one.call("echo", new Blob([new Uint8Array([7, 8])])), bytes(7, 8));
    equal(await one.call("echo", new Uint16Array([513])), bytes(1, 2));
  },
  async "two namespaces on one connection do not mix"(make) {
    const manager = make.manager();
    const root = await make.peer({ manager, auth: { who: "me" } });
    const custom = await make.peer({ manager, namespace: "/custom", auth: { who: "me too" } });
    custom.socket.emit("echo", "on custom");
    root.socket.emit("echo", "on root");
    await root.hears("echo", "on root");
    await custom.hears("echo", "on custom");
    check(root.socket.id !== custom.socket.id, "one id for two sockets");
    await root.hearsNothing();
    await custom.hearsNothing();
  },
  async "a middleware's refusal arrives with its data, and the other namespace works"(make) {
    const manager = make.manager();
    const root = await make.peer({ manager });
    const error = await make.refused("/closed", manager);
    equal(error.message, "not allowed");
    equal(error.data, { retry: false });
    await root.hearsNothing();
  },
  async "an unknown namespace is refused"(make) {
    equal((await make.refused("/nope")).message, "Invalid namespace");
  },
  async "rooms reach their members, and only them"(make) {
    const [a, b, c] = [await make.peer(), await make.peer(), await make.peer()];
    equal(await a.call("join", "red"), ["red"]);
    equal(await b.call("join", "red"), ["red"]);
    equal(await b.call("join", "blue"), ["blue", "red"]);
    equal(await c.call("join", "blue"), ["blue"]);
    a.socket.emit("room", "red", "hello", bytes(1));
    for (const one of [a, b]) await one.hears("room", "red", "hello", bytes(1));
    b.socket.emit("room-others", "blue", 1);
    await c.hears("room", "blue", 1);
    equal(await b.call("leave", "red"), ["blue"]);
    a.socket.emit("room", "red", "again");
    await a.hears("room", "red", "again");
    for (const one of [a, b, c]) await one.hearsNothing();
  },
  async "a broadcast reaches everybody of the namespace, or all but the sender"(make) {
    const [a, b, custom] = [await make.peer(), await make.peer(), await make.peer({ namespace: "/custom" })];
    a.socket.emit("broadcast", "all", { n: bytes(5) });
    for (const one of [a, b]) await one.hears("broadcast", "all", { n: bytes(5) });
    a.socket.emit("broadcast-others", "others");
    await b.hears("broadcast", "others");
    for (const one of [a, custom]) await one.hearsNothing();
  },
  async "the server knows who and how"(make) {
    const one = await make.peer({ query: { room: "a b", x: "ü&=" } });
    const me = await one.call("whoami");
    equal(me.id, one.socket.id);
    equal(me.transport, make.transport === "polling" ? "polling" : "websocket");
    equal([me.query.room, me.query.x, me.query.EIO], ["a b", "ü&=", "4"]);
  },
  async "a handler that fails harms nothing"(make) {
    const one = await make.peer();
    for (let n = 0; n < 3; n += 1) one.socket.emit("fail");
    await one.hearsNothing();
  },
  async "a kicked socket is told, and its other namespace lives"(make) {
    const manager = make.manager();
    const root = await make.peer({ manager });
    const custom = await make.peer({ manager, namespace: "/custom" });
    const gone = custom.once("disconnect");
    custom.socket.emit("kick");
    equal((await gone)[0], "io server disconnect");
    await root.hearsNothing();
  },
  async "a kicked connection ends in every namespace"(make) {
    const manager = make.manager();
    const root = await make.peer({ manager });
    const custom = await make.peer({ manager, namespace: "/custom" });
    const gone = Promise.all([root.once("disconnect"), custom.once("disconnect")]);
    root.socket.emit("kick-all");
    await gone;
    check(!root.socket.connected && !custom.socket.connected, "still connected");
  },
  async "a thousand events arrive in order"(make) {
    const one = await make.peer();
    one.socket.emit("burst", 1000);
    for (let n = 0; n < 1000; n += 1) await one.hears("burst", n);
  },
  async "hundreds of events sent by the client arrive in order"(make) {
    const one = await make.peer();
    for (let n = 0; n < 500; n += 1) one.socket.emit("echo", n);
    for (let n = 0; n < 500; n += 1) await one.hears("echo", n);
  },
  async "events sent during the connection and the upgrade arrive in order, and once"(make) {
    const one = make.watched(make.manager().socket("/"));
    for (let n = 0; n < 100; n += 1) {
      one.socket.emit("echo", n);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const heard = [];
    for (let n = 0; n < 101; n += 1) heard.push(await one.next());
    equal(heard.filter(([name]) => name === "echo").map(([, n]) => n), Array.from({ length: 100 }, (_, n) => n), "order");
    await one.hearsNothing();
  },
  async "large strings travel both ways"(make) {
    const one = await make.peer();
    one.socket.emit("big", 900000);
    await one.hears("big", "x".repeat(900000));
    equal(await one.call("measure", "y".repeat(900000)), 900000);
    equal(await one.call("measure", new ArrayBuffer(500000)), 500000);
  },
  async "a burst of binary events arrives in order and whole"(make) {
    const one = await make.peer();
    one.socket.emit("binary-burst", 100, 2000);
    for (let n = 0; n < 100; n += 1) await one.hears("binary-burst", n, new Uint8Array(2000).fill(n).buffer);
  },
  async "a client that disconnects may connect again, as another socket"(make) {
    const one = await make.peer();
    const first = one.socket.id;
    const gone = one.once("disconnect");
    one.socket.disconnect();
    equal((await gone)[0], "io client disconnect");
    one.socket.connect();
    await one.once("connect");
    await one.hears("auth", {});
    check(one.socket.id !== first, "the id came back");
    await one.hearsNothing();
  },
};

/** Runs one case; throws what failed. */
async function run(name, url, transport) {
  const make = new Maker(url, transport);
  try { await scenario[name](make); } finally { make.close(); }
}

// Reconnection in two halves; between them the server is killed and restarted.
let returning;
async function beforeKill(url, transport) {
  const make = new Maker(url, transport);
  const manager = make.manager({ reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 300 });
  const peer = await make.peer({ manager, auth: { n: 1 } });
  returning = { make, peer, first: peer.socket.id, gone: peer.once("disconnect") };
}
async function afterKill() {
  const { peer } = returning;
  const [reason] = await returning.gone;
  check(["transport close", "transport error"].includes(reason), `reason ${reason}`);
  peer.socket.emit("echo", "sent while away");
  returning.back = within(new Promise((resolve) => peer.socket.once("connect", resolve)), "connect", 10000);
}
async function afterRestart() {
  const { make, peer, first } = returning;
  await returning.back;
  await Promise.all([peer.next(), peer.next()]).then((heard) => equal(heard.map((event) => event[0]).sort(), ["auth", "echo"]));
  check(peer.socket.id !== first, "the id came back");
  await peer.hearsNothing();
  make.close();
}
