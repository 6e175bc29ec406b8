// Parlour's page. Everything said between it and the server is in ../PROTOCOL.md. Whatever people wrote is put on the
// page as text, never as markup.
(function () {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const HOME = "Lobby";
  const IMAGE_LIMIT = 700000;
  const IMAGE_KINDS = ["image/jpeg", "image/png", "image/gif", "image/webp"];

  /** An element with a class, text and children. */
  function make(tag, className, text, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  }

  /** Makes the parent's children the given nodes, touching only what differs. */
  function arrange(parent, nodes) {
    nodes.forEach((node, i) => {
      if (parent.childNodes[i] !== node) parent.insertBefore(node, parent.childNodes[i] || null);
    });
    while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
  }

  function randomText() {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => letters[byte & 63]).join("");
  }

  // ---------------------------------------------------------------- what is kept

  const store = {
    read(name, otherwise) {
      try {
        return JSON.parse(localStorage.getItem("parlour." + name)) || otherwise;
      } catch (_) {
        return otherwise;
      }
    },
    write(name, value) {
      try {
        localStorage.setItem("parlour." + name, JSON.stringify(value));
      } catch (_) { /* private mode: lives with the page */ }
    },
  };

  const me = store.read("me", null) || { id: randomText(), key: randomText(), name: "" };
  const conversations = new Map(); // "room:Lobby" or "person:<id>" -> conversation
  const outbox = []; // messages not acknowledged yet, in order
  let people = [];
  let rooms = [];
  let current = null;
  let ready = false; // the server has answered our hello

  function conversation(kind, name, title) {
    const id = kind + ":" + name;
    let found = conversations.get(id);
    if (!found) {
      found = { id, kind, name, title: title || name, messages: [], last: 0, unread: 0, typing: new Map(), draft: "", joined: false };
      conversations.set(id, found);
    }
    if (title) found.title = title;
    return found;
  }

  const joinedRooms = () => [...conversations.values()].filter((each) => each.joined);
  const rememberRooms = () => store.write("rooms", joinedRooms().map((each) => each.name));

  for (const name of store.read("rooms", [HOME])) conversation("room", name).joined = true;
  if (joinedRooms().length === 0) conversation("room", HOME).joined = true;
  current = conversations.get(store.read("current", "")) || joinedRooms()[0];

  // ---------------------------------------------------------------- the connection

  const socket = io({ autoConnect: false, auth: (done) => done({ id: me.id, key: me.key, name: me.name }) });
  window.parlour = { socket }; // for the curious, at the console

  socket.on("connect", hello);
  socket.on("disconnect", (reason) => {
    ready = false;
    for (const message of outbox) message.state = "queued";
    banner.lost(reason);
    render();
  });
  socket.on("connect_error", (error) => {
    if (socket.active) return; // the manager goes on trying
    if (error.message === "id-taken" || error.message === "auth-invalid") {
      me.id = randomText();
      me.key = randomText();
      store.write("me", me);
      socket.connect();
    } else {
      banner.refused(error.message);
    }
  });
  socket.io.on("reconnect_scheduled", (_, delay) => banner.waiting(delay));
  socket.io.on("reconnect_attempt", () => banner.trying());
  socket.on("message", (message) => receive(message, true));
  socket.on("presence", (list) => { people = list; render(); });
  socket.on("rooms", (list) => { rooms = list; render(); });
  socket.on("typing", ({ room, from, on }) => {
    const where = conversation(room ? "room" : "person", room || from.id, room ? undefined : from.name);
    setTyping(where, from, on);
  });

  /** Asks the server; the answer, or an object with `ok: false` if none came. */
  function ask(event, argument) {
    return new Promise((resolve) => {
      socket.timeout(15000).emit(event, argument, (error, answer) => {
        resolve(error ? { ok: false, error: "no-answer", message: "The server did not answer." } : answer);
      });
    });
  }

  async function hello() {
    const known = Object.fromEntries(joinedRooms().map((each) => [each.name, each.last]));
    const direct = Math.max(0, ...[...conversations.values()].filter((each) => each.kind === "person").map((each) => each.last));
    const answer = await ask("hello", { name: me.name, rooms: known, direct });
    if (!socket.connected) return;
    if (!answer.ok) {
      if (answer.error.startsWith("name-")) askName(answer.message);
      else banner.refused(answer.message);
      return;
    }
    ready = true;
    me.name = answer.you.name;
    store.write("me", me);
    people = answer.people;
    rooms = answer.list;
    for (const room of joinedRooms()) room.joined = false;
    for (const name of Object.keys(answer.rooms)) conversation("room", name).joined = true; // as the server writes it
    for (const list of [...Object.values(answer.rooms), answer.direct]) for (const message of list) receive(message, false);
    if (!current.joined && current.kind === "room") show(joinedRooms()[0] || conversation("room", HOME));
    banner.back(outbox.length);
    render();
    pump();
  }

  // ---------------------------------------------------------------- the banner

  const banner = {
    timer: null,
    was: false, // was the connection up before?

    set(text, good, retry) {
      clearInterval(this.timer);
      $("banner").hidden = !text;
      $("banner").classList.toggle("good", Boolean(good));
      $("banner-text").textContent = text;
      $("try-now").hidden = !retry;
    },
    lost(reason) {
      if (reason === "io server disconnect") this.refused("The server ended the connection.");
      else if (socket.active) this.trying();
    },
    waiting(delay) {
      const end = Date.now() + delay;
      const tick = () => {
        const seconds = Math.ceil((end - Date.now()) / 1000);
        const when = seconds > 0 ? "Trying again in " + seconds + " s." : "Trying again …";
        $("banner-text").textContent = (this.was ? "Connection lost. " : "The server cannot be reached. ") + when;
      };
      this.set(" ", false, true);
      tick();
      this.timer = setInterval(tick, 250);
    },
    trying() {
      this.set(this.was ? "Connection lost. Trying again …" : "Connecting …", false, false);
    },
    back(queued) {
      if (this.was && !$("banner").hidden) {
        this.set(queued ? "Back online. Sending what you wrote." : "Back online.", true, false);
        this.timer = setTimeout(() => this.set(""), 2500);
      } else {
        this.set("");
      }
      this.was = true;
    },
    refused(text) {
      this.set(text || "The server refused the connection.", false, true);
    },
  };
  $("try-now").onclick = () => (socket.active ? socket.io.reconnectNow() : socket.connect());

  // ---------------------------------------------------------------- messages

  function conversationOf(message) {
    if (message.room) return conversation("room", message.room);
    const other = message.from.id === me.id ? message.to : message.from;
    return conversation("person", other.id, other.name);
  }

  function receive(message, live) {
    const where = conversationOf(message);
    if (where.messages.some((each) => each.id === message.id)) return;
    const mine = message.from.id === me.id && outbox.find((each) => each.key === message.key);
    if (mine) { // sent, but the acknowledgement was lost on the way
      settle(mine, message);
      return;
    }
    if (message.image) message.url = objectURL(message.image, message.picture.mime);
    delete message.image;
    insert(where, message);
    setTyping(where, message.from, false);
    if (message.from.id !== me.id && !(where === current && reading()) && (live || banner.was)) where.unread += 1;
    if (live) render(where === current && !atEnd() && message.from.id !== me.id);
  }

  function insert(where, message) {
    where.messages.push(message);
    where.messages.sort((a, b) => (a.id || Infinity) - (b.id || Infinity) || 0);
    if (message.id) where.last = Math.max(where.last, message.id);
    for (const old of where.messages.splice(0, where.messages.length - 300)) if (old.url) URL.revokeObjectURL(old.url);
  }

  function objectURL(data, mime) {
    return IMAGE_KINDS.includes(mime) ? URL.createObjectURL(new Blob([data], { type: mime })) : undefined;
  }

  /** The server has a message of ours. */
  function settle(message, { id, at }) {
    const index = outbox.indexOf(message);
    if (index >= 0) outbox.splice(index, 1);
    Object.assign(message, { id, at, state: "sent", blob: undefined });
    const where = conversationOf(message);
    where.messages.splice(where.messages.indexOf(message), 1);
    insert(where, message);
    render();
  }

  function post(text, image) {
    const message = {
      key: randomText(), at: Date.now(), from: { id: me.id, name: me.name }, text, state: "queued",
      ...(current.kind === "room" ? { room: current.name } : { to: { id: current.name, name: current.title } }),
    };
    if (image) Object.assign(message, { picture: image.picture, blob: image.blob, url: URL.createObjectURL(image.blob) });
    outbox.push(message);
    insert(current, message);
    render();
    scrollToEnd();
    pump();
  }

  let pumping = false;

  /** Sends the outbox, one after the other, so that the order is kept whatever happens. */
  async function pump() {
    if (pumping) return;
    pumping = true;
    while (ready && outbox.length > 0) {
      const message = outbox[0];
      message.state = "sending";
      render();
      const { key, room, text, picture } = message;
      const argument = { key, ...(room ? { room } : { to: message.to.id }), text };
      if (picture) Object.assign(argument, { picture, image: await message.blob.arrayBuffer() });
      const answer = await ask("send", argument);
      if (answer.ok) {
        settle(message, answer);
      } else if (answer.error === "no-answer" || answer.error === "too-fast" || answer.error === "not-hello") {
        message.state = "queued"; // repeated with the same key, so it cannot appear twice
        await new Promise((resolve) => setTimeout(resolve, 1000));
      } else if (outbox[0] === message) {
        outbox.shift();
        Object.assign(message, { state: "failed", problem: answer.message });
      }
      render();
    }
    pumping = false;
  }

  function sendAgain(message) {
    message.state = "queued";
    outbox.push(message);
    render();
    pump();
  }

  // ---------------------------------------------------------------- images

  /** The image as it may be sent: small ones as they are, others redrawn until they fit. */
  async function prepare(file) {
    const bitmap = await createImageBitmap(file);
    const asIs = file.size <= IMAGE_LIMIT && IMAGE_KINDS.includes(file.type)
      && (file.type === "image/gif" || Math.max(bitmap.width, bitmap.height) <= 1600);
    let blob = asIs ? file : null;
    let scale = Math.min(1, 1600 / Math.max(bitmap.width, bitmap.height));
    let [width, height] = [bitmap.width, bitmap.height];
    for (let quality = 0.86; !blob; quality -= 0.12) {
      if (quality < 0.4) [quality, scale] = [0.8, scale * 0.7];
      width = Math.max(1, Math.round(bitmap.width * scale));
      height = Math.max(1, Math.round(bitmap.height * scale));
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff"; // JPEG has no transparency
      context.fillRect(0, 0, width, height);
      context.drawImage(bitmap, 0, 0, width, height);
      const result = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (!result) throw new Error("cannot be drawn");
      if (result.size <= IMAGE_LIMIT) blob = result;
    }
    bitmap.close();
    return { blob, picture: { mime: blob.type, width, height, size: blob.size } };
  }

  async function sendImage(file) {
    const where = current;
    $("typing").textContent = "Preparing the image";
    try {
      const image = await prepare(file);
      if (where !== current) show(where);
      post("", image);
    } catch (_) {
      banner.set("That file is no image this browser can read.", false, false);
      banner.timer = setTimeout(() => banner.set(""), 4000);
    }
    renderTyping();
  }

  /** Fetches an image of the history once its place comes into view. */
  const lazy = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      lazy.unobserve(target);
      fetchImage(target.message);
    }
  });

  async function fetchImage(message) {
    if (message.url || message.fetching || !ready) return;
    message.fetching = true;
    const answer = await ask("image", { id: message.id });
    message.fetching = false;
    if (answer.ok) message.url = objectURL(answer.image, answer.mime);
    else if (answer.error !== "no-answer") message.gone = true;
    message.row = null;
    render();
  }

  function pictureElement(message) {
    const { picture, url } = message;
    const bubble = make("div", "bubble picture");
    if (url) {
      const image = make("img");
      image.src = url;
      image.alt = "Image from " + message.from.name;
      image.width = picture.width;
      image.height = picture.height;
      const button = make("button", "", "", image);
      button.setAttribute("aria-label", "Enlarge: image from " + message.from.name);
      button.onclick = () => {
        $("viewer-image").src = url;
        $("viewer").showModal();
      };
      bubble.append(button);
    } else {
      const later = make("div", "later", message.gone ? "This image is no longer kept" : "Image …");
      const size = Math.min(1, 340 / picture.height, 560 / picture.width);
      later.style.aspectRatio = picture.width + " / " + picture.height;
      later.style.width = Math.round(picture.width * size) + "px";
      later.message = message;
      if (!message.gone) lazy.observe(later);
      bubble.append(later);
    }
    return bubble;
  }

  // ---------------------------------------------------------------- drawing

  function hue(id) {
    let sum = 7;
    for (let i = 0; i < id.length; i++) sum = (sum * 31 + id.charCodeAt(i)) % 3600;
    return (sum % 24) * 15;
  }

  function face(who, here) {
    const words = who.name.trim().split(/\s+/);
    const initials = [...words[0]][0] + (words.length > 1 ? [...words[words.length - 1]][0] : [...words[0]][1] || "");
    const element = make("span", here ? "face here" : "face", initials.toUpperCase());
    element.style.setProperty("--hue", hue(who.id));
    element.setAttribute("aria-hidden", "true");
    return element;
  }

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const longDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

  function dayName(at) {
    const day = new Date(at).toDateString();
    if (day === new Date().toDateString()) return "Today";
    if (day === new Date(Date.now() - 86400000).toDateString()) return "Yesterday";
    return longDate.format(at);
  }

  function kilobytes(size) {
    return Math.max(1, Math.round(size / 1000)) + " kB";
  }

  const STATES = {
    queued: () => (ready ? "Waiting" : "Will be sent when you are back online"),
    sending: ({ picture }) => (picture ? "Sending " + kilobytes(picture.size) + " …" : "Sending …"),
    sent: () => "Delivered",
    failed: ({ problem }) => problem || "Not sent",
  };

  /** The message's row, made once; only its marks change later. */
  function rowOf(message) {
    if (message.row && message.rowURL === message.url) return message.row;
    const body = make("div", "body", "");
    const by = make("div", "by", "", make("b", "", message.from.name), make("time"));
    by.style.setProperty("--hue", hue(message.from.id));
    body.append(by);
    if (message.picture) body.append(pictureElement(message));
    if (message.text) {
      const emoji = /^\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u200d|\ufe0f|\p{Extended_Pictographic}){0,5}$/u.test(message.text);
      body.append(make("div", emoji ? "bubble emoji" : "bubble", message.text));
    }
    body.append(make("div", "state"));
    message.row = make("article", "row", "", face(message.from), body);
    message.rowURL = message.url;
    return message.row;
  }

  function renderLog() {
    const nodes = [];
    const { messages } = current;
    messages.forEach((message, i) => {
      const before = messages[i - 1];
      const after = messages[i + 1];
      const newDay = !before || dayName(before.at) !== dayName(message.at);
      if (newDay) nodes.push(dayMark(current, message.at));
      const joins = (a, b) => a && b && a.from.id === b.from.id && Math.abs(b.at - a.at) < 300000 && dayName(a.at) === dayName(b.at);
      const row = rowOf(message);
      const own = message.from.id === me.id;
      const state = own ? message.state || "sent" : "";
      row.className = "row" + (joins(before, message) ? "" : " first") + (joins(message, after) ? "" : " last")
        + (own ? " own" : "") + (state === "queued" || state === "sending" ? " waiting" : "") + (state === "failed" ? " failed" : "");
      row.dataset.state = state;
      const time = row.querySelector("time");
      time.textContent = clock.format(message.at);
      time.dateTime = new Date(message.at).toISOString();
      row.title = new Date(message.at).toLocaleString();
      const lastOfKind = !after || after.from.id !== me.id || (after.state || "sent") !== state;
      const shown = own && (state === "failed" || (lastOfKind && (state !== "sent" || !after)));
      const mark = row.querySelector(".state");
      mark.hidden = !shown;
      mark.textContent = shown ? STATES[state](message) : "";
      if (state === "failed") {
        const again = make("button", "", "Send again");
        again.onclick = () => sendAgain(message);
        mark.append(again);
      }
      nodes.push(row);
    });
    if (nodes.length === 0) nodes.push(emptyNote(current));
    arrange($("log"), nodes);
  }

  function dayMark(where, at) {
    const name = dayName(at);
    where.days = where.days || new Map();
    if (!where.days.has(name)) where.days.set(name, make("div", "day", name));
    return where.days.get(name);
  }

  function emptyNote(where) {
    const person = where.kind === "person";
    where.note = where.note || make("div", "empty", "",
      make("b", "", person ? "Just you and " + where.title : "Nothing said yet"),
      make("span", "", person ? "What you write here, only the two of you see." : "Be the first to say something in " + where.title + "."));
    return where.note;
  }

  function listItem({ lead, title, note, aside, unread, chosen, other, open }) {
    const what = make("span", "what", "", make("b", "", title));
    if (note) what.append(make("span", "", note));
    const button = make("button", "item" + (unread ? " unread" : "") + (other ? " other" : ""), "", lead, what);
    if (unread) {
      const badge = make("span", "badge", unread > 99 ? "99+" : String(unread));
      badge.setAttribute("aria-label", unread + " unread");
      button.append(badge);
    } else if (aside) {
      button.append(make("span", "side-note", aside));
    }
    button.setAttribute("aria-current", String(chosen));
    button.onclick = open;
    return make("li", "", "", button);
  }

  function renderSide() {
    const focused = document.activeElement && document.activeElement.closest("#side li button");
    const place = focused && [focused.closest("ul"), [...focused.closest("ul").children].indexOf(focused.parentElement)];
    const names = new Set([...joinedRooms().map((each) => each.name), ...rooms.map((each) => each.name)]);
    const counts = new Map(rooms.map((each) => [each.name, each.people]));
    const sorted = [...names].sort((a, b) => (b === HOME) - (a === HOME) || a.localeCompare(b));
    const known = sorted.map((name) => [name, conversations.get("room:" + name)]);
    $("rooms").replaceChildren(...[...known.filter(([, c]) => c && c.joined), ...known.filter(([, c]) => !c || !c.joined)]
      .map(([name, room]) => {
        const joined = Boolean(room && room.joined);
        return listItem({
          lead: make("span", "hash", "#"), title: name, unread: joined && room.unread, chosen: room === current, other: !joined,
          aside: joined ? String(counts.get(name) || "") : "Join", open: () => enter(name),
        });
      }));

    const online = people.filter((each) => each.id !== me.id);
    const away = [...conversations.values()].filter((each) => each.kind === "person" && each.messages.length
      && !online.some((person) => person.id === each.name)).map((each) => ({ id: each.name, name: each.title, rooms: null }));
    $("people-count").textContent = online.length ? online.length + " online" : "";
    const items = [...online, ...away].sort((a, b) => !a.rooms - !b.rooms || a.name.localeCompare(b.name)).map((person) => {
      const talk = conversations.get("person:" + person.id);
      return listItem({
        lead: face(person, Boolean(person.rooms)), title: person.name, unread: talk && talk.unread, chosen: talk === current && Boolean(talk),
        note: person.rooms ? person.rooms.map((room) => "#" + room).join("  ") : "away", other: !person.rooms,
        open: () => show(conversation("person", person.id, person.name), true),
      });
    });
    if (items.length === 0) items.push(make("li", "item other", ready ? "Nobody else yet" : "…"));
    $("people").replaceChildren(...items);
    if (place && place[0].children[place[1]]) place[0].children[place[1]].firstChild.focus();
    $("my-name").textContent = me.name;
    if (me.name) {
      const mine = face(me);
      $("my-face").textContent = mine.textContent;
      $("my-face").style.setProperty("--hue", hue(me.id));
    }
  }

  function renderHead() {
    const room = current.kind === "room";
    const here = people.filter((each) => (room ? each.rooms.includes(current.name) : each.id === current.name));
    const others = here.filter((each) => each.id !== me.id);
    $("title").textContent = room ? "# " + current.title : current.title;
    if (!room) $("subtitle").textContent = here.length ? "Private · online" : "Private · away: will see it on return";
    else $("subtitle").textContent = others.length ? listed(others.map((each) => each.name)) + " and you" : "Only you are here";
    if (!ready) $("subtitle").textContent = room ? "Offline" : "Private";
    $("faces").replaceChildren(...others.slice(0, 5).map((each) => face(each)));
    $("leave").hidden = !room || current.name === HOME || !current.joined;
    $("text").placeholder = room ? "Message #" + current.title : "Message " + current.title + " privately";
    const unread = [...conversations.values()].reduce((sum, each) => sum + each.unread, 0);
    $("back-badge").hidden = unread === 0;
    $("back-badge").textContent = unread > 99 ? "99+" : unread;
    document.title = (unread ? "(" + unread + ") " : "") + current.title + " · Parlour";
  }

  function listed(names) {
    return names.length > 3 ? names.slice(0, 3).join(", ") + " and " + (names.length - 3) + " more" : names.join(", ");
  }

  function renderTyping() {
    const names = [...current.typing.values()].map((each) => each.name);
    $("typing").textContent = names.length === 0 ? "" : listed(names) + (names.length === 1 ? " is typing" : " are typing");
  }

  let requested = false;

  /** Draws everything, once a frame however often it is asked for. `quietly`: the reader is further up. */
  function render(quietly) {
    if (quietly) $("latest").hidden = false;
    if (requested) return;
    requested = true;
    const draw = () => {
      requested = false;
      const stick = atEnd();
      if (reading()) current.unread = 0;
      renderLog();
      renderSide();
      renderHead();
      renderTyping();
      if (stick) scrollToEnd();
    };
    if (document.hidden) setTimeout(draw); // no frames are drawn for a hidden page, but its title counts
    else requestAnimationFrame(draw);
  }

  const log = $("log");
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const reading = () => document.visibilityState === "visible" && talkIsShown() && atEnd();
  const talkIsShown = () => $("app").dataset.view === "talk" || !matchMedia("(max-width: 760px)").matches;

  function scrollToEnd() {
    log.scrollTop = log.scrollHeight;
    $("latest").hidden = true;
  }
  log.addEventListener("scroll", () => {
    if (!atEnd()) return;
    $("latest").hidden = true;
    if (current.unread) render();
  });
  log.addEventListener("load", () => { if (atEnd()) scrollToEnd(); }, true);
  $("latest").onclick = scrollToEnd;
  document.addEventListener("visibilitychange", () => render());
  addEventListener("resize", () => { if (atEnd()) scrollToEnd(); });

  // ---------------------------------------------------------------- going about

  function show(where, byHand) {
    current.draft = $("text").value;
    stopTyping();
    current = where;
    store.write("current", current.id);
    $("app").dataset.view = "talk";
    $("text").value = current.draft;
    resizeText();
    current.unread = 0;
    render();
    requestAnimationFrame(() => scrollToEnd());
    if (byHand && matchMedia("(hover: hover)").matches) $("text").focus();
  }

  /** Shows a room, joining it first if need be. A sentence if that failed. */
  async function enter(name) {
    const known = conversations.get("room:" + name);
    if (known && known.joined) {
      show(known, true);
      return "";
    }
    if (!ready) return "You are offline just now.";
    const answer = await ask("join", { room: name });
    if (!answer.ok) return answer.message;
    const room = conversation("room", answer.room);
    room.joined = true;
    for (const message of answer.messages) receive(message, false);
    room.unread = 0;
    rememberRooms();
    show(room, true);
    return "";
  }

  $("leave").onclick = () => {
    const room = current;
    room.joined = false;
    room.messages = [];
    room.last = 0;
    if (ready) ask("leave", { room: room.name });
    rememberRooms();
    show(joinedRooms()[0] || conversation("room", HOME), true);
  };
  $("back").onclick = () => {
    $("app").dataset.view = "list";
    render();
  };

  // ---------------------------------------------------------------- writing

  let typingSince = 0;

  const address = () => (current.kind === "room" ? { room: current.name } : { to: current.name });

  function typed() {
    resizeText();
    if (!$("text").value.trim()) stopTyping();
    else if (ready && Date.now() - typingSince > 2000) {
      typingSince = Date.now();
      socket.volatile.emit("typing", { ...address(), on: true });
    }
  }

  function stopTyping() {
    if (typingSince && ready) socket.volatile.emit("typing", { ...address(), on: false });
    typingSince = 0;
  }

  function setTyping(where, who, on) {
    const old = where.typing.get(who.id);
    if (old) clearTimeout(old.timer);
    if (on) where.typing.set(who.id, { name: who.name, timer: setTimeout(() => setTyping(where, who, false), 4000) });
    else where.typing.delete(who.id);
    if (where === current && (on || old)) renderTyping();
  }

  function resizeText() {
    const text = $("text");
    text.style.height = "auto";
    text.style.height = text.scrollHeight + "px";
    $("send").disabled = !text.value.trim();
  }

  $("text").addEventListener("input", typed);
  $("text").addEventListener("blur", stopTyping);
  $("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("composer").requestSubmit();
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    resizeText();
    stopTyping();
    post(text);
    $("text").focus();
  });

  $("attach").onclick = () => $("file").click();
  $("file").onchange = () => {
    if ($("file").files[0]) sendImage($("file").files[0]);
    $("file").value = "";
  };
  const imageIn = (list) => [...(list || [])].find((file) => file.type.startsWith("image/"));
  addEventListener("paste", (event) => {
    const file = imageIn(event.clipboardData && event.clipboardData.files);
    if (!file || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    sendImage(file);
  });
  addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    $("drop").hidden = false;
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("drop").hidden = true; });
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("drop").hidden = true;
    const file = imageIn(event.dataTransfer.files);
    if (file) sendImage(file);
  });
  addEventListener("keydown", (event) => { // writing anywhere writes the message
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ";
    if (plain && (document.activeElement === document.body || document.activeElement === log)) $("text").focus();
  });

  // ---------------------------------------------------------------- questions

  /** Opens the dialog; `accept` gets the trimmed answer and gives a sentence if it will not do. */
  function question({ title, hint, ok, value, problem, optional, welcome, accept }) {
    const dialog = $("ask");
    $("ask-icon").hidden = !welcome;
    $("ask-title").textContent = title;
    $("ask-hint").textContent = hint;
    $("ask-ok").textContent = ok;
    $("ask-input").value = value || "";
    $("ask-input").setAttribute("aria-label", title);
    $("ask-error").textContent = problem || "";
    $("ask-cancel").hidden = !optional;
    $("ask-cancel").onclick = () => dialog.close();
    dialog.oncancel = (event) => { if (!optional) event.preventDefault(); };
    $("ask-form").onsubmit = async (event) => {
      event.preventDefault();
      const answer = $("ask-input").value.trim();
      if (!answer) return;
      const complaint = await accept(answer);
      $("ask-error").textContent = complaint || "";
      if (!complaint) dialog.close();
    };
    if (!dialog.open) dialog.showModal();
    $("ask-input").select();
  }

  function askName(problem) {
    question({
      title: me.name ? "Your name" : "What should we call you?",
      hint: me.name ? "Everybody sees it, at once." : "A name is all it takes. You can change it later.",
      ok: me.name ? "Save" : "Come in", value: me.name, problem, optional: ready, welcome: !me.name,
      async accept(name) {
        if (!ready) {
          me.name = name;
          if (socket.connected) hello();
          else socket.connect();
          return "";
        }
        const answer = await ask("rename", { name });
        if (!answer.ok) return answer.message;
        me.name = answer.you.name;
        store.write("me", me);
        render();
        return "";
      },
    });
  }

  $("me").onclick = () => askName();
  $("new-room").onclick = () => question({
    title: "New room", hint: "Or the name of one you know.", ok: "Open", optional: true, accept: (name) => enter(name),
  });
  $("viewer-close").onclick = () => $("viewer").close();

  render();
  if (me.name) socket.connect();
  else askName();
})();
