/* What is wrong with how a page lies: a list of sentences. */
(() => {
  const faults = [];
  const named = (one) => `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ""}.${one.className} "${one.textContent.trim().slice(0, 60)}"`;
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    faults.push(`the page is ${document.documentElement.scrollWidth} wide, and ${width} can be seen`);
  }
  const all = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility() && !["OPTION", "DATALIST", "WBR"].includes(one.tagName));
  for (const one of all) {
    const style = getComputedStyle(one);
    const rect = one.getBoundingClientRect();
    const scrolls = one.parentElement.closest("[tabindex='0']") !== null;
    if (rect.width > 0 && !scrolls && (rect.right > width + 1 || rect.left < -1)) {
      faults.push(`${named(one)} lies from ${rect.left} to ${rect.right}`);
    }
    const isField = ["INPUT", "SELECT"].includes(one.tagName);
    if (!isField && style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1 && one.tabIndex !== 0) {
      faults.push(`${named(one)} is cut`);
    }
    if (style.textOverflow === "ellipsis") faults.push(`${named(one)} may be cut`);
    if (one.classList.contains("whole") && one.getClientRects().length > 1) {
      faults.push(`${named(one)} is broken`);
    }
    const tile = one.closest(".tile");
    if (tile && rect.width > 0 && rect.right > tile.getBoundingClientRect().right + 1) {
      faults.push(`${named(one)} sticks out of its tile`);
    }
    /* Text that stands beside other text is not to lie on it. */
    const last = one.previousElementSibling;
    if (last && last.checkVisibility() && style.position === "static" && one.parentElement.matches(".line, .level, .reason, .tile .name")) {
      const other = last.getBoundingClientRect();
      const over = Math.min(rect.right, other.right) - Math.max(rect.left, other.left);
      const down = Math.min(rect.bottom, other.bottom) - Math.max(rect.top, other.top);
      if (over > 2 && down > 4 && rect.width > 0) faults.push(`${named(one)} lies on ${named(last)}`);
    }
  }
  return [...new Set(faults)].slice(0, 20);
})()
