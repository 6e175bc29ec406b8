// Socket.IO for Swift: the browser client (Engine.IO 4, Socket.IO 5). MIT licence.
// One file, no dependency, no build step. Defines the global `io`; `socket.io.esm.js` exports the same.
(function (global) {
  "use strict";

  // ---------------------------------------------------------------- Emitter

  /** A listener's exception is its own: it is reported, and neither loses packets nor stops other listeners. */
  function call(listener, self, args) {
    try {
      listener.apply(self, args);
    } catch (error) {
      if (typeof global.reportError === "function") global.reportError(error);
      else setTimeout(() => { throw error; });
    }
  }

  class Emitter {
    constructor() {
      this._listeners = new Map();
    }

    on(event, listener) {
      const list = this._listeners.get(event);
      if (list) list.push(listener);
      else this._listeners.set(event, [listener]);
      return this;
    }

    once(event, listener) {
      const wrapper = (...args) => {
        this.off(event, wrapper);
        listener.apply(this, args);
      };
      wrapper.listener = listener;
      return this.on(event, wrapper);
    }

    /** Without a listener removes all of the event's; without an event, all. */
    off(event, listener) {
      if (event === undefined) {
        this._listeners.clear();
      } else if (listener === undefined) {
        this._listeners.delete(event);
      } else {
        const list = this._listeners.get(event) || [];
        const index = list.findIndex((each) => each === listener || each.listener === listener);
        if (index >= 0) list.splice(index, 1);
        if (list.length === 0) this._listeners.delete(event);
      }
      return this;
    }

    listeners(event) {
      return (this._listeners.get(event) || []).map((each) => each.listener || each);
    }

    hasListeners(event) {
      return this._listeners.has(event);
    }

    /** Calls this object's own listeners. `Socket` overrides `emit` (to send), never this. */
    _notify(event, ...args) {
      for (const listener of [...(this._listeners.get(event) || [])]) call(listener, this, args);
      return this;
    }

    emit(event, ...args) {
      return this._notify(event, ...args);
    }
  }
  Emitter.prototype.addListener = Emitter.prototype.on;
  Emitter.prototype.removeListener = Emitter.prototype.off;
  Emitter.prototype.removeAllListeners = Emitter.prototype.off;

  // ------------------------------------------------------- Engine.IO packets

  const ENGINE_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
  const SEPARATOR = "\x1e";

  function isBinary(value) {
    return value instanceof ArrayBuffer || ArrayBuffer.isView(value)
      || (typeof Blob !== "undefined" && value instanceof Blob);
  }

  async function toBase64(data) {
    const buffer = typeof Blob !== "undefined" && data instanceof Blob ? await data.arrayBuffer() : data;
    const bytes = ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000) {
      text += String.fromCharCode.apply(null, bytes.subarray(i, i + 0x8000)); // in pieces: arguments are limited
    }
    return btoa(text);
  }

  function fromBase64(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes.buffer;
  }

  /** A packet as text: `4hello`, or `b` and base64 for a binary message. */
  async function encodeText(packet) {
    if (packet.type === "message" && typeof packet.data !== "string") return "b" + await toBase64(packet.data);
    return ENGINE_TYPES.indexOf(packet.type) + (packet.data || "");
  }

  /** The packet in a frame, or in one part of a payload; null when it is none. */
  function decodePacket(data) {
    if (typeof data !== "string") return { type: "message", data };
    if (data[0] === "b") {
      try {
        return { type: "message", data: fromBase64(data.slice(1)) };
      } catch (_) {
        return null;
      }
    }
    const type = ENGINE_TYPES[data.charCodeAt(0) - 48];
    return type ? { type, data: data.slice(1) } : null;
  }

  /** Bytes that the packet takes in a polling payload. */
  function encodedSize(packet) {
    const data = packet.data || "";
    if (typeof data !== "string") return 1 + Math.ceil((data.byteLength === undefined ? data.size : data.byteLength) / 3) * 4;
    let size = 1;
    for (let i = 0; i < data.length; i++) {
      const unit = data.charCodeAt(i);
      if (unit < 0x80) size += 1;
      else if (unit < 0x800) size += 2;
      else if (unit >= 0xd800 && unit < 0xdc00) { size += 4; i++; }
      else size += 3;
    }
    return size;
  }

  // -------------------------------------------------------------- Transports
  // A transport reports to its `owner`: open(), packet(packet), drain(), error(error), close(details), invalid().

  const NOBODY = { open() {}, packet() {}, drain() {}, error() {}, close() {}, invalid() {} };

  class Transport {
    constructor(engine, name) {
      this.name = name;
      this.engine = engine;
      this.opts = { ...engine.opts, ...(engine.opts.transportOptions || {})[name] };
      this.owner = NOBODY;
      this.writable = false;
      this._sid = null; // of a session that its engine never knew
    }

    _url(schemes, extra) {
      const { engine, opts } = this;
      const query = { ...opts.query, EIO: 4, transport: this.name, ...extra };
      const sid = this._sid || engine.id;
      if (sid) query.sid = sid;
      if (opts.forceBase64) query.b64 = 1;
      const pairs = Object.keys(query).map((key) => encodeURIComponent(key) + "=" + encodeURIComponent(query[key]));
      return schemes[engine.secure ? 1 : 0] + "://" + engine.host + engine.path + "?" + pairs.join("&");
    }

    _fail(message, description, context) {
      const error = new Error(message);
      error.type = "TransportError";
      error.description = description;
      error.context = context;
      this.owner.error(error);
    }
  }

  /** HTTP long polling: one GET waits for packets, one POST at a time carries ours. */
  class Polling extends Transport {
    constructor(engine) {
      super(engine, "polling");
      this._polling = false;
      this._posting = false;
      this._whenPaused = null;
      this._closed = false;
      this._leaveLater = false;
      this._abort = new AbortController();
      this._requests = 0;
    }

    open() {
      this._poll();
    }

    async _fetch(body, signal, keepalive) {
      const { opts } = this;
      const stamp = Date.now().toString(36) + "." + (this._requests++).toString(36);
      const url = this._url(["http", "https"], opts.timestampRequests === false ? {} : { [opts.timestampParam]: stamp });
      const response = await fetch(url, {
        method: body === undefined ? "GET" : "POST",
        body,
        headers: opts.extraHeaders || {},
        credentials: opts.withCredentials ? "include" : "same-origin",
        cache: "no-store",
        keepalive,
        signal,
      });
      const text = await response.text();
      if (response.ok) return text;
      throw Object.assign(new Error("HTTP " + response.status), { status: response.status, responseText: text });
    }

    /** One request, bounded by `requestTimeout`, ended by `close`. Reports its own failure and gives null. */
    async _request(message, body) {
      const { requestTimeout } = this.opts;
      let late = null;
      if (requestTimeout) {
        const abort = this._abort;
        late = setTimeout(() => abort.abort(), requestTimeout);
      }
      try {
        return await this._fetch(body, this._abort.signal);
      } catch (error) {
        if (!this._closed) this._fail(message, error.status || error, error);
        return null;
      } finally {
        clearTimeout(late);
      }
    }

    async _poll() {
      this._polling = true;
      const payload = await this._request("xhr poll error");
      this._polling = false;
      if (payload === null) return;
      if (this._closed) {
        if (this._leaveLater) this._leaveUnopened(payload);
        return;
      }
      for (const part of payload.split(SEPARATOR)) {
        const packet = decodePacket(part);
        if (packet === null) {
          this.owner.invalid();
          return;
        }
        this.owner.packet(packet);
        if (this._closed) return;
      }
      if (this._whenPaused) this._checkPaused();
      else this._poll();
    }

    /** Sends the packets as one payload. `drain` follows. */
    async write(packets) {
      this.writable = false;
      this._posting = true;
      let body;
      try {
        body = (await Promise.all(packets.map(encodeText))).join(SEPARATOR);
      } catch (error) { // a file that cannot be read any more
        if (!this._closed) this._fail("xhr post error", error);
        return;
      }
      if (this._closed || await this._request("xhr post error", body) === null || this._closed) return;
      this._posting = false;
      this.writable = true;
      this.owner.drain();
      this._checkPaused();
    }

    /** Calls back once no request is under way; no further one starts until `resume`. */
    pause(done) {
      this._whenPaused = done;
      this._checkPaused();
    }

    _checkPaused() {
      if (!this._whenPaused || this._polling || this._posting) return;
      const done = this._whenPaused;
      this._whenPaused = null;
      done();
    }

    resume() {
      this._whenPaused = null;
      if (!this._polling) this._poll();
    }

    /** `polite`: tells the server. Before the handshake's answer that must wait for the session's id. */
    close(polite) {
      if (this._closed) return;
      this._closed = true;
      this.writable = false;
      if (!polite) this._abort.abort();
      else if (this.engine.id) this._leave();
      else this._leaveLater = true;
    }

    /** Closed while the handshake was under way: ends the session that its answer opened. */
    _leaveUnopened(payload) {
      try {
        this._sid = JSON.parse(payload.split(SEPARATOR)[0].slice(1)).sid;
      } catch (_) { /* no session */ }
      if (this._sid) this._leave();
    }

    async _leave() {
      try {
        await this._fetch("1", undefined, true);
      } catch (_) { /* the session ends by the server's heartbeat */ }
      this._abort.abort();
    }
  }

  class WebSocketTransport extends Transport {
    constructor(engine) {
      super(engine, "websocket");
      this.ws = null;
    }

    open() {
      try {
        this.ws = new WebSocket(this._url(["ws", "wss"]), this.opts.protocols || []);
      } catch (error) {
        this._fail("websocket error", error);
        return;
      }
      this.ws.binaryType = "arraybuffer";
      this.ws.onopen = () => {
        this.writable = true;
        this.owner.open();
      };
      this.ws.onmessage = (event) => {
        const packet = decodePacket(event.data);
        if (packet) this.owner.packet(packet);
        else this.owner.invalid();
      };
      this.ws.onerror = (event) => this._fail("websocket error", event);
      this.ws.onclose = (event) => this.owner.close({ description: "websocket connection closed", context: event });
    }

    async write(packets) {
      this.writable = false;
      for (const packet of packets) {
        const binary = packet.type === "message" && typeof packet.data !== "string";
        if (!binary) this.ws.send(ENGINE_TYPES.indexOf(packet.type) + (packet.data || ""));
        else if (!this.opts.forceBase64) this.ws.send(packet.data); // the browser keeps the order, of a Blob too
        else {
          try {
            this.ws.send(await encodeText(packet));
          } catch (error) {
            this._fail("websocket error", error);
            return;
          }
        }
      }
      await null; // never drains inside of `write`
      this.writable = true;
      this.owner.drain();
    }

    close() {
      this.writable = false;
      if (!this.ws) return;
      this.ws.onopen = this.ws.onmessage = this.ws.onerror = this.ws.onclose = null;
      this.ws.close();
    }
  }

  const TRANSPORTS = { polling: Polling, websocket: WebSocketTransport };

  // ------------------------------------------------------------------ Engine

  /** One Engine.IO session. Events: open, data, ping, drain, upgrading, upgrade, upgradeError, error, close(reason, details). */
  class Engine extends Emitter {
    constructor(target, opts) {
      super();
      this.opts = opts;
      this.host = target.host;
      this.secure = target.secure;
      this.path = opts.path.replace(/\/$/, "") + (opts.addTrailingSlash ? "/" : "");
      this.id = null;
      this.readyState = "opening";
      this.transport = null;
      this.upgrading = false;
      this.writeBuffer = [];
      this.maxPayload = 0;
      this._probing = null;
      this._heartbeatTimer = null;
      this._heartbeatDeadline = Infinity;
      this._expired = false;
      this._names = opts.transports.filter((name) => TRANSPORTS[name]);
      if (opts.rememberUpgrade && Engine.websocketWorked && this._names.includes("websocket")) this._names = ["websocket"];
      this._pageListeners = [];
    }

    open() {
      if (this.readyState !== "opening") return;
      this._listenToPage();
      if (this._names.length === 0) this._onError(new Error("No transports available"));
      else this._try(this._names[0]);
    }

    _try(name) {
      this.transport = this._adopt(new TRANSPORTS[name](this));
      this.transport.open();
    }

    _adopt(transport) {
      transport.owner = {
        open() {},
        packet: (packet) => this._onPacket(packet),
        drain: () => this._onDrain(),
        error: (error) => this._onError(error),
        close: (details) => this._onClose("transport close", details),
        invalid: () => this._onClose("parse error"),
      };
      return transport;
    }

    _release(transport, polite) {
      transport.owner = NOBODY;
      transport.close(polite);
    }

    // ---- sending

    /** Queues a message: a string, ArrayBuffer, view or Blob. */
    write(data) {
      this._queue({ type: "message", data });
    }

    _queue(packet) {
      if (this.readyState === "closing" || this.readyState === "closed") return;
      this.emit("packetCreate", packet);
      this.writeBuffer.push(packet);
      this._flush();
    }

    _flush() {
      const established = this.readyState === "open" || this.readyState === "closing";
      if (!established || this.upgrading || !this.transport.writable || this.writeBuffer.length === 0) return;
      this.transport.write(this.writeBuffer.splice(0, this._batchLength()));
    }

    /** How many queued packets one write takes: a POST must not exceed the server's `maxPayload`. */
    _batchLength() {
      const { writeBuffer, maxPayload } = this;
      if (!maxPayload || this.transport.name !== "polling") return writeBuffer.length;
      let size = 0;
      for (let i = 0; i < writeBuffer.length; i++) {
        size += encodedSize(writeBuffer[i]) + (i > 0 ? 1 : 0);
        if (i > 0 && size > maxPayload) return i;
      }
      return writeBuffer.length;
    }

    _onDrain() {
      if (this.writeBuffer.length === 0) this.emit("drain");
      this._flush();
      this._closeWhenIdle();
    }

    // ---- receiving

    _onPacket(packet) {
      if (this.readyState === "closed") return;
      if ((packet.type === "open") !== (this.readyState === "opening") && packet.type !== "close") {
        this._onClose("parse error");
        return;
      }
      this.emit("packet", packet);
      switch (packet.type) {
        case "open": this._onHandshake(packet.data); break;
        case "ping":
          this._armHeartbeat();
          this._queue({ type: "pong" });
          this.emit("ping");
          break;
        case "message": this.emit("data", packet.data); break;
        case "close": this._onClose("transport close", { description: "transport closed by the server" }); break;
      }
    }

    _onHandshake(json) {
      let handshake = null;
      try {
        handshake = JSON.parse(json);
      } catch (_) { /* reported below */ }
      if (!handshake || typeof handshake.sid !== "string" || !(handshake.pingInterval > 0) || !(handshake.pingTimeout > 0)) {
        this._onClose("parse error");
        return;
      }
      this.id = handshake.sid;
      this.maxPayload = handshake.maxPayload;
      this._silenceLimit = Math.min(handshake.pingInterval + handshake.pingTimeout, 0x7fffffff); // a timer's maximum
      this.readyState = "open";
      this.transport.writable = true;
      Engine.websocketWorked = this.transport.name === "websocket";
      this._armHeartbeat();
      this.emit("open");
      this._flush();
      const offered = Array.isArray(handshake.upgrades) && handshake.upgrades.includes("websocket");
      const wanted = this.opts.upgrade && this._names.includes("websocket") && this.transport.name === "polling";
      if (offered && wanted && this.readyState === "open") this._probe();
    }

    // ---- upgrade

    /** Tries WebSocket beside polling; moves over only when both directions of polling are at rest. */
    _probe() {
      const candidate = this._probing = new WebSocketTransport(this);
      const fail = (error) => {
        this._release(candidate);
        this._probing = null;
        if (this.upgrading) {
          this.upgrading = false;
          this.transport.resume();
          this._flush();
        }
        this.emit("upgradeError", error instanceof Error ? error : new Error("probe error"));
        this._closeWhenIdle();
      };
      candidate.owner = {
        open: () => candidate.write([{ type: "ping", data: "probe" }]),
        drain() {},
        error: fail,
        close: fail,
        invalid: fail,
        packet: (packet) => {
          if (packet.type !== "pong" || packet.data !== "probe" || this.upgrading) {
            fail();
            return;
          }
          this.upgrading = true;
          this.emit("upgrading", candidate);
          if (this._probing === candidate) this.transport.pause(() => this._switchTo(candidate)); // unless a listener closed
        },
      };
      candidate.open();
    }

    _switchTo(candidate) {
      if (this._probing !== candidate) return;
      this._probing = null;
      this.transport.owner = NOBODY; // at rest for good: nothing to close, the session lives on
      this.transport = this._adopt(candidate);
      candidate.write([{ type: "upgrade" }]);
      this.upgrading = false;
      Engine.websocketWorked = true;
      this.emit("upgrade", candidate);
      this._flush();
      this._closeWhenIdle();
    }

    // ---- heartbeat

    _armHeartbeat() {
      clearTimeout(this._heartbeatTimer);
      this._heartbeatDeadline = Date.now() + this._silenceLimit;
      this._heartbeatTimer = setTimeout(() => this._onClose("ping timeout"), this._silenceLimit);
    }

    /** Has the server been silent too long? Asked before writes too, as timers of hidden pages are throttled. */
    _hasPingExpired() {
      if (this._expired) return true;
      if (Date.now() <= this._heartbeatDeadline) return false;
      this._expired = true;
      setTimeout(() => this._onClose("ping timeout")); // after the caller has buffered what it was about to send
      return true;
    }

    _listenToPage() {
      if (typeof global.addEventListener !== "function") return;
      const listen = (target, event, listener) => {
        target.addEventListener(event, listener);
        this._pageListeners.push(() => target.removeEventListener(event, listener));
      };
      if (!/^(localhost|127\.|\[::1\])/.test(this.host)) {
        listen(global, "offline", () => this._onClose("transport close", { description: "network connection lost" }));
      }
      listen(global, "pageshow", () => this._hasPingExpired());
      if (global.document) {
        listen(global.document, "visibilitychange", () => this._hasPingExpired());
      }
      if (this.opts.closeOnBeforeunload) {
        listen(global, "beforeunload", () => { // quietly: the page is leaving, nobody wants its events
          if (this.transport) this._release(this.transport, true);
        });
      }
    }

    // ---- closing

    /** Sends what is queued, finishes an upgrade under way, then closes. */
    close() {
      if (this.readyState === "opening") this._onClose("forced close");
      if (this.readyState !== "open") return;
      this.readyState = "closing";
      this._closeWhenIdle();
    }

    _closeWhenIdle() {
      if (this.readyState !== "closing" || this.upgrading) return;
      if (this.writeBuffer.length === 0 && this.transport.writable) this._onClose("forced close");
    }

    _onError(error) {
      Engine.websocketWorked = false;
      if (this.readyState === "opening" && this.opts.tryAllTransports && this._names.length > 1) {
        this._release(this.transport);
        this._names = this._names.slice(1);
        this._try(this._names[0]);
        return;
      }
      if (this.readyState === "closed") return;
      this.emit("error", error);
      this._onClose("transport error", error);
    }

    _onClose(reason, details) {
      if (this.readyState === "closed") return;
      this.readyState = "closed";
      clearTimeout(this._heartbeatTimer);
      for (const remove of this._pageListeners.splice(0)) remove();
      if (this._probing) this._release(this._probing);
      this._probing = null;
      if (this.transport) this._release(this.transport, reason !== "transport error" && reason !== "transport close");
      this.id = null;
      this.writeBuffer = [];
      this.emit("close", reason, details);
    }
  }
  Engine.websocketWorked = false;

  // ------------------------------------------------------- Socket.IO packets

  const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4, BINARY_EVENT: 5, BINARY_ACK: 6 };
  const RESERVED = new Set(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);

  /** A packet's frames: its text, then its attachments. Throws what `JSON.stringify` throws. */
  function encode(packet) {
    const attachments = [];
    const json = packet.data === undefined ? "" : JSON.stringify(packet.data, (_, value) => {
      return isBinary(value) ? { _placeholder: true, num: attachments.push(value) - 1 } : value;
    });
    const head = attachments.length > 0 ? (packet.type + 3) + String(attachments.length) + "-" : String(packet.type);
    const nsp = packet.nsp === "/" ? "" : packet.nsp + ",";
    return [head + nsp + (packet.id === undefined ? "" : packet.id) + json, ...attachments];
  }

  function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  function isPayloadValid(type, data, id) {
    switch (type) {
      case PacketType.CONNECT: return data === undefined || isObject(data);
      case PacketType.DISCONNECT: return data === undefined;
      case PacketType.CONNECT_ERROR: return typeof data === "string" || isObject(data);
      case PacketType.EVENT:
        return Array.isArray(data) && (typeof data[0] === "number" || (typeof data[0] === "string" && !RESERVED.has(data[0])));
      default: return Array.isArray(data) && id !== undefined;
    }
  }

  /** Turns frames into packets. Throws at anything the protocol does not allow; is of no use afterwards. */
  class Decoder {
    constructor(maxAttachments) {
      this._maxAttachments = maxAttachments;
      this._pending = null; // { packet, count, attachments }
    }

    /** The packet this frame completes, or null. */
    add(frame) {
      if (typeof frame === "string") {
        if (this._pending) throw new Error("got plaintext data when reconstructing a packet");
        const { packet, count } = this._decodeText(frame);
        if (count === 0) return packet;
        this._pending = { packet, count, attachments: [] };
        return null;
      }
      const pending = this._pending;
      if (!pending) throw new Error("got binary data when not reconstructing a packet");
      pending.attachments.push(frame);
      if (pending.attachments.length < pending.count) return null;
      this._pending = null;
      pending.packet.data = fillIn(pending.packet.data, pending.attachments);
      return pending.packet;
    }

    _decodeText(text) {
      // type, attachments, namespace, acknowledgement, payload
      const parts = /^([0-6])(?:([0-9]+)-)?(?:(\/[^,]*)(?:,|$))?([0-9]*)/.exec(text);
      if (!parts) throw new Error("unknown packet type");
      let type = Number(parts[1]);
      let count = 0;
      const binary = type >= PacketType.BINARY_EVENT;
      if (binary !== (parts[2] !== undefined)) throw new Error("Illegal attachments");
      if (binary) {
        type -= 3; // handed out as EVENT and ACK
        count = Number(parts[2]);
        if (count > this._maxAttachments) throw new Error("too many attachments");
      }
      const id = parts[4] === "" ? undefined : Number(parts[4]);
      if (id > Number.MAX_SAFE_INTEGER) throw new Error("invalid payload");
      const json = text.slice(parts[0].length);
      const data = json === "" ? undefined : JSON.parse(json);
      if (!isPayloadValid(type, data, id)) throw new Error("invalid payload");
      return { packet: { type, nsp: parts[3] || "/", id, data }, count };
    }
  }

  function fillIn(value, attachments) {
    if (typeof value !== "object" || value === null) return value;
    if (value._placeholder === true) {
      if (!Number.isInteger(value.num) || value.num < 0 || value.num >= attachments.length) {
        throw new Error("illegal attachments");
      }
      return attachments[value.num];
    }
    for (const key of Object.keys(value)) value[key] = fillIn(value[key], attachments);
    return value;
  }

  // ------------------------------------------------------------------ Socket

  /** One namespace over a manager's connection. */
  class Socket extends Emitter {
    constructor(manager, nsp, opts) {
      super();
      this.io = manager;
      this.nsp = nsp;
      this.auth = opts && opts.auth;
      this.id = undefined;
      this.connected = false;
      this.recovered = false;
      this.active = false;
      this.sendBuffer = [];
      this.receiveBuffer = [];
      this._opts = opts || {};
      this._flags = {};
      this._acks = new Map();
      this._nextId = 0;
      this._any = [];
      this._anyOutgoing = [];
      this._retryQueue = [];
      this._connectingOn = null; // the engine that carries our unanswered CONNECT
      this._pid = undefined;
      this._lastOffset = undefined;
    }

    get disconnected() {
      return !this.connected;
    }

    // ---- connecting

    connect() {
      if (this.connected) return this;
      this.active = true;
      if (!this.io._reconnecting) this.io.open();
      if (this.io._readyState === "open") this._onOpen();
      return this;
    }

    /** The connection is up: asks for the namespace, with fresh credentials. */
    _onOpen() {
      const engine = this.io.engine;
      const request = (auth) => {
        const stale = this.io.engine !== engine || !this.active || this.connected;
        if (stale || this._connectingOn === engine) return; // late, or called twice
        this._connectingOn = engine;
        const data = this._pid ? { pid: this._pid, offset: this._lastOffset, ...auth } : auth;
        this.io._send(encode({ type: PacketType.CONNECT, nsp: this.nsp, data: data || undefined }));
      };
      if (typeof this.auth === "function") call(this.auth, this, [request]);
      else request(this.auth);
    }

    disconnect() {
      const { connected } = this;
      if (connected) this.io._send(encode({ type: PacketType.DISCONNECT, nsp: this.nsp }));
      this._destroy();
      if (connected) this._onClose("io client disconnect");
      return this;
    }

    _destroy() {
      if (!this.active) return;
      this.active = false;
      this.io._release();
    }

    // ---- sending

    /** Drops the next emit rather than buffer it. */
    get volatile() {
      this._flags.volatile = true;
      return this;
    }

    /** Milliseconds that the next emit's acknowledgement may take; its callback gets an error first. */
    timeout(milliseconds) {
      this._flags.timeout = milliseconds;
      return this;
    }

    /** Accepted for the reference's sake: a browser decides about compression itself. */
    compress() {
      return this;
    }

    send(...args) {
      return this.emit("message", ...args);
    }

    emit(event, ...args) {
      if (RESERVED.has(event)) throw new Error('"' + String(event) + '" is a reserved event name');
      const flags = this._flags;
      this._flags = {};
      if (this._opts.retries && !flags.volatile && !flags.queued) {
        this._enqueue(event, args, flags);
        return this;
      }
      const packet = { type: PacketType.EVENT, nsp: this.nsp, data: [event, ...args] };
      const ack = typeof args[args.length - 1] === "function" ? packet.data.pop() : null;
      if (ack) packet.id = this._nextId;
      packet.frames = encode(packet); // now, so that a value JSON cannot hold fails at its caller
      const { engine } = this.io;
      const ready = this.connected && !engine._hasPingExpired();
      const discarded = flags.volatile && !(ready && engine.transport.writable);
      if (ack) this._registerAck(this._nextId++, ack, flags, discarded);
      if (discarded) return this;
      if (ready) this._transmit(packet);
      else this.sendBuffer.push(packet);
      return this;
    }

    /** A promise of the acknowledgement's first argument; rejects at the timeout, or when the connection is lost. */
    emitWithAck(event, ...args) {
      return new Promise((resolve, reject) => {
        const ack = (error, answer) => (error ? reject(error) : resolve(answer));
        ack.withError = true;
        this.emit(event, ...args, ack);
      });
    }

    _transmit(packet) {
      for (const listener of [...this._anyOutgoing]) call(listener, this, packet.data);
      this.io._send(packet.frames);
    }

    _registerAck(id, ack, flags, discarded) {
      const limit = flags.timeout === undefined ? this._opts.ackTimeout : flags.timeout;
      const withError = ack.withError || limit !== undefined;
      const entry = { withError, timer: null, settle: (args) => call(ack, this, args) };
      const fail = (message) => {
        if (this._acks.get(id) !== entry) return;
        this._acks.delete(id);
        this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
        entry.settle([new Error(message)]);
      };
      this._acks.set(id, entry);
      if (limit !== undefined) entry.timer = setTimeout(fail, limit, "operation has timed out");
      else if (discarded) setTimeout(() => (withError ? fail("packet was discarded") : this._acks.delete(id)));
    }

    // ---- at-least-once (option `retries`): one packet in flight, in order

    _enqueue(event, args, flags) {
      const entry = { event, args, flags, tries: 0, pending: false, ack: null };
      if (typeof args[args.length - 1] === "function") entry.ack = args.pop();
      this._retryQueue.push(entry);
      this._drainQueue();
    }

    _drainQueue(again) {
      const entry = this._retryQueue[0];
      if (!entry || !this.connected || (entry.pending && !again)) return;
      entry.pending = true;
      const attempt = ++entry.tries;
      this._flags = { ...entry.flags, queued: true };
      const ack = (error, ...answer) => {
        if (entry !== this._retryQueue[0] || attempt !== entry.tries) return; // the answer to an earlier try
        entry.pending = false;
        if (!error || entry.tries > this._opts.retries) {
          this._retryQueue.shift();
          if (entry.ack) call(entry.ack, this, error ? [error] : [null, ...answer]);
        }
        this._drainQueue();
      };
      ack.withError = true;
      this.emit(entry.event, ...entry.args, ack);
    }

    // ---- receiving

    _onPacket(packet) {
      const { type, data } = packet;
      if (type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR) this._connectingOn = null;
      if (!this.active) { // left before the answer came: the server must not keep a ghost
        if (type === PacketType.CONNECT) this.io._send(encode({ type: PacketType.DISCONNECT, nsp: this.nsp }));
        return;
      }
      switch (type) {
        case PacketType.CONNECT: this._onConnect(data); break;
        case PacketType.EVENT: this._onEvent(packet); break;
        case PacketType.ACK: this._onAck(packet); break;
        case PacketType.DISCONNECT:
          this._destroy();
          this._onClose("io server disconnect");
          break;
        case PacketType.CONNECT_ERROR: {
          this._destroy();
          const error = new Error(typeof data === "string" ? data : data.message);
          error.data = data.data;
          this._notify("connect_error", error);
          break;
        }
      }
    }

    _onConnect(data) {
      if (!data || typeof data.sid !== "string") {
        this._notify("connect_error", new Error("It seems you are trying to reach a Socket.IO server in v2.x with a v3.x "
          + "client, but they are not compatible (more information here: "
          + "https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)"));
        return;
      }
      this.id = data.sid;
      this.recovered = data.pid !== undefined && this._pid === data.pid;
      this._pid = data.pid;
      this.connected = true;
      for (const args of this.receiveBuffer.splice(0)) this._dispatch(args);
      for (const packet of this.sendBuffer.splice(0)) this._transmit(packet);
      this._drainQueue(true);
      this._notify("connect");
    }

    _onEvent({ data, id }) {
      const args = data;
      if (id !== undefined) args.push(this._replyTo(id));
      if (this.connected) this._dispatch(args);
      else this.receiveBuffer.push(args);
    }

    _dispatch(args) {
      for (const listener of [...this._any]) call(listener, this, args);
      this._notify(...args);
      const last = args[args.length - 1];
      if (this._pid && typeof last === "string") this._lastOffset = last; // connection state recovery
    }

    /** The function that acknowledges the server's packet `id`, once. */
    _replyTo(id) {
      let answered = false;
      return (...args) => {
        if (answered) return;
        answered = true;
        this.io._send(encode({ type: PacketType.ACK, nsp: this.nsp, id, data: args }));
      };
    }

    _onAck({ id, data }) {
      const entry = this._acks.get(id);
      if (!entry) return; // unknown, or too late
      this._acks.delete(id);
      clearTimeout(entry.timer);
      entry.settle(entry.withError ? [null, ...data] : data);
    }

    _onClose(reason, details) {
      this._connectingOn = null;
      const was = this.connected;
      this.connected = false;
      this.id = undefined;
      if (!was) return;
      this._notify("disconnect", reason, details);
      const buffered = new Set(this.sendBuffer.map((packet) => packet.id));
      for (const [id, entry] of [...this._acks]) {
        if (buffered.has(id)) continue; // not sent yet: its answer may still come
        this._acks.delete(id);
        clearTimeout(entry.timer);
        if (entry.withError) entry.settle([new Error("socket has been disconnected")]);
      }
    }

    // ---- catch-all listeners

    onAny(listener) {
      this._any.push(listener);
      return this;
    }

    prependAny(listener) {
      this._any.unshift(listener);
      return this;
    }

    offAny(listener) {
      this._any = listener ? this._any.filter((each) => each !== listener) : [];
      return this;
    }

    listenersAny() {
      return this._any;
    }

    onAnyOutgoing(listener) {
      this._anyOutgoing.push(listener);
      return this;
    }

    prependAnyOutgoing(listener) {
      this._anyOutgoing.unshift(listener);
      return this;
    }

    offAnyOutgoing(listener) {
      this._anyOutgoing = listener ? this._anyOutgoing.filter((each) => each !== listener) : [];
      return this;
    }

    listenersAnyOutgoing() {
      return this._anyOutgoing;
    }
  }
  Socket.prototype.open = Socket.prototype.connect;
  Socket.prototype.close = Socket.prototype.disconnect;

  // ----------------------------------------------------------------- Manager

  const DEFAULTS = {
    path: "/socket.io",
    addTrailingSlash: true,
    transports: ["polling", "websocket"],
    upgrade: true,
    rememberUpgrade: false,
    tryAllTransports: false,
    forceBase64: false,
    timestampParam: "t",
    requestTimeout: 0,
    withCredentials: false,
    closeOnBeforeunload: false,
    autoConnect: true,
    reconnection: true,
    reconnectionAttempts: Infinity,
    reconnectionDelay: 1000,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
    timeout: 20000,
    maxAttachments: 1000, // of one received packet
  };

  /** Where an address leads: `https://host:port/namespace?query`, or any part of it, as seen from this page. */
  function parseTarget(uri) {
    const here = global.location || { protocol: "https:", host: "localhost" };
    let full = uri === undefined || uri === null ? "/" : String(uri);
    if (full.startsWith("//")) full = here.protocol + full;
    else if (full.startsWith("/")) full = here.protocol + "//" + here.host + full;
    else if (!/^(https?|wss?):\/\//i.test(full)) full = here.protocol + "//" + full;
    const [, scheme, host, nsp, query] = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(full);
    return { host, secure: /^(https|wss)$/i.test(scheme), nsp: nsp || "/", query };
  }

  /** One connection, shared by the sockets of its namespaces; reconnects. */
  class Manager extends Emitter {
    constructor(uri, opts) {
      super();
      if (typeof uri === "object" && uri !== null) [uri, opts] = [undefined, uri];
      this._target = parseTarget(uri);
      this.opts = { ...DEFAULTS, ...opts };
      if (!this.opts.query && this._target.query) {
        this.opts.query = Object.fromEntries(new URLSearchParams(this._target.query));
      }
      this.nsps = new Map();
      this.engine = null;
      this._readyState = "closed";
      this._decoder = null;
      this._reconnecting = false;
      this._skipReconnect = false;
      this._attempts = 0;
      this._retryTimer = null;
      this._openTimer = null;
      this._onOnline = () => this.reconnectNow();
      if (this.opts.autoConnect) this.open();
    }

    socket(nsp, opts) {
      let socket = this.nsps.get(nsp);
      if (!socket) {
        socket = new Socket(this, nsp, opts);
        this.nsps.set(nsp, socket);
      }
      const autoConnect = opts && opts.autoConnect !== undefined ? opts.autoConnect : this.opts.autoConnect;
      if (autoConnect && !socket.active) socket.connect();
      return socket;
    }

    /** Opens the connection; `done(error?)` hears of the outcome and then owns the decision to retry. */
    open(done) {
      if (this._readyState !== "closed") return this;
      this._readyState = "opening";
      this._skipReconnect = false;
      const engine = this.engine = new Engine(this._target, this.opts);
      const fail = (error) => {
        this._detach(engine);
        this._readyState = "closed";
        this._onError(error);
        if (done) done(error);
        else if (this.opts.reconnection && !this._skipReconnect && !this._reconnecting) this._reconnect();
      };
      engine.on("open", () => {
        clearTimeout(this._openTimer);
        engine.off("error").off("close");
        this._onOpen(engine);
        if (done) done();
      });
      engine.on("error", fail);
      engine.on("close", (reason) => fail(new Error(reason))); // closed before the handshake
      if (this.opts.timeout !== false) {
        this._openTimer = setTimeout(() => {
          fail(new Error("timeout"));
          engine.close();
        }, this.opts.timeout);
      }
      Promise.resolve().then(() => engine.open()); // a failure never comes before `io()` has returned
      return this;
    }

    _activeSockets() {
      return [...this.nsps.values()].filter((socket) => socket.active);
    }

    _detach(engine) {
      clearTimeout(this._openTimer);
      engine.off();
    }

    _onOpen(engine) {
      this._readyState = "open";
      this._decoder = new Decoder(this.opts.maxAttachments);
      engine.on("data", (data) => this._onData(data));
      engine.on("ping", () => this.emit("ping"));
      engine.on("error", (error) => this._onError(error));
      engine.on("close", (reason, details) => this._onClose(reason, details));
      this.emit("open");
      for (const socket of this._activeSockets()) socket._onOpen();
    }

    _onError(error) {
      this.emit("error", error);
      for (const socket of this._activeSockets()) {
        if (!socket.connected) socket._notify("connect_error", error);
      }
    }

    _onData(data) {
      let packet;
      try {
        packet = this._decoder.add(data);
      } catch (error) {
        this._onClose("parse error", error);
        return;
      }
      if (!packet) return;
      this.emit("packet", packet);
      const socket = this.nsps.get(packet.nsp);
      if (socket) socket._onPacket(packet);
    }

    _send(frames) {
      if (this._readyState === "open") for (const frame of frames) this.engine.write(frame);
    }

    /** A socket left: the connection ends with the last one. */
    _release() {
      if (this._activeSockets().length === 0) this._close();
    }

    _close() {
      this._skipReconnect = true;
      this._stopWaiting();
      this._attempts = 0;
      this._onClose("forced close");
    }

    _onClose(reason, details) {
      if (this._readyState === "closed") return;
      this._readyState = "closed";
      this._detach(this.engine);
      this.engine.close();
      this._attempts = 0;
      this.emit("close", reason, details);
      for (const socket of this.nsps.values()) {
        if (socket.active) socket._onClose(reason, details);
      }
      if (this.opts.reconnection && !this._skipReconnect) this._reconnect();
    }

    // ---- reconnection

    /** The delay doubles up to its maximum; the jitter stays at the maximum too, lest all clients return at once. */
    _delay() {
      const { reconnectionDelay, reconnectionDelayMax, randomizationFactor } = this.opts;
      const base = Math.min(reconnectionDelay * 2 ** this._attempts, reconnectionDelayMax);
      const jitter = (Math.random() * 2 - 1) * randomizationFactor * base;
      return Math.min(Math.round(base + jitter), reconnectionDelayMax);
    }

    _reconnect() {
      if (this._reconnecting || this._skipReconnect) return;
      if (this._attempts >= this.opts.reconnectionAttempts) {
        this._attempts = 0;
        this.emit("reconnect_failed");
        return;
      }
      const delay = this._delay();
      this._attempts += 1;
      this._reconnecting = true;
      this._retryTimer = setTimeout(() => this._attempt(), delay);
      if (typeof global.addEventListener === "function") global.addEventListener("online", this._onOnline);
      this.emit("reconnect_scheduled", this._attempts, delay); // not in the reference: lets a page count down
    }

    /** Makes the attempt that is being waited for at once. Not in the reference. */
    reconnectNow() {
      if (this._retryTimer !== null) this._attempt();
      return this;
    }

    _attempt() {
      this._stopTimer();
      this.emit("reconnect_attempt", this._attempts);
      if (this._skipReconnect) return; // a listener disconnected
      this.open((error) => {
        this._reconnecting = false;
        if (error) {
          this.emit("reconnect_error", error);
          this._reconnect();
        } else {
          const attempts = this._attempts;
          this._attempts = 0;
          this.emit("reconnect", attempts);
        }
      });
    }

    _stopTimer() {
      clearTimeout(this._retryTimer);
      this._retryTimer = null;
      if (typeof global.removeEventListener === "function") global.removeEventListener("online", this._onOnline);
    }

    _stopWaiting() {
      this._stopTimer();
      this._reconnecting = false;
    }
  }
  Manager.prototype.connect = Manager.prototype.open;
  for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax",
    "randomizationFactor", "timeout"]) {
    Manager.prototype[name] = function (value) {
      if (arguments.length === 0) return this.opts[name];
      this.opts[name] = value;
      return this;
    };
  }

  // ---------------------------------------------------------------------- io

  const managers = new Map();

  /** The socket of an address' namespace; namespaces of one server share a connection. */
  function io(uri, opts) {
    if (typeof uri === "object" && uri !== null) [uri, opts] = [undefined, uri];
    opts = opts || {};
    const target = parseTarget(uri);
    const key = (target.secure ? "https://" : "http://") + target.host + (opts.path || DEFAULTS.path);
    const shared = managers.get(key);
    if (opts.forceNew || opts.multiplex === false || (shared && shared.nsps.has(target.nsp))) {
      return new Manager(uri, opts).socket(target.nsp, opts);
    }
    const manager = shared || new Manager(uri, opts);
    managers.set(key, manager);
    return manager.socket(target.nsp, opts);
  }

  global.io = Object.assign(io, { io, connect: io, Manager, Socket, protocol: 5 });
})(typeof globalThis === "undefined" ? self : globalThis);
