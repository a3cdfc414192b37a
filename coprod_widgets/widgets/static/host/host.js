// @ts-check
// The widget host of the served page: gives anywidgets a model over the kernel's own websocket, notices when that line
// breaks, and mends it: first to the same kernel, then to a new one, while the page and what is typed in it stay.

/** @typedef {{ baseUrl: string, kernelId: string, models: string[] }} Place */

const SILENCE = 15000; // milliseconds after which nobody is expected to answer any more

/** Why a page has no kernel: `kernel`, `silent`, `network`, `server`, `line`, `form`; empty where it is not known yet. */
class Failure extends Error {
  /** @param {string} why */
  constructor(why) {
    super(`There is no connection to a kernel (${why}).`);
    this.why = why;
  }
}

const session = hex(16);
const VIEWS = 'script[type="application/vnd.jupyter.widget-view+json"]';

/** @param {number} bytes */
function hex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Where a page's kernel is, and which widgets it shows. @param {Document} page @returns {Place | null} */
function placeOf(page) {
  const config = page.getElementById("jupyter-config-data");
  const models = Array.from(page.querySelectorAll(VIEWS), (view) => JSON.parse(view.textContent ?? "").model_id);
  return config && models.length ? { ...JSON.parse(config.textContent ?? ""), models } : null;
}

/** What anywidget calls a model: state, listeners, and messages. The kernel alone sets the state: the server passes on
 * messages, no changes of state. */
class Model {
  /** @param {Host} host @param {string} id */
  constructor(host, id) {
    this.host = host;
    this.id = id;
    /** @type {Record<string, any>} */
    this.state = {};
    /** @type {Map<string, Set<Function>>} */
    this.listeners = new Map();
  }

  /** @param {string} name */
  get(name) {
    return this.state[name];
  }

  /** @param {any} content */
  send(content) {
    this.host.send(this.id, { method: "custom", content });
  }

  /** Nobody answers: the connection may be dead without having been closed. */
  renew() {
    this.host.renew();
  }

  /** @param {string} event @param {Function} listener */
  on(event, listener) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event)?.add(listener);
  }

  /** @param {string} event @param {Function} listener */
  off(event, listener) {
    this.listeners.get(event)?.delete(listener);
  }

  /** @param {string} event @param {...any} values */
  tell(event, ...values) {
    for (const listener of this.listeners.get(event) ?? []) listener(...values);
  }

  /** What the kernel says to this widget. @param {any} data @param {DataView[]} buffers */
  hear({ method, content, state }, buffers) {
    if (method === "custom") this.tell("msg:custom", content, buffers);
    if (method !== "update") return;
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) this.tell(`change:${name}`, state[name]);
  }
}

class Host {
  constructor() {
    const place = placeOf(document);
    if (!place) throw new Failure("form");
    this.place = place;
    this.models = place.models.map((id) => new Model(this, id));
    this.tries = 0;
    this.up = false;
    this.dead = false; // the kernel, not only the connection to it
    window.addEventListener("online", () => this.mend(0));
    window.addEventListener("pagehide", (event) => event.persisted || this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.renew());
  }

  /** Open the kernel's websocket; ready when it has told the widgets' states. */
  async connect() {
    const { baseUrl, kernelId } = this.place;
    const url = new URL(`${baseUrl}api/kernels/${kernelId}/channels?session_id=${session}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    /** @type {any} */
    let timer;
    /** @type {Promise<Record<string, any>>} */
    const states = new Promise((resolve, reject) => {
      const control = hex(16);
      socket.onopen = () => {
        this.message("comm_open", { comm_id: control, target_name: "jupyter.widget.control", data: {} }, { version: "1.0.0" });
        this.message("comm_msg", { comm_id: control, data: { method: "request_states" } });
      };
      socket.onmessage = ({ data }) => {
        const { message, buffers } = unpack(data);
        const { content } = message;
        if (content.comm_id !== control || content.data?.method !== "update_states") return this.hear(message, buffers);
        const { states } = content.data;
        // A kernel that died while no page was connected was started anew, and nobody was told.
        this.dead = this.models.some((model) => !(model.id in states));
        if (this.dead) reject(new Error("The kernel has forgotten this page."));
        else resolve(states);
      };
      socket.onclose = () => {
        reject(new Failure(""));
        if (socket === this.socket) this.lost();
      };
      timer = setTimeout(() => {
        reject(new Failure("silent"));
        this.abandon(socket);
      }, SILENCE);
    });
    return states.finally(() => clearTimeout(timer));
  }

  /** Give a connection up without waiting for the other side, which may never hear of it. @param {WebSocket | undefined} socket */
  abandon(socket) {
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
    if (socket === this.socket) this.socket = undefined;
  }

  /** Nobody answers on a connection that looks open: open another. */
  renew() {
    if (!this.up) return;
    this.abandon(this.socket);
    this.lost();
  }

  /** One try to be connected; null where it failed, and the page then says why. */
  async attempt() {
    try {
      if (this.dead) await this.moveToNewKernel();
      const states = await this.connect();
      this.tries = 0;
      this.dead = false;
      return states;
    } catch (error) {
      const why = (error instanceof Failure && error.why) || (await this.cause());
      this.tries += 1;
      // A kernel that lives and does not let this page in, or does not answer it, is left for another one, once.
      this.dead ||= why === "kernel" || (["silent", "network"].includes(why) && this.tries === 2);
      if (this.tries > 1) this.explain(why);
      this.why = why;
      return null;
    }
  }

  /** Why there is no websocket: its kernel has ended, the network lets everything else through, or nothing at all. */
  async cause() {
    const { baseUrl, kernelId } = this.place;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), SILENCE / 3);
    try {
      const { status } = await fetch(new URL(`${baseUrl}coprod/kernel/${kernelId}`, location.href), { cache: "no-store", signal: patience.signal });
      return status === 404 ? "kernel" : status < 400 ? "network" : "server";
    } catch {
      return "line";
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string} why @param {string} [said] by the server */
  explain(why, said = "") {
    if (document.getElementById("coprod-loading")) failed(why, said);
    else this.tell({ host: "down", why, said });
  }

  /** Sixty phones must not come back in the same instant; and a network that lets nothing through is not asked often. */
  pause() {
    const most = this.why === "network" ? 30000 : 10000;
    return Math.min(most, 500 * 2 ** Math.min(this.tries, 6)) * (0.75 + Math.random() / 2);
  }

  /** The first connection. A kernel waits half a minute for its page: on a slow network the page may come later. */
  async firstStates() {
    for (;;) {
      const states = await this.attempt();
      if (states) return states;
      if (this.why === "form") throw new Failure("form"); // the server has tried it with three kernels
      await new Promise((resolve) => setTimeout(resolve, this.tries === 1 ? 0 : this.pause()));
    }
  }

  async start() {
    const states = await this.firstStates();
    const root = /** @type {HTMLElement} */ (document.getElementById("coprod-widgets"));
    for (const model of this.models) {
      model.state = states[model.id]?.state ?? {};
      const { default: widget } = await this.module(model.state._esm);
      addStyle(model.state._css);
      await widget.initialize?.({ model, signal: new AbortController().signal });
      const place = document.createElement("div");
      root.append(place);
      await widget.render?.({ model, el: place, signal: new AbortController().signal });
    }
    document.getElementById("coprod-loading")?.remove();
    this.up = true;
    if (this.socket?.readyState !== WebSocket.OPEN) this.lost(); // while the widgets were drawn
  }

  /** A widget's module: from the server, which the page has asked for it already, or from its text. @param {string} esm */
  module(esm) {
    return /^coprod\/\w+\.js\?v=\w+$/.test(esm) ? import(new URL(this.place.baseUrl + esm, location.href).href) : importText(esm);
  }

  /** @param {any} message @param {DataView[]} buffers */
  hear({ header, content }, buffers) {
    if (header.msg_type === "comm_msg") this.models.find((model) => model.id === content.comm_id)?.hear(content.data, buffers);
    // A restarted kernel has forgotten this page; the server starts it anew all the same.
    if (header.msg_type === "status" && ["restarting", "dead"].includes(content.execution_state)) this.lost(true);
  }

  /** @param {string} comm @param {any} data */
  send(comm, data) {
    this.message("comm_msg", { comm_id: comm, data });
  }

  /** @param {string} kind @param {any} content @param {any} [metadata] */
  message(kind, content, metadata = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) return; // whoever waits for an answer asks again
    const header = { msg_id: hex(16), msg_type: kind, session, username: "", version: "5.3", date: new Date().toISOString() };
    this.socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata, content, buffers: [] }));
  }

  // --- when the line breaks ---

  /** @param {boolean} [dead] the kernel is gone, not only the line to it */
  lost(dead = false) {
    if (dead) this.dead = true;
    if (!this.up) return;
    this.up = false;
    this.tries = 0;
    this.tell({ host: "down" });
    this.mend(dead ? 300 : 1000);
  }

  /** @param {Record<string, any>} message to every widget: `up`, `down` and why, or `leaving` */
  tell(message) {
    for (const model of this.models) model.tell("msg:custom", message, []);
  }

  /** @param {number} delay milliseconds */
  mend(delay) {
    if (this.up || this.mending === "now") return;
    clearTimeout(this.mending);
    this.mending = setTimeout(async () => {
      this.mending = "now";
      const states = await this.attempt();
      this.mending = undefined;
      if (!states) return this.mend(this.pause());
      this.up = true;
      this.tell({ host: "up" });
    }, delay);
  }

  /** The old kernel is gone: fetch the page again for a new one, and go on with the widgets that are here. */
  async moveToNewKernel() {
    const place = placeOf(await this.pageAgain());
    if (!place || place.models.length !== this.models.length) throw new Failure("form");
    this.endKernel(this.place.kernelId);
    this.place = place;
    this.dead = false;
    this.models.forEach((model, i) => (model.id = place.models[i]));
  }

  /** The page once more, in which the server says how long it waits in line for a place. */
  async pageAgain() {
    const patience = new AbortController();
    let timer = setTimeout(() => patience.abort(), 2 * SILENCE);
    try {
      const response = await fetch(location.pathname + location.search, { cache: "no-store", headers: { Accept: "text/html" }, signal: patience.signal });
      if (!response.ok || !response.body) throw new Failure("server");
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return new DOMParser().parseFromString(text, "text/html");
        clearTimeout(timer);
        timer = setTimeout(() => patience.abort(), 2 * SILENCE);
        text += decoder.decode(value, { stream: true });
        const said = placeIn(text);
        if (said) this.explain("place", said);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** The page goes: its widgets say their last words first, and a kernel that has some to store ends a little later. */
  leave() {
    const word = { host: "leaving", unfinished: false };
    this.tell(word);
    this.endKernel(this.place.kernelId, word.unfinished);
  }

  /** Tell the server that nobody needs this kernel any more. @param {string} kernelId @param {boolean} [later] */
  endKernel(kernelId, later = false) {
    const form = new FormData();
    form.append("_xsrf", decodeURIComponent(/(?:^|; )_xsrf=([^;]*)/.exec(cookies())?.[1] ?? ""));
    if (later) form.append("later", "yes");
    // Where a browser has no beacons, the server notices by itself after a while.
    navigator.sendBeacon?.(new URL(`${this.place.baseUrl}voila/api/shutdown/${kernelId}`, location.href), form);
  }
}

/** A page in a frame without rights of its own may not look. */
function cookies() {
  try {
    return document.cookie;
  } catch {
    return "";
  }
}

/** The last place in the line that a page which is still coming has told, if nothing came after it. @param {string} text */
function placeIn(text) {
  const at = text.lastIndexOf('<p class="coprod-place">');
  const end = text.indexOf("</p>", at);
  if (at < 0 || end < 0 || text.slice(end + 4).trim()) return "";
  return new DOMParser().parseFromString(text.slice(at, end), "text/html").body.textContent ?? "";
}

/** Text frames are JSON; binary ones are a count and offsets as 32-bit numbers, the JSON, then the buffers. @param {string | ArrayBuffer} frame */
function unpack(frame) {
  if (typeof frame === "string") return { message: JSON.parse(frame), buffers: [] };
  const view = new DataView(frame);
  const count = view.getUint32(0);
  const at = (/** @type {number} */ i) => (i < count ? view.getUint32(4 * (i + 1)) : frame.byteLength);
  const part = (/** @type {number} */ i) => new DataView(frame, at(i), at(i + 1) - at(i));
  return { message: JSON.parse(new TextDecoder().decode(part(0))), buffers: Array.from({ length: count - 1 }, (_, i) => part(i + 1)) };
}

/** @param {string} text an ES module */
async function importText(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {string} [text] */
function addStyle(text) {
  if (!text) return;
  const style = document.createElement("style");
  style.textContent = text;
  document.head.append(style);
}

/** The page stays on its loading text, which says what is wrong and what to do. @param {string} why @param {string} [said] by the server */
function failed(why, said = "") {
  const loading = document.getElementById("coprod-loading");
  if (!loading) return;
  loading.setAttribute("role", "alert");
  // A kernel that ended, or says nothing, is the server's.
  const known = ["form", "network", "line"].includes(why) ? why : "server";
  loading.dataset.failed = said ? "place" : known;
  for (const one of loading.querySelectorAll(".coprod-fail")) one.toggleAttribute("hidden", Boolean(said) || one.getAttribute("data-why") !== known);
  let place = loading.querySelector("[data-place]");
  if (!place) {
    place = document.createElement("p");
    place.className = "coprod-place";
    place.toggleAttribute("data-place", true);
    loading.append(place);
  }
  place.textContent = said;
}

try {
  await new Host().start();
} catch (error) {
  console.error(error);
  failed(error instanceof Failure ? error.why : "form");
}
