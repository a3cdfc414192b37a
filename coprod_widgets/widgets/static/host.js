// @ts-check
// The widget host of the served page: gives anywidgets a model over the kernel's own websocket, notices when that line
// breaks, and mends it: first to the same kernel, then to a new one, while the page and what is typed in it stay.

/** @typedef {{ baseUrl: string, kernelId: string, models: string[] }} Place */

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
    if (!place) throw new Error("This page came without its form.");
    this.place = place;
    this.models = place.models.map((id) => new Model(this, id));
    this.tries = 0;
    this.up = false;
    window.addEventListener("online", () => this.mend(0));
    window.addEventListener("pagehide", (event) => event.persisted || this.endKernel(this.place.kernelId));
    window.addEventListener("pageshow", (event) => event.persisted && this.socket?.close());
  }

  /** Open the kernel's websocket; ready when it has told the widgets' states. */
  async connect() {
    const { baseUrl, kernelId } = this.place;
    const url = new URL(`${baseUrl}api/kernels/${kernelId}/channels?session_id=${session}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
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
        reject(new Error("The line to the kernel closed."));
        if (socket === this.socket) this.lost();
      };
      setTimeout(() => reject(new Error("The kernel does not answer.")), 15000);
    });
    return states;
  }

  /** The first connection. A kernel waits half a minute for its page: on a slow network the page may come later. */
  async firstStates() {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.connect();
      } catch (error) {
        if (tries === 4) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500 * tries * (0.75 + Math.random() / 2)));
      }
      await this.moveToNewKernel().catch(() => {}); // while the network is down, the old kernel's place is tried again
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
    this.tell("down");
    this.mend(dead ? 300 : 1000);
  }

  /** @param {"up" | "down"} word */
  tell(word) {
    for (const model of this.models) model.tell("msg:custom", { host: word }, []);
  }

  /** @param {number} delay milliseconds */
  mend(delay) {
    if (this.up || this.mending === "now") return;
    clearTimeout(this.mending);
    this.mending = setTimeout(async () => {
      this.mending = "now";
      try {
        if (this.dead || this.tries > 1) await this.moveToNewKernel();
        await this.connect();
        this.up = true;
        this.dead = false;
        this.tell("up");
      } catch {
        this.tries += 1;
      }
      this.mending = undefined;
      // Sixty phones must not come back in the same instant.
      if (!this.up) this.mend(Math.min(10000, 1000 * 2 ** Math.min(this.tries, 3)) * (0.75 + Math.random() / 2));
    }, delay);
  }

  /** The old kernel is gone: fetch the page again for a new one, and go on with the widgets that are here. */
  async moveToNewKernel() {
    const response = await fetch(location.pathname + location.search, { cache: "no-store", headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    const place = placeOf(new DOMParser().parseFromString(await response.text(), "text/html"));
    if (!place || place.models.length !== this.models.length) throw new Error("The new page came without its form.");
    this.endKernel(this.place.kernelId);
    this.place = place;
    this.models.forEach((model, i) => (model.id = place.models[i]));
  }

  /** Tell the server that nobody needs this kernel any more. @param {string} kernelId */
  endKernel(kernelId) {
    const token = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";
    const form = new FormData();
    form.append("_xsrf", decodeURIComponent(token));
    navigator.sendBeacon(new URL(`${this.place.baseUrl}voila/api/shutdown/${kernelId}`, location.href), form);
  }
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

/** The page stays on its loading text, which then says what to do. @param {unknown} error */
function failed(error) {
  console.error(error);
  const loading = document.getElementById("coprod-loading");
  if (!loading) return;
  loading.setAttribute("role", "alert");
  loading.dataset.failed = "";
}

try {
  await new Host().start();
} catch (error) {
  failed(error);
}
