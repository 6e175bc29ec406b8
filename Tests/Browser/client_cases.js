// Scenarios of the browser client, run in a page by client_test.py. `test(name, body, needs?)`: the body gets `t`, with
// `t.connect(namespace?, options?)`; `EACH(name, body)` runs a case over polling, over WebSocket, and through an upgrade.
(function () {
  const cases = [];
  const KINDS = {
    polling: { transports: ["polling"] },
    websocket: { transports: ["websocket"] },
    upgrade: { transports: ["polling", "websocket"] },
  };
  const FAST = { reconnectionDelay: 50, reconnectionDelayMax: 100, forceNew: true };

  function test(name, body, needs) {
    cases.push({ name, body, needs });
  }

  function EACH(name, body) {
    for (const kind of Object.keys(KINDS)) test(name + " (" + kind + ")", (t) => body(t, kind), undefined);
  }

  const show = (value) => JSON.stringify(value, (_, v) => {
    if (v instanceof ArrayBuffer) return "bytes:" + [...new Uint8Array(v)].join(",");
    return v === undefined ? "undefined" : v;
  });

  function equal(actual, expected, about) {
    if (show(actual) !== show(expected)) throw new Error((about || "") + " expected " + show(expected) + ", got " + show(actual));
  }

  function ok(condition, about) {
    if (!condition) throw new Error("not so: " + about);
  }

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  function heard(emitter, event, ms = 5000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no " + event + " in " + ms + " ms")), ms);
      emitter.once(event, (...args) => {
        clearTimeout(timer);
        resolve(args);
      });
    });
  }

  async function rejected(promise) {
    try {
      await promise;
    } catch (error) {
      return error;
    }
    throw new Error("should have been rejected");
  }

  async function until(condition, about, ms = 5000) {
    const end = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > end) throw new Error("waited in vain: " + about);
      await sleep(10);
    }
  }

  const bytes = (...values) => new Uint8Array(values).buffer;

  /** Feeds a frame to the client as if the server had sent it. */
  const feed = (socket, data) => socket.io.engine.transport.ws.onmessage({ data });

  function toolbox() {
    const sockets = [];
    return {
      kind: "upgrade",
      make(nsp = "/", options = {}) {
        const socket = io(location.origin + nsp, { ...FAST, ...options });
        sockets.push(socket);
        return socket;
      },
      async connect(kind = "websocket", nsp = "/", options = {}) {
        const socket = this.make(nsp, { ...KINDS[kind], ...options });
        await heard(socket, "connect");
        if (kind === "upgrade" && options.upgrade !== false) {
          await until(() => socket.io.engine.transport.name === "websocket", "the upgrade");
        }
        return socket;
      },
      cleanUp() {
        for (const socket of sockets) socket.off().disconnect();
      },
    };
  }

  // ---- connecting

  EACH("connecting gives an id and the server sees the transport", async (t, kind) => {
    const socket = await t.connect(kind);
    ok(typeof socket.id === "string" && socket.connected && !socket.disconnected && socket.active, "connected");
    const who = await socket.emitWithAck("whoami");
    equal(who.id, socket.id);
    equal(who.transport, kind === "polling" ? "polling" : "websocket");
    ok(socket.id !== socket.io.engine.id, "the session's id is not the socket's");
  });

  test("auth can be an object", async (t) => {
    const socket = t.make("/", { auth: { token: "abc" } });
    equal(await heard(socket, "auth"), [{ token: "abc" }]);
  });

  test("auth can be a function, asked at every connect", async (t) => {
    let count = 0;
    const socket = t.make("/", { auth: (done) => setTimeout(() => done({ count: ++count }), 5) });
    equal(await heard(socket, "auth"), [{ count: 1 }]);
    socket.io.engine.close();
    equal(await heard(socket, "auth"), [{ count: 2 }]);
  });

  test("an auth function that answers after the socket left connects nothing", async (t) => {
    let answer;
    const other = await t.connect("websocket", "/custom", { forceNew: false });
    const socket = t.make("/", { forceNew: false, auth: (done) => { answer = done; } });
    await until(() => answer, "auth asked");
    socket.disconnect();
    answer({});
    await sleep(100);
    ok(!socket.connected && other.connected, "only the other is connected");
  });

  test("the query reaches the server, from the option and from the address", async (t) => {
    const first = await t.connect("websocket", "/", { query: { a: "1 ä&=" } });
    equal((await first.emitWithAck("whoami")).query.a, "1 ä&=");
    const second = io(location.origin + "/?b=2", FAST);
    await heard(second, "connect");
    equal((await second.emitWithAck("whoami")).query.b, "2");
    second.disconnect();
  });

  test("autoConnect false waits for connect()", async (t) => {
    const socket = t.make("/", { autoConnect: false });
    ok(!socket.active && !socket.connected, "idle");
    await sleep(50);
    equal(socket.io.engine, null);
    socket.connect();
    await heard(socket, "connect");
  });

  test("extra headers travel with polling", async (t) => {
    const seen = [];
    const fetchBefore = window.fetch;
    window.fetch = (url, init) => {
      if (url.includes("mine=1")) seen.push(init.headers["x-test"]); // earlier cases may still be saying goodbye
      return fetchBefore(url, init);
    };
    try {
      await t.connect("polling", "/", { query: { mine: 1 }, extraHeaders: { "x-test": "yes" } });
      ok(seen.length > 0 && seen.every((value) => value === "yes"), "each request has it");
    } finally {
      window.fetch = fetchBefore;
    }
  });

  test("tryAllTransports goes on to the next transport", async (t) => {
    const fetchBefore = window.fetch;
    window.fetch = () => Promise.reject(new TypeError("no polling here"));
    try {
      const socket = t.make("/", { tryAllTransports: true });
      await heard(socket, "connect");
      equal(socket.io.engine.transport.name, "websocket");
    } finally {
      window.fetch = fetchBefore;
    }
  });

  test("disconnecting while the polling handshake is under way ends the session at the server", async (t) => {
    const posts = [];
    const fetchBefore = window.fetch;
    window.fetch = (url, init) => { if (init.method === "POST") posts.push([url, init.body]); return fetchBefore(url, init); };
    try {
      const socket = t.make("/", KINDS.polling);
      await Promise.resolve().then(() => {});
      socket.disconnect();
      await until(() => posts.length > 0, "the close packet");
      equal(posts[0][1], "1");
      ok(/sid=[^&]{10,}/.test(posts[0][0]), "with the session's id");
    } finally {
      window.fetch = fetchBefore;
    }
  });

  // ---- events

  EACH("events keep their arguments and their order", async (t, kind) => {
    const socket = await t.connect(kind);
    const values = [1, "two", { three: [3, null, true] }, "ünïcödé 🎈 \u2028", [], {}];
    socket.emit("message", ...values);
    equal(await heard(socket, "message-back"), values);
    const got = [];
    socket.on("message-back", (n) => got.push(n));
    for (let i = 0; i < 200; i++) socket.emit("message", i);
    await until(() => got.length === 200, "200 events");
    equal(got, [...Array(200).keys()]);
  });

  EACH("a burst from the server arrives whole and in order", async (t, kind) => {
    const socket = await t.connect(kind);
    const got = [];
    socket.on("burst", (n) => got.push(n));
    socket.emit("burst", 500);
    await until(() => got.length === 500, "500 events");
    equal(got, [...Array(500).keys()]);
  });

  test("send is emit with the name message", async (t) => {
    const socket = await t.connect();
    socket.send("a", 1);
    equal(await heard(socket, "message-back"), ["a", 1]);
  });

  EACH("a big text passes both ways", async (t, kind) => {
    const socket = await t.connect(kind);
    socket.emit("big", 900000);
    equal((await heard(socket, "big"))[0].length, 900000);
    equal(await socket.emitWithAck("measure", "y".repeat(900000)), 900000);
  });

  test("polling batches stay below maxPayload", async (t) => {
    const sizes = [];
    const fetchBefore = window.fetch;
    window.fetch = (url, init) => { if (init.body) sizes.push(new TextEncoder().encode(init.body).length); return fetchBefore(url, init); };
    try {
      const socket = await t.connect("polling");
      const answers = [];
      for (let i = 0; i < 12; i++) answers.push(socket.emitWithAck("measure", "ä".repeat(100000)));
      equal(await Promise.all(answers), Array(12).fill(100000));
      ok(sizes.every((size) => size <= 1000000), "at most a million bytes each: " + sizes);
      ok(sizes.some((size) => size > 700000), "and packets do share a request: " + sizes);
    } finally {
      window.fetch = fetchBefore;
    }
  });

  test("reserved names cannot be emitted", async (t) => {
    const socket = t.make("/", { autoConnect: false });
    for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
      let message = "";
      try { socket.emit(name); } catch (error) { message = error.message; }
      equal(message, '"' + name + '" is a reserved event name');
    }
  });

  test("a value that JSON cannot hold fails at its caller and leaves nothing behind", async (t) => {
    const socket = await t.connect();
    const circle = {};
    circle.self = circle;
    let thrown = false;
    try { socket.emit("message", circle, () => {}); } catch (_) { thrown = true; }
    ok(thrown, "thrown");
    equal(socket._acks.size, 0);
    equal(await socket.emitWithAck("message-with-ack", 1), 1);
  });

  test("on, once, off and listeners behave", async (t) => {
    const socket = await t.connect();
    const log = [];
    const a = () => log.push("a");
    const b = () => log.push("b");
    socket.on("message-back", a).once("message-back", b);
    equal(socket.listeners("message-back").length, 2);
    await socket.emitWithAck("message-with-ack");
    socket.emit("message");
    socket.emit("message");
    await until(() => log.length === 3, "three calls");
    equal(log, ["a", "b", "a"]);
    socket.off("message-back", a);
    ok(!socket.hasListeners("message-back"), "none left");
  });

  test("a listener that throws stops neither the others nor the connection", async (t) => {
    const socket = await t.connect();
    const before = window.onerror;
    window.onerror = () => true;
    try {
      const got = [];
      socket.on("burst", () => { throw new Error("on purpose"); });
      socket.on("burst", (n) => got.push(n));
      socket.emit("burst", 3);
      await until(() => got.length === 3, "all three");
      ok(socket.connected, "still connected");
    } finally {
      window.onerror = before;
    }
  });

  test("onAny hears what comes, onAnyOutgoing what goes, offAny ends it", async (t) => {
    const socket = await t.connect();
    const log = [];
    const any = (event, ...args) => { if (event !== "auth") log.push(["in", event, ...args]); };
    socket.onAny(any).onAnyOutgoing((...args) => log.push(["out", ...args]));
    socket.emit("message", 7);
    await heard(socket, "message-back");
    equal(log, [["out", "message", 7], ["in", "message-back", 7]]);
    socket.offAny(any).offAnyOutgoing();
    equal([socket.listenersAny().length, socket.listenersAnyOutgoing().length], [0, 0]);
  });

  // ---- acknowledgements

  EACH("acknowledgements pass both ways", async (t, kind) => {
    const socket = await t.connect(kind);
    equal(await new Promise((resolve) => socket.emit("message-with-ack", 1, "b", (...args) => resolve(args))), [1, "b"]);
    equal(await socket.emitWithAck("message-with-ack", { x: 1 }), { x: 1 });
    socket.on("question", (a, answer) => answer(a + 1));
    socket.emit("ask", 41);
    equal(await heard(socket, "answered"), [42]);
  });

  test("an acknowledgement can be given once only", async (t) => {
    const socket = await t.connect();
    const sent = [];
    socket.io.engine.on("packetCreate", ({ data }) => sent.push(String(data)));
    socket.on("question", (answer) => { answer(1); answer(2); });
    socket.emit("ask");
    equal(await heard(socket, "answered"), [1]);
    equal(sent.filter((data) => data[0] === "3").length, 1);
  });

  test("a missing acknowledgement times out", async (t) => {
    const socket = await t.connect();
    const [error] = await new Promise((resolve) => socket.timeout(50).emit("no-such-event", 1, (...args) => resolve(args)));
    equal(error.message, "operation has timed out");
    equal((await rejected(socket.timeout(50).emitWithAck("no-such-event"))).message, "operation has timed out");
    equal(await socket.timeout(2000).emitWithAck("message-with-ack", 5), 5);
    equal(await new Promise((resolve) => socket.timeout(2000).emit("message-with-ack", 6, (...args) => resolve(args))), [null, 6]);
  });

  test("the server hears of no answer when the client gives none", async (t) => {
    const socket = await t.connect();
    socket.emit("ask", 1);
    await heard(socket, "answered-timeout");
  });

  test("acknowledgements fail when the connection is lost", async (t) => {
    const socket = await t.connect();
    const promise = socket.emitWithAck("no-such-event");
    const withTimeout = new Promise((resolve) => socket.timeout(60000).emit("no-such-event", (error) => resolve(error)));
    await sleep(30);
    socket.io.engine.close();
    equal((await rejected(promise)).message, "socket has been disconnected");
    equal((await withTimeout).message, "socket has been disconnected");
  });

  test("ackTimeout is the default for every acknowledgement", async (t) => {
    const socket = await t.connect("websocket", "/", { ackTimeout: 50 });
    equal((await rejected(socket.emitWithAck("no-such-event"))).message, "operation has timed out");
  });

  test("with retries an event is tried again, in order, and then given up", async (t) => {
    const socket = await t.connect("websocket", "/", { retries: 2, ackTimeout: 60 });
    const sent = [];
    socket.onAnyOutgoing((event) => sent.push(event));
    const failed = new Promise((resolve) => socket.emit("no-such-event", (error) => resolve(error)));
    const answered = new Promise((resolve) => socket.emit("message-with-ack", 9, (...args) => resolve(args)));
    equal((await failed).message, "operation has timed out");
    equal(await answered, [null, 9]);
    equal(sent, ["no-such-event", "no-such-event", "no-such-event", "message-with-ack"]);
  });

  // ---- binary

  EACH("binary passes both ways, wherever it sits", async (t, kind) => {
    const socket = await t.connect(kind);
    const view = new Uint8Array([9, 8, 7, 6, 5]).subarray(1, 3);
    socket.emit("message", bytes(1, 2), { deep: [view, "text"] }, new DataView(bytes(255, 0)), new Blob([bytes(3, 4, 5)]));
    const [a, b, c, d] = await heard(socket, "message-back");
    ok(a instanceof ArrayBuffer, "binary arrives as ArrayBuffer");
    equal([a, b, c, d], [bytes(1, 2), { deep: [bytes(8, 7), "text"] }, bytes(255, 0), bytes(3, 4, 5)]);
  });

  EACH("binary in acknowledgements passes both ways", async (t, kind) => {
    const socket = await t.connect(kind);
    equal(await socket.emitWithAck("message-with-ack", bytes(0, 127, 128, 255)), bytes(0, 127, 128, 255));
    socket.on("question", (a, answer) => answer(a));
    socket.emit("ask", bytes(1, 2, 3));
    equal(await heard(socket, "answered"), [bytes(1, 2, 3)]);
  });

  EACH("many binary events arrive whole and in order", async (t, kind) => {
    const socket = await t.connect(kind);
    const got = [];
    socket.on("binary-burst", (i, data) => got.push([i, data.byteLength, new Uint8Array(data)[0]]));
    socket.emit("binary-burst", 50, 3000);
    await until(() => got.length === 50, "50 events");
    equal(got, [...Array(50).keys()].map((i) => [i, 3000, i]));
  });

  EACH("text after a Blob does not overtake it", async (t, kind) => {
    const socket = await t.connect(kind);
    const got = [];
    socket.on("message-back", (value) => got.push(typeof value === "object" ? "blob" : value));
    for (let i = 0; i < 5; i++) socket.emit("message", new Blob([new Uint8Array(50000)])).emit("message", i);
    await until(() => got.length === 10, "ten events");
    equal(got, ["blob", 0, "blob", 1, "blob", 2, "blob", 3, "blob", 4]);
  });

  EACH("a large binary passes both ways", async (t, kind) => {
    const socket = await t.connect(kind);
    const data = new Uint8Array(700000).map((_, i) => i * 7);
    const back = new Uint8Array(await socket.emitWithAck("message-with-ack", data));
    ok(back.length === data.length && back.every((byte, i) => byte === data[i]), "the same bytes");
  });

  // ---- upgrade

  test("nothing is lost or reordered while the transport is upgraded", async (t) => {
    const Native = window.WebSocket;
    const fetchBefore = window.fetch;
    const faults = [];
    let socket;
    let polling;
    window.WebSocket = class extends Native {
      send(data) {
        if (data === "5" && (polling._polling || polling._posting)) faults.push("moved while a request was under way");
        data === "2probe" ? setTimeout(() => super.send(data), 150) : super.send(data); // slow, so that traffic is under way
      }
    };
    window.fetch = (url, init) => {
      if (socket.io.engine.upgrading) faults.push("a request was begun in the middle of the move");
      return fetchBefore(url, init);
    };
    try {
      socket = t.make("/", KINDS.upgrade);
      const got = [];
      const bursts = [];
      let sent = 0;
      let upgraded = 0;
      socket.on("message-back", (n, data) => got.push(data ? n + data.byteLength : n));
      socket.on("burst", (n) => bursts.push(n));
      socket.io.engine.once("upgrading", () => {
        polling = socket.io.engine.transport;
        for (let i = 0; i < 3; i++) socket.io.engine.write('2["whoami"]'); // must wait for the new transport
      });
      socket.io.engine.once("upgrade", () => { upgraded = sent; });
      await heard(socket.io, "open");
      socket.emit("burst", 300);
      while (!upgraded || sent < upgraded + 100) {
        if (sent % 5 === 4) socket.emit("message", sent++ - 3, bytes(1, 2, 3));
        else socket.emit("message", sent++);
        if (sent % 3 === 0) await sleep(1);
        if (sent > 5000) throw new Error("no upgrade");
      }
      await until(() => got.length === sent && bursts.length === 300, "all of " + sent);
      equal(got, [...Array(sent).keys()]);
      equal(bursts, [...Array(300).keys()]);
      equal(faults, []);
      equal(socket.io.engine.transport.name, "websocket");
    } finally {
      window.fetch = fetchBefore;
      window.WebSocket = Native;
    }
  });

  test("upgrade false stays on polling", async (t) => {
    const socket = await t.connect("upgrade", "/", { upgrade: false });
    await sleep(300);
    equal(socket.io.engine.transport.name, "polling");
  });

  test("when WebSocket fails, polling goes on", async (t) => {
    const Native = window.WebSocket;
    window.WebSocket = class extends Native { constructor(url) { super(url.replace(/sid=[^&]*/, "sid=unknown")); } };
    try {
      const socket = t.make("/", KINDS.upgrade);
      await Promise.all([heard(socket, "connect"), heard(socket.io.engine, "upgradeError")]);
      equal(await socket.emitWithAck("message-with-ack", 1), 1);
      equal(socket.io.engine.transport.name, "polling");
    } finally {
      window.WebSocket = Native;
    }
  });

  test("a WebSocket that dies while polling is being paused gives polling back", async (t) => {
    const socket = t.make("/", KINDS.upgrade);
    socket.io.engine.once("upgrading", (candidate) => candidate.owner.error(new Error("gone")));
    await Promise.all([heard(socket, "connect"), heard(socket.io.engine, "upgradeError")]);
    equal(socket.io.engine.transport.name, "polling");
    ok(socket.io.engine.transport._polling, "polling again");
  });

  test("disconnecting in the middle of an upgrade still says goodbye", async (t) => {
    const socket = t.make("/", KINDS.upgrade);
    const gone = new Promise((resolve) => socket.io.engine.once("upgrading", () => { socket.disconnect(); resolve(); }));
    await gone;
    ok(!socket.connected, "disconnected");
    const engineClosed = socket.io.engine;
    await until(() => engineClosed.readyState === "closed", "the engine to close");
  });

  test("rememberUpgrade starts with WebSocket the second time", async (t) => {
    const first = await t.connect("upgrade");
    first.disconnect();
    const second = await t.connect("upgrade", "/", { rememberUpgrade: true });
    equal(second.io.engine.transport.name, "websocket");
    equal(second.io.engine._names, ["websocket"]);
  });

  // ---- namespaces

  EACH("namespaces share one connection and are apart", async (t, kind) => {
    const main = await t.connect(kind, "/", { forceNew: true });
    const custom = main.io.socket("/custom", { auth: { who: "custom" } });
    equal(await heard(custom, "auth"), [{ who: "custom" }]);
    await until(() => custom.connected, "custom connected");
    ok(main.id !== custom.id && main.io === custom.io, "one manager, two ids");
    custom.emit("message", "hi");
    main.on("message-back", () => { throw new Error("the wrong namespace"); });
    equal(await heard(custom, "message-back"), ["hi"]);
    equal(await custom.emitWithAck("message-with-ack", bytes(1)), bytes(1));
    custom.disconnect();
    ok(main.connected, "the other stays");
    equal(await main.emitWithAck("message-with-ack", 2), 2);
  });

  test("io() shares the manager, forceNew and multiplex false do not", async () => {
    const options = { autoConnect: false };
    const a = io(location.origin + "/x1", options);
    const b = io(location.origin + "/x2", options);
    const c = io("/x3", options);
    const d = io(location.origin + "/x1", options);
    const e = io(location.origin + "/x4", { ...options, forceNew: true });
    const f = io(location.origin + "/x5", { ...options, multiplex: false });
    ok(a.io === b.io && a.io === c.io, "shared");
    ok(d.io !== a.io && e.io !== a.io && f.io !== a.io, "not shared");
    equal([a.nsp, c.nsp, io(options).nsp], ["/x1", "/x3", "/"]);
    ok(io.connect === io && io.protocol === 5 && io.Manager && io.Socket, "the names of the reference");
  });

  test("a refused namespace gives connect_error with data and is not tried again", async (t) => {
    const socket = t.make("/closed", KINDS.websocket);
    const [error] = await heard(socket, "connect_error");
    ok(error instanceof Error, "an Error");
    equal([error.message, error.data], ["not allowed", { retry: false }]);
    ok(!socket.active && !socket.connected, "given up");
    await sleep(200);
    ok(!socket.active, "still");
    socket.connect();
    equal((await heard(socket, "connect_error"))[0].message, "not allowed");
  });

  test("an unknown namespace gives connect_error, others live on", async (t) => {
    const main = await t.connect();
    const socket = main.io.socket("/nowhere");
    const [error] = await heard(socket, "connect_error");
    ok(/namespace|connect/i.test(error.message), error.message);
    equal(await main.emitWithAck("message-with-ack", 1), 1);
  });

  test("a socket that leaves before the server's answer leaves no ghost, and may come back", async (t) => {
    const main = await t.connect();
    const custom = main.io.socket("/custom");
    custom.disconnect();
    custom.connect();
    await heard(custom, "connect");
    equal(await custom.emitWithAck("message-with-ack", 1), 1);
    custom.disconnect();
    custom.connect().disconnect();
    await sleep(100);
    ok(main.connected, "the connection lives");
    equal(await main.emitWithAck("message-with-ack", 2), 2);
  });

  // ---- rooms

  test("rooms reach their members", async (t) => {
    const a = await t.connect("polling");
    const b = await t.connect("websocket");
    equal(await a.emitWithAck("join", "r1"), ["r1"]);
    equal(await b.emitWithAck("join", "r1"), ["r1"]);
    const both = Promise.all([heard(a, "room"), heard(b, "room")]);
    a.emit("room", "r1", "hello");
    equal(await both, [["r1", "hello"], ["r1", "hello"]]);
    a.off("room").on("room", () => { throw new Error("not to the sender"); });
    a.emit("room-others", "r1", bytes(7));
    equal(await heard(b, "room"), ["r1", bytes(7)]);
    equal(await b.emitWithAck("leave", "r1"), []);
  });

  // ---- disconnecting

  test("disconnect says why on this side, and nothing reconnects", async (t) => {
    const socket = await t.connect();
    const { engine } = socket.io;
    const reason = heard(socket, "disconnect");
    socket.disconnect();
    equal((await reason)[0], "io client disconnect");
    equal([socket.id, socket.connected, socket.active], [undefined, false, false]);
    await until(() => engine.readyState === "closed", "the engine to close");
    await sleep(200);
    ok(!socket.connected, "stays away");
    socket.connect();
    await heard(socket, "connect");
  });

  EACH("what was emitted just before disconnect still arrives", async (t, kind) => {
    const witness = await t.connect();
    const socket = await t.connect(kind);
    const got = heard(witness, "broadcast");
    socket.emit("broadcast-others", "last words");
    socket.disconnect();
    equal(await got, ["last words"]);
  });

  test("the server's disconnect is final", async (t) => {
    const socket = await t.connect();
    socket.emit("kick");
    equal((await heard(socket, "disconnect"))[0], "io server disconnect");
    ok(!socket.active, "no longer active");
    await sleep(200);
    ok(!socket.connected, "stays away");
  });

  EACH("when the server closes the connection, the client returns", async (t, kind) => {
    const socket = await t.connect(kind);
    const before = socket.id;
    const attempt = heard(socket.io, "reconnect_attempt");
    const reconnected = heard(socket.io, "reconnect");
    socket.emit("kick-all");
    const [reason] = await heard(socket, "disconnect");
    ok(["transport close", "transport error", "io server disconnect"].includes(reason), reason);
    if (reason === "io server disconnect") return; // a server that says goodbye to the namespace first
    equal(await attempt, [1]);
    equal(await reconnected, [1]);
    await until(() => socket.connected, "connected again");
    ok(socket.id !== before, "with a new id");
    equal(socket.recovered, false);
    equal(await socket.emitWithAck("message-with-ack", 3), 3);
  });

  test("a handler that fails at the server does not cost the connection", async (t) => {
    const socket = await t.connect();
    socket.emit("fail");
    equal(await socket.emitWithAck("message-with-ack", 1), 1);
  });

  // ---- offline

  test("events emitted while disconnected are sent on return, volatile ones are not", async (t) => {
    const socket = t.make("/", { autoConnect: false });
    const got = [];
    socket.on("message-back", (n) => got.push(n));
    socket.emit("message", 1);
    socket.volatile.emit("message", "volatile");
    const ack = socket.emitWithAck("message-with-ack", bytes(5));
    socket.emit("message", 2);
    equal(socket.sendBuffer.length, 3);
    socket.connect();
    equal(await ack, bytes(5));
    await until(() => got.length === 2, "two events");
    equal(got, [1, 2]);
    socket.volatile.emit("message", 3);
    await until(() => got.length === 3, "a volatile event while connected");
  });

  test("a buffered event whose time is up is not sent any more", async (t) => {
    const socket = t.make("/", { autoConnect: false });
    equal((await rejected(socket.timeout(20).emitWithAck("message", 1))).message, "operation has timed out");
    equal(socket.sendBuffer.length, 0);
  });

  test("a discarded volatile event with a promise does not hang", async (t) => {
    const socket = t.make("/", { autoConnect: false });
    equal((await rejected(socket.volatile.emitWithAck("message", 1))).message, "packet was discarded");
  });

  test("a silent server is noticed before the next write", async (t) => {
    const socket = await t.connect();
    const gone = heard(socket, "disconnect");
    socket.io.engine._heartbeatDeadline = Date.now() - 1;
    socket.emit("message", "late");
    const answer = socket.emitWithAck("message-with-ack", "late too");
    equal((await gone)[0], "ping timeout");
    equal(await heard(socket, "message-back"), ["late"]);
    equal(await answer, "late too");
  });

  test("losing the network closes at once", async (t) => {
    const socket = await t.connect();
    const gone = heard(socket, "disconnect");
    socket.io.engine.host = "chat.example"; // on localhost the event means nothing
    socket.io.engine._pageListeners.splice(0).forEach((remove) => remove());
    socket.io.engine._listenToPage();
    window.dispatchEvent(new Event("offline"));
    const [reason, details] = await gone;
    equal([reason, details.description], ["transport close", "network connection lost"]);
  });

  test("closeOnBeforeunload leaves without a word to the page", async (t) => {
    const socket = await t.connect("websocket", "/", { closeOnBeforeunload: true });
    let disconnects = 0;
    socket.on("disconnect", () => disconnects++);
    const { ws } = socket.io.engine.transport;
    window.dispatchEvent(new Event("beforeunload"));
    await until(() => ws.readyState === WebSocket.CLOSED, "the WebSocket to close");
    await sleep(50);
    equal(disconnects, 0);
  });

  // ---- a server that is not there

  test("connect_error, reconnect_error and reconnect_failed, when nobody answers", async (t) => {
    const log = [];
    const socket = t.make("/", { ...KINDS.polling, path: "/nowhere", reconnectionAttempts: 2 });
    socket.on("connect_error", (error) => log.push("connect_error " + error.message + " " + error.type));
    for (const event of ["reconnect_attempt", "reconnect_error", "reconnect_failed", "error"]) {
      socket.io.on(event, (value) => log.push(event + (typeof value === "number" ? " " + value : "")));
    }
    await heard(socket.io, "reconnect_failed");
    const failure = ["error", "connect_error xhr poll error TransportError"];
    equal(log, [...failure, "reconnect_attempt 1", ...failure, "reconnect_error",
      "reconnect_attempt 2", ...failure, "reconnect_error", "reconnect_failed"]);
  });

  test("a WebSocket that cannot open is a websocket error", async (t) => {
    const socket = t.make("/", { ...KINDS.websocket, path: "/nowhere", reconnection: false });
    const [error] = await heard(socket, "connect_error");
    equal([error.message, error.type], ["websocket error", "TransportError"]);
  });

  test("connecting may take only so long", async (t) => {
    const fetchBefore = window.fetch;
    window.fetch = (url, init) => new Promise((_, reject) => init.signal.addEventListener("abort", reject));
    try {
      const socket = t.make("/", { timeout: 50, reconnection: false });
      equal((await heard(socket, "connect_error"))[0].message, "timeout");
    } finally {
      window.fetch = fetchBefore;
    }
  });

  test("disconnect ends the attempts to reconnect", async (t) => {
    const socket = t.make("/", { ...KINDS.polling, path: "/nowhere" });
    await heard(socket.io, "reconnect_attempt");
    socket.disconnect();
    let more = 0;
    socket.io.on("reconnect_attempt", () => more++);
    await sleep(300);
    equal(more, 0);
  });

  test("the delay doubles, is jittered, and keeps to its maximum", async () => {
    const manager = new io.Manager(location.origin, { autoConnect: false });
    for (const [attempts, low, high] of [[0, 500, 1500], [1, 1000, 3000], [2, 2000, 5000], [3, 2500, 5000], [2000, 2500, 5000]]) {
      manager._attempts = attempts;
      for (let i = 0; i < 200; i++) {
        const delay = manager._delay();
        ok(delay >= low && delay <= high, attempts + " attempts: " + delay);
      }
    }
    equal(manager.reconnectionDelay(), 1000);
    equal(manager.reconnectionDelay(5).reconnectionDelay(), 5);
  });

  // ---- bad input

  for (const bad of ['442["some","data"', '40/admin,"invalid"', "40[]", "41/admin,{}", '42/admin,"invalid', "42/admin,{}",
    '42[{"toString":"foo"}]', '42[true,"foo"]', '42[null,"bar"]', '42["connect"]', '42["disconnect","123"]', "45", "451", "45a-",
    "451.23-", "4999", "4", "4 ", '42[]', '43["no id"]', '4399999999999999999["x"]', "44", "44[1]", '451001-["x"]', '42 1["x"]', "9", "x", "",
    '0{"sid":"again"}', "b%%%"]) {
    test("the bad packet " + JSON.stringify(bad) + " closes with parse error, and the client returns", async (t) => {
      const socket = await t.connect();
      const gone = heard(socket, "disconnect");
      feed(socket, bad);
      equal((await gone)[0], "parse error");
      await heard(socket, "connect");
    });
  }

  for (const [about, frames] of [
    ["text while attachments are awaited", ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]']],
    ["an attachment nobody announced", [bytes(1)]],
    ["an attachment after none was announced", ['450-["a"]', bytes(1)]],
    ["a placeholder out of range", ['451-["a",{"_placeholder":true,"num":1}]', bytes(1)]],
    ["a placeholder below the range", ['451-["a",{"_placeholder":true,"num":-1}]', bytes(1)]],
    ["a placeholder that is a name", ['451-["a",{"_placeholder":true,"num":"splice"}]', bytes(1)]],
    ["a placeholder between two", ['452-["a",{"_placeholder":true,"num":0.5}]', bytes(1), bytes(2)]],
    ["nesting without end", ['451-["a",' + "[".repeat(200000) + "]".repeat(200000) + "]", bytes(1)]],
  ]) {
    test(about + " closes with parse error", async (t) => {
      const socket = await t.connect();
      const gone = heard(socket, "disconnect");
      for (const frame of frames) feed(socket, frame);
      equal((await gone)[0], "parse error");
    });
  }

  for (const [text, expected] of [
    ['42["a",1,{}]', ["a", 1, {}]], ['42[7,"n"]', [7, "n"]], ['450-["plain"]', ["plain"]], ['42["a\nb"]'.replace("\n", "\\n"), ["a\nb"]],
    ['42["x",1e21,"\\ud800"]', ["x", 1e21, "\ud800"]],
  ]) {
    test("the good packet " + text + " is heard", async (t) => {
      const socket = await t.connect();
      let got = null;
      socket.onAny((...args) => { got = args; });
      feed(socket, text);
      equal(got, expected);
    });
  }

  test("an unknown acknowledgement and a foreign namespace are ignored", async (t) => {
    const socket = await t.connect();
    feed(socket, '43999["x"]');
    feed(socket, '42/elsewhere,["x"]');
    feed(socket, "6");
    equal(await socket.emitWithAck("message-with-ack", 1), 1);
  });

  test("events before the namespace's answer wait for it", async (t) => {
    const socket = t.make("/", { ...KINDS.websocket, autoConnect: false });
    const log = [];
    socket.on("connect", () => log.push("connect")).on("early", () => log.push("early"));
    socket.io.on("open", () => {
      feed(socket, '42["early"]');
      log.push("fed");
    });
    socket.connect();
    await heard(socket, "connect");
    equal(log, ["fed", "early", "connect"]);
  });

  test("an answer without sid is a server too old", async (t) => {
    const socket = t.make("/", { ...KINDS.websocket, auth: () => {} });
    await heard(socket.io, "open");
    const error = heard(socket, "connect_error");
    feed(socket, "40");
    ok(/v2\.x/.test((await error)[0].message), "says so");
  });

  test("a recovered session is told by its pid, and the offset goes along", async (t) => {
    const socket = await t.connect();
    socket._pid = "p1";
    feed(socket, '42["ev",1,"OFFSET"]');
    const sent = [];
    const write = io.Manager.prototype._send;
    socket.io._send = function (frames) { sent.push(frames[0]); return write.call(this, frames); };
    socket.io.engine.close();
    await until(() => sent.length > 0, "the second CONNECT");
    equal(sent[0], '0{"pid":"p1","offset":"OFFSET"}');
  });

  test("base64 can be forced", async (t) => {
    const socket = await t.connect("websocket", "/", { forceBase64: true });
    const sent = [];
    const { ws } = socket.io.engine.transport;
    const send = ws.send.bind(ws);
    ws.send = (data) => { sent.push(typeof data); send(data); };
    socket.emit("message", bytes(1, 2, 3));
    equal(await heard(socket, "message-back"), [bytes(1, 2, 3)]);
    ok(sent.every((kind) => kind === "string"), "text only");
  });

  test("the module exports the same", async () => {
    const response = await fetch("/socket.io/socket.io.esm.js");
    if (!response.ok) return "skipped: the server does not hand out the module";
    const module = await import("/socket.io/socket.io.esm.js");
    equal([typeof module.io, typeof module.default, module.protocol], ["function", "function", 5]);
  });

  // ---- with the server's process in our hands

  test("a killed server: events wait, the client returns by itself", async (t) => {
    const results = [];
    for (const kind of ["polling", "websocket"]) {
      const socket = await t.connect(kind);
      const gone = heard(socket, "disconnect");
      const refused = heard(socket.io, "reconnect_error");
      await window.control("kill");
      const [reason] = await gone;
      ok(["transport close", "transport error"].includes(reason), reason);
      socket.emit("message", "meanwhile " + kind);
      await refused;
      const back = heard(socket, "message-back", 10000);
      await window.control("start");
      results.push((await back)[0]);
    }
    equal(results, ["meanwhile polling", "meanwhile websocket"]);
  }, "server");

  test("a first connection that fails is tried again", async (t) => {
    await window.control("kill");
    const socket = t.make();
    await Promise.all([heard(socket, "connect_error"), heard(socket.io, "reconnect_error")]);
    const connected = heard(socket, "connect", 10000);
    await window.control("start");
    await connected;
  }, "server");

  test("a server that falls silent is a ping timeout", async (t) => {
    const socket = await t.connect("websocket");
    const { pingInterval, pingTimeout } = JSON.parse((await (await fetch("/socket.io/?EIO=4&transport=polling")).text()).slice(1));
    if (pingInterval + pingTimeout > 5000) return "skipped: the server pings too rarely";
    const gone = heard(socket, "disconnect", 8000);
    await window.control("freeze");
    const [reason] = await gone;
    await window.control("thaw");
    equal(reason, "ping timeout");
    await until(() => socket.connected, "back again");
  }, "server");

  test("reconnectNow does not wait for the delay", async (t) => {
    const socket = await t.connect("websocket", "/", { reconnectionDelay: 60000, reconnectionDelayMax: 60000 });
    const scheduled = heard(socket.io, "reconnect_scheduled");
    socket.io.engine.close();
    const [attempt, delay] = await scheduled;
    ok(attempt === 1 && delay >= 30000 && delay <= 60000, "told " + attempt + ", " + delay);
    socket.io.reconnectNow();
    await heard(socket, "connect");
  });

  window.cases = cases.map(({ name, needs }) => ({ name, needs: needs || null }));
  window.runCase = async (index) => {
    const tools = toolbox();
    let timer;
    try {
      const limit = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("took longer than 20 s")), 20000);
      });
      return (await Promise.race([cases[index].body(tools), limit])) || null;
    } finally {
      clearTimeout(timer);
      tools.cleanUp();
    }
  };
})();
