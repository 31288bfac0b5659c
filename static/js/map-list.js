// The list beside the map follows what the map shows, and so does the address: both can be linked and saved.

const WAIT_MS = 250;
const FRAGMENT = "map-list";
const shown = new WeakSet();
let timer = 0;
let request = null;

function follow({ bbox, zoom }) {
  const address = new URL(location.href);
  address.searchParams.set("bbox", bbox);
  address.searchParams.set("zoom", zoom);
  for (const name of ["city", "after"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
  for (const [name, value] of [["bbox", bbox], ["zoom", zoom], ["city", ""]]) {
    const field = document.querySelector(`[data-filters] [name="${name}"]`);
    if (field) field.value = value;
  }
  return address;
}

async function refresh(address) {
  const list = document.getElementById("map-list");
  request?.abort();
  request = new AbortController();
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: request.signal, credentials: "same-origin", cache: "no-store", headers: { "X-Requested-With": FRAGMENT } });
    // Whoever was signed out meanwhile is led to the sign-in page, and that is a page of its own.
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    list.innerHTML = await answer.text();
    window.htmx?.process(list);
  } catch (error) {
    // Overtaken, or no network: the next move asks again.
    if (error.name === "AbortError") return;
  }
  list.removeAttribute("aria-busy");
}

// Ground that no feature covers is asked about as a point.
function ask(owner, { latlng, originalEvent }) {
  if (originalEvent.target.closest(".map-shape, .leaflet-marker-icon")) return;
  const { point, pointTitle } = document.getElementById("map-results").dataset;
  const { lat, lng } = latlng.wrap();
  const place = [lat, lng].map((degrees) => degrees.toFixed(5));
  const url = `${point}?${new URLSearchParams({ lat: place[0], lon: place[1] })}`;
  owner.open({ properties: { title: pointTitle, url, lines: [place.join(", ")] } }, latlng);
}

document.addEventListener("map:ready", ({ target, detail }) => {
  if (target.id === "map-page") detail.map.on("click", (event) => ask(detail, event));
});

document.addEventListener("map:view", ({ target, detail }) => {
  if (target.id !== "map-page") return;
  // The first view is the one that came with the page, and its list with it.
  if (!shown.has(target)) { shown.add(target); return; }
  clearTimeout(timer);
  timer = setTimeout(() => refresh(follow(detail)), WAIT_MS);
});
