/**
 * A dashboard that makes itself: what needs attention first, then every logger by area.
 *
 * It is made of Home Assistant's own cards, from its registries, and made anew when these change.
 * What comes and goes with a state (an alarm, its button) is always there and hides itself. The
 * time of a reading is `measured_at`: when Home Assistant last wrote a state says less.
 *
 *   strategy:
 *     type: custom:testo-smart-connect
 *     areas: [pharmacy]    # only these areas; all if left out
 *     labels: [vaccines]   # only devices, or areas, that have one of these labels
 *     hours: 24            # how far back the graphs go
 */

const PLATFORM = "testo_smart_connect";
const TYPE = "testo-smart-connect";
const NAME = "testo Smart Connect";

/** What the names of entities have no words for: two headings, two extremes. */
const TEXTS = {
  en: ["Needs attention", "No open alarms", "Min today", "Max today"],
  de: ["Bitte prüfen", "Keine offenen Alarme", "Min. heute", "Max. heute"],
  fr: ["À vérifier", "Aucune alarme en cours", "Min. du jour", "Max. du jour"],
  it: ["Da controllare", "Nessun allarme aperto", "Min. oggi", "Max. oggi"],
  nl: ["Aandacht nodig", "Geen openstaande alarmen", "Min. vandaag", "Max. vandaag"],
  es: ["Requiere atención", "Ninguna alarma activa", "Mín. de hoy", "Máx. de hoy"],
  pl: ["Wymaga uwagi", "Brak otwartych alarmów", "Min. dzisiaj", "Maks. dzisiaj"],
};

/** The order of the channels of a device; others follow. */
const ORDER = ["door", "temperature", "product_temperature", "humidity", "co2", "pressure"];
const COUNTS = { active_alarms: "red", active_warnings: "orange", loggers_offline: "red" };
const ALARMS = ["alarm", "warning", "system_alarm"];
const LIMIT = /^(upper|lower)_(alarm|warning)_limit$|^report_(lower|upper)$/;

const SECTION = 12; // columns of the grid in a section
const SIDE_BY_SIDE = 2; // sections; all is laid out for an even number
const DETAILED = 2; // channels of a device that have a graph, minimum and maximum
const AT_ONCE = 100; // channels of a page with these: each asks for history and statistics

const OWN_NAME = { type: "entity" };
const FULL_NAME = [{ type: "device" }, { type: "text", text: "·" }, OWN_NAME];

const when = (entity, wanted) => ({ condition: "state", entity, ...wanted });
const unless = (conditions) => ({ condition: "not", conditions });
const columns = (count) => ({ grid_options: { columns: count } });
const tile = (entity, more) => {
  return { type: "tile", entity, name: OWN_NAME, ...columns(SECTION), ...more };
};
const section = (span, cards) => ({ type: "grid", column_span: span, cards });
const heading = (text, icon) => ({ type: "heading", heading: text, icon });
const subtitle = (device, entities) => ({
  ...{ type: "heading", heading: device.name, heading_style: "subtitle" },
  badges: entities.map((entity) => ({ type: "entity", entity, color: "state" })),
});
const rows = (entities, width) => ({
  ...{ type: "entity-filter", entities, card: { type: "entities" }, show_empty: false },
  ...columns(width),
});
const isSensor = (entity) => entity.startsWith("sensor.");

/** Return accounts, devices, and areas with the devices that measure there. */
function read(config, hass) {
  const { compare } = new Intl.Collator(hass.locale.language, { numeric: true });
  const entities = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== PLATFORM || entity.hidden || !hass.devices[entity.device_id]) continue;
    entities.set(entity.device_id, [...(entities.get(entity.device_id) ?? []), entity]);
  }
  const all = [...entities.keys()].map((id) => describe(hass.devices[id], entities, hass));
  const accounts = all.filter((each) => each.all("active_alarms").length);
  const devices = all
    .filter((each) => !accounts.includes(each) && isWanted(config, each))
    .sort((one, other) => compare(one.name, other.name));
  return { accounts, devices, areas: byArea(devices, hass, compare) };
}

/** Return what is shown of a device. A probe has area, battery, … of its logger. */
function describe(device, entities, hass) {
  const parent = hass.devices[device.parent_device_id];
  const own = entities.get(device.id);
  const known = [...own, ...(entities.get(parent?.id) ?? [])];
  const ids = (from, test) => from.filter(test).map((entity) => entity.entity_id);
  const place = ({ translation_key: key }) => (ORDER.indexOf(key) + 1 || ORDER.length + 1);
  const isChannel = ({ entity_id: id, entity_category: category, translation_key: key }) =>
    !category && (isSensor(id) || key === "door");
  const area = hass.areas[device.area_id ?? parent?.area_id];
  return {
    name: device.name_by_user || device.name || "",
    area,
    labels: [device, parent, area].flatMap((each) => each?.labels ?? []),
    all: (...keys) => ids(own, (entity) => keys.includes(entity.translation_key)),
    one: (key) => ids(known, (entity) => entity.translation_key === key)[0],
    channels: ids([...own].sort((one, other) => place(one) - place(other)), isChannel),
    limits: ids(own, (entity) => LIMIT.test(entity.translation_key)).sort(),
    // The only sensor that is called by its device class.
    battery: ids(known, (entity) => isSensor(entity.entity_id) && !entity.translation_key),
  };
}

function isWanted(config, { area, labels }) {
  const fits = (had, wanted) => !wanted.length || had.some((each) => wanted.includes(each));
  const list = (option) => [option ?? []].flat();
  return fits([area?.area_id], list(config.areas)) && fits(labels, list(config.labels));
}

/** Order areas by floor and name; what is in none comes last. */
function byArea(devices, hass, compare) {
  const found = new Map();
  for (const device of devices.filter((each) => each.channels.length)) {
    found.set(device.area, [...(found.get(device.area) ?? []), device]);
  }
  const level = (area) => hass.floors[area?.floor_id]?.level ?? Number.MAX_SAFE_INTEGER;
  return [...found]
    .map(([area, here]) => ({ area, devices: here }))
    .sort(({ area: one }, { area: other }) => {
      return !one - !other || level(one) - level(other) || compare(one.name, other.name);
    });
}

/** Return the counts of the accounts, green while there is nothing to count. */
function badges(accounts) {
  const name = accounts.length > 1 ? FULL_NAME : OWN_NAME;
  const badge = (entity, more) => ({ type: "entity", entity, name, show_name: true, ...more });
  const count = (color) => (entity) => {
    const some = { condition: "numeric_state", entity, above: 0 };
    return [
      badge(entity, { color, visibility: [some] }),
      badge(entity, { color: "green", visibility: [unless([some])] }),
    ];
  };
  return accounts.flatMap((account) => [
    ...Object.keys(COUNTS).flatMap((key) => account.all(key).flatMap(count(COUNTS[key]))),
    ...account.all("cloud").map((entity) => badge(entity, { color: "green" })),
  ]);
}

/** Return an alarm while it is open, and beside it the button, or who pressed it. */
function alarm(entity, device, { translate }) {
  const open = when(entity, { state: "on" });
  const acknowledged = (said) => [open, when(entity, { attribute: "acknowledged", state: said })];
  const isOf = (key) => device.all(key).includes(entity);
  // A door is not too high.
  const fact = isOf("system_alarm") ? "reason" : device.channels.some(isSensor) && "direction";
  return [
    tile(entity, {
      color: isOf("warning") ? "orange" : "red",
      state_content: [fact, "since"].filter(Boolean),
      visibility: [open],
    }),
    tile(device.one("acknowledge"), {
      ...{ hide_state: true, features: [{ type: "button" }], features_position: "inline" },
      visibility: acknowledged("false"),
    }),
    tile(entity, {
      name: translate("binary_sensor.alarm.state_attributes.acknowledged_by.name"),
      icon: "mdi:check-circle-outline",
      color: "green",
      state_content: "acknowledged_by",
      visibility: acknowledged("true"),
    }),
  ].filter((card) => card.entity);
}

/** Return a device, or the cloud, while it is silent. */
function silence(entity) {
  const visibility = [when(entity, { state: "off" })];
  return tile(entity, { color: "red", state_content: ["state", "last_changed"], visibility });
}

/** Return all of it as one card: with many loggers, many cards would keep the browser busy. */
function list(devices) {
  const since = { type: "attribute", attribute: "since", time_format: "relative" };
  const row = (wanted, more) => (entity) => {
    return { entity, name: FULL_NAME, ...more, conditions: [{ condition: "state", ...wanted }] };
  };
  const rowsOf = (device) => [
    ...device.all(...ALARMS).map(row({ state: "on" }, since)),
    ...device.all("acknowledge").map(row({ state_not: "unavailable" })),
    ...device.all("connection").map(row({ state: "off" }, { secondary_info: "last_changed" })),
  ];
  return rows(devices.flatMap(rowsOf), "full");
}

/** Return the first section; its heading says whether there is anything in it. */
function attention(accounts, devices, isLarge, context) {
  const any = (conditions) => [{ condition: "or", conditions }];
  const troubles = (device) => [
    ...device.all(...ALARMS).map((entity) => when(entity, { state: "on" })),
    ...device.all("connection", "cloud").map((entity) => when(entity, { state: "off" })),
    ...device.all("active_alarms").map((entity) => when(entity, { state: "unavailable" })),
  ];
  const trouble = any([...accounts, ...devices].flatMap(troubles));
  const cards = (device) => [
    { ...subtitle(device, device.channels.slice(0, DETAILED)), visibility: any(troubles(device)) },
    ...device.all(...ALARMS).flatMap((entity) => alarm(entity, device, context)),
    ...device.all("connection").map(silence),
  ];
  const [some, none] = context.texts;
  return section(SIDE_BY_SIDE, [
    { ...heading(none, "mdi:shield-check-outline"), visibility: [unless(trouble)] },
    { ...heading(some, "mdi:shield-alert-outline"), visibility: trouble },
    ...accounts.flatMap((each) => each.all("cloud").map(silence)),
    ...(isLarge ? [list(devices)] : devices.flatMap(cards)),
  ]);
}

/** Return the cards of a device; it has none while it is switched off in testo. */
function cardsOf(device, isDetailed, context) {
  const connection = device.one("connection");
  const visibility = connection ? [when(connection, { state_not: "unavailable" })] : [];
  const isKnown = { condition: "state", state_not: ["unknown", "unavailable"] };
  const limit = { type: "simple-entity", name: OWN_NAME, conditions: [isKnown] };
  const limits = device.limits.map((entity) => ({ entity, ...limit }));
  const cards = [
    subtitle(device, device.battery),
    ...device.channels.flatMap((entity, place) =>
      channel(entity, isDetailed && isSensor(entity) && place < DETAILED, context),
    ),
    ...(limits.length ? [rows(limits, SECTION)] : []),
  ];
  return cards.map((card) => ({ ...card, visibility }));
}

/** Return a channel with the time of its reading; in detail with its day. */
function channel(entity, isDetailed, { hass, hours, texts }) {
  const has = (component) => isDetailed && hass.config.components.includes(component);
  const extreme = (kind, name, direction) => ({
    ...{ type: "statistic", entity, name, icon: `mdi:arrow-collapse-${direction}` },
    ...{ stat_type: kind, period: { calendar: { period: "day" } }, ...columns(SECTION / 2) },
  });
  const [, , min, max] = texts;
  return [
    tile(entity, {
      ...(isSensor(entity) && { color: "teal" }),
      state_content: ["state", "measured_at"],
      features: has("history") ? [{ type: "trend-graph", hours_to_show: hours }] : [],
    }),
    ...(has("recorder") ? [extreme("min", min, "down"), extreme("max", max, "up")] : []),
  ];
}

const devicesOf = (areas) => areas.flatMap((each) => each.devices);
const isSmall = (areas) => devicesOf(areas).flatMap((each) => each.channels).length <= AT_ONCE;

/** Return sections: one for each of several areas, else one for each device. */
function sections(areas, context) {
  const isDetailed = isSmall(areas);
  const cards = (device) => cardsOf(device, isDetailed, context);
  if (areas.length < 2) return devicesOf(areas).map((each) => section(1, cards(each)));
  return areas.map(({ area, devices }) => {
    const title = heading(area?.name ?? NAME, area?.icon ?? "mdi:map-marker");
    return section(SIDE_BY_SIDE, [title, ...devices.flatMap(cards)]);
  });
}

/** Return one page, or with many loggers one of what needs attention and one for each area. */
function pages(config, hass) {
  const context = {
    hass,
    hours: config.hours ?? 24,
    texts: TEXTS[hass.locale.language.split("-")[0]] ?? TEXTS.en,
    translate: (key) => hass.localize(`component.${PLATFORM}.entity.${key}`),
  };
  const { accounts, devices, areas } = read(config, hass);
  const layout = { type: "sections", max_columns: SIDE_BY_SIDE };
  const isLarge = !isSmall(areas);
  const first = [attention(accounts, devices, isLarge, context)];
  const overview = { ...layout, title: NAME, path: "loggers", badges: badges(accounts) };
  if (!isLarge) return [{ ...overview, sections: [...first, ...sections(areas, context)] }];
  const pageOf = (each) => {
    const { name, area_id: id } = each.area ?? { name: NAME, area_id: "" };
    // The front end takes a mere number for a place, and `loggers` is the first page.
    return { ...layout, title: name, path: `area-${id}`, sections: sections([each], context) };
  };
  return [{ ...overview, sections: first }, ...areas.map(pageOf)];
}

class DashboardStrategy extends HTMLElement {
  static async generate(config, hass) {
    return { title: NAME, views: pages(config, hass) };
  }

  static getCreateSuggestions = () => ({ title: NAME, icon: "mdi:thermometer-check" });
}

// Before that, Home Assistant may not yet have put its own registry of elements into place.
await customElements.whenDefined("home-assistant");
if (!customElements.get(`ll-strategy-dashboard-${TYPE}`)) {
  customElements.define(`ll-strategy-dashboard-${TYPE}`, DashboardStrategy);
  // For the dialog in which one adds a dashboard.
  window.customStrategies ??= [];
  window.customStrategies.push({
    ...{ type: TYPE, strategyType: "dashboard", name: NAME },
    description: "Open alarms, and all loggers by area",
    documentationURL: "https://github.com/testo-smart-connect/home-assistant#dashboard",
  });
}
