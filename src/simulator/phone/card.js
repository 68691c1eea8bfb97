// Draws LINE's message objects: texts, cards (flex), templates, pictures. Builds elements only, never HTML text, so
// that nothing a message says can become markup. It knows no network; `tap` is called with the action of a button.

const GAPS = { none: "0", xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "16px", xxl: "20px" };
const SIZES = { xxs: "11px", xs: "13px", sm: "14px", md: "16px", lg: "19px", xl: "22px", xxl: "29px", "3xl": "35px", "4xl": "48px", "5xl": "74px" };
const HORIZONTAL = { start: "flex-start", center: "center", end: "flex-end" };

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function drawMessage(message, tap) {
  switch (message.type) {
    case "text": return element("div", { class: "bubble" }, ...linked(message.text, tap));
    case "textV2": return element("div", { class: "bubble" }, ...linked(message.text.replaceAll("{{", "{").replaceAll("}}", "}"), tap));
    case "flex": return drawFlex(message, tap);
    case "template": return drawTemplate(message, tap);
    case "image": return element("img", { class: "picture", src: message.previewImageUrl, alt: "画像" });
    case "location": return element("div", { class: "bubble" }, `📍 ${message.title}\n${message.address}`);
    default: return element("div", { class: "bubble faint" }, message.altText || `(${message.type})`);
  }
}

// Addresses in a text are buttons, so that a LIFF link opens inside the phone.
function linked(text, tap) {
  return text.split(/(https?:\/\/[!-~]+)/).map((part, at) => (at % 2 === 0 ? part
    : element("button", { type: "button", class: "address", onclick: () => tap({ type: "uri", uri: part }) }, part)));
}

function drawFlex(message, tap) {
  const contents = message.contents;
  const bubbles = contents.type === "carousel" ? contents.contents : [contents];
  const drawn = bubbles.map((bubble) => drawBubble(bubble, tap));
  const label = message.altText;
  if (drawn.length === 1) {
    drawn[0].setAttribute("aria-label", label);
    return drawn[0];
  }
  return element("div", { class: "carousel", role: "group", "aria-label": label, tabindex: "0" }, ...drawn);
}

function drawBubble(bubble, tap) {
  const blocks = ["header", "hero", "body", "footer"].filter((name) => bubble[name]).map((name) => {
    const block = element("div", { class: `card-${name}` }, drawPart(bubble[name], tap, "vertical"));
    const styles = (bubble.styles || {})[name] || {};
    if (styles.backgroundColor) block.style.background = styles.backgroundColor;
    if (styles.separator) block.style.borderTop = "1px solid var(--line)";
    return block;
  });
  return element("div", { class: `card card-${bubble.size || "mega"}`, role: "group" }, ...blocks);
}

function drawPart(part, tap, layout) {
  const drawn = PARTS[part.type] ? PARTS[part.type](part, tap) : element("span", {});
  if (part.margin) drawn.style[layout === "vertical" ? "marginTop" : "marginInlineStart"] = GAPS[part.margin] || part.margin;
  if (layout !== "vertical") drawn.style.flex = part.flex === undefined ? (part.type === "box" || part.type === "text" ? "1 1 0" : "0 0 auto") : (part.flex === 0 ? "0 0 auto" : `${part.flex} 1 0`);
  else if (part.flex > 0) drawn.style.flexGrow = String(part.flex);
  return drawn;
}

const PARTS = {
  box(part, tap) {
    const inner = part.contents.map((child) => drawPart(child, tap, part.layout));
    const drawn = element("div", { class: `box box-${part.layout}` }, ...inner);
    if (part.spacing) drawn.style.gap = GAPS[part.spacing] || part.spacing;
    for (const [name, css] of [["paddingAll", "padding"], ["paddingTop", "paddingTop"], ["paddingBottom", "paddingBottom"], ["paddingStart", "paddingInlineStart"], ["paddingEnd", "paddingInlineEnd"], ["cornerRadius", "borderRadius"]]) {
      if (part[name]) drawn.style[css] = GAPS[part[name]] || part[name];
    }
    if (part.backgroundColor) drawn.style.background = part.backgroundColor;
    if (part.borderColor) drawn.style.border = `${part.borderWidth || "1px"} solid ${part.borderColor}`;
    if (part.justifyContent) drawn.style.justifyContent = part.justifyContent;
    if (part.alignItems) drawn.style.alignItems = part.alignItems;
    return tappable(drawn, part, tap);
  },
  text(part, tap) {
    const spans = (part.contents || []).map((span) => styled(element("span", {}, span.text || ""), span));
    const drawn = styled(element("p", { class: part.wrap ? "words wrap" : "words" }, ...(spans.length ? spans : [part.text || ""])), part);
    if (part.align) drawn.style.textAlign = part.align;
    if (part.gravity) drawn.style.alignSelf = HORIZONTAL[part.gravity] || "auto";
    return tappable(drawn, part, tap);
  },
  button(part, tap) {
    const drawn = element("button", { type: "button", class: `card-button ${part.style || "link"} ${part.height === "sm" ? "low" : ""}`, onclick: () => tap(part.action) }, part.action.label);
    if (part.color && part.style === "primary") drawn.style.background = part.color;
    else if (part.color && part.style !== "secondary") drawn.style.color = part.color;
    return drawn;
  },
  image(part, tap) {
    const drawn = element("img", { class: "card-image", src: part.url, alt: "" });
    if (part.aspectRatio) drawn.style.aspectRatio = part.aspectRatio.replace(":", "/");
    drawn.style.objectFit = part.aspectMode === "cover" ? "cover" : "contain";
    return tappable(drawn, part, tap);
  },
  icon: (part) => element("img", { class: "card-icon", src: part.url, alt: "" }),
  separator(part) {
    const drawn = element("div", { class: "separator" });
    if (part.color) drawn.style.background = part.color;
    return drawn;
  },
  filler: () => element("span", { class: "filler" }),
};

function styled(drawn, part) {
  if (part.size) drawn.style.fontSize = SIZES[part.size] || part.size;
  if (part.color) drawn.style.color = part.color;
  if (part.weight === "bold") drawn.style.fontWeight = "700";
  if (part.style === "italic") drawn.style.fontStyle = "italic";
  if (part.decoration) drawn.style.textDecoration = part.decoration;
  return drawn;
}

function tappable(drawn, part, tap) {
  if (!part.action) return drawn;
  drawn.classList.add("tappable");
  drawn.tabIndex = 0;
  drawn.setAttribute("role", "button");
  if (part.action.label) drawn.setAttribute("aria-label", part.action.label);
  drawn.addEventListener("click", () => tap(part.action));
  drawn.addEventListener("keydown", (press) => {
    if (press.key !== "Enter" && press.key !== " ") return;
    press.preventDefault();
    tap(part.action);
  });
  return drawn;
}

function drawTemplate(message, tap) {
  const template = message.template;
  const columns = (template.columns || [template]).map((column) => element("div", { class: "card card-kilo", role: "group", "aria-label": message.altText },
    element("div", { class: "card-body" }, element("div", { class: "box box-vertical" },
      column.title ? element("p", { class: "words wrap title" }, column.title) : null,
      element("p", { class: "words wrap" }, column.text || ""))),
    element("div", { class: "card-footer" }, element("div", { class: "box box-vertical" },
      ...(column.actions || []).map((action) => PARTS.button({ action }, tap))))));
  return columns.length === 1 ? columns[0] : element("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": message.altText }, ...columns);
}
