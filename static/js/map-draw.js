// A map on which outlines are drawn: the field holds their GeoJSON geometry ("" of none) and is the truth; what is pasted
// there is shown at once. Geoman draws; its own toolbar is not used, so that buttons have words and one look.

const { L } = window;
const MODES = {
  polygon: (pm, on) => (on ? pm.enableDraw("Polygon") : pm.disableDraw()),
  cut: (pm, on) => (on ? pm.enableDraw("Cut") : pm.disableDraw()),
  edit: (pm, on) => (on ? pm.enableGlobalEditMode() : pm.disableGlobalEditMode()),
  drag: (pm, on) => (on ? pm.enableGlobalDragMode() : pm.disableGlobalDragMode()),
  remove: (pm, on) => (on ? pm.enableGlobalRemovalMode() : pm.disableGlobalRemovalMode()),
};
const DIGITS = 6;
const UNDO_STEPS = 50;

class Drawing {
  constructor(owner) {
    this.owner = owner;
    this.map = owner.map;
    this.pm = this.map.pm;
    this.past = [];
    this.mode = "";
    this.field = (owner.root.closest("form") ?? document).querySelector(`[name="${CSS.escape(owner.options.draw)}"]`);
    this.group = L.featureGroup().addTo(this.map);
    this.buttons = [...owner.root.querySelectorAll("[data-draw]")];
    this.speak();
    this.pm.setGlobalOptions({
      layerGroup: this.group, allowSelfIntersection: false, snappable: true, snapDistance: 12, continueDrawing: false,
      templineStyle: { className: "map-shape map-draft" }, hintlineStyle: { className: "map-shape map-draft" },
      pathOptions: { className: "map-shape map-drawn map-tone-accent" },
    });
    for (const button of this.buttons) button.addEventListener("click", () => this.press(button.dataset.draw));
    this.field.addEventListener("input", () => { if (!this.own) this.read(); });
    owner.root.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.mode) this.press(this.mode); });
    this.map.on("pm:create", ({ layer }) => { this.adopt(layer); this.switch(""); this.write(); });
    this.map.on("pm:cut", ({ layer }) => { this.split(layer); this.switch(""); this.write(); });
    this.map.on("pm:remove", ({ layer }) => { this.group.removeLayer(layer); this.write(); });
    this.last = this.field.value;
    this.read();
    if (this.group.getLayers().length && owner.options.fit) owner.show(this.group.getBounds());
  }

  speak() {
    const { firstVertex, continueLine, finishPoly } = this.owner.texts;
    this.pm.setLang("portal", { tooltips: { firstVertex, continueLine, finishPoly } }, "en");
  }

  adopt(layer) {
    this.group.addLayer(layer);
    layer.on("pm:edit pm:dragend", () => this.write());
    layer.on("pm:intersect", () => this.owner.say(this.owner.texts.crossing));
  }

  // One outline a layer, so that each can be moved and removed alone.
  split(layer) {
    this.group.removeLayer(layer);
    this.map.removeLayer(layer);
    this.add(layer.toGeoJSON(false).geometry);
  }

  add(geometry) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    for (const coordinates of parts) {
      const style = { className: "map-shape map-drawn map-tone-accent" };
      L.geoJSON({ type: "Polygon", coordinates }, { style }).eachLayer((part) => this.adopt(part));
    }
  }

  press(name) {
    if (name === "undo") this.undo();
    else this.switch(this.mode === name ? "" : name);
  }

  switch(name) {
    if (this.mode) MODES[this.mode](this.pm, false);
    this.mode = name;
    if (name) MODES[name](this.pm, true);
    for (const button of this.buttons) if (button.dataset.draw !== "undo") button.setAttribute("aria-pressed", String(button.dataset.draw === name));
  }

  geometry() {
    const parts = this.group.getLayers().map((layer) => layer.toGeoJSON(DIGITS).geometry.coordinates);
    if (!parts.length) return null;
    return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
  }

  write() {
    const geometry = this.geometry();
    this.remember();
    this.set(geometry ? JSON.stringify(geometry) : "");
    this.owner.say(this.owner.texts.drawn.replace("%(count)s", this.group.getLayers().length));
  }

  remember() {
    this.past.push(this.last);
    if (this.past.length > UNDO_STEPS) this.past.shift();
    this.buttons.find((button) => button.dataset.draw === "undo").disabled = false;
  }

  set(text) {
    this.last = text;
    this.own = true;
    this.field.value = text;
    for (const kind of ["input", "change"]) this.field.dispatchEvent(new Event(kind, { bubbles: true }));
    this.own = false;
  }

  undo() {
    const before = this.past.pop();
    if (before === undefined) return;
    this.switch("");
    this.set(before);
    this.read();
    this.buttons.find((button) => button.dataset.draw === "undo").disabled = this.past.length === 0;
  }

  read() {
    const text = this.field.value.trim();
    let geometry = null;
    try {
      geometry = text ? JSON.parse(text) : null;
      if (geometry?.type === "Feature") geometry = geometry.geometry;
      if (geometry && !["Polygon", "MultiPolygon"].includes(geometry.type)) throw new TypeError(geometry.type);
      this.switch("");
      this.group.clearLayers();
      if (geometry) this.add(geometry);
      this.owner.say("");
    } catch {
      // Half typed, or something else: the field keeps it, and the server says what is wrong with it.
      this.owner.say(this.owner.texts.broken);
      return;
    }
    if (text !== this.last) { this.remember(); this.last = text; }
  }
}

document.addEventListener("map:ready", ({ detail }) => { if (detail.options.draw) new Drawing(detail); });
