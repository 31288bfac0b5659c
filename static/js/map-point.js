// A map that chooses a point: what is typed in the two fields is the truth, the map follows and fills them.

const { L } = window;
const STEP_PX = 10;
const FAR_PX = 60;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Point {
  constructor(owner) {
    this.owner = owner;
    this.map = owner.map;
    const form = owner.root.closest("form") ?? document;
    this.fields = ["latitude", "longitude"].map((key) => form.querySelector(`[name="${CSS.escape(owner.options[key])}"]`));
    this.marker = L.marker(this.map.getCenter(), {
      icon: L.divIcon({ className: "map-marker", iconSize: [32, 32], html: Object.assign(document.createElement("span"), { className: "map-chosen" }) }),
      alt: owner.texts.point, draggable: true, autoPan: true, pmIgnore: true,
    });
    this.marker.on("add", () => this.dress());
    this.marker.on("dragend", () => this.choose(this.marker.getLatLng()));
    this.map.on("click", (event) => this.choose(event.latlng));
    owner.root.querySelector("[data-map-put]").addEventListener("click", () => { this.choose(this.map.getCenter()); this.marker.getElement().focus(); });
    for (const field of this.fields) field.addEventListener("input", () => this.follow());
    this.follow();
  }

  dress() {
    const element = this.marker.getElement();
    element.setAttribute("aria-label", this.owner.texts.point);
    element.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    // Else the map would move under it.
    event.stopPropagation();
    const step = event.shiftKey ? FAR_PX : STEP_PX;
    const at = this.map.project(this.marker.getLatLng()).add([way[0] * step, way[1] * step]);
    this.choose(this.map.unproject(at));
    this.map.panInside(this.marker.getLatLng(), { padding: [40, 40] });
  }

  choose(latlng) {
    const { lat, lng } = latlng.wrap();
    this.own = true;
    [lat, lng].forEach((degrees, index) => {
      this.fields[index].value = degrees.toFixed(6);
      for (const kind of ["input", "change"]) this.fields[index].dispatchEvent(new Event(kind, { bubbles: true }));
    });
    this.own = false;
    this.marker.setLatLng(latlng).addTo(this.map);
    this.owner.say(this.owner.texts.chosen.replace("%(lat)s", lat.toFixed(6)).replace("%(lon)s", lng.toFixed(6)));
  }

  typed() {
    const [latitude, longitude] = this.fields.map((field) => (field.value.trim() ? Number(field.value.trim().replace(",", ".")) : NaN));
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? L.latLng(latitude, longitude) : null;
  }

  follow() {
    if (this.own) return;
    const place = this.typed();
    if (!place) { this.marker.remove(); return; }
    this.marker.setLatLng(place).addTo(this.map);
    if (!this.map.getBounds().contains(place)) this.map.setView(place, Math.max(this.map.getZoom(), 15), { animate: false });
  }
}

document.addEventListener("map:ready", ({ detail }) => { if (detail.options.latitude) new Point(detail); });
