// Maps (docs/parts.md, "Map"): <div data-map='{…}'> becomes a Leaflet map with its layers. Other modules build on the
// events that it sends: map:ready {map, options, say}, map:view {bbox, zoom}, map:open {feature}.

const { L } = window;
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;
const TILE = 256;
const CLUSTER_STEPS = [10, 100, 1000];

// A ground without tiles: lines of a light grid that move with the map, so that one sees it move.
const Grid = L.GridLayer.extend({
  createTile() {
    return L.DomUtil.create("div", "map-grid");
  },
});

// Leaflet's own says "m" and "km" whatever the language.
const Scale = L.Control.Scale.extend({
  _updateMetric(longest) {
    const metres = this._getRoundNum(longest);
    const { m, km } = this.options.words;
    this._updateScale(this._mScale, metres < 1000 ? `${metres} ${m}` : `${metres / 1000} ${km}`, metres / longest);
  },
});

class PortalMap {
  constructor(root) {
    this.root = root;
    this.options = JSON.parse(root.dataset.map);
    this.texts = this.options.texts;
    this.status = root.querySelector("[data-map-status]");
    this.notes = new Map();
    for (const part of root.querySelectorAll("[data-map-tools], [data-map-canvas], [data-map-attribution]")) part.hidden = false;
    this.map = this.make(root.querySelector("[data-map-canvas]"));
    this.layers = this.options.layers.map((options) => new Layer(this, options));
    for (const box of root.querySelectorAll("[data-map-layer]")) this.follow(box);
    this.place();
    this.map.on("moveend", () => this.moved());
    this.map.on("popupopen", ({ popup }) => this.name(popup));
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.map.closePopup(); });
    root.dispatchEvent(new CustomEvent("map:ready", { bubbles: true, detail: this }));
    this.moved();
  }

  make(canvas) {
    const motion = { zoomAnimation: !STILL, fadeAnimation: !STILL, markerZoomAnimation: !STILL, inertia: !STILL };
    // The wheel scrolls the page until someone is at work in the map.
    const map = L.map(canvas, { ...motion, zoomControl: false, attributionControl: false, scrollWheelZoom: false, worldCopyJump: true, minZoom: 2, maxZoom: 19 });
    L.control.zoom({ zoomInTitle: this.texts.zoomIn, zoomOutTitle: this.texts.zoomOut }).addTo(map);
    new Scale({ imperial: false, words: this.texts }).addTo(map);
    this.ground().addTo(map);
    map.on("focus click", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    return map;
  }

  ground() {
    const { tiles } = this.options;
    // Makers of tiles ask to be told which site shows them; the page's own address is not told.
    return tiles ? L.tileLayer(tiles, { referrerPolicy: "origin", maxZoom: 19 }) : new Grid({ tileSize: TILE });
  }

  place() {
    const { bounds, centre, zoom, fit } = this.options;
    if (centre) this.map.setView(centre, zoom, { animate: false });
    else this.map.fitBounds(bounds, { animate: false });
    const shown = this.layers.map((layer) => layer.group.getBounds?.()).filter((box) => box?.isValid());
    if (fit && shown.length) this.show(shown.reduce((all, box) => all.extend(box), L.latLngBounds(shown[0].getSouthWest(), shown[0].getNorthEast())));
  }

  show(bounds) {
    this.map.fitBounds(bounds, { animate: !STILL, maxZoom: 17, padding: [24, 24] });
  }

  // West within a turn of Greenwich, east after it: "170,60,190,70" crosses the 180th meridian.
  view() {
    const box = this.map.getBounds();
    const turn = 360 * Math.floor((box.getWest() + 180) / 360);
    const width = Math.min(box.getEast() - box.getWest(), 360);
    const west = box.getWest() - turn;
    const south = Math.max(box.getSouth(), -90);
    const north = Math.min(box.getNorth(), 90);
    return { bbox: [west, south, west + width, north].map((degrees) => degrees.toFixed(5)).join(","), zoom: Math.round(this.map.getZoom()), turn };
  }

  moved() {
    const view = this.view();
    for (const layer of this.layers) layer.refresh(view);
    this.root.dispatchEvent(new CustomEvent("map:view", { bubbles: true, detail: view }));
  }

  say(text) {
    this.status.textContent = text;
    this.status.hidden = !text;
  }

  // What each layer has to say stays until it says something else.
  note(layer, text) {
    this.notes.set(layer, text);
    this.say([...new Set(this.notes.values())].filter(Boolean).join(" "));
  }

  name(popup) {
    popup.getElement().tabIndex = -1;
    const button = popup.getElement().querySelector(".leaflet-popup-close-button");
    button?.setAttribute("aria-label", this.texts.close);
  }

  follow(box) {
    const layer = this.layers.find((one) => one.options.name === box.value);
    box.addEventListener("change", () => layer.toggle(box.checked));
  }

  // `opener`: the marker that was opened by a key; the keyboard goes into the popup and comes back.
  open(feature, latlng, opener = null) {
    const event = new CustomEvent("map:open", { bubbles: true, cancelable: true, detail: { feature, latlng } });
    if (!this.root.dispatchEvent(event)) return;
    const { expand, count, title, url, lines, fragment } = feature.properties ?? {};
    if (expand) return this.show([[expand[1], expand[0]], [expand[3], expand[2]]]);
    if (count) return this.map.setView(latlng, this.map.getZoom() + 2, { animate: !STILL });
    if (!title && !fragment) return;
    const popup = L.popup({ maxWidth: 320, minWidth: 200 }).setLatLng(latlng).setContent(describe({ title, url, lines }, this.texts));
    popup.openOn(this.map);
    if (opener) {
      popup.getElement().focus({ preventScroll: true });
      popup.on("remove", () => opener.getElement()?.focus({ preventScroll: true }));
    }
    if (fragment) this.fill(popup, fragment);
  }

  async fill(popup, address) {
    const box = document.createElement("div");
    box.className = "map-popup";
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      // Whoever was signed out meanwhile is led to the sign-in page: no part of a map.
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      box.innerHTML = await answer.text();
    } catch {
      box.textContent = this.texts.failed;
    }
    if (!popup.isOpen()) return;
    popup.setContent(box);
    window.htmx?.process(box);
  }
}

class Layer {
  constructor(owner, options) {
    this.owner = owner;
    this.options = options;
    this.asked = "";
    this.byId = new Map();
    this.shift = 0;
    this.group = L.geoJSON(null, {
      pmIgnore: true,
      style: (feature) => ({ className: `map-shape ${toneOf(feature, options.tone)}`, pmIgnore: true }),
      coordsToLatLng: ([longitude, latitude]) => L.latLng(latitude, longitude + this.shift),
      pointToLayer: (feature, latlng) => marker(feature, latlng, options),
      onEachFeature: (feature, layer) => this.adopt(feature, layer),
    });
    if (options.shown) this.group.addTo(owner.map);
    if (options.data) this.fill(options.data);
  }

  adopt(feature, layer) {
    const { title } = feature.properties ?? {};
    if (feature.id !== undefined) this.byId.set(String(feature.id), layer);
    layer.on("add", () => { if (layer.getLatLng) layer.getElement().setAttribute("aria-label", layer.options.alt); });
    if (title) layer.bindTooltip(Object.assign(document.createElement("span"), { textContent: title }), { sticky: !layer.getLatLng });
    layer.on("click", (event) => this.owner.open(feature, layer.getLatLng?.() ?? event.latlng));
    layer.on("keypress", (event) => { if (event.originalEvent.key === "Enter") this.owner.open(feature, layer.getLatLng(), layer); });
  }

  toggle(shown) {
    this.options.shown = shown;
    if (shown) this.group.addTo(this.owner.map);
    else { this.group.remove(); this.owner.note(this, ""); }
    this.refresh(this.owner.view());
  }

  address({ bbox, zoom }) {
    const { url, byView } = this.options;
    if (!byView) return url;
    return `${url}${url.includes("?") ? "&" : "?"}bbox=${bbox}&zoom=${zoom}`;
  }

  async refresh(view) {
    const address = this.address(view);
    if (!this.options.url || !this.options.shown || this.asked === address) return;
    this.request?.abort();
    this.request = new AbortController();
    this.asked = address;
    try {
      // "no-cache" asks conditionally: what has not changed is answered 304 and comes from the browser's store.
      const answer = await fetch(address, { signal: this.request.signal, credentials: "same-origin", cache: "no-cache", headers: { Accept: "application/geo+json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const data = await answer.json();
      this.shift = view.turn;
      this.fill(data);
      this.owner.note(this, data.notice ?? "");
    } catch (error) {
      // Overtaken by the next move: its answer counts.
      if (error.name === "AbortError") return;
      this.asked = "";
      this.owner.note(this, this.owner.texts.failed);
    }
  }

  fill(data) {
    const focused = [...this.byId].find(([, layer]) => layer.getElement?.() === document.activeElement && document.activeElement !== null);
    this.byId.clear();
    this.group.clearLayers();
    this.group.addData(data);
    if (!focused) return;
    // What had the focus was drawn anew; where it is gone, the map itself keeps the keyboard.
    const again = this.byId.get(focused[0])?.getElement?.() ?? this.owner.map.getContainer();
    again.focus({ preventScroll: true });
  }
}

function toneOf(feature, tone) {
  return `map-tone-${feature.properties?.tone ?? tone}`;
}

function marker(feature, latlng, { tone, aside }) {
  const { count, shown, title } = feature.properties ?? {};
  const face = document.createElement("span");
  const step = CLUSTER_STEPS.filter((least) => count >= least).length;
  const size = count ? 32 + 8 * step : 24;
  if (count) face.textContent = shown ?? count;
  face.className = count ? `map-cluster ${toneOf(feature, tone)}` : `map-dot ${toneOf(feature, tone)}`;
  // A dot is close enough to its place with half of what keeps two clusters apart.
  const right = count ? aside : aside / 2;
  const icon = L.divIcon({ html: face, className: "map-marker", iconSize: [size, size], iconAnchor: [size / 2 - right, size / 2] });
  return L.marker(latlng, { icon, alt: title ?? String(count ?? ""), title: "", keyboard: true, riseOnHover: true, pmIgnore: true });
}

function describe({ title, url, lines = [] }, texts) {
  const box = document.createElement("div");
  box.className = "map-popup";
  const head = document.createElement("p");
  head.className = "map-popup-title";
  head.textContent = title ?? texts.loading;
  box.append(head);
  for (const line of lines) box.append(Object.assign(document.createElement("p"), { textContent: line }));
  if (url) box.append(Object.assign(document.createElement("a"), { href: url, textContent: texts.open, className: "btn btn-sm" }));
  return box;
}

const maps = new Map();
function adopt(root) {
  const found = [...root.querySelectorAll("[data-map]")];
  if (root.matches?.("[data-map]")) found.push(root);
  for (const element of found) {
    if (!maps.has(element)) maps.set(element, new PortalMap(element));
  }
}
// A fragment that goes takes its map along, with what it listens to.
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  maps.get(event.target)?.map.remove();
  maps.delete(event.target);
});
document.addEventListener("htmx:load", (event) => { if (document.readyState === "complete") adopt(event.target); });
// Once every module of the page has run, whichever came first.
document.addEventListener("DOMContentLoaded", () => adopt(document));
